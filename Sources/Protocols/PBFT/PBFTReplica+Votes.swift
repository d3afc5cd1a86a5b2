import ConsensusCore
import DiscreteEvents

/// The later phases of normal-case operation: PREPARE, COMMIT and execution (PBFT §4.2).
extension PBFTReplica {
  // MARK: PBFT §4.2: PREPARE

  // Rule: PBFT 4.2-7, PBFT 4.4-4
  @inline(__always)
  mutating func onPrepare(_ vote: Vote, into effects: inout Output) {
    effects.charge(.verify)
    guard vote.view == view, phase == .normal, log.contains(vote.sequence),
      vote.sequence <= Policy.lastOfMembership(at: self)
    else {
      let content = SignedContent.prepare(vote.view, vote.sequence, vote.digest, vote.replica)
      return keepIfEarly(.prepare(vote), of: vote, signing: content, into: &effects)
    }
    let index = log.open(vote.sequence, in: view)
    if log[index].isPrepared, log[index].prepares.digest == vote.digest { return }
    guard
      verifier.isValid(
        vote.signature, of: Endpoint(vote.replica),
        over: SignedContent.prepare(vote.view, vote.sequence, vote.digest, vote.replica))
    else { return reject(.badSignature, from: Endpoint(vote.replica), into: &effects) }
    guard membership.set.contains(vote.replica) else {
      return reject(.notAMember, from: Endpoint(vote.replica), into: &effects)
    }
    if isProposer(vote.replica, at: index) {
      return reject(.notThePrimary, from: Endpoint(vote.replica), into: &effects)
    }
    guard log[index].prepares.add(vote.replica, vote.digest, vote.signature) else {
      return onStray(StrayVote(isCommit: false, vote: vote), at: index, into: &effects)
    }
    checkPrepared(at: index, into: &effects)
  }

  // Rule: PBFT 4.2-9
  /// Whether a PREPARE comes from who proposes its sequence number, as far as that is known.
  @inline(__always)
  private func isProposer(_ replica: ReplicaID, at index: Int) -> Bool {
    if log[index].proposal != nil { return log[index].proposer == replica }
    let sequence = log[index].sequence
    guard !isSerial || sequence <= nextToPropose else { return false }
    return signerOfProposals(at: sequence) == replica
  }

  // Rule: PBFT 4.2-8
  /// prepared(d, v, n): the PRE-PREPARE and q - 1 matching PREPAREs of distinct backups.
  @inline(__always)
  mutating func checkPrepared(at index: Int, into effects: inout Output) {
    guard log[index].prepares.count >= membership.quorum.certificate - 1, !log[index].isPrepared
    else { return }
    becomePrepared(at: index, into: &effects)
  }

  // Rule: PBFT 4.2-8, PBFT 4.2-10, PBFT 4.4-6
  private mutating func becomePrepared(at index: Int, into effects: inout Output) {
    guard let proposal = log[index].proposal, let batch = log[index].batch,
      log[index].prepares.digest == proposal.digest
    else { return }
    let certificate = PreparedCertificate(
      proposal: proposal, proposer: log[index].proposer, signers: log[index].prepares.signers,
      aggregate: log[index].prepares.aggregate)
    assert(certificate.isValid(in: membership, verifier), "prepared(d, v, n): q - 1 PREPAREs")
    log[index].isPrepared = true
    log[index].certificate = certificate
    log[index].certified = batch
    effects.persist(.prepared(certificate, batch))
    effects.observe(.prepared(view, proposal.sequence, proposal.digest))
    effects.charge(.sign)
    let vote = commitVote(for: proposal)
    if !log[index].commits.add(id, vote.digest, vote.signature) {
      log[index].settle(on: vote.digest)
      _ = log[index].commits.add(id, vote.digest, vote.signature)
    }
    effects.send(.commit(vote), to: peers)
    checkCommitted(at: index, into: &effects)
  }

  // MARK: PBFT §4.2: COMMIT

  // Rule: PBFT 4.2-7, PBFT 4.4-4
  @inline(__always)
  mutating func onCommit(_ vote: Vote, into effects: inout Output) {
    effects.charge(.verify)
    guard vote.view == view, phase == .normal, log.contains(vote.sequence),
      vote.sequence <= Policy.lastOfMembership(at: self)
    else {
      let content = SignedContent.commit(vote.view, vote.sequence, vote.digest, vote.replica)
      return keepIfEarly(.commit(vote), of: vote, signing: content, into: &effects)
    }
    let index = log.open(vote.sequence, in: view)
    if log[index].isCommitted { return }
    guard
      verifier.isValid(
        vote.signature, of: Endpoint(vote.replica),
        over: SignedContent.commit(vote.view, vote.sequence, vote.digest, vote.replica))
    else { return reject(.badSignature, from: Endpoint(vote.replica), into: &effects) }
    guard membership.set.contains(vote.replica) else {
      return reject(.notAMember, from: Endpoint(vote.replica), into: &effects)
    }
    guard log[index].commits.add(vote.replica, vote.digest, vote.signature) else {
      return onStray(StrayVote(isCommit: true, vote: vote), at: index, into: &effects)
    }
    if log[index].proposal == nil { noteMissed(at: index, into: &effects) }
    checkCommitted(at: index, into: &effects)
  }

  /// A vote for another digest: keep it in case it is the right one, and see whether it proves that
  /// the proposer signed two.
  mutating func onStray(
    _ stray: StrayVote, at index: Int, into effects: inout Output
  ) {
    log[index].keep(stray)
    guard let accepted = log[index].proposal else {
      return noteMissed(at: index, into: &effects)
    }
    guard !stray.isCommit else { return }
    let other = Proposal(
      view: stray.vote.view, sequence: stray.vote.sequence, digest: stray.vote.digest,
      signature: stray.vote.proposalSignature)
    let evidence = Evidence.equivocation(accepted, other, by: log[index].proposer)
    if evidence.isValid(verifier) { convict(evidence, into: &effects) }
  }

  // Rule: PBFT 4.2-11, Paper III-C-4
  /// committed-local(d, v, n): prepared, and q matching COMMITs of distinct replicas.
  @inline(__always)
  mutating func checkCommitted(at index: Int, into effects: inout Output) {
    guard log[index].commits.count >= membership.quorum.certificate, log[index].isPrepared,
      !log[index].isCommitted
    else { return }
    becomeCommitted(at: index, into: &effects)
  }

  private mutating func becomeCommitted(at index: Int, into effects: inout Output) {
    guard let proposal = log[index].proposal, let batch = log[index].batch,
      log[index].commits.digest == proposal.digest
    else { return }
    log[index].isCommitted = true
    let certificate = CommitCertificate(
      view: view, sequence: proposal.sequence, digest: proposal.digest,
      signers: log[index].commits.signers, aggregate: log[index].commits.aggregate)
    assert(certificate.isValid(in: membership, verifier), "committed-local(d, v, n): q COMMITs")
    assert(log[index].certificate?.proposal == proposal, "P-6: what commits here prepared here")
    decide(batch, certificate, at: index, into: &effects)
  }

  /// Records that a batch is final and executes what is ready.
  mutating func decide(
    _ batch: Batch, _ certificate: CommitCertificate, at index: Int, into effects: inout Output
  ) {
    guard log[index].decided == nil else { return }
    assert(certificate.sequence == log[index].sequence && certificate.digest == batch.digest)
    log[index].decided = batch
    log[index].commitCertificate = certificate
    effects.observe(
      .committed(
        certificate.view, certificate.sequence, certificate.digest,
        transactions: batch.requests.count, isOrdinary: batch.isOrdinary))
    executeReady(into: &effects)
  }

  // MARK: PBFT §4.2: execution in order

  // Rule: PBFT 4.2-12, PBFT 4.4-2, PBFT 4.4-21, PBFT 4.5.2-3, PBFT 4.5.2-7
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
    // gives a primary no time, or the primary could starve one client. A replica that led until this
    // round had no timer and begins to wait.
    if requestOnTimer.map({ !requests.holds($0) }) ?? true { restartRequestTimer(into: &effects) }
    askPolicy(into: &effects)
    replayEarly(into: &effects)
    propose(into: &effects)
  }

  // Rule: PBFT 4.2-13, PBFT 4.3-1
  private mutating func execute(
    _ batch: Batch, _ certificate: CommitCertificate, into effects: inout Output
  ) {
    assert(certificate.sequence == state.executed.next, "P-2: execution in order")
    effects.charge(.execute, count: batch.requests.count)
    if Policy.hasSheet { effects.charge(.sheet) }
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
