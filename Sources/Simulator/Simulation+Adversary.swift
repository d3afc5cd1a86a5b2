import ConsensusCore
import DiscreteEvents

// Faulty nodes: honest machines whose messages pass rules that are data.
extension Simulation {
  /// Gives every rule its nodes before the run begins, and schedules crashes and pauses.
  mutating func appointCulprits() {
    let rules = configuration.faults
    guard !rules.isEmpty else { return }
    var isNamed = [Bool](repeating: false, count: replicaCount)
    for case .replicas(let named) in rules.map(\.culprits) {
      for replica in named { isNamed[replica.index] = true }
    }
    for rule in rules.indices {
      switch rules[rule].culprits {
      case .replicas(let named):
        for replica in named { appoint(replica.index, by: rule) }
      case .random(let count):
        for choice in 0..<count {
          let free = (0..<replicaCount).filter { !isNamed[$0] }
          guard !free.isEmpty else { break }
          let node = free[pick(free.count, rule: rule, turn: choice)]
          isNamed[node] = true
          appoint(node, by: rule)
        }
      case .arrivals:
        break
      }
    }
    takeCensus()
  }

  private func pick(_ count: Int, rule: Int, turn: Int) -> Int {
    var draw = seed.draw(
      .choice, UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: turn))
    return Int(draw.below(UInt64(truncatingIfNeeded: count)))
  }

  private mutating func appoint(_ node: Int, by rule: Int) {
    let behaviour = configuration.faults[rule].behaviour
    let activation = configuration.faults[rule].activation
    guard behaviour.isByzantine else {
      if activation.afterRounds == 0 {
        schedule(
          layout.control(ControlKind.strike, target: node, argument: rule),
          at: max(now, activation.from.nanoseconds))
      } else {
        nodes[node].rules |= 1 << UInt64(rule)
      }
      return
    }
    nodes[node].rules |= 1 << UInt64(rule)
    guard !nodes[node].isByzantine else { return }
    nodes[node].isByzantine = true
    change(node, to: .byzantine)
  }

  private mutating func change(_ node: Int, to condition: NodeCondition) {
    let id = ReplicaID(node)
    if P.isEnabled { probe.changed(id, to: condition, at: VirtualTime(nanoseconds: now)) }
    record(.changed(condition), of: Endpoint(id))
  }

  /// A height was decided: Byzantine nodes arrive, and crashes that waited for it strike.
  mutating func onRound(_ round: Int) {
    for rule in configuration.faults.indices {
      let fault = configuration.faults[rule]
      if case .arrivals(let every) = fault.culprits {
        guard round % every == 0 else { continue }
        let honest = (0..<replicaCount).filter { meter.isMember[$0] && !nodes[$0].isByzantine }
        guard !honest.isEmpty else { continue }
        appoint(honest[pick(honest.count, rule: rule, turn: round)], by: rule)
        takeCensus()
      } else if !fault.behaviour.isByzantine && fault.activation.afterRounds == round {
        for node in 0..<replicaCount where nodes[node].rules >> UInt64(rule) & 1 == 1 {
          schedule(layout.control(ControlKind.strike, target: node, argument: rule), at: now)
        }
      }
    }
  }

  /// A node crashes or pauses.
  ///
  /// Assumption: a job in progress at a crash counts as done; its messages still leave.
  mutating func onStrike(of rule: Int, at node: Int) {
    switch configuration.faults[rule].behaviour {
    case .pause(let span):
      nodes[node].busyUntil = max(nodes[node].busyUntil, now) + span.nanoseconds
    case .crash(let downFor, _):
      guard !nodes[node].isDown else { return }
      nodes[node].isDown = true
      while let entry = nodes[node].inbox.pop() {
        guard entry.kind == InboxEntry.Kind.message else { continue }
        meter.lostInCrash(kind: arena.slots[entry.value].kind)
        arena.release(entry.value)
      }
      for number in 0..<timerCount {
        timers[node * timerCount + number].alarm.cancel()
        timers[node * timerCount + number].generation &+= 1
      }
      change(node, to: .crashed)
      if let downFor {
        schedule(
          layout.control(ControlKind.restart, target: node, argument: rule),
          at: now + downFor.nanoseconds)
      }
    default:
      break
    }
  }

  /// A node comes back with what its disk holds.
  mutating func onRestart(of rule: Int, at node: Int) {
    guard nodes[node].isDown, case .crash(_, let disk) = configuration.faults[rule].behaviour
    else { return }
    nodes[node].isDown = false
    nodes[node].isLeading = false
    nodes[node].incarnation += 1
    replicas[node] = Self.replica(
      node, configuration, keys: keys, incarnation: nodes[node].incarnation)
    if disk == .lost {
      durables[node] = R.Durable()
      if !nodes[node].isByzantine {
        workload?.forgot(ReplicaID(node), at: VirtualTime(nanoseconds: now))
      }
    }
    change(node, to: disk == .lost ? .amnesiac : .restarted)
    enqueue(InboxEntry(InboxEntry.Kind.restarted, value: 0, generation: 0), at: node)
  }

  /// Counts the turns of a faulty node as leader.
  mutating func noteTurn(of node: Int) {
    let leads = replicas[node].standing.leads
    if leads && !nodes[node].isLeading { nodes[node].turns += 1 }
    nodes[node].isLeading = leads
  }

  private func holds(_ rule: Int, for node: Int) -> Bool {
    nodes[node].rules >> UInt64(rule) & 1 == 1
      && adversary.holds(
        rule, now: now, standing: replicas[node].standing, turns: nodes[node].turns,
        test: harness.test, rounds: meter.rounds)
  }

  private func forgeryContext(
    of node: Int, for recipient: Endpoint, rule: Int, fingerprint: UInt64
  ) -> ForgeryContext {
    let id = ReplicaID(node)
    return ForgeryContext(
      replica: id, replicas: replicaCount, recipient: recipient,
      signer: Signer(endpoint: Endpoint(id), keys: keys), verifier: verifier,
      standing: replicas[node].standing,
      draw: seed.draw(
        .fault, UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node), fingerprint))
  }

  /// Whether the copy, by its own draw, is one that the rule strikes.
  private func isStruck(
    _ rule: Int, by node: Int, to recipient: Endpoint, _ fingerprint: UInt64
  ) -> Bool {
    let probability = configuration.faults[rule].probability
    guard probability < 1 else { return true }
    var draw = seed.draw(
      .fault, mix(UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node)),
      mix(fingerprint, recipient.word), UInt64(bitPattern: now))
    return draw.chance(probability)
  }

  /// Lets a faulty node answer a message in place of the honest code.
  ///
  /// The job costs receiving the message and sending the answers, and nothing else.
  mutating func deceive(on slot: Int, at node: Int) -> Bool {
    let message = arena.messages[slot]
    let sender = arena.slots[slot].from
    let fingerprint = arena.slots[slot].fingerprint
    for rule in configuration.faults.indices {
      let deception: Deception
      switch configuration.faults[rule].behaviour {
      case .forge(.tamper): deception = .tamper
      case .hold: deception = .hold
      default: continue
      }
      guard holds(rule, for: node), configuration.faults[rule].kinds.covers(message.kind),
        configuration.faults[rule].recipients.covers(sender),
        isStruck(rule, by: node, to: sender, fingerprint)
      else { continue }
      var context = forgeryContext(of: node, for: sender, rule: rule, fingerprint: fingerprint)
      if let deceits = R.deceive(on: message, from: sender, as: deception, in: &context) {
        for deceit in deceits { effects.send(deceit.message, to: deceit.recipients) }
        return true
      }
    }
    return false
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
    var copy: Int64 = 0
    for recipient in recipients {
      copy += 1
      guard let target = self.node(of: recipient) else { continue }
      let instant = leaving(send, copy, cost, scale)
      transmitFaultyCopy(of: send.message, from: node, to: recipient, target, leaving: instant)
    }
    if configuration.faults.contains(where: { $0.behaviour == .replay }) {
      adversary.remember(send.message, of: node, number: send.message.fingerprint)
    }
  }

  private mutating func transmitFaultyCopy(
    of original: R.Message, from node: Int, to recipient: Endpoint, _ target: Int,
    leaving instant: Int64
  ) {
    var message = original
    let ruling = rule(on: &message, from: node, to: recipient)
    let sender = Endpoint(ReplicaID(node))
    guard let shipment = ship(message, from: node, as: sender) else { return }
    if ruling.isDropped {
      meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: 1)
      arena.retain(shipment.slot)
      drop(shipment.slot, to: target, because: .adversary)
    } else {
      for _ in 0...ruling.extraCopies {
        launch(shipment, to: target, leaving: instant, hold: ruling.hold)
      }
    }
    finish(shipment)
    guard ruling.replays, !adversary.past[node].isEmpty else { return }
    let past = adversary.past[node]
    var draw = seed.draw(
      .fault, mix(original.fingerprint, recipient.word), UInt64(truncatingIfNeeded: node),
      UInt64(bitPattern: now))
    let old = past[Int(draw.below(UInt64(truncatingIfNeeded: past.count)))]
    guard let replay = ship(old, from: node, as: sender) else { return }
    launch(replay, to: target, leaving: instant, hold: 0)
    finish(replay)
  }

  /// Applies all rules of a node to one copy, in order.
  private mutating func rule(
    on message: inout R.Message, from node: Int, to recipient: Endpoint
  ) -> Ruling {
    var ruling = Ruling()
    let kind = message.kind
    let fingerprint = message.fingerprint
    for rule in configuration.faults.indices where holds(rule, for: node) {
      let fault = configuration.faults[rule]
      guard fault.kinds.covers(kind), fault.recipients.covers(recipient),
        isStruck(rule, by: node, to: recipient, fingerprint)
      else { continue }
      switch fault.behaviour {
      case .silent:
        ruling.isDropped = true
      case .delay(let law):
        var draw = seed.draw(
          .fault, mix(fingerprint, recipient.word), UInt64(truncatingIfNeeded: rule),
          UInt64(bitPattern: now))
        ruling.hold += law.sample(&draw).nanoseconds
      case .slow(let span):
        ruling.hold += span.nanoseconds
      case .forge(let forgery):
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        _ = R.forge(&message, as: forgery, in: &context)
      case .duplicate(let copies):
        ruling.extraCopies += copies
      case .replay:
        ruling.replays = true
      case .hold, .crash, .pause:
        break
      }
    }
    return ruling
  }
}
