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
      if activation.afterRounds == 0 && !activation.waitsForStep {
        schedule(
          layout.control(ControlKind.strike, target: node, argument: rule),
          at: max(now, activation.from.nanoseconds))
      } else {
        add(rule, to: node)
      }
      return
    }
    add(rule, to: node)
    guard !nodes[node].isByzantine else { return }
    nodes[node].isByzantine = true
    change(node, to: .byzantine)
  }

  private mutating func add(_ rule: Int, to node: Int) {
    nodes[node].rules |= 1 << UInt64(rule)
    noteStanding(of: node)
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
      } else if !fault.behaviour.isByzantine && fault.activation.afterRounds == round,
        !fault.activation.waitsForStep
      {
        for node in 0..<replicaCount where nodes[node].rules >> UInt64(rule) & 1 == 1 {
          schedule(layout.control(ControlKind.strike, target: node, argument: rule), at: now)
        }
      }
    }
  }

  /// A node crashes or pauses.
  ///
  /// Assumption: a job in progress at a crash counts as done; its messages still leave. Only a crash
  /// whose disk is torn ends a job in its middle.
  mutating func onStrike(of rule: Int, at node: Int) {
    switch configuration.faults[rule].behaviour {
    case .pause(let span):
      nodes[node].busyUntil = max(nodes[node].busyUntil, now) + span.nanoseconds
    case .crash(_, .torn(let writes)):
      guard !nodes[node].isDown else { return }
      add(rule, to: node)
      nodes[node].tearingRule = Int32(truncatingIfNeeded: rule)
      nodes[node].writesLeft = writes
    case .crash:
      crash(node, by: rule)
    default:
      break
    }
  }

  /// Stops a node and loses what it had in memory.
  mutating func crash(_ node: Int, by rule: Int) {
    switch configuration.faults[rule].behaviour {
    case .crash(let downFor, _):
      guard !nodes[node].isDown else { return }
      nodes[node].isDown = true
      nodes[node].tearingRule = -1
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
    noteStanding(of: node)
    if disk == .lost {
      durables[node] = R.Durable()
      if !nodes[node].isByzantine {
        workload?.forgot(ReplicaID(node), at: VirtualTime(nanoseconds: now))
      }
    }
    change(node, to: disk == .lost ? .amnesiac : .restarted)
    enqueue(InboxEntry(InboxEntry.Kind.restarted, value: 0, generation: 0), at: node)
  }

  /// Keeps where a replica stands.
  mutating func noteStanding(of node: Int) {
    nodes[node].standing = Self.standing(of: &replicas[node])
  }

  /// Takes the replica as `inout`, because to read a property of an array's element copies the
  /// element, which retains all that a replica has.
  private static func standing(of replica: inout R) -> Standing { replica.standing }

  /// Counts the turns of a faulty node as leader, and lets crashes strike that waited for its view.
  mutating func noteTurn(of node: Int) {
    noteStanding(of: node)
    let leads = nodes[node].standing.leads
    if leads && !nodes[node].isLeading { nodes[node].turns += 1 }
    nodes[node].isLeading = leads
    for rule in configuration.faults.indices where holds(rule, for: node) {
      let activation = configuration.faults[rule].activation
      guard !configuration.faults[rule].behaviour.isByzantine, activation.waitsForStep,
        activation.messages == nil
      else { continue }
      strikeOnce(rule, at: node)
    }
  }

  /// Lets a crash or pause strike that waited for a step; it does so once at each node.
  private mutating func strikeOnce(_ rule: Int, at node: Int) {
    guard nodes[node].struck >> UInt64(rule) & 1 == 0 else { return }
    nodes[node].struck |= 1 << UInt64(rule)
    schedule(layout.control(ControlKind.strike, target: node, argument: rule), at: now)
  }

  /// Counts a message of a faulty node for its rules; answers those it is not a matter of.
  private mutating func countMessage(kind: UInt8, of node: Int) -> UInt64 {
    var others: UInt64 = 0
    for rule in configuration.faults.indices
    where configuration.faults[rule].activation.messages != nil && holds(rule, for: node) {
      if !adversary.count(rule, of: node, kind: kind) {
        others |= 1 << UInt64(rule)
      } else if !configuration.faults[rule].behaviour.isByzantine {
        strikeOnce(rule, at: node)
      }
    }
    return others
  }

  private func holds(_ rule: Int, for node: Int) -> Bool {
    nodes[node].rules >> UInt64(rule) & 1 == 1
      && adversary.holds(
        rule, now: now, standing: nodes[node].standing, turns: nodes[node].turns,
        test: harness.test, rounds: meter.rounds)
  }

  private var accomplices: ReplicaSet {
    var set = ReplicaSet()
    for node in 0..<replicaCount where nodes[node].isByzantine { set.insert(ReplicaID(node)) }
    return set
  }

  private func forgeryContext(
    of node: Int, for recipient: Endpoint, rule: Int, fingerprint: UInt64
  ) -> ForgeryContext {
    let id = ReplicaID(node)
    return ForgeryContext(
      replica: id, replicas: replicaCount, recipient: recipient,
      signer: Signer(endpoint: Endpoint(id), keys: keys), verifier: verifier,
      standing: nodes[node].standing,
      draw: seed.draw(
        .fault, UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node), fingerprint),
      accomplices: accomplices, keys: keys)
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
    let exempt = countMessage(kind: send.message.kind, of: node)
    var copy: Int64 = 0
    for recipient in recipients {
      copy += 1
      guard let target = self.node(of: recipient) else { continue }
      let instant = leaving(send, copy, cost, scale)
      transmitFaultyCopy(
        of: send.message, from: node, to: recipient, target, leaving: instant, without: exempt)
    }
    if configuration.faults.contains(where: { $0.behaviour == .replay }) {
      adversary.remember(send.message, of: node, number: send.message.fingerprint)
    }
  }

  private mutating func transmitFaultyCopy(
    of original: R.Message, from node: Int, to recipient: Endpoint, _ target: Int,
    leaving instant: Int64, without exempt: UInt64
  ) {
    var message = original
    let ruling = rule(on: &message, from: node, to: recipient, without: exempt)
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
    if ruling.inventingRule >= 0 {
      invent(like: original, from: node, to: recipient, target, instant, by: ruling.inventingRule)
    }
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

  /// Sends a message that the node made up.
  private mutating func invent(
    like example: R.Message, from node: Int, to recipient: Endpoint, _ target: Int,
    _ instant: Int64, by rule: Int
  ) {
    var context = forgeryContext(
      of: node, for: recipient, rule: rule,
      fingerprint: mix(example.fingerprint, UInt64(bitPattern: now)))
    guard target < replicaCount, let message = R.invent(like: example, in: &context),
      let shipment = ship(message, from: node, as: Endpoint(ReplicaID(node)))
    else { return }
    launch(shipment, to: target, leaving: instant, hold: 0)
    finish(shipment)
  }

  /// Applies all rules of a node to one copy, in order.
  private mutating func rule(
    on message: inout R.Message, from node: Int, to recipient: Endpoint, without exempt: UInt64
  ) -> Ruling {
    var ruling = Ruling()
    let kind = message.kind
    let fingerprint = message.fingerprint
    for rule in configuration.faults.indices where holds(rule, for: node) {
      let fault = configuration.faults[rule]
      guard exempt >> UInt64(rule) & 1 == 0, fault.kinds.covers(kind),
        fault.recipients.covers(recipient), isStruck(rule, by: node, to: recipient, fingerprint)
      else { continue }
      switch fault.behaviour {
      case .silent:
        ruling.isDropped = true
      case .delay(let law):
        var draw = seed.draw(
          .fault, mix(fingerprint, recipient.word), UInt64(truncatingIfNeeded: rule),
          UInt64(bitPattern: now))
        ruling.hold = later(ruling.hold, law.sample(&draw).nanoseconds)
      case .slow(let span):
        ruling.hold = later(ruling.hold, span.nanoseconds)
      case .forge(let forgery):
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        _ = R.forge(&message, as: forgery, in: &context)
      case .duplicate(let copies):
        ruling.extraCopies += copies
      case .replay:
        ruling.replays = true
      case .mutate:
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        _ = R.mutate(&message, in: &context)
      case .invent:
        ruling.inventingRule = rule
      case .hold, .crash, .pause:
        break
      }
    }
    return ruling
  }
}
