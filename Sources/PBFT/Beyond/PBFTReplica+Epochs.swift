import ConsensusCore
import DiscreteEvents

/// Membership epochs and the CONFIG batches that end them (Model §4.3).
extension PBFTReplica {
  // MARK: Model §4.3: where an epoch ends

  /// Whether `sequence` may belong to an epoch that this replica has not entered: the membership
  /// that votes on it is not known before the batch at the epoch's end has executed.
  @inline(__always)
  func isPastEpoch(_ sequence: SequenceNumber) -> Bool {
    configuration.epochLength != nil && sequence > lastOfEpoch
  }

  /// The last sequence number that is sure to belong to the present epoch.
  var lastOfEpoch: SequenceNumber {
    guard let length = configuration.epochLength else { return SequenceNumber(.max) }
    guard state.nextMembership == nil else { return state.executed }
    return SequenceNumber((state.executed.number / length + 1) * length)
  }

  func isEndOfEpoch(_ sequence: SequenceNumber) -> Bool {
    configuration.epochLength.map { sequence.number % $0 == 0 } ?? false
  }

  // MARK: Model §4.3: the change of membership in a batch

  // Rule: Paper III-B-10
  /// The membership change that this replica proposes at `sequence` (Model §4.3).
  ///
  /// A sheet that is not agreed on proposes none in the first fresh round of a view: others may have
  /// refused its change, and the height must pass in the end.
  func changeDue(at sequence: SequenceNumber) -> MembershipChange? {
    guard isEndOfEpoch(sequence) else { return nil }
    guard state.oversight.takesJudgements || sequence != firstFresh else { return nil }
    return state.oversight.report(in: membership)
  }

  // Rule: Paper III-B-10
  /// Whether the batch at `sequence` may make `change`, or none if nil (Model §4.3).
  func permits(_ change: MembershipChange?, at sequence: SequenceNumber) -> Bool {
    isEndOfEpoch(sequence) ? state.oversight.permits(change, in: membership) : change == nil
  }

  // MARK: Model §4.3: the next epoch begins

  // Rule: Paper III-B-11
  /// The closing checkpoint is stable under the old membership: the new one takes over with an
  /// empty log, so that no batch can have committed under one quorum and be judged by another.
  mutating func enterNextEpoch(into effects: inout Output) {
    assert(state.executed == checkpoints.stable.sequence, "Nothing follows CONFIG in its epoch")
    state.enterNextEpoch()
    effects.persist(.enteredEpoch)
    enteredEpoch(into: &effects)
  }

  /// Starts voting as a member of the state's new epoch, or stops if it is none.
  mutating func enteredEpoch(into effects: inout Output) {
    effects.charge(.restart)
    log.clear()
    checkpoints.forgetVotes()
    endAwaiting(into: &effects)
    changes.enterEpoch()
    requests.forgetProposals()
    lastProposed = state.executed
    if view < membership.firstView {
      // The old members closed their epoch in the first view of the new one. A replica that asked
      // for that view or an earlier one has reached it.
      if case .changing(let target) = phase, target <= membership.firstView {
        phase = .normal
        effects.cancelTimer(.newView)
      }
      if phase == .normal { view = membership.firstView }
    }
    effects.observe(
      .enteredEpoch(membership.epoch, members: membership.set, start: membership.start))
    guard isMember else {
      for timer in PBFTTimer.allCases { effects.cancelTimer(timer) }
      changes.awaited = nil
      (reminderIsSet, nextAsking) = (false, nil)
      return
    }
    effects.observe(.enteredView(view, primary: membership.primary(of: view), leads: leads))
    renewView(into: &effects)
    restartRequestTimer(into: &effects)
  }

  /// Asks the members of this epoch for a view of theirs, if the old members led this replica to a
  /// view beyond the epoch's first.
  ///
  /// Only the first view of an epoch needs no NEW-VIEW of its own. A later view rests on a certificate
  /// of the old members, and the new membership cannot check it. A replica that stayed there would
  /// never meet the others again, since a leader runs no timer (PBFT §4.4).
  mutating func renewView(into effects: inout Output) {
    if case .changing(let target) = phase {
      guard changes.latest[id.index]?.epoch != membership.epoch else { return }
      askForView(max(target, membership.firstView), &effects)
    } else if view > membership.firstView, installed?.epoch != membership.epoch {
      askForView(nextView(after: view), &effects)
    }
  }
}
