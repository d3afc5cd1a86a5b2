import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// Falsified proposals and bodies of batches.
extension Batch {
  /// The batch with other requests or another proposer, digested anew.
  func with(requests: [Request]? = nil, proposer: ReplicaID? = nil) -> Batch {
    Batch(
      proposer: proposer ?? self.proposer, view: view, requests: requests ?? self.requests,
      judgements: judgements, changes: changes)
  }

  /// The batch with its first request altered, which that request's client did not sign; nil
  /// without requests.
  func tampered(in context: inout ForgeryContext) -> Batch? {
    guard let first = requests.first else { return nil }
    return with(requests: [context.altered(first)] + requests.dropFirst())
  }

  /// Another batch that backups find in order: its first request comes twice, and takes effect
  /// once; nil without requests.
  var alternative: Batch? {
    guard let first = requests.first else { return nil }
    return with(requests: requests + [first])
  }

  /// The body that answers a question for a batch, falsified.
  func forgedBody(as forgery: Forgery, in context: inout ForgeryContext) -> Batch? {
    switch forgery {
    case .tamper, .wrongDigest: tampered(in: &context)
    case .equivocate: context.isInOtherHalf ? alternative : nil
    case .impersonate: with(proposer: context.victim)
    case .badSignature, .staleView, .futureView, .inventedCertificate: nil
    }
  }
}

extension Proposal {
  /// The proposal falsified together with its batch, and signed again where the forger can.
  func forged(
    with batch: Batch, as forgery: Forgery, in context: inout ForgeryContext
  ) -> (proposal: Proposal, batch: Batch)? {
    switch forgery {
    case .tamper:
      return batch.tampered(in: &context).map { (signed(for: $0, by: context.signer), $0) }
    case .equivocate:
      guard context.isInOtherHalf else { return nil }
      return batch.alternative.map { (signed(for: $0, by: context.signer), $0) }
    case .impersonate:
      let forged = batch.with(proposer: context.victim)
      return (signed(for: forged, by: context.signer), forged)
    case .wrongDigest:
      let forged = Proposal(
        view: view, sequence: sequence, digest: context.altered(digest), signedBy: context.signer)
      return (forged, batch)
    case .badSignature:
      let forged = Proposal(
        view: view, sequence: sequence, digest: digest, signature: context.spoilt(signature))
      return (forged, batch)
    case .staleView, .futureView:
      guard let other = view.forged(as: forgery) else { return nil }
      let forged = Proposal(
        view: other, sequence: sequence, digest: digest, signedBy: context.signer)
      return (forged, batch)
    case .inventedCertificate:
      return nil
    }
  }

  private func signed(for batch: Batch, by signer: Signer) -> Proposal {
    Proposal(view: view, sequence: sequence, digest: batch.digest, signedBy: signer)
  }
}

extension View {
  /// The view before or after this one; nil for other forgeries and before view 0.
  func forged(as forgery: Forgery) -> View? {
    switch forgery {
    case .staleView: number > 0 ? View(number - 1) : nil
    case .futureView: next
    default: nil
    }
  }
}
