import ConsensusCore
import DiscreteEvents

/// What the copies of one message have in common.
struct Shipment {
  let slot: Int
  let from: Int
  let kind: UInt8
  let bytes: Int
  /// The time on the sender's uplink.
  let transmission: VirtualDuration
  /// The part of the key of the copies' draws that the copies share.
  private(set) var key: UInt64

  /// The shipment as its `number`-th further copy, whose draws are its own.
  func copy(_ number: Int) -> Shipment {
    guard number > 0 else { return self }
    var copy = self
    copy.key = mix(key, 0xC0_B1E5_0000 &+ UInt64(truncatingIfNeeded: number))
    return copy
  }
}

// The way of a message from the sender's processor to the receiver's.
extension Simulation {
  /// Sends everything a job asked to send.
  @inline(__always)
  mutating func transmitAll(from node: Int, scale: Ratio, answersFalsely: Bool) {
    let isFaulty = injector.isFaulty(node) && !answersFalsely
    while let send = effects.takeSend() {
      if P.isEnabled {
        probe.sent(
          send.message, by: ReplicaID(node), to: send.recipients,
          at: now)
      }
      if isFaulty {
        transmitFaulty(send, from: node, scale: scale)
      } else {
        transmit(send, from: node, scale: scale)
      }
    }
  }

  /// Sends one message of an honest node.
  @inline(__always)
  private mutating func transmit(_ send: Effects<R>.Send, from node: Int, scale: Ratio) {
    let sender = Endpoint(ReplicaID(node))
    switch send.recipients {
    case .others:
      guard let shipment = ship(send.message, from: node, as: sender, to: nil) else { return }
      if !T.isEnabled && network.isPlain && effects.work == 0 && shipment.transmission == .zero {
        launchToOthers(shipment)
      } else {
        var copy: Int64 = 0
        for recipient in 0..<replicaCount where recipient != node {
          copy += 1
          launch(shipment, to: recipient, leaving: leaving(send, copy, .send, scale), hold: .zero)
        }
      }
      finish(shipment)
    case .members(let members):
      guard let shipment = ship(send.message, from: node, as: sender, to: nil) else { return }
      var copy: Int64 = 0
      for recipient in 0..<replicaCount
      where recipient != node && members.contains(ReplicaID(recipient)) {
        copy += 1
        launch(shipment, to: recipient, leaving: leaving(send, copy, .send, scale), hold: .zero)
      }
      finish(shipment)
    case .one(let endpoint):
      guard let recipient = self.node(of: endpoint),
        let shipment = ship(send.message, from: node, as: sender, to: endpoint)
      else { return }
      let cost: Work = endpoint.rawValue >= 0 ? .send : .reply
      launch(shipment, to: recipient, leaving: leaving(send, 1, cost, scale), hold: .zero)
      finish(shipment)
    }
  }

  /// When the `copy`-th copy (from 1) of a send leaves the processor.
  @inline(__always)
  func leaving(_ send: Effects<R>.Send, _ copy: Int64, _ cost: Work, _ scale: Ratio)
    -> VirtualTime
  {
    if effects.work == 0 { return jobStart }
    let each = costs.copy(cost, of: send.message, sizes)
    return jobStart.after(work: scale.scaling(send.workBefore &+ copy &* each))
  }

  /// The machine of an endpoint, or nil when there is none.
  @inline(__always)
  func node(of endpoint: Endpoint) -> Int? {
    if endpoint.rawValue >= 0 {
      let index = Int(endpoint.rawValue)
      return index < replicaCount ? index : nil
    }
    guard let machine = clients.machine(of: Int(-1 - endpoint.rawValue)) else { return nil }
    return replicaCount &+ machine
  }

  /// Puts a message into the arena, with one copy that ``finish(_:)`` takes away again.
  ///
  /// - Parameters:
  ///   - message: The message.
  ///   - node: The machine that sends it.
  ///   - sender: Who it comes from.
  ///   - recipient: Who alone gets it, or nil where several do.
  /// - Returns: The shipment, or nil if no more messages can be in flight, which ends the run.
  @inline(__always)
  mutating func ship(
    _ message: R.Message, from node: Int, as sender: Endpoint, to recipient: Endpoint?
  ) -> Shipment? {
    let fingerprint = message.fingerprint
    let kind = message.kind
    let bytes = message.size(sizes).bytes
    let envelope = Envelope(
      fingerprint: fingerprint, bytes: bytes, from: sender,
      fromNode: Int32(truncatingIfNeeded: node), remaining: 1, kind: kind)
    guard let slot = arena.insert(message, envelope) else {
      stopReason = .arenaFull
      return nil
    }
    let content = mix(fingerprint, sender.word)
    let ordinal: UInt64
    if let recipient {
      ordinal = repetitions.unicast(content, to: recipient.word, at: now)
    } else {
      ordinal = repetitions.broadcast(content, at: now)
    }
    return Shipment(
      slot: slot, from: node, kind: kind, bytes: bytes,
      transmission: transmissionTime(bytes: bytes, bitsPerSecond: nodes[node].uplinkRate),
      key: ordinal == 0 ? content : mix(content, ordinal))
  }

  /// Ends a shipment: the arena keeps it for the copies that were launched.
  @inline(__always)
  mutating func finish(_ shipment: Shipment) { arena.release(shipment.slot) }

  /// The common case: every copy leaves now and takes its own latency.
  @inline(__always)
  private mutating func launchToOthers(_ shipment: Shipment) {
    let law = network.plainLaw
    let key = mix(mix(latencyKey, shipment.key), UInt64(bitPattern: now.nanoseconds))
    let start = jobStart
    for recipient in 0..<replicaCount where recipient != shipment.from {
      var draw = Draw(state: mix(key, UInt64(truncatingIfNeeded: recipient)))
      deliver(shipment.slot, to: recipient, at: start + law.latency.sample(&draw))
    }
    let copies = replicaCount &- 1
    arena.slots[shipment.slot].remaining &+= Int32(truncatingIfNeeded: copies)
    meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: copies)
  }

  /// Sends one copy to `recipient`; it leaves the processor at `instant` and is held back for `hold`.
  @inline(__always)
  mutating func launch(
    _ shipment: Shipment, to recipient: Int, leaving instant: VirtualTime, hold: VirtualDuration
  ) {
    meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: 1)
    arena.retain(shipment.slot)
    let crossing = carry(
      shipment.key, from: shipment.from, to: recipient, transmission: shipment.transmission,
      leaving: instant, hold: hold, admitsDuplicate: true)
    if T.isEnabled { recordSend(shipment, to: recipient, leaving: crossing.departure) }
    if let arrival = crossing.duplicate {
      meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: 1)
      meter.duplicated(kind: shipment.kind)
      arena.retain(shipment.slot)
      deliver(shipment.slot, to: recipient, at: arrival)
    }
    if let reason = crossing.loss {
      drop(shipment.slot, to: recipient, because: reason)
    } else {
      deliver(shipment.slot, to: recipient, at: crossing.arrival)
    }
  }

  @inline(__always)
  private mutating func deliver(_ slot: Int, to recipient: Int, at instant: VirtualTime) {
    if instant > latestArrival { latestArrival = instant }
    let kind: EventKind = nodes[recipient].downlinkRate == 0 ? .delivery : .arrival
    schedule(layout.payload(kind, target: recipient, index: slot), at: instant)
  }

  /// Gives one copy up.
  mutating func drop(_ slot: Int, to recipient: Int, because reason: DropReason) {
    meter.dropped(kind: arena.slots[slot].kind, because: reason)
    if T.isEnabled {
      record(
        .dropped(
          arena.messages[slot], from: arena.slots[slot].from, to: endpoint(recipient),
          reason: reason),
        of: endpoint(recipient))
    }
    arena.release(slot)
  }

  private mutating func recordSend(_ shipment: Shipment, to recipient: Int, leaving: VirtualTime) {
    record(
      .sent(
        arena.messages[shipment.slot], to: endpoint(recipient),
        leaves: leaving),
      of: arena.slots[shipment.slot].from)
  }

  /// The endpoint that stands for a node in traces: of a client machine its first client.
  func endpoint(_ node: Int) -> Endpoint {
    node < replicaCount
      ? Endpoint(ReplicaID(node)) : Endpoint(clients.firstClient(of: node - replicaCount))
  }
}
