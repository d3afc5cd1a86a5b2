import ConsensusCore
import PBFT

// When two local states of PBFT are one.
extension PBFTModel {
  /// See ``PBFTModel``.
  public var reflection: Reflection {
    var ignored: Set = [
      "configuration", "signer", "verifier", "seed", "now", "arrival", "failures", "early",
      "executedAtReminder", "reminderIsSet", "nextAsking", "askingTime", "asked", "answered",
      "complaints", "checkpoints",
    ]
    if lastView.number == 0, byzantine.contains(ReplicaID(0)) { ignored.insert("requests") }
    var reflection = Reflection(ignored: ignored)
    reflection.addRule(for: Batch.self) { [$0.digest.value] }
    reflection.addRule(for: Request.self) { [$0.content, $0.signature.tag] }
    reflection.addRule(for: Proposal.self) { [$0.fingerprint] }
    reflection.addRule(for: CheckpointProof.self) { [$0.fingerprint] }
    reflection.addRule(for: Membership.self) { [$0.fingerprint] }
    reflection.addRule(for: ReplicatedState<NoOversight>.self) { [$0.digest.value] }
    let reduces = reduces
    reflection.addRule(for: PreparedCertificate.self) { Self.words(of: $0, reduces) }
    reflection.addRule(for: Evidence.self) { Self.words(of: $0, reduces) }
    reflection.addRule(for: ViewChange.self) { Self.words(of: $0, reduces) }
    reflection.addRule(for: NewView.self) { message in
      let origin = reduces ? [] : message.viewChanges.flatMap { Self.words(of: $0, false) }
      return [message.view.number, UInt64(message.replica.index)] + origin
        + [UInt64(message.proposals.count)] + message.proposals.map(\.fingerprint)
    }
    if reduces { addMasks(to: &reflection) }
    return reflection
  }

  /// Every certificate here is valid; then nobody asks which backups' PREPAREs it holds.
  private static func words(of certificate: PreparedCertificate, _ reduces: Bool) -> [UInt64] {
    reduces
      ? [certificate.proposal.fingerprint, UInt64(certificate.proposer.index)]
      : [certificate.fingerprint]
  }

  /// Every proof of misconduct here is valid; then nobody asks more than whose and when.
  private static func words(of evidence: Evidence, _ reduces: Bool) -> [UInt64] {
    reduces
      ? [UInt64(evidence.subject.index), evidence.view.number] : [evidence.fingerprint]
  }

  private static func words(of message: ViewChange, _ reduces: Bool) -> [UInt64] {
    [
      UInt64(message.epoch), message.target.number, message.stable.fingerprint,
      UInt64(message.replica.index), UInt64(message.certificates.count),
    ] + message.certificates.flatMap { words(of: $0, reduces) }
      + [UInt64(message.evidence.count)]
      + message.evidence.flatMap { words(of: $0, reduces) }
  }

  private func addMasks(to reflection: inout Reflection) {
    let (last, primary) = (lastView.number, lastPrimary)
    reflection.addMask(forTypeNamed: "Slot") { slot, glance in
      (Self.deadParts(of: slot, glance, last), [])
    }
    reflection.addMask(forTypeNamed: "PBFTReplica<NoOversight>") { _, glance in
      var dead = ["installed"]
      if glance.standing.view >= last { dead.append("timed") }
      // Only who proposes asks for what was proposed last.
      if !Self.mayLead(glance, last) { dead.append("lastProposed") }
      return (dead, [])
    }
    reflection.addMask(forTypeNamed: "ViewChangeBook") { book, glance in
      guard glance.replica.index != primary else {
        return (glance.standing.view >= last ? ["evidence", "awaited"] : ["awaited"], [])
      }
      // The primary of the last view reads what is in a VIEW-CHANGE, others ask who sent one.
      if glance.standing.view >= last { return (["latest", "evidence", "awaited"], []) }
      let senders = (book.value("latest", as: [ViewChange?].self) ?? []).compactMap {
        $0.map { UInt64($0.replica.index) }
      }
      return (["latest", "awaited"], [UInt64(senders.count)] + senders)
    }
    reflection.addMask(forTypeNamed: "RequestQueue") { queue, glance in
      (
        ["entries", "order", "head", "cursor", "tickets", "count"],
        Self.words(of: queue, glance, last)
      )
    }
  }

  /// Whether a replica leads or may lead later.
  private static func mayLead(_ glance: Glance, _ last: UInt64) -> Bool {
    glance.standing.leads
      || last > glance.standing.view && glance.replica.index == Int(last)
      || last == glance.standing.view && last > 0 && glance.replica.index == Int(last)
  }

  private static var unopened: [String] {
    [
      "view", "proposer", "proposal", "sentPrepare", "isPrepared", "isCommitted", "prepares",
      "commits", "strays", "batch", "certificate", "certified", "decided", "commitCertificate",
    ]
  }

  /// What of a slot is never read again.
  ///
  /// - Whoever committed has the proof for those who ask what they missed, and nobody asks here.
  /// - Votes of a view that was left are forgotten when the slot is opened in the next.
  /// - Once prepared, PREPAREs and votes for other digests change nothing: PREPAREs for the same
  ///   digest are passed over, and COMMITs for others are no longer counted. So it is with COMMITs
  ///   once committed.
  /// - A certificate is for VIEW-CHANGEs, and in the last view there are none.
  private static func deadParts(of slot: Parts, _ glance: Glance, _ last: UInt64) -> [String] {
    // A slot that was never opened is as it was made.
    if slot.value("sequence", as: SequenceNumber.self) == .zero { return unopened }
    var dead = ["commitCertificate"]
    let isLast = glance.standing.view >= last
    if isLast { dead.append("certificate") }
    if let view = slot.value("view", as: View.self), view.number < glance.standing.view {
      dead += [
        "view", "proposal", "proposer", "sentPrepare", "isPrepared", "isCommitted", "prepares",
        "commits", "strays",
      ]
      return dead
    }
    if slot.value("isPrepared", as: Bool.self) == true { dead += ["prepares", "strays"] }
    if slot.value("isCommitted", as: Bool.self) == true { dead.append("commits") }
    return dead
  }

  /// The requests that are held, in order.
  ///
  /// Who may propose them asks for the order and which were proposed; the others only whether the
  /// timer must run, until it cannot.
  private static func words(of queue: Parts, _ glance: Glance, _ last: UInt64) -> [UInt64] {
    let leads = mayLead(glance, last)
    if !leads, glance.standing.view >= last { return [] }
    let cursor = queue.value("cursor", as: Int.self) ?? 0
    let entries = queue.parts(of: "entries")
    var words: [UInt64] = []
    for (index, place) in queue.parts(of: "order").enumerated() {
      guard let client = place.value("client", as: Int.self), client < entries.count,
        entries[client].value("ticket", as: Int.self) == place.value("ticket", as: Int.self),
        let request = entries[client].value("request", as: Request?.self) ?? nil
      else { continue }
      let isProposed =
        index < cursor || entries[client].value("isProposed", as: Bool.self) == true
      words += [request.content, leads && glance.standing.leads && isProposed ? 1 : 0]
    }
    return words
  }
}
