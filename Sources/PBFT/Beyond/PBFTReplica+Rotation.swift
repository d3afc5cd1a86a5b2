import ConsensusCore
import DiscreteEvents

/// A lead that moves although nobody is suspected (Paper §III-A, Paper §IV-D).
extension PBFTReplica {
  // MARK: Paper §III-A: the proposer of a sequence number

  @inline(__always)
  var isSerial: Bool {
    if case .everyBlocks = configuration.rotation { return true }
    return false
  }

  /// The sequence number whose proposer leads now: the next round if rounds are serial, else the
  /// first that this view has not proposed as far as is known here.
  @inline(__always)
  var nextToPropose: SequenceNumber {
    isSerial ? state.executed.next : lastProposed.next
  }

  // Rule: Paper III-A-2, Paper III-C-2
  /// Who proposes `sequence` in the current view.
  ///
  /// With `every-blocks` the proposer depends on the sequence number and the sheet after the one
  /// before (Model §2.5); rounds are serial, so that everybody has that sheet. Whom the NEW-VIEW of
  /// the view judges is passed over in its first round: the sheet learns of the judgement only when
  /// that round executes, which must not wait for the one who is judged.
  func proposer(of sequence: SequenceNumber) -> ReplicaID {
    guard case .everyBlocks(let blocks) = configuration.rotation else {
      return membership.primary(of: view)
    }
    let length = UInt64(truncatingIfNeeded: blocks)
    let rounds = (sequence.number - 1) / length - membership.start.number / length
    let first = membership.turns(of: view) &+ rounds
    for place in membership.members.indices {
      // A Byzantine view number may be close to the largest: wraps as views do.
      let candidate = membership.member(at: first &+ UInt64(truncatingIfNeeded: place))
      let isBlamed = sequence == firstFresh && judgements.contains { $0.subject == candidate }
      if !isBlamed, state.oversight.admits(candidate, in: membership) { return candidate }
    }
    return membership.member(at: first)
  }

  // MARK: Paper §IV-D: the administrator commands a rotation

  // Rule: Paper III-A-3
  /// Hands the lead on between tests: first a checkpoint, so that the view change has nothing to
  /// agree on again, then an ordinary view change whose reason is never held against anybody.
  mutating func onRotate(into effects: inout Output) {
    guard phase == .normal, isMember, !isHandingOver else { return }
    guard checkpoints.stable.sequence < state.executed else { return handOver(into: &effects) }
    isHandingOver = true
    effects.setTimer(.handOver, after: VirtualDuration(nanoseconds: patience.nanoseconds / 20))
    if !checkpoints.hasSnapshot(at: state.executed) { takeCheckpoint(into: &effects) }
  }

  mutating func handOver(into effects: inout Output) {
    isHandingOver = false
    effects.cancelTimer(.handOver)
    guard phase == .normal else { return }
    startViewChange(to: nextView(after: view), reason: .rotation, into: &effects)
  }
}
