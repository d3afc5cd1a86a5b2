import ConsensusCore
import DiscreteEvents

/// The first phase of normal-case operation: a batch gets its sequence number (PBFT §4.2, Paper §III-C).
extension PBFTReplica {
  // MARK: PBFT §4.2: the primary proposes

  // Rule: PBFT 4.2-1, PBFT 4.4-23
  /// Proposes batches for as long as this replica leads, requests wait and there is room.
  mutating func propose(into effects: inout Output) {
    // Requests that the job still has may share the batch; ``concludeJob(at:into:)`` proposes.
    if effects.moreFollows { return }
    while leads {
      let sequence = nextToPropose
      guard mayPropose(sequence), let batch = nextBatch(at: sequence, into: &effects) else {
        if !log.contains(sequence) || !hasRoom(for: sequence), requests.hasUnproposed {
          effects.observe(.heldRequests)
        }
        return
      }
      effects.charge(.hash)
      effects.charge(.sign)
      let proposal = Proposal(
        view: view, sequence: sequence, digest: batch.digest, signedBy: signer)
      let index = log.open(sequence, in: view)
      assert(log[index].proposal == nil, "P-8: no second proposal for a sequence number")
      accept(proposal, by: id, batch, at: index, into: &effects)
    }
  }

  /// Whether a primary may propose at `sequence` now, if it has a batch.
  func mayPropose(_ sequence: SequenceNumber) -> Bool {
    sequence > lastProposed && isOpen(sequence) && hasRoom(for: sequence)
  }

  /// Whether few enough batches before `sequence` wait to be executed here.
  ///
  /// Those of a NEW-VIEW count as well, so that a new primary with many of them waits for their
  /// execution.
  @inline(__always)
  private func hasRoom(for sequence: SequenceNumber) -> Bool {
    guard let most = configuration.inFlight else { return true }
    return sequence.number <= state.executed.number &+ most
  }

  // Rule: PBFT 4.2-5
  /// Whether a batch at `sequence` may be proposed or accepted now.
  ///
  /// Within watermarks; after the round before it if rounds are serial; never before its voters are
  /// known (Model §4.3).
  func isOpen(_ sequence: SequenceNumber) -> Bool {
    guard log.contains(sequence), !state.isClosingEpoch else { return false }
    if isSerial { return sequence == state.executed.next }
    return Policy.opens(sequence, at: self)
  }

  private mutating func nextBatch(
    at sequence: SequenceNumber, into effects: inout Output
  ) -> Batch? {
    let change = Policy.changeDue(at: sequence, by: self)
    if change == nil, waitsForCompany(into: &effects) { return nil }
    let taken =
      change == nil
      ? requests.takeUnproposed(limit: configuration.batchLimit, configuration.batching) : []
    guard change != nil || !taken.isEmpty else { return nil }
    return Batch(
      proposer: id, view: view, requests: taken,
      judgements: sequence == firstNewSequence ? judgements : [], changes: change.map { [$0] } ?? []
    )
  }

  /// Whether the next batch is neither full nor has waited long enough; then a timer runs for it.
  private mutating func waitsForCompany(into effects: inout Output) -> Bool {
    guard let delay = configuration.batching.delay,
      let arrival = requests.firstOfPartialBatch(configuration.batchLimit, configuration.batching),
      arrival + delay > now
    else { return false }
    let deadline = arrival + delay
    if batchDeadline != deadline {
      batchDeadline = deadline
      effects.setTimer(.batch, after: deadline - now)
    }
    return true
  }

  // MARK: PBFT §4.2: a backup checks a PRE-PREPARE

  // Rule: PBFT 4.2-2, PBFT 4.2-3, PBFT 4.2-4, PBFT 4.2-5, PBFT 4.4-4, PBFT 4.4-23
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
    guard sequence >= firstNewSequence else {
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
    sequence < firstNewSequence ? membership.primary(of: view) : proposer(of: sequence)
  }

  // Rule: PBFT 4.2-2, Paper III-B-6, Paper III-C-3
  /// Checks a fresh batch: the sheet (Paper §III-C step 3), the digest, and every rule on contents.
  private mutating func check(
    _ batch: Batch, of proposal: Proposal, by proposer: ReplicaID, into effects: inout Output
  ) -> Bool {
    let sender = Endpoint(proposer)
    Policy.lookUp(proposer, by: &self, into: &effects)
    guard state.policy.admits(proposer, in: membership) else {
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
    let change = batch.changes.first
    guard !state.policy.marksLocally || Policy.permits(change, at: proposal.sequence, by: self)
    else {
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
      && batch.judgements == (sequence == firstNewSequence ? judgements : [])
      && batch.changes.count <= 1 && Policy.permits(change, at: sequence, by: self)
      && batch.requests.isEmpty == (change != nil)
      && batch.requests.count <= configuration.batchLimit * 2
  }

  // MARK: PBFT §4.2: a backup accepts a PRE-PREPARE and sends PREPARE

  // Rule: PBFT 4.2-1, PBFT 4.2-6
  /// Accepts a proposal, votes for it and, as its proposer, spreads it.
  mutating func accept(
    _ proposal: Proposal, by proposer: ReplicaID, _ batch: Batch, at index: Int,
    into effects: inout Output
  ) {
    assert(phase == .normal && proposal.view == view && log[index].view == view)
    assert(log[index].sequence == proposal.sequence && proposal.digest == batch.digest)
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
    } else if proposal.sequence >= firstNewSequence {
      effects.send(.prePrepare(proposal, batch), to: peers)
    }
    checkPrepared(at: index, into: &effects)
  }

  // Rule: PBFT 4.2-6, Paper III-C-4
  private mutating func sendPrepare(at index: Int, into effects: inout Output) {
    guard let proposal = log[index].proposal else { return }
    assert(!log[index].sentPrepare, "P-8: one PREPARE for a sequence number and view")
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
}
