import ConsensusCore
import DiscreteEvents
import PBFT

// What honest replicas sign: P-8, P-10 to P-13, P-15.
extension PBFTInvariants {
  var predicates: PBFTPredicates {
    PBFTPredicates(epochs: epochs, verifier: verifier, window: configuration.window)
  }

  mutating func misattributed(_ claimed: ReplicaID, by replica: ReplicaID) {
    log.report(.p15, at: replica, "spoke in the name of replica \(claimed)")
  }

  /// P-10 and P-11 over sends, whose order is that of the code.
  @inline(__always)
  private mutating func checkSent(
    _ view: View, _ kind: @autoclosure () -> String, by replica: ReplicaID
  ) {
    if !PBFTPredicates.mayAct(in: view, afterAskingFor: nodes[replica.index].sentTarget) {
      log.report(.p10, at: replica, "sent \(kind()) of v\(view) after asking for a later view")
    } else if view < nodes[replica.index].votedView {
      log.report(.p11, at: replica, "sent \(kind()) of v\(view) after one of a later view")
    } else {
      nodes[replica.index].votedView = view
    }
  }

  @inline(__always)
  mutating func onSentPrepare(_ vote: Vote, by replica: ReplicaID) {
    guard vote.replica == replica else { return misattributed(vote.replica, by: replica) }
    checkSent(vote.view, "PREPARE", by: replica)
    if assumptions.isCalm, let slot = slot(vote.sequence) { slots[slot].prepares += 1 }
    guard let place = place(vote.sequence, of: replica) else { return }
    if replicaSlots[place].prepareView == vote.view.number &+ 1,
      replicaSlots[place].prepareDigest != vote.digest
    {
      log.report(.p8, at: replica, "two PREPAREs at v\(vote.view) n\(vote.sequence)")
    }
    replicaSlots[place].prepareView = vote.view.number &+ 1
    replicaSlots[place].prepareDigest = vote.digest
  }

  @inline(__always)
  mutating func onSentCommit(_ vote: Vote, by replica: ReplicaID) {
    guard vote.replica == replica else { return misattributed(vote.replica, by: replica) }
    checkSent(vote.view, "COMMIT", by: replica)
    if assumptions.isCalm, let slot = slot(vote.sequence) { slots[slot].commits += 1 }
    guard let place = place(vote.sequence, of: replica) else { return }
    if replicaSlots[place].commitView == vote.view.number &+ 1,
      replicaSlots[place].commitDigest != vote.digest
    {
      log.report(.p8, at: replica, "two COMMITs at v\(vote.view) n\(vote.sequence)")
    }
    replicaSlots[place].commitView = vote.view.number &+ 1
    replicaSlots[place].commitDigest = vote.digest
  }

  mutating func onSentProposal(_ proposal: Proposal, by replica: ReplicaID) {
    checkSent(proposal.view, "PRE-PREPARE", by: replica)
    if assumptions.isCalm, let slot = slot(proposal.sequence) { slots[slot].proposals += 1 }
    if !proposal.isSigned(by: replica, verifier) {
      log.report(.p15, at: replica, "sent a PRE-PREPARE that it did not sign")
    }
  }

  mutating func onSentRare(_ message: PBFTMessage<Policy>, by replica: ReplicaID) {
    switch message {
    case .checkpoint(let vote):
      if vote.replica != replica { misattributed(vote.replica, by: replica) }
    case .viewChange(let viewChange): onSentViewChange(viewChange, by: replica)
    case .newView(let newView): onSentNewView(newView, by: replica)
    case .committed(let certificate, let batch):
      let epoch = epochs[epoch(at: certificate.sequence)]
      if !epoch.proves(certificate, verifier) || certificate.digest != batch.digest {
        log.report(
          .p15, at: replica, "passed on an invalid certificate of n\(certificate.sequence)")
      }
    case .stable(let proof):
      if !predicates.isBacked(proof) {
        log.report(
          .p15, at: replica, "passed on an invalid proof of checkpoint n\(proof.sequence)")
      }
    case .state(let transfer):
      if !predicates.isBacked(transfer.proof) {
        log.report(
          .p14, at: replica, "handed over an unproven state at n\(transfer.proof.sequence)")
      }
    case .batch(let sequence, let batch, let proposal?):
      // Only what a view proposes anew is handed on, and that names its proposer.
      if proposal.sequence != sequence || proposal.digest != batch.digest
        || !(batch.proposer.map { proposal.isSigned(by: $0, verifier) } ?? false)
      {
        log.report(.p15, at: replica, "passed on an invalid proposal of n\(sequence)")
      }
    case .request, .prePrepare, .prepare, .commit, .reply, .status, .fetch, .batch, .fetchState:
      break
    }
  }

  // MARK: VIEW-CHANGE

  private mutating func onSentViewChange(_ message: ViewChange, by replica: ReplicaID) {
    guard message.replica == replica else { return misattributed(message.replica, by: replica) }
    if message.target < nodes[replica.index].sentTarget {
      log.report(.p11, at: replica, "asked for v\(message.target) after a later view")
    }
    nodes[replica.index].sentTarget = max(nodes[replica.index].sentTarget, message.target)
    if let problem = predicates.problem(of: message) { log.report(.p13, at: replica, problem) }
    if let missing = missing(from: message) {
      log.report(.p13, at: replica, "VIEW-CHANGE v\(message.target) lacks n\(missing)")
    }
    if rules != nil { noteComplaints(of: message) }
  }

  /// A sequence number above h that its sender prepared and that its VIEW-CHANGE does not prove
  /// with a certificate of that view or a later one (P-13).
  private func missing(from message: ViewChange) -> SequenceNumber? {
    var certificates = message.certificates[...]
    let first = message.replica.index * Int(truncatingIfNeeded: replicaMask + 1)
    for number in message.stable.sequence.number + 1...message.stable.sequence.number
      + configuration.window
    {
      while let next = certificates.first, next.proposal.sequence.number < number {
        certificates.removeFirst()
      }
      let record = replicaSlots[first + Int(truncatingIfNeeded: number & replicaMask)]
      guard record.sequence == number, record.preparedView > 0,
        record.preparedView <= message.target.number
      else { continue }
      let isProven = PBFTPredicates.isProven(
        number, preparedIn: record.preparedView - 1, by: certificates.first)
      if !isProven { return SequenceNumber(number) }
    }
    return nil
  }

  // MARK: NEW-VIEW

  private mutating func onSentNewView(_ newView: NewView, by replica: ReplicaID) {
    if newView.replica == replica {
      nodes[replica.index].sentTarget = max(nodes[replica.index].sentTarget, newView.view)
    }
    guard newView.signature != checkedNewView else { return }
    if let problem = predicates.problem(of: newView) {
      return log.report(.p12, at: replica, "NEW-VIEW v\(newView.view) \(problem)")
    }
    checkedNewView = newView.signature
    note(newView)
    if newView.replica == replica { noteDue(newView) }
  }

  /// Remembers what a NEW-VIEW, whoever sent it, proposes again.
  mutating func note(_ newView: NewView) {
    guard let last = newView.proposals.last else { return }
    let index = Int(truncatingIfNeeded: newView.view.number % 64)
    let known = proposedAgain[index]
    let through = known.view == newView.view ? known.through : 0
    proposedAgain[index] = (newView.view, max(through, last.sequence.number))
  }
}
