import ConsensusCore
import DiscreteEvents

/// What replicas and clients send each other.
///
/// A relayed proposal or vote is the message itself: its signature names who made it, the channel
/// who passed it on.
public enum StreamletMessage: ConsensusMessage {
  /// A client asks for something.
  case request(Request)
  /// A replica executed it.
  case reply(Reply)
  /// The leader of an epoch proposes a block.
  case proposal(StreamletProposal)
  /// A replica votes for a block.
  case vote(StreamletVote)
  /// A replica lacks a block or its votes, and asks for the chain that ends there, from above the
  /// height that is final at the replica.
  ///
  /// Deviation: the paper leaves open how a replica gets what it missed.
  case fetch(Digest, above: UInt64)
  /// A part of that chain, from below to above.
  case chain([VotedBlock])

  /// The names of the kinds.
  public static let kindNames = ["request", "reply", "proposal", "vote", "fetch", "chain"]

  /// The position of the kind.
  public var kind: UInt8 {
    switch self {
    case .request: 0
    case .reply: 1
    case .proposal: 2
    case .vote: 3
    case .fetch: 4
    case .chain: 5
    }
  }

  /// A hash of the content.
  public var fingerprint: UInt64 {
    switch self {
    case .request(let request): return mix(request.signature.tag ^ 0x01, request.content)
    case .reply(let reply):
      let replica = UInt64(truncatingIfNeeded: reply.replica.index)
      let words = mix(mix(0x02, reply.result.value), replica)
      return reply.mixingSize(into: mix(mix(words, reply.timestamp), reply.view))
    case .proposal(let proposal):
      return mix(proposal.signature.tag ^ 0x03, proposal.block.digest.value)
    case .vote(let vote): return mix(vote.signature.tag ^ 0x04, vote.block.value)
    case .fetch(let digest, let height): return mix(digest.value ^ 0x05, height)
    case .chain(let blocks):
      var hash = WordHash(domain: 0x06)
      for block in blocks {
        hash.combine(block.proposal.signature.tag)
        hash.combine(block.proposal.block.digest.value)
        for vote in block.votes { hash.combine(vote.signature.tag) }
      }
      return hash.value
    }
  }

  /// The requests that it carries.
  public var requestCount: Int {
    switch self {
    case .request: 1
    case .proposal(let proposal): proposal.block.requests.count
    case .chain(let blocks): blocks.reduce(0) { $0 + $1.proposal.block.requests.count }
    case .reply, .vote, .fetch: 0
    }
  }

  /// The size on the wire.
  public func size(_ sizes: MessageSizes) -> ByteCount {
    switch self {
    case .request(let request): sizes.base + request.carriedSize(sizes)
    case .reply(let reply): sizes.base + reply.carriedSize
    case .proposal(let proposal): sizes.base + proposal.block.carriedSize(sizes)
    case .vote, .fetch: sizes.base
    case .chain(let blocks):
      blocks.reduce(sizes.base) { sum, block in
        sum + block.proposal.block.carriedSize(sizes) + Self.signedVote * (block.votes.count + 1)
      }
    }
  }

  /// The bytes of a vote within a larger message.
  ///
  /// Assumption: as many as in the certificates of PBFT.
  private static let signedVote = ByteCount(320)

  /// The reply to a client, if this is one.
  public var reply: Reply? { if case .reply(let reply) = self { reply } else { nil } }

  /// One line of text.
  public var summary: String {
    switch self {
    case .request(let request): "REQUEST c\(request.client) t\(request.timestamp)"
    case .reply(let reply): "REPLY c\(reply.client) t\(reply.timestamp)"
    case .proposal(let proposal):
      "PROPOSE e\(proposal.block.epoch) \(proposal.block.digest) x\(proposal.block.requests.count)"
    case .vote(let vote): "VOTE e\(vote.epoch) \(vote.block) by r\(vote.replica)"
    case .fetch(let digest, let height): "FETCH \(digest) above h\(height)"
    case .chain(let blocks): "CHAIN of \(blocks.count)"
    }
  }
}

extension StreamletMessage: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(UInt64(kind))
    switch self {
    case .request(let request): hasher.add(request)
    case .reply(let reply): hasher.add(reply)
    case .proposal(let proposal): hasher.add(proposal)
    case .vote(let vote): hasher.add(vote)
    case .fetch(let digest, let height): hasher.add(digest, height)
    case .chain(let blocks): hasher.add(blocks)
    }
  }
}
