import ConsensusCore
import DiscreteEvents

/// The first half of a view change: the timer of a request and VIEW-CHANGE (PBFT §4.4).
extension PBFTReplica {
  // MARK: PBFT §4.4: the timer of a request

  // Rule: PBFT 4.4-1, PBFT 4.4-2
  /// Runs the timer while this replica, as a backup, waits for a request to execute.
  package mutating func restartRequestTimer(into effects: inout Output) {
    if phase == .normal, isMember, !requests.isEmpty, !leads {
      requestOnTimer = requests.oldest
      effects.setTimer(.request, after: patience)
    } else {
      requestOnTimer = nil
      effects.cancelTimer(.request)
    }
  }

  // Rule: PBFT 4.4-3
  mutating func onRequestTimeout(into effects: inout Output) {
    // The timer stands still now: a replica that leads begins anew when it does not lead any more.
    requestOnTimer = nil
    guard phase == .normal, isMember, !requests.isEmpty, !leads else { return }
    startViewChange(to: nextView(after: view), reason: .timeout, into: &effects)
  }

  // MARK: PBFT §4.4: a replica asks for the next view

  // Rule: PBFT 4.4-3, Paper III-C-2
  /// The view to ask for after `view`.
  package func nextView(after view: View) -> View {
    state.policy.nextView(after: view, in: membership)
  }

  /// Whom this replica waits for now, and in which view.
  var blamed: (view: View, subject: ReplicaID) {
    if case .changing(let target) = phase { return (target, membership.primary(of: target)) }
    return (view, isSerial ? proposer(of: nextToPropose) : membership.primary(of: view))
  }

  // Rule: PBFT 4.4-3
  mutating func startViewChange(
    to target: View, reason: Complaint.Reason, into effects: inout Output
  ) {
    guard isMember else { return }
    let (leaving, subject) = blamed
    changes.complain(Complaint(view: leaving, subject: subject, reason: reason))
    if reason == .timeout || reason == .join { changes.failures += 1 }
    if let marking = state.policy.suspected(subject, reason: reason, in: leaving) {
      effects.persist(.marked(state.policy))
      effects.observe(.marked(marking))
    }
    isHandingOver = false
    effects.cancelTimer(.handOver)
    effects.cancelTimer(.request)
    effects.observe(.leftView(target: target, reason: reason))
    askForView(target, &effects)
  }

  // Rule: PBFT 4.4-4, PBFT 4.4-5, PBFT 4.4-8
  /// Sends VIEW-CHANGE for `target` and acts on what others already sent.
  package mutating func askForView(_ target: View, _ effects: inout Output) {
    assert(target > view && target >= membership.firstView)
    // A new epoch asks anew for the view that the old members were asked for.
    if case .changing(let earlier) = phase { assert(target >= earlier) }
    phase = .changing(target)
    effects.cancelTimer(.newView)
    changes.awaited = nil
    let message = ViewChange(
      epoch: membership.epoch, target: target, stable: checkpoints.stable,
      certificates: log.certificates, complaints: changes.complaints, evidence: changes.evidence,
      replica: id, signedBy: signer)
    assert(isProven(message), "P-13: what this replica sends is proved")
    effects.charge(.sign)
    effects.persist(.changing(message))
    effects.send(.viewChange(message), to: peers)
    changes.record(message)
    remindLater(into: &effects)
    checkViewChanges(into: &effects)
  }

  // MARK: PBFT §4.4: a replica checks a VIEW-CHANGE

  // Rule: PBFT 4.4-10
  mutating func onViewChange(_ message: ViewChange, into effects: inout Output) {
    effects.charge(.verify)
    guard isMember else { return }
    let sender = Endpoint(message.replica)
    guard verifier.isValid(message.signature, of: sender, over: message.content) else {
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard membership.set.contains(message.replica) else {
      return reject(.notAMember, from: sender, into: &effects)
    }
    guard message.epoch == membership.epoch else {
      if message.epoch > membership.epoch {
        keep(.viewChange(message), from: sender, into: &effects)
      } else {
        effects.send(.stable(checkpoints.stable), to: .one(sender))
      }
      return
    }
    if message.target <= view {
      if phase == .normal, let installedBy { effects.send(.newView(installedBy), to: .one(sender)) }
      return
    }
    if let known = changes.latest[message.replica.index], known.target >= message.target { return }
    guard isWellFormed(message) else {
      return reject(.badCertificate, from: sender, into: &effects)
    }
    chargeCertificates(of: message, into: &effects)
    guard isProven(message) else { return reject(.badCertificate, from: sender, into: &effects) }
    changes.record(message)
    for evidence in message.evidence where evidence.isValid(verifier) {
      convict(evidence, into: &effects)
    }
    joinOthers(into: &effects)
    checkViewChanges(into: &effects)
  }

  /// P-13: certificates of earlier views, inside the window above a proven checkpoint.
  func isValid(_ message: ViewChange) -> Bool { isWellFormed(message) && isProven(message) }

  // Rule: PBFT 4.4-11
  /// What needs no signature, and is looked at before any is checked: one certificate at most for each
  /// sequence number of the window, one proof of misconduct at most for each replica.
  ///
  /// A faulty sender could otherwise make its peers check as many signatures as it likes.
  func isWellFormed(_ message: ViewChange) -> Bool {
    guard message.complaints.count <= ViewChangeBook.complaintLimit,
      message.stable.sequence >= membership.start
    else { return false }
    var previous = message.stable.sequence
    for certificate in message.certificates {
      let proposal = certificate.proposal
      guard proposal.view < message.target, proposal.sequence > previous,
        proposal.sequence.number - message.stable.sequence.number <= configuration.window
      else { return false }
      previous = proposal.sequence
    }
    var accused = ReplicaSet()
    for evidence in message.evidence {
      guard evidence.subject.index < configuration.replicas, accused.insert(evidence.subject)
      else { return false }
    }
    return true
  }

  // Rule: PBFT 4.4-10
  /// Whether the signatures stand behind the checkpoint and the certificates.
  func isProven(_ message: ViewChange) -> Bool {
    guard isProven(message.stable) else { return false }
    for certificate in message.certificates {
      guard certificate.isValid(in: membership, verifier) else { return false }
    }
    return true
  }

  /// Whether a quorum stands behind a stable checkpoint.
  ///
  /// The checkpoint that closed the last epoch is proved by a quorum of its members, some of whom
  /// are members no more. At least f + 1 of those that are vouch for it, and this replica itself
  /// would not be in the epoch without it.
  func isProven(_ proof: CheckpointProof) -> Bool {
    proof.isValid(in: membership, verifier)
      || proof.sequence == membership.start && proof.isVouched(in: membership, verifier)
  }

  /// Charges one verification for each signature of a certificate this replica does not hold
  /// itself: what it prepared in the same view it has verified before.
  ///
  /// A proof that a batch holds a forged request costs the batch's digest and its clients' signatures
  /// besides.
  func chargeCertificates(of message: ViewChange, into effects: inout Output) {
    var signatures = 0
    if message.stable.sequence > checkpoints.stable.sequence {
      signatures += message.stable.signers.count
    }
    for certificate in message.certificates {
      let own = log.find(certificate.proposal.sequence).flatMap { log[$0].certificate }
      if own?.proposal != certificate.proposal { signatures += 1 + certificate.signers.count }
    }
    for evidence in message.evidence {
      switch evidence {
      case .equivocation: signatures += 2
      case .forgedRequest(_, let batch, _):
        signatures += 1
        effects.charge(.hash)
        effects.charge(.checkRequest, count: batch.requests.count)
      }
    }
    effects.charge(.verify, count: signatures)
  }
}
