import ConsensusCore
import DiscreteEvents

/// Getting a PRE-PREPARE that its proposer kept from this replica.
///
/// A primary that is silent towards one backup loses nothing while q others commit. That backup
/// could neither vote nor execute, and with serial rounds nor propose, until its reminder. So it asks
/// whoever sent COMMIT, as soon as this shows that the proposal exists.
///
/// Deviation: PBFT §4 leaves messages that are not received to the retransmission of the client and
/// to checkpoints (PBFT §4.3).
extension PBFTReplica {
  // MARK: Beyond PBFT §4.2: COMMITs show that a proposal is missing

  /// The COMMITs that show that a proposal is missing: n - f - 1.
  ///
  /// A quorum would be out of reach. Of the n - 1 others, f may lie and withhold theirs. At least one
  /// of n - f - 1 >= f + 1 is honest, so the batch prepared and its holder answers; two digests
  /// cannot reach this number, as 2 (n - f - 1) > n - 1.
  private var sufficientCommits: Int {
    max(1, membership.quorum.replicas - membership.quorum.faults - 1)
  }

  /// How long a missing proposal may still be under way: T / 500.
  ///
  /// The COMMIT of an honest replica follows its proposal by two hops more. A proposal sent to
  /// everybody comes later than n - f - 1 COMMITs by this much only if it takes longer than three
  /// hops together and T / 500. No fault-free run here has such a link.
  private var grace: VirtualDuration {
    VirtualDuration(nanoseconds: configuration.viewTimeout.nanoseconds / 500)
  }

  /// Sees to it that a proposal is asked for if it is missing and enough others have committed it.
  mutating func noteMissed(at index: Int, into effects: inout Output) {
    guard log[index].askingTime == nil, log[index].decided == nil,
      nextVoter(at: index) != nil
    else { return }
    log[index].askingTime = now + grace
    scheduleAsking(at: now + grace, into: &effects)
  }

  private mutating func scheduleAsking(at time: VirtualTime, into effects: inout Output) {
    guard nextAsking.map({ time < $0 }) ?? true else { return }
    nextAsking = time
    effects.setTimer(.missing, after: time - now)
  }

  /// Whom to ask next, and for which digest; nil if too few committed or all were asked.
  ///
  /// Askers begin at different voters, and so does one asker at different sequence numbers.
  private func nextVoter(at index: Int) -> (replica: ReplicaID, digest: Digest)? {
    guard let (digest, voters) = log[index].committers(atLeast: sufficientCommits) else {
      return nil
    }
    let asked = log[index].asked
    let others = voters.members.filter { $0 != id && !asked.contains($0) }
    guard !others.isEmpty else { return nil }
    let turn = log[index].sequence.number &+ UInt64(truncatingIfNeeded: id.index)
    return (others[Int(truncatingIfNeeded: turn % UInt64(others.count))], digest)
  }

  // MARK: Beyond PBFT §4.2: a replica asks for a missing proposal

  /// Asks one voter for each proposal that is still missing; the next one after `retransmission`.
  mutating func askForMissed(into effects: inout Output) {
    // The clock that timed this may be ahead of the one that is read here.
    let due = max(now, nextAsking ?? now)
    nextAsking = nil
    var sequence = log.low.next
    while sequence <= log.high {
      if let index = log.find(sequence), let time = log[index].askingTime {
        if time <= due { ask(at: index, into: &effects) }
        if let next = log[index].askingTime { scheduleAsking(at: max(next, now), into: &effects) }
      }
      sequence = sequence.next
    }
  }

  private mutating func ask(at index: Int, into effects: inout Output) {
    log[index].askingTime = nil
    guard isMember, phase == .normal, log[index].view == view, log[index].proposal == nil,
      log[index].decided == nil, let (voter, digest) = nextVoter(at: index)
    else { return }
    log[index].asked.append(voter)
    effects.send(
      .fetch(log[index].sequence, digest, missedIn: view), to: .one(Endpoint(voter)))
    log[index].askingTime = now + configuration.retransmission
  }

  // MARK: Beyond PBFT §4.2: a member sends a missing proposal

  /// Answers a member that missed a proposal, once for each sequence number: who floods others with
  /// requests gets no more than n - 1 answers.
  ///
  /// A body alone proves nothing about what was proposed. With it goes the proposal as its proposer
  /// signed it, or what is more, the certificate that it committed. Behind a stable checkpoint there
  /// is neither; then its proof leads the asker to the state.
  mutating func prove(
    _ digest: Digest, proposedIn missed: View, at sequence: SequenceNumber, to sender: Endpoint,
    into effects: inout Output
  ) {
    guard isMember, let asker = sender.replica, membership.set.contains(asker) else { return }
    if sequence <= checkpoints.stable.sequence {
      guard checkpoints.showStable(to: asker) else { return }
      return effects.send(.stable(checkpoints.stable), to: .one(sender))
    }
    guard let index = log.find(sequence), !log[index].answered.contains(asker),
      let batch = log[index].body(of: digest)
    else { return }
    let answer: Message
    if let decided = log[index].decided, decided.digest == batch.digest,
      let certificate = log[index].commitCertificate
    {
      answer = .committed(certificate, decided)
    } else if phase == .normal, missed == view, log[index].sequence >= firstNewSequence,
      let proposal = log[index].proposal, proposal.view == view, proposal.digest == batch.digest
    {
      answer = .batch(proposal.sequence, batch, of: proposal)
    } else {
      return
    }
    log[index].answered.append(asker)
    effects.send(answer, to: .one(sender))
  }

  // MARK: Beyond PBFT §4.2: a replica receives a missing proposal

  /// A proposal from a replica that was asked for it; everything else is checked as if the proposer
  /// had sent it.
  ///
  /// What the sender may have altered is checked first: it must not fall back on the proposer.
  mutating func onMissed(
    _ proposal: Proposal, _ batch: Batch, from sender: Endpoint, into effects: inout Output
  ) {
    let sequence = proposal.sequence
    guard isMember, phase == .normal, proposal.view == view, let voter = sender.replica,
      let index = log.find(sequence), log[index].view == view, log[index].proposal == nil,
      log[index].asked.contains(voter)
    else { return }
    guard isOpen(sequence) else {
      if sequence > state.executed {
        keep(.batch(sequence, batch, of: proposal), from: sender, into: &effects)
      }
      return
    }
    let proposer = signerOfProposals(at: sequence)
    guard proposal.isSigned(by: proposer, verifier) else {
      effects.charge(.verify)
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard batch.digest == proposal.digest else {
      effects.charge(.verify)
      effects.charge(.hash)
      return reject(.wrongDigest, from: sender, into: &effects)
    }
    onPrePrepare(proposal, batch, from: Endpoint(proposer), into: &effects)
  }
}
