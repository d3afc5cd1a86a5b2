import ConsensusCore
import DiscreteEvents

/// Clients' requests and their way into batches (PBFT §4.1, §4.2).
extension PBFTReplica {
  mutating func onRequest(
    _ request: Request, from sender: Endpoint, into effects: inout Output
  ) {
    effects.charge(.checkRequest)
    effects.charge(nanoseconds: state.ledger.admissionWork(of: request))
    guard isMember else { return }
    guard request.isAuthentic(verifier) else {
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard isNew(request) else { return maybeAnswerAgain(request, into: &effects) }
    let isFirst = hold(request, into: &effects)
    let isFromClient = sender.client != nil
    // Whoever was proposed to needs no relay: the client's own copy came later than the proposal.
    let isKnown = requests.isProposed(request)
    if !leads, isFromClient, configuration.relaysFirstReceipt || !isFirst, !isKnown,
      phase == .normal
    {
      effects.send(.request(request), to: .one(Endpoint(proposer(of: nextToPropose))))
    }
    if isFirst { propose(into: &effects) }
  }

  /// Whether a request has not taken effect here.
  func isNew(_ request: Request) -> Bool {
    request.timestamp > state.ledger.lastTimestamp(of: request.client)
  }

  /// Holds a request until it executes; the timer starts if it does not run yet (PBFT §4.4).
  mutating func hold(_ request: Request, into effects: inout Output) -> Bool {
    let isFirst = requests.isEmpty
    guard requests.hold(request, at: now) else { return false }
    if isFirst { restartRequestTimer(into: &effects) }
    remindLater(into: &effects)
    return true
  }

  /// Proposes batches for as long as this replica leads, requests wait and the window has room.
  mutating func propose(into effects: inout Output) {
    while leads {
      let sequence = nextToPropose
      guard sequence > lastProposed, isOpen(sequence),
        let batch = nextBatch(at: sequence)
      else { return }
      effects.charge(.hash)
      effects.charge(.sign)
      let proposal = Proposal(
        view: view, sequence: sequence, digest: batch.digest, signedBy: signer)
      let index = log.open(sequence, in: view)
      accept(proposal, by: id, batch, at: index, into: &effects)
    }
  }

  /// Whether a batch at `sequence` may be proposed or accepted now.
  ///
  /// Within watermarks; after the round before it if rounds are serial; never past the next epoch
  /// height before that height executed, nor while an epoch closes (Model §4.3).
  func isOpen(_ sequence: SequenceNumber) -> Bool {
    guard log.contains(sequence), !state.isClosingEpoch else { return false }
    if isSerial { return sequence == state.executed.next }
    guard let length = configuration.epochLength else { return true }
    if sequence.number % length == 0 { return sequence == state.executed.next }
    return (sequence.number - 1) / length == state.executed.number / length
  }

  /// Whether `sequence` may belong to an epoch that this replica has not entered: the membership
  /// that votes on it is not known before the batch at the epoch's end has executed.
  @inline(__always)
  func isPastEpoch(_ sequence: SequenceNumber) -> Bool {
    configuration.epochLength != nil && sequence > lastOfEpoch
  }

  /// The last sequence number that is sure to belong to the present epoch.
  var lastOfEpoch: SequenceNumber {
    guard let length = configuration.epochLength else { return SequenceNumber(.max) }
    guard state.nextMembership == nil else { return state.executed }
    return SequenceNumber((state.executed.number / length + 1) * length)
  }

  private mutating func nextBatch(at sequence: SequenceNumber) -> Batch? {
    let change = changeDue(at: sequence)
    let taken = change == nil ? requests.takeUnproposed(limit: configuration.batchLimit) : []
    guard change != nil || !taken.isEmpty else { return nil }
    return Batch(
      proposer: id, view: view, requests: taken,
      judgements: sequence == firstFresh ? judgements : [], changes: change.map { [$0] } ?? [])
  }

  /// The membership change that this replica proposes at `sequence` (Model §4.3).
  ///
  /// A sheet that is not agreed on proposes none in the first fresh round of a view: others may have
  /// refused its change, and the height must pass in the end.
  private func changeDue(at sequence: SequenceNumber) -> MembershipChange? {
    guard isEndOfEpoch(sequence) else { return nil }
    guard state.oversight.takesJudgements || sequence != firstFresh else { return nil }
    return state.oversight.report(in: membership)
  }

  /// Whether the batch at `sequence` may make `change`, or none if nil (Model §4.3).
  func permits(_ change: MembershipChange?, at sequence: SequenceNumber) -> Bool {
    isEndOfEpoch(sequence) ? state.oversight.permits(change, in: membership) : change == nil
  }

  private func isEndOfEpoch(_ sequence: SequenceNumber) -> Bool {
    configuration.epochLength.map { sequence.number % $0 == 0 } ?? false
  }

  func answer(
    _ request: Request, _ result: Digest, _ resultBytes: UInt32, into effects: inout Output
  ) {
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: id, result: result,
      resultBytes: resultBytes, view: view.number, leader: membership.primary(of: view),
      isExecuted: true)
    effects.send(.reply(reply), to: .one(Endpoint(request.client)))
  }

  /// Sends the reply to a client's last request again, which took effect before: "if the request has
  /// already been processed, the replicas simply re-send the reply" (PBFT §4.1).
  func maybeAnswerAgain(_ request: Request, into effects: inout Output) {
    guard let last = state.ledger.lastEffect(of: request.client),
      request.timestamp == last.timestamp
    else { return }
    answer(request, last.result, last.resultBytes, into: &effects)
  }

  // MARK: The request timer

  /// Runs the timer while this replica, as a backup, waits for a request to execute.
  mutating func restartRequestTimer(into effects: inout Output) {
    if phase == .normal, isMember, !requests.isEmpty, !leads {
      timed = requests.oldest
      effects.setTimer(.request, after: patience)
    } else {
      timed = nil
      effects.cancelTimer(.request)
    }
  }

  /// T for the first view change since the last progress, doubled for each further one
  /// (PBFT §4.5.2).
  var patience: VirtualDuration {
    configuration.viewTimeout * (Int64(1) << Int64(min(max(changes.failures - 1, 0), 20)))
  }

  mutating func onRequestTimeout(into effects: inout Output) {
    // The timer stands still now: a replica that leads begins anew when it does not lead any more.
    timed = nil
    guard phase == .normal, isMember, !requests.isEmpty, !leads else { return }
    startViewChange(to: nextView(after: view), reason: .timeout, into: &effects)
  }
}
