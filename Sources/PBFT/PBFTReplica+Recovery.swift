import ConsensusCore
import DiscreteEvents

/// Getting what was missed: reminders, bodies of batches, state transfer, restart (PBFT §4.3-4.4).
///
/// The OSDI paper assumes that what is sent arrives eventually. Networks here lose messages and
/// partition, so a replica that waits without progress says where it stands, and its peers answer
/// with what it lacks (Castro's thesis §5.2).
extension PBFTReplica {
  private var needsReminder: Bool {
    phase != .normal || !requests.isEmpty || ahead != nil || state.nextMembership != nil
  }

  mutating func remindLater(into effects: inout Output) {
    guard !reminderIsSet else { return }
    reminderIsSet = true
    executedAtReminder = state.executed
    effects.setTimer(.reminder, after: configuration.retransmission)
  }

  mutating func onReminder(into effects: inout Output) {
    reminderIsSet = false
    guard isMember, needsReminder || isMissingBodies else { return }
    if state.executed == executedAtReminder { remind(into: &effects) }
    remindLater(into: &effects)
  }

  private var status: Status {
    let target: View? = if case .changing(let target) = phase { target } else { nil }
    return Status(
      epoch: membership.epoch, view: view, target: target, stable: checkpoints.stable.sequence,
      executed: state.executed)
  }

  private mutating func remind(into effects: inout Output) {
    if let own = changes.latest[id.index], phase != .normal {
      effects.send(.viewChange(own), to: peers)
    }
    effects.send(.status(status), to: peers)
    askForBodies(into: &effects)
    if ahead != nil { askForState(into: &effects) }
  }

  private var isMissingBodies: Bool {
    var sequence = log.low.next
    while sequence <= log.high {
      if let index = log.find(sequence), log[index].proposal != nil, log[index].batch == nil {
        return true
      }
      sequence = sequence.next
    }
    return false
  }

  private func askForBodies(into effects: inout Output) {
    var sequence = log.low.next
    while sequence <= log.high {
      if let index = log.find(sequence), let proposal = log[index].proposal, log[index].batch == nil
      {
        effects.send(.fetch(sequence, proposal.digest, missedIn: nil), to: peers)
      }
      sequence = sequence.next
    }
  }

  // MARK: Answering

  /// Sends a replica what it lacks: the view's certificate, a stable checkpoint, committed batches,
  /// and this replica's own votes.
  mutating func onStatus(_ status: Status, from sender: Endpoint, into effects: inout Output) {
    guard sender.replica != nil else { return }
    if status.stable < checkpoints.stable.sequence {
      effects.send(.stable(checkpoints.stable), to: .one(sender))
    }
    guard isMember, status.epoch == membership.epoch else { return }
    sendCheckpointsAgain(above: status.stable, to: sender, into: &effects)
    if phase == .normal, status.view < view || status.target.map({ $0 <= view }) ?? false,
      let installed
    {
      effects.send(.newView(installed), to: .one(sender))
    }
    if case .changing(let target) = phase, status.target.map({ $0 <= target }) ?? true,
      let own = changes.latest[id.index]
    {
      effects.send(.viewChange(own), to: .one(sender))
    }
    sendAgain(after: status.executed, to: sender, into: &effects)
  }

  /// Sends this replica's CHECKPOINTs again that may be missing in a quorum.
  private func sendCheckpointsAgain(
    above stable: SequenceNumber, to sender: Endpoint, into effects: inout Output
  ) {
    let known = max(stable, checkpoints.stable.sequence)
    for snapshot in checkpoints.unstable where snapshot.executed > known {
      effects.charge(.sign)
      effects.send(.checkpoint(checkpointVote(for: snapshot)), to: .one(sender))
    }
  }

  /// At most this many sequence numbers are sent again in answer to one reminder.
  private var resendLimit: UInt64 { 32 }

  private func sendAgain(
    after executed: SequenceNumber, to sender: Endpoint, into effects: inout Output
  ) {
    guard executed < log.high else { return }
    var sequence = max(executed, log.low).next
    let last = SequenceNumber(sequence.number + resendLimit)
    while sequence < last, sequence <= log.high {
      if let index = log.find(sequence) { sendAgain(log[index], to: sender, into: &effects) }
      sequence = sequence.next
    }
  }

  private func sendAgain(_ slot: Slot, to sender: Endpoint, into effects: inout Output) {
    if let batch = slot.decided, let certificate = slot.commitCertificate {
      effects.send(.committed(certificate, batch), to: .one(sender))
      return
    }
    guard phase == .normal, slot.view == view, let proposal = slot.proposal else { return }
    if slot.proposer == id, let batch = slot.batch, slot.sequence >= firstFresh {
      effects.send(.prePrepare(proposal, batch), to: .one(sender))
    }
    if slot.sentPrepare {
      effects.charge(.sign)
      effects.send(.prepare(prepareVote(for: proposal)), to: .one(sender))
    }
    if slot.isPrepared {
      effects.charge(.sign)
      effects.send(.commit(commitVote(for: proposal)), to: .one(sender))
    }
  }

  /// A batch that committed elsewhere, with proof.
  ///
  /// Deviation: PBFT sends the votes again one by one; the certificate holds the same signatures.
  mutating func onCommitted(
    _ certificate: CommitCertificate, _ batch: Batch, into effects: inout Output
  ) {
    guard isMember, certificate.sequence > state.executed, log.contains(certificate.sequence),
      certificate.digest == batch.digest
    else { return }
    effects.charge(.verify, count: certificate.signers.count)
    guard certificate.isValid(in: membership, verifier) else { return }
    let index = log.open(certificate.sequence, in: view)
    decide(batch, certificate, at: index, into: &effects)
  }

  mutating func onFetch(
    _ sequence: SequenceNumber, _ digest: Digest, missedIn missed: View?, from sender: Endpoint,
    into effects: inout Output
  ) {
    if let missed {
      return prove(digest, proposedIn: missed, at: sequence, to: sender, into: &effects)
    }
    guard let index = log.find(sequence), let batch = log[index].body(of: digest) else { return }
    effects.send(.batch(sequence, batch, of: nil), to: .one(sender))
  }

  mutating func onBatch(
    _ sequence: SequenceNumber, _ batch: Batch, into effects: inout Output
  ) {
    effects.charge(.hash)
    guard phase == .normal, let index = log.find(sequence), log[index].view == view,
      let proposal = log[index].proposal, log[index].batch == nil,
      proposal.digest == batch.digest
    else { return }
    accept(proposal, by: log[index].proposer, batch, at: index, into: &effects)
  }

  // MARK: State transfer

  mutating func onStable(
    _ proof: CheckpointProof, from sender: Endpoint, into effects: inout Output
  ) {
    effects.charge(.verify, count: proof.signers.count)
    guard proof.sequence > checkpoints.stable.sequence else { return }
    if proof.isValid(in: membership, verifier) {
      stabilise(proof, into: &effects)
    } else if !proof.isVouched(in: membership, verifier) {
      return reject(.badCertificate, from: sender, into: &effects)
    }
    guard proof.sequence > state.executed else { return }
    effects.send(.fetchState(proof.sequence), to: .one(sender))
  }

  func askForState(into effects: inout Output) {
    guard let ahead else { return }
    let holders = ahead.signers.members.filter { $0 != id }
    guard !holders.isEmpty else { return }
    let turn = Int(truncatingIfNeeded: ahead.sequence.number &+ UInt64(id.index))
    effects.send(
      .fetchState(ahead.sequence), to: .one(Endpoint(holders[turn % holders.count])))
  }

  mutating func onFetchState(from sender: Endpoint, into effects: inout Output) {
    guard let stableState = checkpoints.stableState, checkpoints.stable.sequence > .zero else {
      return
    }
    effects.send(
      .state(StateTransfer(proof: checkpoints.stable, state: stableState)), to: .one(sender))
  }

  /// Takes over a state that a quorum of the state's own membership vouches for; if this replica
  /// missed epochs, f + 1 of the membership it knows must be in that quorum.
  ///
  /// Members only leave, so that all of the quorum are members here as well. Hence a replica finds back
  /// over any number of epochs as long as the quorum of the last exceeds the f of the one it knows: from
  /// ten members to five, not to four.
  ///
  /// Deviation: beyond that it stays behind until its operator restores it. A chain of CONFIG blocks
  /// with their commit certificates would prove each membership by the one before; nobody keeps it.
  mutating func onState(
    _ transfer: StateTransfer<Oversight>, from sender: Endpoint, into effects: inout Output
  ) {
    let proof = transfer.proof
    effects.charge(.hash)
    effects.charge(.verify, count: proof.signers.count)
    guard proof.sequence > state.executed else { return }
    guard transfer.state.executed == proof.sequence,
      transfer.state.recomputedDigest == proof.digest,
      proof.isValid(in: transfer.state.membership, verifier),
      transfer.state.membership == membership || proof.isVouched(in: membership, verifier)
    else { return reject(.badCertificate, from: sender, into: &effects) }
    let epoch = membership.epoch
    let effective = state.ledger.executed
    state.adopt(transfer.state)
    requests.dropExecuted(by: state.ledger)
    effects.persist(.state(state))
    effects.observe(.transferred(proof.sequence, proof.digest))
    checkpoints.keep(state)
    if membership.epoch == epoch {
      stabilise(proof, into: &effects)
    } else {
      startAnew(at: proof, into: &effects)
    }
    lastProposed = max(lastProposed, state.executed)
    // The window may have been too low for what the NEW-VIEW proposes again.
    if phase == .normal, let installed, installed.view == view {
      for proposal in installed.proposals where proposal.sequence > state.executed {
        acceptAgain(proposal, by: installed.replica, into: &effects)
      }
    }
    executeReady(into: &effects)
    if state.ledger.executed > effective { endAwaiting(into: &effects) }
    restartRequestTimer(into: &effects)
    // What committed after the checkpoint is missing as well.
    if isMember { effects.send(.status(status), to: .one(sender)) }
  }

  /// Enters the epoch of a transferred state.
  ///
  /// Its checkpoint becomes stable first: a VIEW-CHANGE of the new epoch must not speak of a
  /// checkpoint below what this replica holds (P-13).
  private mutating func startAnew(at proof: CheckpointProof, into effects: inout Output) {
    checkpoints.becomeStable(proof)
    log.advance(to: proof.sequence)
    if let behind = ahead, behind.sequence <= proof.sequence { ahead = nil }
    effects.persist(.stable(proof))
    effects.observe(.stable(proof.sequence, proof.digest))
    enteredEpoch(into: &effects)
    if state.nextMembership != nil { enterNextEpoch(into: &effects) }
  }

  // MARK: Restart

  /// Resumes from disk: nothing that was promised before the crash is forgotten, and what the
  /// peers did meanwhile is asked for at once.
  mutating func restart(from durable: Durable, into effects: inout Output) {
    if let stored = durable.state {
      state = stored
      checkpoints.restore(stable: durable.stable, snapshots: durable.snapshots)
    } else {
      effects.persist(.state(state))
    }
    // Only a checkpoint's state is kept: what lies between checkpoints nobody else can vouch for.
    if state.executed == checkpoints.stable.sequence { checkpoints.keep(state) }
    view = max(durable.view, membership.firstView)
    log.advance(to: durable.stable.sequence)
    if let newView = durable.newView {
      follow(
        newView,
        NewViewContent(newView.viewChanges, quorum: membership.quorum, verifier: verifier))
    }
    for entry in durable.entries { restore(entry) }
    lastProposed = max(lastProposed, state.executed)
    if let own = durable.viewChange, own.target > view {
      phase = .changing(own.target)
      if own.epoch == membership.epoch { changes.record(own) }
    }
    effects.observe(.enteredView(view, primary: membership.primary(of: view), leads: leads))
    // The power may have failed after the epoch began and before its VIEW-CHANGE was written.
    if isMember { renewView(into: &effects) }
    // The power may have failed between the execution and its checkpoint, which the others may need.
    if state.executed > checkpoints.stable.sequence,
      state.executed.number % configuration.checkpointInterval == 0,
      !checkpoints.hasSnapshot(at: state.executed)
    {
      takeCheckpoint(into: &effects)
    }
    for snapshot in checkpoints.unstable where snapshot.executed > .zero {
      count(checkpointVote(for: snapshot), into: &effects)
    }
    remind(into: &effects)
    remindLater(into: &effects)
  }

  private mutating func restore(_ entry: PBFTDurable<Oversight>.Entry) {
    guard log.contains(entry.sequence) else { return }
    let index = log.open(entry.sequence, in: view)
    log[index].certificate = entry.certificate
    log[index].certified = entry.certified
    if let certificate = entry.commitCertificate {
      log[index].commitCertificate = certificate
      log[index].decided = entry.certified
    }
    guard let proposal = entry.proposal, proposal.view == view else { return }
    log[index].proposal = proposal
    log[index].proposer = entry.proposer
    log[index].batch = entry.batch
    log[index].settle(on: proposal.digest)
    lastProposed = max(lastProposed, entry.sequence)
    if entry.proposer != id {
      let vote = prepareVote(for: proposal)
      log[index].sentPrepare = true
      _ = log[index].prepares.add(id, vote.digest, vote.signature)
    }
    if let certificate = entry.certificate, certificate.proposal == proposal {
      log[index].isPrepared = true
      log[index].prepares.signers = certificate.signers
      log[index].prepares.aggregate = certificate.aggregate
      log[index].prepares.count = certificate.signers.count
      let vote = commitVote(for: proposal)
      _ = log[index].commits.add(id, vote.digest, vote.signature)
    }
  }
}
