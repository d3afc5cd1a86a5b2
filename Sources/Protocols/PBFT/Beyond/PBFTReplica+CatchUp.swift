import ConsensusCore
import DiscreteEvents

/// Reminders of a replica without progress, and what its peers send it.
///
/// The OSDI paper assumes that what is sent arrives eventually. Networks here lose messages and
/// partition, so a replica that waits without progress says where it stands, and its peers answer
/// with what it lacks (Castro's thesis §5.2).
extension PBFTReplica {
  // MARK: Beyond PBFT §4.5: a replica without progress reminds its peers

  private var needsReminder: Bool {
    phase != .normal || !requests.isEmpty || unreachedCheckpoint != nil
      || state.nextMembership != nil
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

  var status: Status {
    let target: View? = if case .changing(let target) = phase { target } else { nil }
    return Status(
      epoch: membership.epoch, view: view, target: target, stable: checkpoints.stable.sequence,
      executed: state.executed)
  }

  mutating func remind(into effects: inout Output) {
    if let own = changes.latest[id.index], phase != .normal {
      effects.send(.viewChange(own), to: peers)
    }
    effects.send(.status(status), to: peers)
    askForBodies(into: &effects)
    if unreachedCheckpoint != nil { askForState(into: &effects) }
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

  // MARK: Beyond PBFT §4.5: its peers send what it lacks

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
      let installedBy
    {
      effects.send(.newView(installedBy), to: .one(sender))
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
    if slot.proposer == id, let batch = slot.batch, slot.sequence >= firstNewSequence {
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

  // MARK: Beyond PBFT §4.2: a committed batch with its proof

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

  // MARK: Beyond PBFT §4.4: the body of a batch

  // Rule: PBFT 4.4-22
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

  // Rule: PBFT 4.4-22
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
}
