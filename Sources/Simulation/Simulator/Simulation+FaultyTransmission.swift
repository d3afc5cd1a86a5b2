import ConsensusCore
import DiscreteEvents

/// A copy that the honest code of a faulty node sends.
private struct IntendedCopy<Message> {
  let message: Message
  let node: Int
  let recipient: Endpoint
  /// The machine of the recipient.
  let target: Int
  /// When the copy leaves the processor.
  let instant: VirtualTime

  var sender: Endpoint { Endpoint(ReplicaID(node)) }
}

// The messages of faulty nodes: what ``FaultInjector`` decides about each copy is carried out.
extension Simulation {
  /// Lets a faulty node handle a message in place of the honest code; returns whether it did.
  ///
  /// The job costs receiving the message and sending what the node makes up, and nothing more.
  mutating func answerFalsely(_ slot: Int, at node: Int) -> Bool {
    let envelope = arena.slots[slot]
    guard
      let answers = injector.answers(
        on: arena.messages[slot], from: envelope.from, fingerprint: envelope.fingerprint,
        at: node, faultMoment)
    else { return false }
    followFaultOrders()
    for answer in answers { effects.send(answer.message, to: answer.recipients) }
    return true
  }

  /// Sends one message of a faulty node, copy by copy.
  mutating func transmitFaulty(_ send: Effects<R>.Send, from node: Int, scale: Ratio) {
    var recipients: [Endpoint] = []
    var cost = Work.send
    switch send.recipients {
    case .others:
      for index in 0..<replicaCount where index != node {
        recipients.append(Endpoint(ReplicaID(index)))
      }
    case .members(let members):
      members.forEach { if $0.index != node { recipients.append(Endpoint($0)) } }
    case .one(let endpoint):
      recipients = [endpoint]
      if endpoint.rawValue < 0 { cost = .reply }
    }
    let exempt = injector.countMessage(kind: send.message.kind, of: node, at: faultMoment)
    followFaultOrders()
    var copy: Int64 = 0
    for recipient in recipients {
      copy += 1
      guard let target = self.node(of: recipient) else { continue }
      transmit(
        IntendedCopy(
          message: send.message, node: node, recipient: recipient, target: target,
          instant: leaving(send, copy, cost, scale)),
        without: exempt)
    }
    injector.remember(send.message, of: node)
  }

  private mutating func transmit(_ copy: IntendedCopy<R.Message>, without exempt: UInt64) {
    var message = copy.message
    let ruling = injector.rule(
      on: &message, from: copy.node, to: copy.recipient, without: exempt, at: faultMoment)
    followFaultOrders()
    guard let shipment = ship(message, from: copy.node, as: copy.sender, to: copy.recipient)
    else { return }
    if ruling.isDropped {
      meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: 1)
      arena.retain(shipment.slot)
      drop(shipment.slot, to: copy.target, because: .adversary)
    } else {
      for number in 0...ruling.extraCopies {
        let hold = injector.hold(
          ruling, copy.message.fingerprint, from: copy.node, to: copy.recipient,
          at: now)
        launch(
          shipment.copy(number), to: copy.target, leaving: copy.instant, hold: hold)
      }
    }
    finish(shipment)
    if ruling.inventingRule >= 0 { invent(besides: copy, by: ruling.inventingRule) }
    if ruling.replayingRule >= 0 { replay(besides: copy, by: ruling.replayingRule) }
  }

  /// Sends an old message of the node again.
  private mutating func replay(besides copy: IntendedCopy<R.Message>, by rule: Int) {
    let message = injector.oldMessage(
      after: copy.message, of: copy.node, for: copy.recipient, at: now)
    guard let message else { return }
    transmit(message, besides: copy, by: rule)
  }

  /// Sends a message that the node made up.
  private mutating func invent(besides copy: IntendedCopy<R.Message>, by rule: Int) {
    guard copy.target < replicaCount,
      let message = injector.invention(
        like: copy.message, of: copy.node, for: copy.recipient, by: rule,
        at: now)
    else { return }
    transmit(message, besides: copy, by: rule)
  }

  private mutating func transmit(
    _ message: R.Message, besides copy: IntendedCopy<R.Message>, by rule: Int
  ) {
    guard let shipment = ship(message, from: copy.node, as: copy.sender, to: copy.recipient)
    else { return }
    injector.noteStrike(by: rule, of: copy.node)
    followFaultOrders()
    launch(shipment, to: copy.target, leaving: copy.instant, hold: .zero)
    finish(shipment)
  }
}
