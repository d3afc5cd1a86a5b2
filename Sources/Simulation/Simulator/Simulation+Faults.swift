import ConsensusCore
import DiscreteEvents

// Nodes that become faulty, stop and come back: what ``FaultInjector`` decides is carried out.
extension Simulation {
  /// What the conditions of rules are compared with now.
  var faultMoment: FaultMoment {
    FaultMoment(now: now, test: harness.test, rounds: meter.rounds)
  }

  /// Gives every rule its nodes before the run begins, and schedules crashes and pauses.
  mutating func appointCulprits() {
    guard hasFaults else { return }
    injector.appointCulprits()
    followFaultOrders()
    takeCensus()
  }

  /// Does what the last decisions of the injector ask for.
  mutating func followFaultOrders() {
    while let order = injector.takeOrder() {
      switch order {
      case .noteStanding(let node):
        noteStanding(of: node)
      case .noteDisk(let node):
        injector.synced[node] = durables[node]
      case .strike(let rule, let node, let instant):
        schedule(layout.control(.strike, target: node, argument: rule), at: instant)
      case .reportByzantine(let node):
        change(node, to: .byzantine)
      case .reportLiar(let node):
        guard P.isEnabled else { continue }
        probe.changed(ReplicaID(node), to: .lying, at: now)
      case .takeCensus:
        takeCensus()
      case .reconsider:
        reconsiderFaults()
      }
    }
  }

  private mutating func change(_ node: Int, to condition: NodeCondition) {
    let id = ReplicaID(node)
    if P.isEnabled { probe.changed(id, to: condition, at: now) }
    record(.changed(condition), of: Endpoint(id))
  }

  /// A height was decided: Byzantine nodes arrive, and crashes that waited for it strike.
  mutating func onRound() {
    guard harness.settling.stage == .notBegun else { return }
    for rule in injector.rules.indices {
      injector.onRound(for: rule, at: faultMoment, isMember: meter.isMember)
      followFaultOrders()
    }
  }

  // MARK: Roles

  /// Keeps where a replica stands.
  mutating func noteStanding(of node: Int) {
    injector.nodes[node].standing = Self.standing(of: &replicas[node])
  }

  /// Takes the replica as `inout`, because to read a property of an array's element copies the
  /// element, which retains all that a replica has.
  private static func standing(of replica: inout R) -> Standing { replica.standing }

  /// Lets crashes and pauses strike whose condition became true without a step of their nodes.
  mutating func reconsiderFaults() {
    for node in 0..<replicaCount where injector.isFaulty(node) { noteTurn(of: node) }
  }

  /// Counts the turns of a faulty node as leader, and lets crashes strike that waited for its role.
  mutating func noteTurn(of node: Int) {
    guard !nodes[node].isDown else { return }
    noteStanding(of: node)
    injector.noteTurn(of: node, at: faultMoment)
    followFaultOrders()
  }

  // MARK: Crashes and pauses

  /// A node crashes or pauses.
  ///
  /// Assumption: a job in progress at a crash counts as done; its messages still leave. Only a crash
  /// whose disk is torn ends a job in its middle.
  mutating func onStrike(of rule: Int, at node: Int) {
    guard harness.settling.stage == .notBegun, !nodes[node].isDown else { return }
    guard rule < FaultRule.atMost else {
      noteTurn(of: node)
      return
    }
    switch injector.stop(by: rule, of: node) {
    case .none: followFaultOrders()
    case .pause(let span):
      nodes[node].pause(for: span, at: now)
    case .crash: crash(node, by: rule)
    }
  }

  /// Stops a node and loses what it had in memory.
  mutating func crash(_ node: Int, by rule: Int) {
    guard !nodes[node].isDown, let outage = injector.rules[rule].behaviour.outage else { return }
    injector.strikes[rule] += 1
    stop(node)
    if outage.disk == .unsynced { durables[node] = injector.synced[node] }
    if let span = outage.downFor {
      schedule(layout.control(.restart, target: node, argument: rule), at: now + span)
    }
  }

  /// Stops a node: what it had in memory and what waits for it is lost.
  mutating func stop(_ node: Int) {
    nodes[node].isDown = true
    injector.nodes[node].tearingRule = -1
    while let entry = nodes[node].inbox.pop() {
      guard entry.kind == .message else { continue }
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
    guard nodes[node].isDown, let disk = injector.rules[rule].behaviour.outage?.disk else { return }
    restart(node, disk: disk)
  }

  /// Starts a node that is down.
  mutating func restart(_ node: Int, disk: Disk) {
    nodes[node].isDown = false
    injector.nodes[node].isLeading = false
    nodes[node].incarnation += 1
    replicas[node] = Self.replica(
      node, configuration, keys: keys, incarnation: nodes[node].incarnation)
    noteStanding(of: node)
    if disk == .lost {
      durables[node] = R.Durable()
      if !injector.nodes[node].isByzantine {
        workload?.forgot(ReplicaID(node), at: now)
      }
    }
    change(
      node, to: disk == .lost ? .amnesiac : disk == .unsynced ? .rolledBack : .restarted)
    enqueue(InboxEntry(.restarted, value: 0, generation: 0), at: node)
  }
}
