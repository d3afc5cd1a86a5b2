import ConsensusCore
import DiscreteEvents

/// Executing committed batches in order (PBFT §4.2) and what follows from progress.
extension PBFTReplica {
  mutating func executeReady(into effects: inout Output) {
    var hasExecuted = false
    var hasProgressed = false
    while !state.isClosingEpoch, isMember, let index = log.find(state.executed.next),
      let batch = log[index].decided, let certificate = log[index].commitCertificate
    {
      let effective = state.ledger.executed
      execute(batch, certificate, into: &effects)
      hasExecuted = true
      hasProgressed = hasProgressed || state.ledger.executed > effective || !batch.changes.isEmpty
    }
    guard hasExecuted else { return }
    // A primary that only repeats old requests makes no progress and gains no time.
    if hasProgressed {
      changes.failures = 0
      endAwaiting(into: &effects)
    }
    // "It stops the timer when it is no longer waiting to execute the request, but restarts it if at
    // that point it is waiting to execute some other request" (PBFT §4.4): what others asked for
    // gives a primary no time, else it could starve one client for ever. Whoever led until this round
    // had no timer, and begins to wait.
    if timed.map({ !requests.holds($0) }) ?? true { restartRequestTimer(into: &effects) }
    replayEarly(into: &effects)
    propose(into: &effects)
  }

  private mutating func execute(
    _ batch: Batch, _ certificate: CommitCertificate, into effects: inout Output
  ) {
    effects.charge(.execute, count: batch.requests.count)
    if Oversight.isActive { effects.charge(.sheet) }
    effects.persist(.executed(batch, certificate))
    var markings = state.begin(batch)
    effects.observe(.executed(state.executed, batch.digest))
    for request in batch.requests {
      if let execution = state.execute(request) {
        effects.charge(nanoseconds: execution.work)
        effects.observe(.executedRequest(request, result: execution.result, state.executed))
        answer(request, execution.result, execution.resultBytes, into: &effects)
      } else {
        maybeAnswerAgain(request, into: &effects)
      }
      requests.drop(request.client, upTo: request.timestamp)
    }
    markings += state.finish(batch)
    for marking in markings { effects.observe(.marked(marking)) }
    if !batch.isNull { changes.forgetComplaints(before: batch.view) }
    if state.executed.number % configuration.checkpointInterval == 0 || !batch.changes.isEmpty {
      takeCheckpoint(into: &effects)
    }
  }
}

/// Checkpoints and the membership epochs that they close (PBFT §4.3, Model §4.3).
extension PBFTReplica {
  mutating func takeCheckpoint(into effects: inout Output) {
    checkpoints.keep(state)
    effects.charge(.hash)
    effects.charge(.sign)
    effects.persist(.checkpoint(state))
    let vote = checkpointVote(for: state)
    effects.observe(.tookCheckpoint(state.executed, vote.digest))
    effects.send(.checkpoint(vote), to: peers)
    if state.nextMembership != nil { remindLater(into: &effects) }
    count(vote, into: &effects)
    if let ahead, ahead.sequence > checkpoints.stable.sequence, checkpoints.hasSnapshot(of: ahead) {
      stabilise(ahead, into: &effects)
    }
  }

  func checkpointVote(for snapshot: ReplicatedState<Oversight>) -> CheckpointVote {
    let digest = snapshot.digest
    return CheckpointVote(
      sequence: snapshot.executed, digest: digest, replica: id,
      signature: signer.sign(SignedContent.checkpoint(snapshot.executed, digest, id)))
  }

  mutating func onCheckpoint(_ vote: CheckpointVote, into effects: inout Output) {
    effects.charge(.verify)
    let content = SignedContent.checkpoint(vote.sequence, vote.digest, vote.replica)
    guard verifier.isValid(vote.signature, of: Endpoint(vote.replica), over: content) else {
      return reject(.badSignature, from: Endpoint(vote.replica), into: &effects)
    }
    guard membership.set.contains(vote.replica) else {
      return reject(.notAMember, from: Endpoint(vote.replica), into: &effects)
    }
    count(vote, into: &effects)
  }

  mutating func count(_ vote: CheckpointVote, into effects: inout Output) {
    if let proof = checkpoints.add(vote, quorum: membership.quorum.certificate) {
      stabilise(proof, into: &effects)
    }
  }

  /// Acts on the proof of a stable checkpoint: collects garbage if this replica has reached it,
  /// otherwise remembers that it is behind.
  mutating func stabilise(_ proof: CheckpointProof, into effects: inout Output) {
    guard proof.sequence > checkpoints.stable.sequence else { return }
    guard checkpoints.hasSnapshot(of: proof) else {
      guard proof.sequence > state.executed, proof.sequence > ahead?.sequence ?? .zero else {
        return
      }
      ahead = proof
      remindLater(into: &effects)
      if proof.sequence > log.high { askForState(into: &effects) }
      return
    }
    checkpoints.becomeStable(proof)
    log.advance(to: proof.sequence)
    if let behind = ahead, behind.sequence <= proof.sequence { ahead = nil }
    effects.persist(.stable(proof))
    effects.observe(.stable(proof.sequence, proof.digest))
    if state.executed == proof.sequence, state.nextMembership != nil {
      enterNextEpoch(into: &effects)
    }
    if isHandingOver, state.executed == proof.sequence { handOver(into: &effects) }
    replayEarly(into: &effects)
    executeReady(into: &effects)
    propose(into: &effects)
  }

  /// The closing checkpoint is stable under the old membership: the new one takes over with an
  /// empty log, so that no batch can have committed under one quorum and be judged by another.
  mutating func enterNextEpoch(into effects: inout Output) {
    state.enterNextEpoch()
    effects.persist(.enteredEpoch)
    enteredEpoch(into: &effects)
  }

  /// Starts voting as a member of the state's new epoch, or stops if it is none.
  mutating func enteredEpoch(into effects: inout Output) {
    effects.charge(.restart)
    log.clear()
    checkpoints.forgetVotes()
    endAwaiting(into: &effects)
    changes.enterEpoch()
    requests.forgetProposals()
    lastProposed = state.executed
    if view < membership.firstView {
      // The old members closed their epoch in the first view of the new one: whoever still asked for
      // it or an earlier one has got there.
      if case .changing(let target) = phase, target <= membership.firstView {
        phase = .normal
        effects.cancelTimer(.newView)
      }
      if phase == .normal { view = membership.firstView }
    }
    effects.observe(
      .enteredEpoch(membership.epoch, members: membership.set, start: membership.start))
    guard isMember else {
      for timer in PBFTTimer.allCases { effects.cancelTimer(timer) }
      changes.awaited = nil
      (reminderIsSet, nextAsking) = (false, nil)
      return
    }
    effects.observe(.enteredView(view, primary: membership.primary(of: view), leads: leads))
    renewView(into: &effects)
    restartRequestTimer(into: &effects)
  }

  /// Asks the members of this epoch for a view of theirs, if the old members led this replica to a
  /// view beyond the epoch's first.
  ///
  /// Only the first view of an epoch needs no NEW-VIEW of its own. A later view rests on a certificate
  /// of the old members, and the new membership cannot check it. A replica that stayed there would
  /// never meet the others again, since a leader runs no timer (PBFT §4.4).
  mutating func renewView(into effects: inout Output) {
    if case .changing(let target) = phase {
      guard changes.latest[id.index]?.epoch != membership.epoch else { return }
      askForView(max(target, membership.firstView), &effects)
    } else if view > membership.firstView, installed?.epoch != membership.epoch {
      askForView(nextView(after: view), &effects)
    }
  }

  // MARK: Commanded rotation

  /// Hands the lead on between tests: first a checkpoint, so that the view change has nothing to
  /// agree on again, then an ordinary view change whose reason is never held against anybody.
  mutating func onRotate(into effects: inout Output) {
    guard phase == .normal, isMember, !isHandingOver else { return }
    guard checkpoints.stable.sequence < state.executed else { return handOver(into: &effects) }
    isHandingOver = true
    effects.setTimer(.handOver, after: VirtualDuration(nanoseconds: patience.nanoseconds / 20))
    if !checkpoints.hasSnapshot(at: state.executed) { takeCheckpoint(into: &effects) }
  }

  mutating func handOver(into effects: inout Output) {
    isHandingOver = false
    effects.cancelTimer(.handOver)
    guard phase == .normal else { return }
    startViewChange(to: nextView(after: view), reason: .rotation, into: &effects)
  }
}
