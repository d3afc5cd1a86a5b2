import ConsensusCore
import DiscreteEvents
import PBFT

/// The next epoch begins (Model §4.3).
extension EpochPolicy {
  // MARK: Model §4.3: the next epoch begins

  // Rule: Paper III-B-11
  /// The closing checkpoint is stable under the old membership: the new one takes over with an
  /// empty log, so that no batch can have committed under one quorum and be judged by another.
  public static func endMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {
    replica.adoptNextMembership(into: &effects)
    replica.enteredEpoch(into: &effects)
  }

  /// The transferred state may be that of the last batch of its epoch.
  public static func changedMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {
    replica.enteredEpoch(into: &effects)
    if replica.state.nextMembership != nil { endMembership(at: &replica, into: &effects) }
  }

  /// The power may have failed after the epoch began and before its VIEW-CHANGE was written.
  public static func restarted(
    _ replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {
    replica.renewView(into: &effects)
  }
}

extension PBFTReplica where Policy: EpochPolicy {
  /// Starts voting as a member of the state's new epoch, or stops if it is none.
  fileprivate mutating func enteredEpoch(into effects: inout Effects<Self>) {
    forgetFormerMembers(into: &effects)
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
    guard isMember else { return retire(into: &effects) }
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
  fileprivate mutating func renewView(into effects: inout Effects<Self>) {
    if case .changing(let target) = phase {
      guard !hasAskedMembers else { return }
      askForView(max(target, membership.firstView), &effects)
    } else if view > membership.firstView, installedBy?.epoch != membership.epoch {
      askForView(nextView(after: view), &effects)
    }
  }
}
