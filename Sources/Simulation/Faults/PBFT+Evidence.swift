import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// Invented proofs of misconduct against the honest, which lack what only the accused could sign.
extension ForgeryContext {
  /// A proposal that somebody really signed, with its signer.
  typealias KnownProposal = (proposal: Proposal, signer: ReplicaID)

  /// The proposal that a message vouches for, if its signer is honest.
  func knownProposal<Policy>(in message: PBFTMessage<Policy>) -> KnownProposal? {
    guard case .prepare(let vote) = message else { return nil }
    return known(
      Proposal(
        view: vote.view, sequence: vote.sequence, digest: vote.digest,
        signature: vote.proposalSignature))
  }

  /// The proposal with the honest replica that signed it, if any did.
  func known(_ proposal: Proposal) -> KnownProposal? {
    for index in 0..<replicas {
      let candidate = ReplicaID(index)
      if !accomplices.contains(candidate), proposal.isSigned(by: candidate, verifier) {
        return (proposal, candidate)
      }
    }
    return nil
  }

  /// A replica that is no accomplice; this one if there is none.
  private var innocent: ReplicaID {
    mutating get {
      let start = choose(replicas)
      for step in 0..<replicas {
        let candidate = ReplicaID((start + step) % replicas)
        if !accomplices.contains(candidate) { return candidate }
      }
      return replica
    }
  }

  /// A proof against the signer of a known proposal, or against any honest replica.
  mutating func inventedEvidence(_ known: KnownProposal?) -> Evidence {
    let accused = known?.signer ?? innocent
    let view = View(standing.view &- min(standing.view, draw.below(3)))
    let sequence = SequenceNumber(standing.executed &+ draw.below(4))
    let first =
      known?.proposal ?? falseProposal(view, sequence, Digest(draw.next()))
    switch choose(6) {
    case 0:
      // What is said twice is no contradiction.
      return .equivocation(first, first, by: accused)
    case 1:
      let request = Request(
        client: ClientID(0), timestamp: draw.next(), operation: draw.next(), operationBytes: 0,
        signature: .none)
      let batch = Batch(
        proposer: accused, view: first.view, requests: [request], judgements: [], changes: [])
      let proposal = falseProposal(first.view, first.sequence, batch.digest)
      return .forgedRequest(choose(2) == 0 ? first : proposal, batch, by: accused)
    default:
      let second = falseProposal(first.view, first.sequence, altered(first.digest))
      return choose(2) == 0
        ? .equivocation(first, second, by: accused) : .equivocation(second, first, by: accused)
    }
  }

  /// A proposal in the name of somebody who did not sign it: unsigned, with the own signature, or with
  /// one that nobody made.
  private mutating func falseProposal(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest
  ) -> Proposal {
    switch choose(3) {
    case 0: Proposal(view: view, sequence: sequence, digest: digest, signature: .none)
    case 1: Proposal(view: view, sequence: sequence, digest: digest, signedBy: signer)
    default:
      Proposal(
        view: view, sequence: sequence, digest: digest, signature: Signature(tag: draw.next()))
    }
  }
}
