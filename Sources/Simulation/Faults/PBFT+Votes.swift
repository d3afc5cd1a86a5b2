import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// Falsified PREPAREs, COMMITs, CHECKPOINTs and reminders.
extension Vote {
  /// The content that one kind of vote signs.
  typealias Content = (View, SequenceNumber, Digest, ReplicaID) -> UInt64

  /// The vote falsified and signed again where the forger can.
  ///
  /// A forger of votes does not know the batch that a colluding primary told the other half;
  /// ``TwinReplica`` does.
  func forged(
    as forgery: Forgery, in context: inout ForgeryContext, signing content: Content
  ) -> Vote? {
    var vote = self
    switch forgery {
    case .tamper, .wrongDigest:
      vote.digest = context.altered(digest)
    case .equivocate:
      guard context.isInOtherHalf else { return nil }
      vote.digest = context.altered(digest)
    case .badSignature:
      vote.signature = context.spoilt(signature)
      return vote
    case .impersonate:
      vote.replica = context.victim
    case .staleView, .futureView:
      guard let other = view.forged(as: forgery) else { return nil }
      vote.view = other
    case .inventedCertificate:
      return nil
    }
    vote.signature = context.signer.sign(
      content(vote.view, vote.sequence, vote.digest, vote.replica))
    return vote
  }
}

extension CheckpointVote {
  /// The vote falsified and signed again where the forger can; it belongs to no view.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> CheckpointVote? {
    var vote = self
    switch forgery {
    case .tamper, .wrongDigest:
      vote.digest = context.altered(digest)
    case .equivocate:
      guard context.isInOtherHalf else { return nil }
      vote.digest = context.altered(digest)
    case .badSignature:
      vote.signature = context.spoilt(signature)
      return vote
    case .impersonate:
      vote.replica = context.victim
    case .staleView, .futureView, .inventedCertificate:
      return nil
    }
    vote.signature = context.signer.sign(
      SignedContent.checkpoint(vote.sequence, vote.digest, vote.replica))
    return vote
  }
}

extension Status {
  /// A false account of where the sender stands; a reminder carries no signature.
  func forged(as forgery: Forgery) -> Status? {
    var status = self
    switch forgery {
    case .tamper:
      // As far behind as can be: whoever believes it sends everything again.
      status.stable = .zero
      status.executed = .zero
    case .staleView, .futureView:
      guard let other = view.forged(as: forgery) else { return nil }
      status.view = other
    case .wrongDigest, .badSignature, .impersonate, .equivocate, .inventedCertificate:
      return nil
    }
    return status
  }
}
