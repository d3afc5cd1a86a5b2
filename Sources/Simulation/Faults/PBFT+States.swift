import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// False states under true proofs: what the receiver finds out by computing the digest itself.
extension StateTransfer {
  /// The transfer falsified, or nil where the forgery has no meaning: proof and state belong to no
  /// view and name no sender.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> StateTransfer? {
    switch forgery {
    case .tamper:
      StateTransfer(proof: proof, state: state.tampered(in: &context))
    case .equivocate:
      context.isInOtherHalf
        ? StateTransfer(proof: proof, state: state.tampered(in: &context)) : nil
    default:
      proof.forged(as: forgery, in: &context).map { StateTransfer(proof: $0, state: state) }
    }
  }
}

extension ForgeryContext {
  mutating func mutated<Policy>(
    _ transfer: StateTransfer<Policy>
  ) -> StateTransfer<Policy> {
    choose(2) == 0
      ? StateTransfer(proof: mutated(transfer.proof), state: transfer.state)
      : StateTransfer(proof: transfer.proof, state: transfer.state.tampered(in: &self))
  }
}

extension ReplicatedState {
  /// The state at the same sequence number with a request that nobody asked for, or without all
  /// that took effect.
  func tampered(in context: inout ForgeryContext) -> ReplicatedState {
    guard context.choose(2) == 0 else {
      return replacing(Ledger(application: ledger.application))
    }
    var ledger = ledger
    let client = ClientID(context.choose(ledger.clientCount))
    let request = Request(
      client: client, timestamp: ledger.lastTimestamp(of: client) &+ 1,
      operation: context.draw.next(), operationBytes: 0, signature: .none)
    _ = ledger.execute(request, at: executed)
    return replacing(ledger)
  }
}
