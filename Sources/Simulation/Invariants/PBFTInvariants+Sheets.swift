import ConsensusCore
import DiscreteEvents
import PBFT

// The state sheets of sc-PBFT: SC-1 to SC-3, SC-5, SC-10, SC-11.
extension PBFTInvariants {
  mutating func onMarked(_ marking: SheetChange, by replica: ReplicaID) {
    guard let rules, marking.subject.index < replicas else { return }
    let index = replica.index * replicas + marking.subject.index
    let entry = sheets[index]
    var change: String { "node \(marking.subject): \(marking.before) -> \(marking.after)" }
    if let known = entry.state, known != marking.before {
      log.report(
        nodes[replica.index].hasRestarted ? .sc11 : .sc1, at: replica,
        "\(change), but it was \(known)")
    }
    if !isLegal(marking, entry, rules, at: nodes[replica.index].executed) {
      log.report(.sc1, at: replica, change)
    }
    if marking.after == .malicious, honest.contains(marking.subject) {
      if marking.isProven {
        log.report(.sc2, at: replica, "\(change), with a proof against an honest node")
      }
      if marking.before != .malicious { counters.falseIsolations += 1 }
    }
    if marking.after == .unstable { counters.unstableMarks += 1 }
    if rules.isOrdered, marking.after == .unstable, let strikes = entry.strikes,
      strikes + 1 >= rules.strikes
    {
      log.report(.sc4, at: replica, "\(change), at time-out \(strikes + 1) in a row")
    }
    checkIsolationCounter(marking, entry, by: replica)
    checkCause(of: marking, rules, by: replica)
    sheets[index].state = marking.after
    sheets[index].unstableTotal = marking.unstableTotal
    switch (marking.before, marking.after) {
    case (_, .absent), (_, .normal): sheets[index].strikes = 0
    case (.absent, _), (.normal, _): sheets[index].strikes = 1
    default: sheets[index].strikes = entry.strikes.map { $0 + 1 }
    }
    settle(marking, by: replica)
  }

  private func isLegal(
    _ marking: SheetChange, _ entry: SheetEntry, _ rules: SheetRules, at executed: UInt64
  ) -> Bool {
    switch (marking.before, marking.after) {
    case (_, .absent), (.normal, .normal): false
    case (.absent, .normal), (.unstable, .normal), (.absent, .unstable), (.normal, .unstable):
      true
    case (.unstable, .unstable): rules.strikes > 2
    case (.malicious, .malicious): true
    case (.malicious, .unstable): false
    case (.malicious, .normal):
      configuration.epochLength.map { executed % $0 == 0 } ?? false
    case (.absent, .malicious), (.normal, .malicious), (.unstable, .malicious):
      // The literal rule also convicts on a replica's own eyes.
      marking.isProven || !rules.isOrdered
        || entry.strikes.map { $0 + 1 >= rules.strikes } ?? true
    }
  }

  /// SC-10: the isolation area's counter grows by one with every turn that timed out, and by nothing
  /// else; a CONFIG block may clear it.
  private mutating func checkIsolationCounter(
    _ marking: SheetChange, _ entry: SheetEntry, by replica: ReplicaID
  ) {
    guard let before = entry.unstableTotal else { return }
    let total = marking.unstableTotal
    let isRight: Bool
    switch marking.after {
    case .unstable: isRight = total == before + 1
    case .malicious: isRight = total == before || total == before + 1
    case .absent, .normal: isRight = total == before
    }
    let mayBeCleared = configuration.epochLength != nil && total <= before
    if !isRight && !mayBeCleared {
      log.report(
        .sc10, at: replica,
        "node \(marking.subject) was unstable \(total) times, marks make it \(before) before this")
    }
  }

  /// Notes the turns that an honest replica complains about first-hand (Model §4.2).
  mutating func noteComplaints(of message: ViewChange) {
    for complaint in message.complaints where isFirstHand(complaint, of: message) {
      failedTurns[complaint.subject.index].insert(complaint.view.number)
    }
  }

  /// SC-1: a turn timed out if f + 1 others say so, hence at least one honest replica, and no turn
  /// counts twice.
  ///
  /// Marks do not say which turn they are about; there are at most as many as turns complained about.
  private mutating func checkCause(
    of marking: SheetChange, _ rules: SheetRules, by replica: ReplicaID
  ) {
    let epoch = epochs[nodes[replica.index].epoch]
    guard rules.isOrdered, epoch.liars <= epoch.faults else { return }
    let failed = failedTurns[marking.subject.index].count
    if marking.unstableTotal > failed {
      log.report(
        .sc1, at: replica,
        "node \(marking.subject) timed out in \(marking.unstableTotal) turns, honest replicas "
          + "complained about \(failed)")
    }
  }

  /// SC-5: nobody votes for a primary that is malicious in its own sheet, unless more than f members
  /// are and marks are worth nothing.
  ///
  /// What a NEW-VIEW proposes again may have committed and is voted for whoever leads.
  @inline(__always)
  mutating func checkAdmitted(
    _ proposer: ReplicaID, _ view: View, _ sequence: SequenceNumber, _ rules: SheetRules,
    by replica: ReplicaID
  ) {
    guard proposer != replica, proposer.index < replicas,
      sheets[replica.index * replicas + proposer.index].state == .malicious
    else { return }
    let again = proposedAgain[Int(truncatingIfNeeded: view.number % 64)]
    if again.view == view, sequence.number <= again.through { return }
    let epoch = epochs[epoch(at: sequence)]
    var marked = 0
    for member in epoch.members.members {
      // What a transferred state says of a node is not seen; it may be malicious.
      let state = sheets[replica.index * replicas + member.index].state
      if state == nil || state == .malicious { marked += 1 }
    }
    if marked <= epoch.faults {
      log.report(
        .sc5, at: replica, "accepted n\(sequence) of \(proposer), malicious in its own sheet")
    }
  }
}
