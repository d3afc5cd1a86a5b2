import ConsensusCore
import DiscreteEvents
import ProofOfWork

/// What is asked of a proof-of-work chain as a whole; what is nil is counted and not judged.
public struct ChainDemands: Hashable, Sendable {
  /// k: blocks at the end of a chain that may still change (W-1, W-9).
  public var commonPrefix: Int
  /// Whether a changed prefix is a violation; otherwise it is counted.
  public var demandsCommonPrefix: Bool
  /// The least honest blocks in any `window` blocks in a row of the final chain (W-2).
  public var quality: Quality?
  /// The bounds of the mean time between blocks of the final chain (W-3).
  public var meanInterval: ClosedRange<VirtualDuration>?

  /// A bound on chain quality.
  public struct Quality: Hashable, Sendable {
    /// l: how many blocks in a row are looked at.
    public var window: Int
    /// How many of them honest miners must have found.
    public var honestBlocks: Int

    /// Creates a bound.
    public init(window: Int, honestBlocks: Int) {
      self.window = window
      self.honestBlocks = honestBlocks
    }
  }

  /// Creates demands; every one is spelled out.
  public init(
    commonPrefix: Int, demandsCommonPrefix: Bool, quality: Quality?,
    meanInterval: ClosedRange<VirtualDuration>?
  ) {
    precondition(commonPrefix >= 0, "a common prefix of \(commonPrefix)")
    self.commonPrefix = commonPrefix
    self.demandsCommonPrefix = demandsCommonPrefix
    self.quality = quality
    self.meanInterval = meanInterval
  }
}

/// What is reported about the chain, whatever it is.
public struct ChainCounters: Hashable, Sendable {
  /// Blocks found, by miner (W-8).
  public var mined: [Int]
  /// Blocks of the longest honest chain, by miner; the rest of ``mined`` is stale or on its way.
  public var onMainChain: [Int]
  /// Changes of an honest tip that left blocks behind, by their number; 64 and more in the last.
  public var reorganisations = [Int](repeating: 0, count: 65)
  /// Changes of an honest tip against the common prefix (W-1).
  public var prefixFailures = 0
  /// Changes of honest tips.
  public var tipChanges = 0

  /// Creates counts of blocks, by miner.
  package init(mined: [Int], onMainChain: [Int]) {
    self.mined = mined
    self.onMainChain = onMainChain
  }

  /// Blocks found that are not on the longest honest chain at the end (W-7).
  public var stale: Int { mined.reduce(0, +) - onMainChain.reduce(0, +) }
}

/// A block as the probe knows it.
struct BlockRecord: Sendable {
  var block: Block
  var parent: Int
  var work: ChainWork
  /// The state after the block; given up for blocks far behind.
  var ledger: Ledger?
  var ledgerDigest = Digest(0)
  var executed: UInt64 = 0
}

/// All blocks that anybody mined or accepted; blocks are few, so a dictionary serves.
struct BlockBook: Sendable {
  private(set) var records: [BlockRecord] = []
  /// Only looked up, never iterated.
  private var positions: [Digest: Int] = [:]
  /// The state after the genesis block, which is replayed from when nearer ones are given up.
  private let ledger: Ledger

  /// Starts with the genesis block, after which the ledger is this.
  init(genesis: Block, ledger: Ledger) {
    self.ledger = ledger
    var record = BlockRecord(block: genesis, parent: 0, work: .zero, ledger: ledger)
    record.ledgerDigest = ledger.digest
    records.append(record)
    positions[genesis.id] = 0
  }

  func position(of id: Digest) -> Int? { positions[id] }

  /// Blocks this far behind the highest keep their state only as a digest.
  private static let depth = 128

  /// Adds a block whose parent is known.
  mutating func add(_ block: Block) -> Int? {
    if let known = positions[block.id] { return known }
    guard let parent = positions[block.parent] else { return nil }
    var ledger = ledger(at: parent)
    for request in block.transactions where request.client.index >= 0 {
      _ = ledger.execute(request, at: SequenceNumber(block.height))
    }
    var record = BlockRecord(
      block: block, parent: parent, work: records[parent].work + block.difficulty, ledger: ledger)
    record.ledgerDigest = ledger.digest
    record.executed = ledger.executed
    positions[block.id] = records.count
    records.append(record)
    if records.count > Self.depth { records[records.count - 1 - Self.depth].ledger = nil }
    return records.count - 1
  }

  /// The state after a block, replayed from the nearest one that is kept.
  private func ledger(at position: Int) -> Ledger {
    var path: [Int] = []
    var current = position
    while current != 0, records[current].ledger == nil {
      path.append(current)
      current = records[current].parent
    }
    var ledger = records[current].ledger ?? self.ledger
    for position in path.reversed() {
      let block = records[position].block
      for request in block.transactions where request.client.index >= 0 {
        _ = ledger.execute(request, at: SequenceNumber(block.height))
      }
    }
    return ledger
  }

  /// The timestamp of the client's last request on the chain up to a block.
  func lastTimestamp(of client: ClientID, at position: Int) -> UInt64 {
    ledger(at: position).lastTimestamp(of: client)
  }

  @inline(__always)
  subscript(position: Int) -> BlockRecord { _read { yield records[position] } }

  func height(_ position: Int) -> UInt64 { records[position].block.height }

  /// The ancestor at a height not above the block's own.
  func ancestor(of position: Int, at height: UInt64) -> Int {
    var current = position
    while current != 0, self.height(current) > height { current = records[current].parent }
    return current
  }
}

/// What the probe remembers of one miner.
struct MinerNode: Sendable {
  var isDown = false
  /// The position of its tip.
  var tip = 0
  /// The last block that its chain shares with the one before.
  var fork = 0
  /// The block that has to become its tip next, because it has the most work.
  var pending: Int?
}
