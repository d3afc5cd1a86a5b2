import ConsensusCore
import PBFT

// When two local states of PBFT are one.
extension PBFTModel {
  /// What never counts, in a message or in a state; see ``PBFTModel``.
  package var ignoredFields: IgnoredFields {
    var ignored = IgnoredFields()
    ignored.ignore(
      [
        .now, .futureMessages, .checkpoints, .executedAtReminder, .reminderIsSet, .nextAsking,
      ], of: PBFTReplica<RoundRobin>.self)
    if lastView.number == 0, byzantine.contains(ReplicaID(0)) {
      ignored.ignore([.requests], of: PBFTReplica<RoundRobin>.self)
    }
    ignored.ignore([.askingTime, .asked, .answered], of: Slot.self)
    ignored.ignore([.arrival], of: RequestQueue.Entry.self)
    ignored.ignore([.complaints, .failures], of: ViewChangeBook.self)
    ignored.ignore([.complaints, .signature], of: ViewChange.self)
    ignored.ignore([.signature], of: NewView.self)
    guard reduces else { return ignored }
    // Every certificate here is valid; then nobody asks which backups' PREPAREs it holds, nor which
    // VIEW-CHANGEs a NEW-VIEW. Of a valid proof of misconduct nobody asks more than whose and when.
    ignored.ignore([.signers, .aggregate], of: PreparedCertificate.self)
    ignored.ignore([.viewChanges], of: NewView.self)
    ignored.ignore([.statements], of: Evidence.self)
    return ignored
  }

  /// What does not count in the state of a replica in a role.
  package func ignoredFields(in role: Role) -> IgnoredFields {
    var ignored = ignoredFields
    guard reduces else { return ignored }
    let isLast = role.standing.view >= lastView.number
    ignored.ignore(
      // Only a replica that proposes asks for what was proposed last.
      [.installedBy] + (isLast ? [.requestOnTimer] : []) + (mayLead(role) ? [] : [.lastProposed]),
      of: PBFTReplica<RoundRobin>.self)
    ignored.ignore(ignoredInBook(in: role), of: ViewChangeBook.self)
    ignored.ignore(ignoredInQueue(in: role), of: RequestQueue.self)
    ignored.ignore(of: Slot.self) { slot in
      Self.ignoredFields(of: slot, in: View(role.standing.view), isLast: isLast)
    }
    return ignored
  }

  /// The primary of the last view reads what is in a VIEW-CHANGE, others ask who sent one; and
  /// nobody sends one in the last view.
  private func ignoredInBook(in role: Role) -> FieldSet<ViewChangeBook.Field> {
    let isLast = role.standing.view >= lastView.number
    if role.replica.index == lastPrimary {
      return [.awaited, .senders] + (isLast ? [.evidence] : [])
    }
    return [.awaited, .latest] + (isLast ? [.evidence, .senders] : [])
  }

  /// A leader asks for the held requests in their order and which of them were proposed; others ask
  /// for the order only, to propose them later or to run the timer for them.
  private func ignoredInQueue(in role: Role) -> FieldSet<RequestQueue.Field> {
    let isOver = !mayLead(role) && role.standing.view >= lastView.number
    return .all - (isOver ? [] : role.standing.leads ? [.held, .proposed] : [.held])
  }

  /// Whether a replica leads or may lead later.
  private func mayLead(_ role: Role) -> Bool {
    let last = lastView.number
    return role.standing.leads
      || last > 0 && last >= role.standing.view && role.replica.index == Int(last)
  }

  /// What of a slot is never read again.
  ///
  /// - A replica that committed has the proof for those who ask what they missed, and nobody asks here.
  /// - Votes of a view that was left are forgotten when the slot is opened in the next.
  /// - Once prepared, PREPAREs and votes for other digests change nothing: PREPAREs for the same
  ///   digest are passed over, and COMMITs for others are no longer counted. So it is with COMMITs
  ///   once committed.
  /// - A certificate is for VIEW-CHANGEs, and in the last view there are none.
  private static func ignoredFields(
    of slot: Slot, in view: View, isLast: Bool
  ) -> FieldSet<Slot.Field> {
    // A slot that was never opened is as it was made.
    if slot.sequence == .zero { return .all - [.sequence] }
    let ignored: FieldSet<Slot.Field> = [.commitCertificate] + (isLast ? [.certificate] : [])
    if slot.view < view {
      return ignored + [
        .view, .proposal, .proposer, .sentPrepare, .isPrepared, .isCommitted, .prepares, .commits,
        .strays,
      ]
    }
    return ignored + (slot.isPrepared ? [.prepares, .strays] : [])
      + (slot.isCommitted ? [.commits] : [])
  }
}
