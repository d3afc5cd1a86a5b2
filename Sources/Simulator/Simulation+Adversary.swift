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
      if case .crash(_, .unsynced) = behaviour { watchDisk(of: node) }
      if activation.afterRounds == 0 && !activation.waitsForStep {
        schedule(
          layout.control(ControlKind.strike, target: node, argument: rule),
          at: max(now, activation.from.nanoseconds))
      } else {
        add(rule, to: node)
        // Before that instant the condition does not hold; at it, the node may have nothing to do.
        if activation.waitsForStep, activation.from.nanoseconds > now {
          schedule(
            layout.control(
              ControlKind.strike, target: node, argument: rule + FaultRule.atMost),
            at: activation.from.nanoseconds)
        }
      }
      return
    }
    add(rule, to: node)
    if !nodes[node].isByzantine {
      nodes[node].isByzantine = true
      adversary.hasSilentAccomplices = true
      change(node, to: .byzantine)
    }
    // A rule that never strikes says that the replica itself misbehaves, such as a twin.
    if configuration.faults[rule].probability == 0 { accuse(node) }
  }

  /// From here on remembers what is on the node's disk whenever it sends something.
  private mutating func watchDisk(of node: Int) {
    if synced.isEmpty { synced = Array(repeating: .formatted, count: replicaCount) }
    guard !nodes[node].losesUnsynced else { return }
    nodes[node].losesUnsynced = true
    synced[node] = durables[node]
  }

  /// A Byzantine rule had an effect: counts it, and tells who lied.
  private mutating func strike(by rule: Int, of node: Int) {
    adversary.strikes[rule] += 1
    accuse(node)
    guard configuration.faults[rule].behaviour.borrowsKeys, adversary.hasSilentAccomplices else {
      return
    }
    for accomplice in 0..<replicaCount where nodes[accomplice].isByzantine { accuse(accomplice) }
    adversary.hasSilentAccomplices = false
  }

  private mutating func accuse(_ node: Int) {
    guard !nodes[node].hasLied else { return }
    nodes[node].hasLied = true
    guard P.isEnabled else { return }
    probe.changed(ReplicaID(node), to: .lying, at: VirtualTime(nanoseconds: now))
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
    guard harness.settling.stage == .notBegun else { return }
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
      } else if fault.activation.afterRounds == round, fault.activation.waitsForStep {
        reconsiderFaults()
      }
    }
  }

  /// A node crashes or pauses.
  ///
  /// Assumption: a job in progress at a crash counts as done; its messages still leave. Only a crash
  /// whose disk is torn ends a job in its middle.
  mutating func onStrike(of rule: Int, at node: Int) {
    guard harness.settling.stage == .notBegun else { return }
    guard rule < FaultRule.atMost else {
      noteTurn(of: node)
      return
    }
    switch configuration.faults[rule].behaviour {
    case .pause(let span):
      guard !nodes[node].isDown else { return }
      adversary.strikes[rule] += 1
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
    case .crash(let downFor, let disk):
      guard !nodes[node].isDown else { return }
      adversary.strikes[rule] += 1
      stop(node)
      if disk == .unsynced { durables[node] = synced[node] }
      if let downFor {
        schedule(
          layout.control(ControlKind.restart, target: node, argument: rule),
          at: now + downFor.nanoseconds)
      }
    default:
      break
    }
  }

  /// Stops a node: what it had in memory and what waits for it is lost.
  mutating func stop(_ node: Int) {
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
  }

  /// A node comes back with what its disk holds.
  mutating func onRestart(of rule: Int, at node: Int) {
    guard nodes[node].isDown, case .crash(_, let disk) = configuration.faults[rule].behaviour
    else { return }
    restart(node, disk: disk)
  }

  /// Starts a node that is down.
  mutating func restart(_ node: Int, disk: Disk) {
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
    change(
      node, to: disk == .lost ? .amnesiac : disk == .unsynced ? .rolledBack : .restarted)
    enqueue(InboxEntry(InboxEntry.Kind.restarted, value: 0, generation: 0), at: node)
  }

  /// Keeps where a replica stands.
  mutating func noteStanding(of node: Int) {
    nodes[node].standing = Self.standing(of: &replicas[node])
  }

  /// Takes the replica as `inout`, because to read a property of an array's element copies the
  /// element, which retains all that a replica has.
  private static func standing(of replica: inout R) -> Standing { replica.standing }

  /// Lets crashes and pauses strike whose condition became true without a step of their nodes.
  mutating func reconsiderFaults() {
    for node in 0..<replicaCount where nodes[node].rules != 0 { noteTurn(of: node) }
  }

  /// Counts the turns of a faulty node as leader, and lets crashes strike that waited for its role.
  mutating func noteTurn(of node: Int) {
    guard !nodes[node].isDown else { return }
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
  private mutating func isStruck(
    _ rule: Int, by node: Int, to recipient: Endpoint, _ fingerprint: UInt64
  ) -> Bool {
    let probability = configuration.faults[rule].probability
    guard probability < 1 else { return true }
    let key = mix(UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node))
    var draw = seed.draw(
      .fault, key, mix(distinct(fingerprint, under: key, to: recipient), recipient.word),
      UInt64(bitPattern: now))
    return draw.chance(probability)
  }

  /// The fingerprint of a copy for a draw: equal copies of one instant have draws of their own.
  private mutating func distinct(
    _ fingerprint: UInt64, under key: UInt64, to recipient: Endpoint
  ) -> UInt64 {
    let ordinal = repetitions.unicast(
      mix(mix(0xFA_17, key), fingerprint), to: recipient.word, at: now)
    return ordinal == 0 ? fingerprint : mix(fingerprint, ordinal)
  }

  /// How long one copy is held back.
  private mutating func hold(
    _ ruling: Ruling, _ fingerprint: UInt64, from node: Int, to recipient: Endpoint
  ) -> Int64 {
    var hold = ruling.hold
    guard ruling.delayingRules != 0 else { return hold }
    for rule in configuration.faults.indices where ruling.delayingRules >> UInt64(rule) & 1 == 1 {
      guard case .delay(let law) = configuration.faults[rule].behaviour else { continue }
      let number = UInt64(truncatingIfNeeded: rule)
      let key = mix(number, 0xDE_1A_0000 &+ UInt64(truncatingIfNeeded: node))
      var draw = seed.draw(
        .fault, mix(distinct(fingerprint, under: key, to: recipient), recipient.word), number,
        UInt64(bitPattern: now))
      hold = later(hold, law.sample(&draw).nanoseconds)
    }
    return hold
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
        strike(by: rule, of: node)
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
    guard let shipment = ship(message, from: node, as: sender, to: recipient) else { return }
    if ruling.isDropped {
      meter.sent(kind: shipment.kind, bytes: shipment.bytes, copies: 1)
      arena.retain(shipment.slot)
      drop(shipment.slot, to: target, because: .adversary)
    } else {
      for copy in 0...ruling.extraCopies {
        let hold = hold(ruling, original.fingerprint, from: node, to: recipient)
        launch(shipment.copy(copy), to: target, leaving: instant, hold: hold)
      }
    }
    finish(shipment)
    if ruling.inventingRule >= 0 {
      invent(like: original, from: node, to: recipient, target, instant, by: ruling.inventingRule)
    }
    if ruling.replayingRule >= 0 {
      replay(after: original, from: node, to: recipient, target, instant, ruling.replayingRule)
    }
  }

  /// Sends an old message of the node again.
  private mutating func replay(
    after original: R.Message, from node: Int, to recipient: Endpoint, _ target: Int,
    _ instant: Int64, _ rule: Int
  ) {
    let past = adversary.past[node]
    guard !past.isEmpty else { return }
    let number = UInt64(truncatingIfNeeded: node)
    let fingerprint = distinct(original.fingerprint, under: number, to: recipient)
    var draw = seed.draw(
      .fault, mix(fingerprint, recipient.word), number, UInt64(bitPattern: now))
    let old = past[Int(draw.below(UInt64(truncatingIfNeeded: past.count)))]
    guard
      let shipment = ship(old, from: node, as: Endpoint(ReplicaID(node)), to: recipient)
    else { return }
    strike(by: rule, of: node)
    launch(shipment, to: target, leaving: instant, hold: 0)
    finish(shipment)
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
      let shipment = ship(message, from: node, as: Endpoint(ReplicaID(node)), to: recipient)
    else { return }
    strike(by: rule, of: node)
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
      var hasEffect = true
      switch fault.behaviour {
      case .silent:
        ruling.isDropped = true
      case .delay:
        ruling.delayingRules |= 1 << UInt64(rule)
      case .slow(let span):
        ruling.hold = later(ruling.hold, span.nanoseconds)
      case .forge(let forgery):
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        hasEffect = R.forge(&message, as: forgery, in: &context)
      case .duplicate(let copies):
        ruling.extraCopies += copies
      case .replay:
        ruling.replayingRule = rule
        hasEffect = false
      case .mutate:
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        hasEffect = R.mutate(&message, in: &context)
      case .invent:
        ruling.inventingRule = rule
        hasEffect = false
      case .hold, .crash, .pause:
        hasEffect = false
      }
      if hasEffect { strike(by: rule, of: node) }
    }
    return ruling
  }
}
