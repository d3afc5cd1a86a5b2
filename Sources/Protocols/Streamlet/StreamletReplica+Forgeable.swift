import ConsensusCore
import DiscreteEvents
import Faults
import Simulator

/// How Streamlet's messages can be falsified.
///
/// ```
/// tamper, wrongDigest   other operations in a block; a vote for a block that does not exist
/// equivocate            one half gets a block without requests; a vote for a block that does not exist
/// badSignature          of what the replica sends or relays
/// impersonate           another proposer or voter, signed with the own key
/// staleView, futureView the epoch before or after
/// inventedCertificate   a chain whose votes nobody cast
/// ```
extension StreamletReplica: Forgeable {
  /// Falsifies one copy of an outgoing message.
  public static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool {
    guard let forged = forged(message, as: forgery, in: &context) else { return false }
    message = forged
    return true
  }

  private static func forged(
    _ message: Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Message? {
    switch message {
    case .request(let request): request.forged(as: forgery, in: &context).map { .request($0) }
    case .reply(let reply): reply.forged(as: forgery, in: &context).map { .reply($0) }
    case .proposal(let proposal): proposal.forged(as: forgery, in: &context).map { .proposal($0) }
    case .vote(let vote): vote.forged(as: forgery, in: &context).map { .vote($0) }
    case .fetch(let digest, let height):
      forgery == .tamper || forgery == .wrongDigest
        ? .fetch(context.altered(digest), above: height) : nil
    case .chain(let blocks):
      forgery == .inventedCertificate || forgery == .tamper
        ? .chain(blocks.map { $0.withInventedVotes(in: &context) }) : nil
    }
  }
}

extension StreamletProposal {
  /// The proposal falsified; one of another replica, which this one relays, only in its signature.
  fileprivate func forged(
    as forgery: Forgery, in context: inout ForgeryContext
  ) -> StreamletProposal? {
    if forgery == .badSignature {
      return StreamletProposal(block, signature: context.spoilt(signature))
    }
    guard block.proposer == context.replica else { return nil }
    switch forgery {
    case .tamper, .wrongDigest:
      let requests = block.requests.map { context.altered($0) }
      return remade(requests: requests, signedBy: context.signer)
    case .equivocate:
      return context.isInOtherHalf && !block.requests.isEmpty
        ? remade(requests: [], signedBy: context.signer) : nil
    case .impersonate: return remade(proposer: context.victim, signedBy: context.signer)
    case .staleView: return remade(epoch: block.epoch.previous, signedBy: context.signer)
    case .futureView: return remade(epoch: block.epoch.next, signedBy: context.signer)
    case .badSignature, .inventedCertificate: return nil
    }
  }

  private func remade(
    epoch: Epoch? = nil, proposer: ReplicaID? = nil, requests: [Request]? = nil,
    signedBy signer: Signer
  ) -> StreamletProposal {
    StreamletProposal(
      StreamletBlock(
        parent: block.parent, epoch: epoch ?? block.epoch, proposer: proposer ?? block.proposer,
        requests: requests ?? block.requests), signedBy: signer)
  }
}

extension StreamletVote {
  /// The vote falsified; one of another replica, which this one relays, only in its signature.
  fileprivate func forged(
    as forgery: Forgery, in context: inout ForgeryContext
  ) -> StreamletVote? {
    if forgery == .badSignature {
      return StreamletVote(
        epoch: epoch, block: block, replica: replica, signature: context.spoilt(signature))
    }
    guard replica == context.replica else { return nil }
    switch forgery {
    case .tamper, .wrongDigest: return remade(block: context.altered(block), in: context)
    case .equivocate:
      return context.isInOtherHalf ? remade(block: context.altered(block), in: context) : nil
    case .impersonate: return remade(replica: context.victim, in: context)
    case .staleView: return remade(epoch: epoch.previous, in: context)
    case .futureView: return remade(epoch: epoch.next, in: context)
    case .badSignature, .inventedCertificate: return nil
    }
  }

  private func remade(
    epoch: Epoch? = nil, block: Digest? = nil, replica: ReplicaID? = nil,
    in context: ForgeryContext
  ) -> StreamletVote {
    StreamletVote(
      epoch: epoch ?? self.epoch, block: block ?? self.block, replica: replica ?? self.replica,
      signedBy: context.signer)
  }
}

extension VotedBlock {
  /// The block with votes of everybody, which nobody else signed.
  fileprivate func withInventedVotes(in context: inout ForgeryContext) -> VotedBlock {
    let votes = (0..<context.replicas).map { index in
      StreamletVote(
        epoch: proposal.block.epoch, block: proposal.block.digest, replica: ReplicaID(index),
        signedBy: context.signer)
    }
    return VotedBlock(proposal, votes: votes)
  }
}

extension Epoch {
  fileprivate var previous: Epoch { Epoch(number == 0 ? 0 : number - 1) }
}
