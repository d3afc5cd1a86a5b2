import ConsensusCore
import DiscreteEvents

/// Turns of several proposers within one view (Paper §III-A).
extension PBFTReplica {
  // MARK: Paper §III-A: the proposer of a sequence number

  /// Whether the proposer of a sequence number is known only after the one before.
  @inline(__always)
  var isSerial: Bool { state.policy.turnLength != nil }

  /// The sequence number whose proposer leads now: the next round if rounds are serial, else the
  /// first that this view has not proposed as far as is known here.
  @inline(__always)
  var nextToPropose: SequenceNumber {
    isSerial ? state.executed.next : lastProposed.next
  }

  /// Who proposes `sequence` in the current view.
  func proposer(of sequence: SequenceNumber) -> ReplicaID {
    state.policy.proposer(
      of: sequence, in: view, of: membership, judged: sequence == firstNewSequence ? judgements : []
    )
  }
}
