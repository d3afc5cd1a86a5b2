import ConsensusCore
import DiscreteEvents

/// The second half of a view change: NEW-VIEW (PBFT §4.4).
extension PBFTReplica {
  // MARK: PBFT §4.4: the new primary sends NEW-VIEW

  // Rule: PBFT 4.4-12, PBFT 4.4-13
  mutating func sendNewView(
    _ target: View, _ viewChanges: [ViewChange], into effects: inout Output
  ) {
    assert(viewChanges.count >= membership.quorum.certificate, "P-12: V is a quorum")
    assert(zip(viewChanges, viewChanges.dropFirst()).allSatisfy { $0.replica < $1.replica })
    let content = NewViewContent(viewChanges, quorum: membership.quorum, verifier: verifier)
    let proposals = content.proposals.map {
      Proposal(view: target, sequence: $0.sequence, digest: $0.digest, signedBy: signer)
    }
    // Assumption: one signature covers the whole NEW-VIEW, its proposals included.
    effects.charge(.sign)
    let newView = NewView(
      view: target, viewChanges: viewChanges, proposals: proposals, replica: id, signedBy: signer)
    effects.persist(.entered(newView))
    effects.send(.newView(newView), to: peers)
    install(newView, content, into: &effects)
  }

  // MARK: PBFT §4.4: a backup checks a NEW-VIEW

  // Rule: PBFT 4.4-19
  mutating func onNewView(_ newView: NewView, into effects: inout Output) {
    effects.charge(.verify)
    guard isMember, newView.view > view else { return }
    if case .changing(let target) = phase, newView.view < target { return }
    let sender = Endpoint(newView.replica)
    guard verifier.isValid(newView.signature, of: sender, over: newView.content) else {
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard newView.viewChanges.allSatisfy({ $0.epoch == membership.epoch }) else {
      if newView.viewChanges.contains(where: { $0.epoch > membership.epoch }) {
        keep(.newView(newView), from: sender, into: &effects)
      }
      return
    }
    guard newView.replica == membership.primary(of: newView.view) else {
      return reject(.notThePrimary, from: sender, into: &effects)
    }
    guard let content = check(newView, into: &effects) else {
      return reject(.badNewView, from: sender, into: &effects)
    }
    effects.persist(.entered(newView))
    install(newView, content, into: &effects)
  }

  // Rule: PBFT 4.4-19
  /// P-12: q valid VIEW-CHANGEs of distinct replicas for this view, and O as they imply.
  private func check(_ newView: NewView, into effects: inout Output) -> NewViewContent? {
    var senders = ReplicaSet()
    for message in newView.viewChanges {
      guard message.target == newView.view, membership.set.contains(message.replica),
        senders.insert(message.replica)
      else { return nil }
      if changes.latest[message.replica.index] == message { continue }
      effects.charge(.verify)
      guard isWellFormed(message) else { return nil }
      chargeCertificates(of: message, into: &effects)
      guard
        verifier.isValid(
          message.signature, of: Endpoint(message.replica), over: message.content),
        isProven(message)
      else { return nil }
    }
    guard senders.count >= membership.quorum.certificate else { return nil }
    let content = NewViewContent(
      newView.viewChanges, quorum: membership.quorum, verifier: verifier)
    guard content.proposals.count == newView.proposals.count else { return nil }
    for (expected, proposal) in zip(content.proposals, newView.proposals) {
      guard proposal.view == newView.view, proposal.sequence == expected.sequence,
        proposal.digest == expected.digest, proposal.isSigned(by: newView.replica, verifier)
      else { return nil }
    }
    return content
  }

  // MARK: PBFT §4.4: a replica enters the view

  // Rule: PBFT 4.4-18, PBFT 4.4-20
  private mutating func install(
    _ newView: NewView, _ content: NewViewContent, into effects: inout Output
  ) {
    let primary = newView.replica
    assert(newView.view > view, "P-11: the view never decreases")
    assert(primary == membership.primary(of: newView.view))
    view = newView.view
    phase = .normal
    isHandingOver = false
    if changes.awaited != view {
      changes.awaited = nil
      effects.cancelTimer(.newView)
    }
    effects.cancelTimer(.handOver)
    changes.reached(view)
    follow(newView, content)
    requests.forgetProposals()
    effects.observe(.enteredView(view, primary: primary, leads: primary == id))
    stabilise(content.stable, into: &effects)
    for proposal in newView.proposals { acceptAgain(proposal, by: primary, into: &effects) }
    restartRequestTimer(into: &effects)
    maybeAwaitExecution(into: &effects)
    if Policy.hasSheet { effects.charge(.sheet) }
    guard phase == .normal, view == newView.view else { return }
    guard state.policy.admits(primary, in: membership) else {
      return startViewChange(to: nextView(after: view), reason: .refusal, into: &effects)
    }
    replayEarly(into: &effects)
    propose(into: &effects)
  }

  // Rule: PBFT 4.4-23
  /// Remembers what the certificate demands of later batches.
  mutating func follow(_ newView: NewView, _ content: NewViewContent) {
    installedBy = newView
    let last = content.proposals.last?.sequence ?? content.stable.sequence
    assert(
      last.number - content.stable.sequence.number <= configuration.window,
      "PBFT §4.4: max-s is at most min-s + L")
    firstNewSequence = last.next
    lastProposed = max(last, membership.start)
    judgements = state.policy.takesJudgements ? content.judgements : []
  }

  // Rule: PBFT 4.4-18, PBFT 4.4-20, PBFT 4.4-21, PBFT 4.4-22
  /// Runs agreement again for a batch of the NEW-VIEW, executed before or not.
  mutating func acceptAgain(
    _ proposal: Proposal, by primary: ReplicaID, into effects: inout Output
  ) {
    guard phase == .normal, log.contains(proposal.sequence) else { return }
    let index = log.open(proposal.sequence, in: view)
    guard log[index].proposal == nil else { return }
    guard let batch = log[index].body(of: proposal.digest) else {
      log[index].proposal = proposal
      log[index].proposer = primary
      log[index].batch = nil
      effects.send(.fetch(proposal.sequence, proposal.digest, missedIn: nil), to: peers)
      return remindLater(into: &effects)
    }
    accept(proposal, by: primary, batch, at: index, into: &effects)
  }
}
