import ConsensusCore
import DiscreteEvents

/// How replicas meet in one view for long enough (PBFT §4.5.2).
extension PBFTReplica {
  // MARK: PBFT §4.5.2: the wait doubles

  // Rule: PBFT 4.5.2-4
  /// T for the first view change since the last progress, doubled for each further one
  /// (PBFT §4.5.2).
  var patience: VirtualDuration {
    configuration.viewTimeout * (Int64(1) << Int64(min(max(changes.failures - 1, 0), 20)))
  }

  // MARK: PBFT §4.5.2: the timer starts at a quorum of VIEW-CHANGEs

  // Rule: PBFT 4.4-12, PBFT 4.5.2-1
  /// With a quorum of VIEW-CHANGEs the new primary sends NEW-VIEW, and the NEW-VIEW timer starts.
  ///
  /// Deviation: a replica that asks for a higher view counts for the timer, too (PBFT §4.5.2 counts
  /// VIEW-CHANGEs for this view only). A replica that gave this view up sends no VIEW-CHANGE for the
  /// view again. A replica that missed the first one would wait without end.
  mutating func checkViewChanges(into effects: inout Output) {
    guard case .changing(let target) = phase else { return }
    let quorum = membership.quorum.certificate
    guard changes.count(from: target) >= quorum else { return }
    if membership.primary(of: target) == id {
      let supporters = changes.supporting(target)
      if supporters.count >= quorum { return sendNewView(target, supporters, into: &effects) }
    }
    guard changes.awaited != target else { return }
    changes.awaited = target
    effects.setTimer(.newView, after: patience)
  }

  // Rule: PBFT 4.5.2-2, PBFT 4.5.2-3
  /// The view took too long: its NEW-VIEW did not come, or nothing executed after it.
  mutating func onNewViewTimeout(into effects: inout Output) {
    guard let awaited = changes.awaited else { return }
    changes.awaited = nil
    if case .changing(let target) = phase {
      guard awaited == target else { return }
      startViewChange(to: nextView(after: target), reason: .timeout, into: &effects)
    } else {
      onRequestTimeout(into: &effects)
    }
  }

  // MARK: PBFT §4.5.2: the timer runs on until a request executes

  // Rule: PBFT 4.5.2-3
  /// After a NEW-VIEW the timer goes on until a held request executes: "if the timer expires before
  /// it receives a valid new-view message for v+1 or before it executes a request in the new view
  /// that it had not executed previously, it starts the view change for view v+2" (PBFT §4.5.2).
  ///
  /// The request timer, which starts with the view, has the same span and runs out later. It alone
  /// runs at a replica that did not see the quorum of VIEW-CHANGEs itself. Where no request waits,
  /// nothing can execute, and the timer ends with the NEW-VIEW (PL-2).
  mutating func maybeAwaitExecution(into effects: inout Output) {
    if requests.isEmpty || leads { endAwaiting(into: &effects) }
  }

  /// Whether the timer that started at the quorum of VIEW-CHANGEs runs in the view they led to.
  var awaitsExecution: Bool { phase == .normal && changes.awaited != nil }

  mutating func endAwaiting(into effects: inout Output) {
    guard awaitsExecution else { return }
    changes.awaited = nil
    effects.cancelTimer(.newView)
  }

  // MARK: PBFT §4.5.2: f + 1 others make a replica join

  // Rule: PBFT 4.5.2-5, PBFT 4.5.2-6
  /// f + 1 replicas ask for higher views: at least one honest replica has a reason, so this one
  /// asks for the smallest of them too (PBFT §4.5.2, invariant PL-3).
  ///
  /// Joining is not first-hand. A replica that has itself waited for more than half the time-out
  /// says `timeout` instead, else a strike would hinge on whose timer fires first.
  mutating func joinOthers(into effects: inout Output) {
    let current: View = if case .changing(let target) = phase { target } else { view }
    guard
      let smallest = changes.smallestTarget(
        above: current, askedBy: membership.quorum.oneHonest, without: id)
    else { return }
    let half = VirtualDuration(nanoseconds: configuration.viewTimeout.nanoseconds / 2)
    let hasWaited = requests.oldestArrival.map { now - $0 > half } ?? false
    let isFirstHand = phase == .normal && hasWaited && !leads
    startViewChange(to: smallest, reason: isFirstHand ? .timeout : .join, into: &effects)
  }
}
