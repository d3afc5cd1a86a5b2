import ConsensusCore
import DiscreteEvents

/// What ends a view besides the timer.
extension PBFTReplica {
  // MARK: Paper §III-B: a proof ends the view

  // Rule: Paper III-B-6
  /// Leaves the view of a primary that provably misbehaved, without waiting for the timer
  /// (Paper §III-B: "the view-change protocol should be launched immediately").
  mutating func convict(_ evidence: Evidence, into effects: inout Output) {
    changes.keep(evidence)
    // What others than the primary sign is their guilt, and no reason to leave the primary's view.
    guard phase == .normal, evidence.view == view, evidence.subject == blamed.subject else {
      return
    }
    startViewChange(to: nextView(after: view), reason: .evidence, into: &effects)
  }

  // MARK: Beyond PBFT §4.4: the policy wants another primary

  /// Leaves the view if the policy's trigger says so after what just executed.
  @inline(__always)
  mutating func askPolicy(into effects: inout Output) {
    guard let reason = state.policy.complaint(after: state.executed, at: now), phase == .normal
    else { return }
    startViewChange(to: nextView(after: view), reason: reason, into: &effects)
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
