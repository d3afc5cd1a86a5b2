import ConsensusCore
import DiscreteEvents
import Faults
import Simulator

// One field of a message changed, and messages of a liar's own making; what liars sign, they sign with
// each other's keys.
extension StreamletReplica {
  /// Changes some field of an outgoing message.
  public static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool {
    context.maybeDivide()
    switch message {
    case .request(let request): message = .request(context.mutated(request))
    case .reply(let reply): message = .reply(context.mutated(reply))
    case .proposal(let proposal): message = .proposal(context.mutated(proposal))
    case .vote(let vote): message = .vote(context.mutated(vote))
    case .fetch(let digest, let height):
      message =
        context.choose(2) == 0
        ? .fetch(context.mutated(digest), above: height)
        : .fetch(digest, above: context.mutated(height))
    case .chain(let blocks): message = .chain(context.mutated(blocks))
    }
    return true
  }

  /// A vote, a block, a question or a chain that no honest replica would send now.
  public static func invent(
    like example: Message, in context: inout ForgeryContext
  ) -> Message? {
    let proposal: StreamletProposal? =
      switch example {
      case .proposal(let proposal): proposal
      case .chain(let blocks): blocks.last?.proposal
      case .request, .reply, .vote, .fetch: nil
      }
    let digest: Digest =
      switch example {
      case .vote(let vote): vote.block
      case .fetch(let digest, _): digest
      case .request, .reply, .proposal, .chain:
        proposal?.block.digest ?? StreamletBlock.genesis.digest
      }
    switch context.choose(6) {
    case 0, 1: return .vote(context.inventedVote(for: digest, of: proposal?.block.epoch))
    case 2, 3: return .proposal(context.inventedBlock(on: digest, rival: proposal?.block))
    case 4: return .fetch(digest, above: context.mutated(context.standing.executed))
    default:
      let block = proposal ?? context.inventedBlock(on: digest, rival: nil)
      let votes = context.withVotesOfAccomplices(block)
      // Now and then a chain that is longer than any answer.
      let length = context.choose(8) == 0 ? longestAnswer + 1 : 1
      return .chain(Array(repeating: votes, count: length))
    }
  }
}

extension ForgeryContext {
  /// An epoch near the present one.
  private mutating func nearEpoch() -> Epoch {
    Epoch(standing.view &+ draw.below(3) &- (standing.view > 0 ? 1 : 0))
  }

  private func key(of replica: ReplicaID) -> Signer { signer(of: replica) ?? signer }

  fileprivate mutating func inventedVote(for digest: Digest, of epoch: Epoch?) -> StreamletVote {
    let name = accomplice
    return StreamletVote(
      epoch: epoch ?? nearEpoch(), block: digest, replica: name, signedBy: key(of: name))
  }

  /// A block on another one, or a rival of it with the same parent.
  fileprivate mutating func inventedBlock(
    on digest: Digest, rival: StreamletBlock?
  ) -> StreamletProposal {
    let name = accomplice
    let isRival = choose(2) == 0
    let requests = rival.map { shuffled($0.requests) } ?? []
    let block = StreamletBlock(
      parent: isRival ? rival?.parent ?? digest : digest,
      epoch: isRival ? rival?.epoch ?? nearEpoch() : nearEpoch(), proposer: name,
      requests: requests)
    return StreamletProposal(block, signedBy: key(of: name))
  }

  /// A block with one vote of each liar, now and then one more of each.
  fileprivate mutating func withVotesOfAccomplices(_ proposal: StreamletProposal) -> VotedBlock {
    let votes = accomplices.members.map {
      StreamletVote(
        epoch: proposal.block.epoch, block: proposal.block.digest, replica: $0,
        signedBy: key(of: $0))
    }
    return VotedBlock(proposal, votes: choose(2) == 0 ? votes : votes + votes)
  }

  fileprivate mutating func mutated(_ proposal: StreamletProposal) -> StreamletProposal {
    let block = proposal.block
    var parent = block.parent
    var epoch = block.epoch
    var proposer = block.proposer
    var requests = block.requests
    switch choose(6) {
    case 0: parent = choose(2) == 0 ? mutated(parent) : StreamletBlock.genesis.digest
    case 1: epoch = Epoch(mutated(epoch.number))
    case 2: proposer = mutated(proposer)
    case 3: requests = shuffled(requests)
    case 4:
      if let place = requests.indices.last { requests[place] = mutated(requests[place]) }
    default: return StreamletProposal(block, signature: mutated(proposal.signature))
    }
    return StreamletProposal(
      StreamletBlock(parent: parent, epoch: epoch, proposer: proposer, requests: requests),
      signedBy: key(of: proposer))
  }

  fileprivate mutating func mutated(_ vote: StreamletVote) -> StreamletVote {
    var epoch = vote.epoch
    var block = vote.block
    var replica = vote.replica
    switch choose(4) {
    case 0: epoch = Epoch(mutated(epoch.number))
    case 1: block = choose(2) == 0 ? mutated(block) : StreamletBlock.genesis.digest
    case 2: replica = mutated(replica)
    default:
      return StreamletVote(
        epoch: epoch, block: block, replica: replica, signature: mutated(vote.signature))
    }
    return StreamletVote(epoch: epoch, block: block, replica: replica, signedBy: key(of: replica))
  }

  fileprivate mutating func mutated(_ blocks: [VotedBlock]) -> [VotedBlock] {
    var blocks = blocks
    guard !blocks.isEmpty else { return blocks }
    let place = choose(blocks.count)
    switch choose(4) {
    case 0: return shuffled(blocks)
    case 1: blocks[place].votes = shuffled(blocks[place].votes)
    case 2: blocks[place].proposal = mutated(blocks[place].proposal)
    default:
      if let last = blocks[place].votes.indices.last {
        blocks[place].votes[last] = mutated(blocks[place].votes[last])
      }
    }
    return blocks
  }
}
