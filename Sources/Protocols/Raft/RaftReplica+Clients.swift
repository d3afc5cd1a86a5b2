import ConsensusCore
import DiscreteEvents

/// Interaction with clients: Raft §8, thesis §6.
///
/// A request is appended at once by a leader that has room. It is held while nobody is known to
/// lead, while the lead is handed over, while the windows of all followers are full, and while it
/// waits for others to share a batch. Requests that
/// were held or are uncommitted when a replica stops leading are answered with the new leader's
/// name as soon as that is known, so that the client asks there; the new leader appends none that
/// its log already has. With ``RequestHandling/forward`` they are passed on instead.
extension RaftReplica {
  // Rule: Raft leaders-2
  mutating func onRequest(_ request: Request, into effects: inout Effects<RaftReplica>) {
    let forwards = configuration.requests == .forward
    if role != .leader && leader != nil && !forwards { return redirect(request, into: &effects) }
    effects.charge(.checkRequest)
    effects.charge(nanoseconds: ledger.admissionWork(of: request))
    guard request.isAuthentic(verifier) else { return }
    take(request, into: &effects)
    if (role == .leader || forwards) && isKnown(request) {
      return maybeAnswer(request, into: &effects)
    }
    if role != .leader && leader != nil { return forward(request, into: &effects) }
    proposeOrHold(request, into: &effects)
  }

  /// Appends a request that is new, unless it has to wait.
  mutating func proposeOrHold(_ request: Request, into effects: inout Effects<RaftReplica>) {
    guard canPropose, held.isEmpty, configuration.batching.delay == nil, !effects.moreFollows
    else {
      hold(request)
      return proposeHeld(into: &effects)
    }
    propose(RaftEntry(term: term, request: request, others: []), into: &effects)
  }

  /// Whether a leader may append requests to its log now.
  var canPropose: Bool {
    role == .leader && transferTarget == nil && (windows.isEmpty || hasRoomAnywhere)
  }

  /// Whether a leader has applied or logged the request, or a later one of the same client; whether
  /// another replica has applied one.
  func isKnown(_ request: Request) -> Bool {
    let index = request.client.index
    return request.timestamp <= ledger.lastTimestamp(of: request.client)
      || (index < proposed.count && request.timestamp <= proposed[index])
  }

  /// Answers a request whose effect is the client's last (Raft §8: "it responds immediately
  /// without re-executing the request"); older ones need no answer, logged ones get theirs later.
  private mutating func maybeAnswer(_ request: Request, into effects: inout Effects<RaftReplica>) {
    guard configuration.requests == .redirect || owes(request.client, request.timestamp) else {
      return
    }
    answer(request.client, request.timestamp, into: &effects)
  }

  /// Sends the effect of the client's request of this timestamp, if that is its last.
  mutating func answer(
    _ client: ClientID, _ timestamp: UInt64, into effects: inout Effects<RaftReplica>
  ) {
    guard let effect = ledger.lastEffect(of: client), effect.timestamp == timestamp else { return }
    release(client, timestamp)
    let reply = Reply(
      client: client, timestamp: timestamp, replica: id, result: effect.result,
      resultBytes: effect.resultBytes, view: term.number, leader: leader, isExecuted: true)
    effects.send(.reply(reply), to: .one(Endpoint(client)))
  }

  // Rule: Raft append-6
  private mutating func redirect(_ request: Request, into effects: inout Effects<RaftReplica>) {
    release(request.client, request.timestamp)
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: id, result: Digest(0),
      resultBytes: 0, view: term.number, leader: leader, isExecuted: false)
    effects.send(.reply(reply), to: .one(Endpoint(request.client)))
  }

  /// Keeps the newest request of each client: a client has one outstanding at a time.
  private mutating func hold(_ request: Request) {
    for index in held.indices where held[index].client == request.client {
      if request.timestamp > held[index].timestamp { held[index] = request }
      return
    }
    held.append(request)
  }

  /// Tells the clients of held requests who leads, when that is another replica, or passes them on.
  mutating func redirectHeld(into effects: inout Effects<RaftReplica>) {
    for request in held {
      switch configuration.requests {
      case .redirect: redirect(request, into: &effects)
      case .forward: forward(request, into: &effects)
      }
    }
    held.removeAll()
  }

  /// Appends held requests in batches, as far as there is room, and sends them.
  ///
  /// With windows, and at the end of a job of several inputs, as many entries as one message takes
  /// are appended together, so that they leave in one.
  mutating func proposeHeld(
    sharesMessages: Bool? = nil, into effects: inout Effects<RaftReplica>
  ) {
    let sharesMessages = sharesMessages ?? !windows.isEmpty
    guard role == .leader, !effects.moreFollows else { return }
    while isBatchDue(into: &effects), canPropose {
      guard sharesMessages else {
        if let entry = takeBatch(into: &effects) { propose(entry, into: &effects) }
        continue
      }
      let previous = log.last
      var count = 0
      repeat {
        guard let entry = takeBatch(into: &effects) else { continue }
        append(entry, into: &effects)
        count += 1
      } while count < configuration.maximumEntries && isBatchDue(into: &effects)
      sendWaiting(after: previous, into: &effects)
      if configuration.replicas == 1 { maybeCommit(matched: log.last.index, into: &effects) }
    }
    if !held.isEmpty, !windows.isEmpty, transferTarget == nil, !hasRoomAnywhere {
      effects.observe(.heldRequests)
    }
  }

  /// Takes the next batch from the held requests; nil if its log has all that it took.
  private mutating func takeBatch(into effects: inout Effects<RaftReplica>) -> RaftEntry? {
    var batch: [Request] = []
    var taken = 0
    var size = 0
    while taken < held.count, batch.count < configuration.maximumBatch {
      let request = held[taken]
      if isKnown(request) {
        maybeAnswer(request, into: &effects)
      } else {
        guard configuration.batching.fits(request, after: size) else { break }
        size += configuration.batching.size(of: request)
        batch.append(request)
      }
      taken += 1
    }
    held.removeFirst(taken)
    endBatchWait(into: &effects)
    guard let first = batch.first else { return nil }
    return RaftEntry(term: term, request: first, others: Array(batch.dropFirst()))
  }

  /// Whether requests are held that need not wait for others.
  ///
  /// They make a full batch, or the first of them waited long enough. Otherwise a timer runs for
  /// those that are held.
  private mutating func isBatchDue(into effects: inout Effects<RaftReplica>) -> Bool {
    guard !held.isEmpty else { return false }
    guard let delay = configuration.batching.delay, !isBatchFull else { return true }
    guard let deadline = batchDeadline else {
      batchDeadline = now + delay
      effects.setTimer(.batch, after: delay)
      return false
    }
    return deadline <= now
  }

  private var isBatchFull: Bool {
    if held.count >= configuration.maximumBatch { return true }
    guard let bytes = configuration.batching.bytes else { return false }
    return held.reduce(0) { $0 + configuration.batching.size(of: $1) } >= bytes.bytes
  }

  /// A batch left, or the replica leads no longer: those that follow wait for themselves.
  mutating func endBatchWait(into effects: inout Effects<RaftReplica>) {
    guard batchDeadline != nil else { return }
    batchDeadline = nil
    effects.cancelTimer(.batch)
  }

  /// Holds the requests that this replica, which stops leading, has in its log but not committed.
  mutating func holdUncommittedRequests() {
    forEachUnapplied { replica, request in replica.hold(request) }
    proposed.removeAll(keepingCapacity: true)
  }

  /// Notes which requests a new leader has in its log but has not applied.
  mutating func collectProposed() {
    proposed.removeAll(keepingCapacity: true)
    forEachUnapplied { replica, request in replica.note(request) }
  }

  /// Notes that the leader's log has the request.
  mutating func note(_ request: Request) {
    let index = request.client.index
    while proposed.count <= index { proposed.append(0) }
    proposed[index] = max(proposed[index], request.timestamp)
  }

  private mutating func forEachUnapplied(_ body: (inout RaftReplica, Request) -> Void) {
    var index = appliedIndex.next
    while let entry = log[index] {
      if let request = entry.request { body(&self, request) }
      for request in entry.others { body(&self, request) }
      index = index.next
    }
  }

  // MARK: The state machine

  // Rule: Raft state-4, Raft state-5, Raft servers-1
  /// Commits and applies the entries up to and with `index`, in order (Raft §5.3).
  mutating func commit(through index: LogIndex, into effects: inout Effects<RaftReplica>) {
    commitIndex = index
    while appliedIndex < index, let entry = log[appliedIndex.next] {
      let position = LogPosition(index: appliedIndex.next, term: entry.term)
      effects.observe(
        .committed(
          position, digest: entry.digest, transactions: entry.requestCount,
          isOrdinary: entry.isOrdinary))
      appliedIndex = position.index
      effects.observe(.applied(position, digest: entry.digest))
      if let request = entry.request { execute(request, at: position, into: &effects) }
      for request in entry.others { execute(request, at: position, into: &effects) }
    }
    maybeCompact(into: &effects)
  }

  // Rule: Raft leaders-2
  private mutating func execute(
    _ request: Request, at position: LogPosition, into effects: inout Effects<RaftReplica>
  ) {
    effects.charge(.execute)
    clients = max(clients, request.client.index + 1)
    if let execution = ledger.execute(request, at: SequenceNumber(position.index.number)) {
      effects.charge(nanoseconds: execution.work)
      effects.observe(
        .executed(
          client: request.client, timestamp: request.timestamp, result: execution.result))
    }
    if role == .leader || configuration.requests == .forward {
      maybeAnswer(request, into: &effects)
    }
  }

  /// Takes a snapshot when enough entries were applied since the last (Raft §7).
  private mutating func maybeCompact(into effects: inout Effects<RaftReplica>) {
    guard let threshold = configuration.snapshotThreshold,
      appliedIndex.number - snapshot.position.index.number >= UInt64(threshold),
      let term = log.term(at: appliedIndex)
    else { return }
    let position = LogPosition(index: appliedIndex, term: term)
    let kept = UInt64(configuration.entriesKeptBySnapshot)
    let through = LogIndex(appliedIndex.number - min(kept, appliedIndex.number))
    snapshot = RaftSnapshot(position: position, ledger: ledger, clients: clients)
    log.compact(through: through)
    effects.persist(.compacted(snapshot, through: through))
    effects.observe(
      .compacted(position, through: log.compacted.index, ledger: ledger.digest))
  }
}
