import ConsensusCore
import DiscreteEvents

/// The three phases: PRE-PREPARE, PREPARE, COMMIT (PBFT §4.2, Paper §III-C).
extension PBFTReplica {
  mutating func onPrePrepare(
    _ proposal: Proposal, _ batch: Batch, from sender: Endpoint, into effects: inout Output
  ) {
    effects.charge(.verify)
    effects.charge(.hash)
    guard isMember else { return }
    let sequence = proposal.sequence
    guard phase == .normal, proposal.view == view else {
      return keepIfEarly(
        .prePrepare(proposal, batch), of: proposal.view, from: sender, into: &effects)
    }
    guard sequence > log.low else { return reject(.outsideWindow, from: sender, into: &effects) }
    guard isOpen(sequence) else {
      if log.find(sequence).map({ log[$0].proposal != nil }) ?? false { return }
      if sequence > state.executed {
        keep(.prePrepare(proposal, batch), from: sender, into: &effects)
      }
      return
    }
    let proposer = signerOfProposals(at: sequence)
    guard proposal.isSigned(by: proposer, verifier) else {
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard sender == Endpoint(proposer) else {
      return reject(.notThePrimary, from: sender, into: &effects)
    }
    let index = log.open(sequence, in: view)
    if let accepted = log[index].proposal {
      guard accepted.digest != proposal.digest else { return }
      reject(.conflicting, from: sender, into: &effects)
      return convict(.equivocation(accepted, proposal, by: proposer), into: &effects)
    }
    // What a NEW-VIEW did not propose up to its last proposal is behind the checkpoint that it starts
    // from (PBFT §4.4): a replica that lags behind this checkpoint believes nobody about it.
    guard sequence >= firstFresh else {
      return reject(.outsideWindow, from: sender, into: &effects)
    }
    guard check(batch, of: proposal, by: proposer, into: &effects) else { return }
    for request in batch.requests where isNew(request) { _ = hold(request, into: &effects) }
    accept(proposal, by: proposer, batch, at: index, into: &effects)
  }

  /// Who signs proposals at `sequence` in this view: what a NEW-VIEW proposes again is signed by
  /// the replica that sent it.
  @inline(__always)
  func signerOfProposals(at sequence: SequenceNumber) -> ReplicaID {
    sequence < firstFresh ? membership.primary(of: view) : proposer(of: sequence)
  }

  /// Checks a fresh batch: the sheet (Paper §III-C step 3), the digest, and every rule on contents.
  private mutating func check(
    _ batch: Batch, of proposal: Proposal, by proposer: ReplicaID, into effects: inout Output
  ) -> Bool {
    let sender = Endpoint(proposer)
    if Oversight.isActive { lookUp(proposer, into: &effects) }
    guard state.oversight.admits(proposer, in: membership) else {
      reject(.malicious, from: sender, into: &effects)
      startViewChange(to: nextView(after: view), reason: .refusal, into: &effects)
      return false
    }
    guard batch.digest == proposal.digest else {
      reject(.wrongDigest, from: sender, into: &effects)
      startViewChange(to: nextView(after: view), reason: .evidence, into: &effects)
      return false
    }
    var isAuthentic = true
    for request in batch.requests where !requests.holds(request) {
      effects.charge(.checkRequest)
      effects.charge(nanoseconds: state.ledger.admissionWork(of: request))
      isAuthentic = isAuthentic && request.isAuthentic(verifier)
    }
    guard isAuthentic else {
      reject(.invalidContent, from: sender, into: &effects)
      convict(.forgedRequest(proposal, batch, by: proposer), into: &effects)
      return false
    }
    let isAgreed = !Oversight.isActive || state.oversight.takesJudgements
    guard isAgreed || permits(batch.changes.first, at: proposal.sequence) else {
      // Sheets differ, which proves nothing; a time-out ends the turn if too many refuse.
      reject(.invalidContent, from: sender, into: &effects)
      return false
    }
    guard followsRules(batch, at: proposal.sequence, by: proposer) else {
      reject(.invalidContent, from: sender, into: &effects)
      startViewChange(to: nextView(after: view), reason: .evidence, into: &effects)
      return false
    }
    return true
  }

  /// Whether a batch carries just what the view's certificate and the sheet demand.
  private func followsRules(
    _ batch: Batch, at sequence: SequenceNumber, by proposer: ReplicaID
  ) -> Bool {
    let change = batch.changes.first
    return batch.proposer == proposer && batch.view == view
      && batch.judgements == (sequence == firstFresh ? judgements : [])
      && batch.changes.count <= 1 && permits(change, at: sequence)
      && batch.requests.isEmpty == (change != nil)
      && batch.requests.count <= configuration.batchLimit * 2
  }

  private mutating func lookUp(_ proposer: ReplicaID, into effects: inout Output) {
    effects.charge(.sheet)
    guard !state.oversight.knows(proposer), identified.insert(proposer) else { return }
    effects.charge(.identity)
  }

  /// Accepts a proposal, votes for it and, as its proposer, spreads it.
  mutating func accept(
    _ proposal: Proposal, by proposer: ReplicaID, _ batch: Batch, at index: Int,
    into effects: inout Output
  ) {
    log[index].proposal = proposal
    log[index].proposer = proposer
    log[index].batch = batch
    log[index].settle(on: proposal.digest)
    lastProposed = max(lastProposed, proposal.sequence)
    for request in batch.requests { requests.markProposed(request) }
    effects.persist(.accepted(proposal, proposer: proposer, batch))
    effects.observe(
      .accepted(
        view, proposal.sequence, proposal.digest, proposer: proposer, lowWatermark: log.low))
    if proposer != id {
      sendPrepare(at: index, into: &effects)
    } else if proposal.sequence >= firstFresh {
      effects.send(.prePrepare(proposal, batch), to: peers)
    }
    checkPrepared(at: index, into: &effects)
  }

  private mutating func sendPrepare(at index: Int, into effects: inout Output) {
    guard let proposal = log[index].proposal else { return }
    effects.charge(.sign)
    let vote = prepareVote(for: proposal)
    log[index].sentPrepare = true
    _ = log[index].prepares.add(id, vote.digest, vote.signature)
    effects.send(.prepare(vote), to: peers)
  }

  func prepareVote(for proposal: Proposal) -> Vote {
    Vote(
      view: proposal.view, sequence: proposal.sequence, digest: proposal.digest, replica: id,
      signature: signer.sign(
        SignedContent.prepare(proposal.view, proposal.sequence, proposal.digest, id)),
      proposalSignature: proposal.signature)
  }

  func commitVote(for proposal: Proposal) -> Vote {
    Vote(
      view: proposal.view, sequence: proposal.sequence, digest: proposal.digest, replica: id,
      signature: signer.sign(
        SignedContent.commit(proposal.view, proposal.sequence, proposal.digest, id)),
      proposalSignature: .none)
  }

  // MARK: Votes

  @inline(__always)
  mutating func onPrepare(_ vote: Vote, into effects: inout Output) {
    effects.charge(.verify)
    guard vote.view == view, phase == .normal, log.contains(vote.sequence),
      !isPastEpoch(vote.sequence)
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

  /// Whether a PREPARE comes from who proposes its sequence number, as far as that is known.
  private func isProposer(_ replica: ReplicaID, at index: Int) -> Bool {
    if log[index].proposal != nil { return log[index].proposer == replica }
    let sequence = log[index].sequence
    guard !isSerial || sequence <= nextToPropose else { return false }
    return signerOfProposals(at: sequence) == replica
  }

  @inline(__always)
  mutating func onCommit(_ vote: Vote, into effects: inout Output) {
    effects.charge(.verify)
    guard vote.view == view, phase == .normal, log.contains(vote.sequence),
      !isPastEpoch(vote.sequence)
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
  private mutating func onStray(
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

  /// prepared(d, v, n): the PRE-PREPARE and q - 1 matching PREPAREs of distinct backups.
  @inline(__always)
  mutating func checkPrepared(at index: Int, into effects: inout Output) {
    guard log[index].prepares.count >= membership.quorum.certificate - 1, !log[index].isPrepared
    else { return }
    becomePrepared(at: index, into: &effects)
  }

  private mutating func becomePrepared(at index: Int, into effects: inout Output) {
    guard let proposal = log[index].proposal, let batch = log[index].batch,
      log[index].prepares.digest == proposal.digest
    else { return }
    let certificate = PreparedCertificate(
      proposal: proposal, proposer: log[index].proposer, signers: log[index].prepares.signers,
      aggregate: log[index].prepares.aggregate)
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
    decide(batch, certificate, at: index, into: &effects)
  }

  /// Records that a batch is final and executes what is ready.
  mutating func decide(
    _ batch: Batch, _ certificate: CommitCertificate, at index: Int, into effects: inout Output
  ) {
    guard log[index].decided == nil else { return }
    log[index].decided = batch
    log[index].commitCertificate = certificate
    effects.observe(
      .committed(
        certificate.view, certificate.sequence, certificate.digest,
        transactions: batch.requests.count, isOrdinary: batch.isOrdinary))
    executeReady(into: &effects)
  }

  // MARK: Early messages

  /// Keeps a vote under the name of its signer, which is checked first: else a faulty replica could
  /// use up the share of another.
  private mutating func keepIfEarly(
    _ message: Message, of vote: Vote, signing content: UInt64, into effects: inout Output
  ) {
    let voter = Endpoint(vote.replica)
    if vote.view > view
      || vote.view == view && (vote.sequence > log.high || isPastEpoch(vote.sequence))
    {
      guard verifier.isValid(vote.signature, of: voter, over: content) else {
        return reject(.badSignature, from: voter, into: &effects)
      }
      keep(message, from: voter, into: &effects)
    } else if vote.view == view, phase == .normal {
      reject(.outsideWindow, from: voter, into: &effects)
    }
  }

  private mutating func keepIfEarly(
    _ message: Message, of messageView: View, from sender: Endpoint, into effects: inout Output
  ) {
    if messageView > view { keep(message, from: sender, into: &effects) }
  }

  mutating func keep(_ message: Message, from sender: Endpoint, into effects: inout Output) {
    if !early.keep(message, from: sender) { reject(.tooEarly, from: sender, into: &effects) }
  }

  /// Looks again at messages that came early, unless they certainly still do: whoever floods others
  /// with votes for views to come must not make them check the same ones at every execution.
  mutating func replayEarly(into effects: inout Output) {
    guard !early.isEmpty else { return }
    let (view, last, isChanging) = (self.view, min(log.high, lastOfEpoch), phase != .normal)
    let lastOpen = isSerial ? state.executed.next : last
    let ready = early.take { message in
      switch message {
      case .prepare(let vote), .commit(let vote):
        vote.view < view || vote.view == view && !isChanging && vote.sequence <= last
      case .prePrepare(let proposal, _): proposal.view <= view
      case .batch(let sequence, _, _): sequence <= lastOpen
      default: true
      }
    }
    for (message, sender) in ready { receive(message, from: sender, into: &effects) }
  }
}
