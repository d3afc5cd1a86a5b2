import ConsensusCore
import DiscreteEvents

/// What miners and clients send each other.
public enum MinerMessage: ConsensusMessage {
  /// A client's request.
  case request(Request)
  /// A miner's answer to a client, once the request is confirmed at that miner.
  case reply(Reply)
  /// A new block.
  case block(Block)
  /// Asks for the chain up to the block `wanted`, from the last block of `locator` on it.
  case getBlocks(wanted: Digest, locator: [Digest])
  /// A part of the chain up to the block `wanted`, by ascending height.
  case blocks(wanted: Digest, [Block])
  /// The sender's tip and the work it claims for it.
  case tip(id: Digest, height: UInt64, work: ChainWork)
  /// A request that one miner passes on to another.
  case transaction(Request)

  /// The kinds of message, in the order of ``kind``.
  public static let kindNames = [
    "request", "reply", "block", "get-blocks", "blocks", "tip", "transaction",
  ]

  /// The position of this message's kind in ``kindNames``.
  @inline(__always)
  public var kind: UInt8 {
    switch self {
    case .request: 0
    case .reply: 1
    case .block: 2
    case .getBlocks: 3
    case .blocks: 4
    case .tip: 5
    case .transaction: 6
    }
  }

  /// A hash of the whole content, equal in every process.
  public var fingerprint: UInt64 {
    var hash = WordHash(domain: 0x9050 + UInt64(kind))
    switch self {
    case .request(let request), .transaction(let request):
      hash.combine(request.content)
      hash.combine(request.signature.tag)
    case .reply(let reply):
      hash.combine(UInt64(truncatingIfNeeded: reply.client.index))
      hash.combine(reply.timestamp)
      hash.combine(UInt64(truncatingIfNeeded: reply.replica.index))
      hash.combine(reply.result.value)
      hash.combine(reply.view)
      hash.combine(reply.leader.map { UInt64(truncatingIfNeeded: $0.index) } ?? .max)
      hash.combine(reply.isExecuted ? 1 : 0)
      if reply.resultBytes > 0 { hash.combine(UInt64(reply.resultBytes)) }
    case .block(let block):
      hash.combine(block.fingerprint)
    case .getBlocks(let wanted, let locator):
      hash.combine(wanted.value)
      for id in locator { hash.combine(id.value) }
    case .blocks(let wanted, let blocks):
      hash.combine(wanted.value)
      for block in blocks { hash.combine(block.fingerprint) }
    case .tip(let id, let height, let work):
      hash.combine(id.value)
      hash.combine(height)
      hash.combine(UInt64(truncatingIfNeeded: work.hashes))
      hash.combine(UInt64(truncatingIfNeeded: work.hashes >> 64))
    }
    return hash.value
  }

  /// The requests that it carries.
  public var requestCount: Int {
    switch self {
    case .request, .transaction: 1
    case .block(let block): block.transactions.count
    case .blocks(_, let blocks): blocks.reduce(0) { $0 + $1.transactions.count }
    case .reply, .getBlocks, .tip: 0
    }
  }

  /// The size on the wire: a base for the message, or for each block of it, and the transactions
  /// with their operations' own bytes, or the result's.
  public func size(_ sizes: MessageSizes) -> ByteCount {
    switch self {
    case .request(let request), .transaction(let request):
      sizes.base + request.carriedSize(sizes)
    case .reply(let reply): sizes.base + reply.carriedSize
    case .getBlocks, .tip: sizes.base
    case .block(let block):
      sizes.base + sizes.transaction * block.transactions.count + ByteCount(block.operationBytes)
    case .blocks(_, let blocks):
      sizes.base * max(1, blocks.count)
        + sizes.transaction * blocks.reduce(0) { $0 + $1.transactions.count }
        + ByteCount(blocks.reduce(0) { $0 + $1.operationBytes })
    }
  }

  /// The reply to a client, if this is one.
  @inline(__always)
  public var reply: Reply? {
    guard case .reply(let reply) = self else { return nil }
    return reply
  }

  /// One line of text that says what the message is.
  public var summary: String {
    switch self {
    case .request(let request): "request c\(request.client) t=\(request.timestamp)"
    case .transaction(let request): "transaction c\(request.client) t=\(request.timestamp)"
    case .reply(let reply): "reply c\(reply.client) t=\(reply.timestamp)"
    case .block(let block): "block \(block.summary)"
    case .getBlocks(let wanted, let locator): "get-blocks \(wanted) after \(locator.count) ids"
    case .blocks(let wanted, let blocks): "blocks \(blocks.count) towards \(wanted)"
    case .tip(let id, let height, _): "tip \(id) h=\(height)"
    }
  }
}

extension Block {
  /// One line of text.
  var summary: String { "\(id) h=\(height) by \(miner) with \(transactions.count)" }
}
