import ConsensusCore
import DiscreteEvents

// Parties: they handle inputs on processors of their own, one at a time, and submit requests.
extension Simulation {
  /// Tells every party that the run begins.
  mutating func startParties() {
    for party in 0..<parties.count {
      announce(
        .started, of: party, fingerprint: mix(0x9A47_0002, UInt64(truncatingIfNeeded: party)),
        at: now)
    }
  }

  /// Takes further what an event of a party stands for.
  mutating func onPartyEvent(_ slot: Int, at node: Int) {
    let event = parties[slot]
    digest.combine(
      time: now, target: UInt64(truncatingIfNeeded: node),
      content: mix(event.fingerprint, event.stage.rawValue))
    switch event.stage {
    case .departing: launchPartyMessage(slot)
    case .arriving: takeDownlink(slot)
    case .reaching: reach(slot)
    case .submitting:
      guard case .submission(let submission) = parties.remove(slot).content else { return }
      submit(submission, by: event.party)
    }
  }

  /// Schedules an input that reaches a party's processor at an instant.
  private mutating func announce(
    _ input: PartyInput, of party: Int, fingerprint: UInt64, at instant: VirtualTime
  ) {
    postpone(
      PartyEvent(
        party: party, stage: .reaching, content: .input(input), fingerprint: fingerprint,
        sent: instant),
      at: instant, node: replicaCount + party)
  }

  private mutating func postpone(_ event: PartyEvent, at instant: VirtualTime, node: Int) {
    guard let slot = parties.insert(event) else {
      stopReason = .arenaFull
      return
    }
    resume(slot, at: instant, node: node)
  }

  private mutating func resume(_ slot: Int, at instant: VirtualTime, node: Int) {
    schedule(layout.control(.party, target: node, argument: slot), at: instant)
  }

  // MARK: Jobs

  /// Hands an input of this instant to a party's processor, past the queue of events.
  mutating func hand(_ input: PartyInput, to party: Int, fingerprint: UInt64) {
    let event = PartyEvent(
      party: party, stage: .reaching, content: .input(input), fingerprint: fingerprint, sent: now,
      arrived: now)
    guard let slot = parties.insert(event) else {
      stopReason = .arenaFull
      return
    }
    enqueue(
      InboxEntry(.party, value: slot, generation: 0), at: replicaCount + party)
  }

  /// An input reaches the processor of its party.
  private mutating func reach(_ slot: Int) {
    let node = replicaCount + parties[slot].party
    if let message = parties[slot].message, message.from != parties[slot].party {
      if isCut(from: replicaCount + message.from, to: node) {
        sendAgain(slot, notBefore: now)
        return
      }
      parties.counts[Int(message.content.kind)].delivered += 1
    }
    parties[slot].arrived = now
    enqueue(InboxEntry(.party, value: slot, generation: 0), at: node)
  }

  /// Does one job of a party; its busy interval begins now.
  mutating func runParty(_ slot: Int, at node: Int) {
    let event = parties.remove(slot)
    guard case .input(let input) = event.content else { return }
    if T.isEnabled, case .message(let message, let sender) = input {
      record(
        .partyHandled(
          message, named: parties.kinds[Int(message.kind)], from: sender,
          by: PartyID(event.party)),
        of: endpoint(node))
    }
    let job = PartyJob(
      party: PartyID(event.party), input: input, sent: event.sent,
      arrived: event.arrived, begun: now)
    workload?.handle(job, into: &partyEffects)
    let work = partyEffects.work
    let scale = work == 0 ? Ratio.one : jobScale(at: node, input: event.fingerprint)
    let span = scale.scaling(work)
    nodes[node].busyUntil = now.after(work: span)
    nodes[node].jobNanoseconds &+= span
    for index in partyEffects.items.indices {
      let item = partyEffects.items[index]
      carryOut(item.kind, of: event.party, at: now.after(work: scale.scaling(item.workBefore)))
    }
    if partyEffects.isOver { stopReason = .scheduleEnded }
    partyEffects.clear()
    checkWorkload()
  }

  private mutating func carryOut(
    _ item: PartyEffects.Item.Kind, of party: Int, at instant: VirtualTime
  ) {
    switch item {
    case .send(let message, let recipient):
      precondition(
        recipient.index < parties.count && Int(message.kind) < parties.kinds.count,
        "a message of kind \(message.kind) to party \(recipient.index) cannot be sent")
      send(message, from: party, to: recipient.index, at: instant)
    case .submit(let operation, let bytes, let ticket):
      let submission = PendingSubmission(
        operation: operation, bytes: bytes, ticket: ticket, submitted: instant)
      guard instant > now else {
        submit(submission, by: party)
        return
      }
      postpone(
        PartyEvent(
          party: party, stage: .submitting, content: .submission(submission),
          fingerprint: mix(mix(0x9A47_0003, ticket), mix(operation, UInt64(bytes))),
          sent: instant),
        at: instant, node: replicaCount + party)
    case .alarm(let target, let duration, let word):
      precondition(target.index < parties.count, "there is no party \(target.index)")
      let due = now + max(duration, .zero)
      announce(
        .alarm(word), of: target.index, fingerprint: mix(0x9A47_0004, word), at: due)
    }
  }

  /// Stops the run at the first thing the workload finds broken, unless told to go on.
  mutating func checkWorkload() {
    guard stopsAtViolation, let workload, !workload.violations.isEmpty else { return }
    stopReason = .violation
  }

  /// Tells the workload what an honest replica did with a request.
  mutating func tellWorkload(
    client: ClientID, timestamp: UInt64, result: Digest?, by replica: ReplicaID
  ) {
    if let result {
      workload?.executed(
        client: client, timestamp: timestamp, result: result, by: replica, at: now)
    } else {
      workload?.undone(client: client, timestamp: timestamp, by: replica, at: now)
    }
    checkWorkload()
  }

  // MARK: Messages

  private mutating func send(
    _ message: PartyMessage, from sender: Int, to recipient: Int, at instant: VirtualTime
  ) {
    let fingerprint = message.fingerprint(from: sender, to: recipient)
    let input = PartyInput.message(message, from: PartyID(sender))
    guard recipient != sender else {
      announce(input, of: recipient, fingerprint: fingerprint, at: instant)
      return
    }
    let event = PartyEvent(
      party: recipient, stage: .departing, content: .input(input), fingerprint: fingerprint,
      sent: instant)
    parties.counts[Int(message.kind)].sent += 1
    guard instant == now else {
      postpone(event, at: instant, node: replicaCount + sender)
      return
    }
    guard let slot = parties.insert(event) else {
      stopReason = .arenaFull
      return
    }
    launchPartyMessage(slot)
  }

  /// Sends a copy on its way: over the uplink, and over the link if that neither loses it nor is cut.
  ///
  /// Assumption: a second copy that a link makes is dropped by the connection and delays nothing.
  private mutating func launchPartyMessage(_ slot: Int) {
    guard let (message, party) = parties[slot].message else { return }
    let from = replicaCount + party
    let to = replicaCount + parties[slot].party
    parties.counts[Int(message.kind)].bytes += message.bytes
    let fingerprint = parties[slot].fingerprint
    let ordinal = repetitions.unicast(fingerprint, to: UInt64(truncatingIfNeeded: to), at: now)
    let crossing = carry(
      ordinal == 0 ? fingerprint : mix(fingerprint, ordinal), from: from, to: to,
      transmission: transmissionTime(
        bytes: message.bytes, bitsPerSecond: nodes[from].uplinkRate),
      leaving: now, hold: .zero, admitsDuplicate: false)
    parties[slot].departed = crossing.departure
    if T.isEnabled { recordPartySend(slot, leaving: crossing.departure) }
    guard crossing.loss == nil else {
      sendAgain(slot, notBefore: crossing.departure)
      return
    }
    parties[slot].stage = nodes[to].downlinkRate == 0 ? .reaching : .arriving
    resume(slot, at: crossing.arrival, node: to)
  }

  /// A copy did not get through: the next one leaves the processor a while after it left the machine.
  private mutating func sendAgain(_ slot: Int, notBefore instant: VirtualTime) {
    guard let (message, sender) = parties[slot].message else { return }
    parties.counts[Int(message.kind)].resent += 1
    parties[slot].stage = .departing
    let due = parties[slot].departed + PartyMessage.retransmissionTime
    resume(slot, at: max(instant, due), node: replicaCount + sender)
  }

  /// A copy takes its turn on the receiver's downlink.
  private mutating func takeDownlink(_ slot: Int) {
    guard let (message, _) = parties[slot].message else { return }
    let node = replicaCount + parties[slot].party
    parties[slot].stage = .reaching
    resume(slot, at: takeDownlink(of: node, bytes: message.bytes), node: node)
  }

  private mutating func recordPartySend(_ slot: Int, leaving: VirtualTime) {
    guard let (message, sender) = parties[slot].message else { return }
    record(
      .partySent(
        message, named: parties.kinds[Int(message.kind)], from: PartyID(sender),
        to: PartyID(parties[slot].party), leaves: leaving),
      of: endpoint(replicaCount + sender))
  }
}
