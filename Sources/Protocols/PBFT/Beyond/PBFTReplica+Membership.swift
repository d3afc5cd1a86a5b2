import ConsensusCore
import DiscreteEvents

/// What a change of the membership does to a replica; the policy says when the membership changes.
extension PBFTReplica {
  // MARK: Beyond PBFT §4: another membership votes

  /// The next membership takes effect: the checkpoint of the batch that named it is stable.
  package mutating func adoptNextMembership(into effects: inout Output) {
    assert(state.executed == checkpoints.stable.sequence, "Nothing follows CONFIG in its epoch")
    state.enterNextEpoch()
    effects.persist(.enteredEpoch)
  }

  /// Forgets what the former members voted for, their views included, and goes on from what executed.
  package mutating func forgetFormerMembers(into effects: inout Output) {
    effects.charge(.restart)
    log.clear()
    checkpoints.forgetVotes()
    endAwaiting(into: &effects)
    changes.enterEpoch()
    requests.forgetProposals()
    lastProposed = state.executed
  }

  /// Takes part in nothing any more: this replica is no member.
  package mutating func retire(into effects: inout Output) {
    for timer in PBFTTimer.allCases { effects.cancelTimer(timer) }
    changes.awaited = nil
    (reminderIsSet, nextAsking) = (false, nil)
  }

  /// Whether this replica asked the present membership for a view.
  package var hasAskedMembers: Bool { changes.latest[id.index]?.epoch == membership.epoch }
}
