import ConsensusCore
import DiscreteEvents

// The schedule: when tests open and close, when the lead is rotated, when the run is over.
extension Simulation {
  /// Schedules what is known before the first event, in the order that breaks ties at time 0.
  mutating func begin() {
    if P.isEnabled {
      let losesWrites = configuration.faults.contains { rule in
        if case .crash(_, .unsynced) = rule.behaviour { true } else { false }
      }
      probe.begin(
        ProbeSetting(replicas: replicaCount, verifier: verifier, losesWrites: losesWrites))
    }
    appointCulprits()
    recorder.begin()
    for node in 0..<replicaCount where replicas[node].standing.leads {
      meter.begins(under: ReplicaID(node), in: replicas[node].standing.view)
    }
    for node in 0..<replicaCount {
      schedule(layout.control(.start, target: node, argument: 0), at: .zero)
    }
    createClients()
    scheduleHarness(.open, at: .zero)
    if case .window(let warmup, let duration) = configuration.schedule {
      let start = VirtualTime.zero + warmup
      harness.opensAt = .zero
      harness.windowEnd = start + duration
      scheduleHarness(.finish, at: harness.windowEnd)
      if warmup > .zero { scheduleHarness(.rotate, at: start) }
    }
    if hasWorkload { startParties() }
  }

  mutating func scheduleHarness(_ step: HarnessStep, at instant: VirtualTime) {
    schedule(
      layout.control(.harness, target: 0, argument: Int(step.rawValue)), at: instant)
  }

  mutating func onHarness(_ step: HarnessStep) {
    switch step {
    case .open: open()
    case .close: close()
    case .rotate:
      if case .window = configuration.schedule { beginTest() } else { rotate() }
    case .look: lookAtGroup()
    case .handOver: handOver()
    case .finish: endHealing()
    }
  }

  /// Commands a rotation at all replicas, and again, until the faults are over.
  private mutating func handOver() {
    guard case .healing(let plan) = configuration.schedule, let period = plan.rotation,
      now < plan.at
    else { return }
    for node in 0..<replicaCount where !nodes[node].isDown {
      enqueue(InboxEntry(.rotate, value: 0, generation: 0), at: node)
    }
    scheduleHarness(.handOver, at: now + max(VirtualDuration(nanoseconds: 1), period))
  }

  private mutating func open() {
    switch configuration.schedule {
    case .window(let warmup, _):
      if warmup == .zero { beginTest() }
    case .blocks:
      harness.opensAt = now
      beginTest()
    case .healing(let plan):
      harness.opensAt = now
      harness.windowEnd = .distantFuture
      harness.served = Array(repeating: 0, count: clients.states.count)
      harness.unserved = clients.states.count {
        clients.machines[$0.machine].model.attack == nil
      }
      scheduleHarness(.finish, at: plan.at + plan.within)
      if let period = plan.rotation {
        scheduleHarness(.handOver, at: max(VirtualTime(nanoseconds: 1), .zero + period))
      }
      beginTest()
    case .tests(let plan):
      harness.opensAt = now
      switch plan.ending {
      case .window(let window, let rotationDelay, let interval):
        harness.windowEnd = now + window
        scheduleHarness(.close, at: harness.windowEnd)
        if let rotationDelay {
          scheduleHarness(.rotate, at: harness.windowEnd + rotationDelay)
        }
        let isLast = harness.test + 1 >= plan.tests
        scheduleHarness(
          isLast ? .finish : .open, at: now + interval)
      case .firstRequests(let count, _):
        harness.windowEnd = .distantFuture
        harness.quota = count
      }
      beginTest()
    }
    openClients()
  }

  private mutating func beginTest() {
    harness.test += 1
    harness.windowStart = now
    harness.issued = 0
    harness.accepted = 0
    harness.views = (0..<replicaCount).map { replicas[$0].standing.view }
    var primary: Int?
    for node in 0..<replicaCount where !nodes[node].isDown && replicas[node].standing.leads {
      if primary.map({ harness.views[node] > harness.views[$0] }) ?? true { primary = node }
    }
    meter.tests.append(
      TestResult(
        number: harness.test, start: now, end: harness.windowEnd,
        primary: primary.map { ReplicaID($0) }, view: primary.map { harness.views[$0] } ?? 0))
    record(.testBegan(number: harness.test), of: Endpoint(ReplicaID(0)))
    if hasFaults { reconsiderFaults() }
  }

  private mutating func close() {
    harness.windowEnd = min(harness.windowEnd, now)
    harness.closedTests += 1
    meter.tests[meter.tests.count - 1].end = now
    record(.testEnded(number: harness.test), of: Endpoint(ReplicaID(0)))
  }

  /// Commands a rotation at the replicas whose view has not moved since the test began.
  private mutating func rotate() {
    for node in 0..<replicaCount
    where !nodes[node].isDown && replicas[node].standing.view == harness.views[node] {
      enqueue(InboxEntry(.rotate, value: 0, generation: 0), at: node)
    }
  }

  /// A request of test `test` was accepted: a test that waits for the first requests may be over.
  mutating func noteAcceptance(inTest test: Int) {
    guard test == harness.test, case .tests(let plan) = harness.schedule,
      case .firstRequests(let count, let pause) = plan.ending
    else { return }
    harness.accepted += 1
    guard harness.accepted == count else { return }
    close()
    if harness.test >= plan.tests {
      stopReason = .scheduleEnded
    } else {
      scheduleHarness(.open, at: now + pause)
    }
  }

  /// A request of test `test` was declined: where a test waits for a number of accepted requests,
  /// another one may be issued in its place.
  mutating func noteDecline(inTest test: Int) {
    guard test == harness.test, harness.quota < .max else { return }
    harness.issued -= 1
    for machine in clients.machines.indices { schedulePoissonArrival(at: machine) }
    for party in 0..<parties.count { serveSubmissions(of: party) }
  }

  /// A request was accepted: with the last one that was demanded, the run is over.
  @inline(__always)
  mutating func noteHealing(_ client: ClientID) {
    guard case .healing(let plan) = harness.schedule, now >= plan.at,
      client.index < harness.served.count,
      clients.machines[clients.states[client.index].machine].model.attack == nil
    else { return }
    harness.served[client.index] += 1
    guard harness.served[client.index] == plan.requests else { return }
    harness.unserved -= 1
    guard harness.unserved == 0, harness.settling.stage == .notBegun else { return }
    if let settling = plan.settling {
      beginSettling(settling)
    } else {
      stopReason = .scheduleEnded
    }
  }

  /// Says which clients were promised progress and did not see it.
  mutating func judgeHealing() {
    guard case .healing(let plan) = harness.schedule, harness.unserved > 0, !harness.isStranded,
      stopReason == .scheduleEnded || stopReason == .idle
    else { return }
    let waiting = harness.served.indices.filter {
      harness.served[$0] < plan.requests
        && clients.machines[clients.states[$0].machine].model.attack == nil
    }
    harness.violations.append(
      Violation(
        invariant: plan.invariant, replica: nil, time: now,
        detail: "\(plan.within.inMilliseconds) after the last fault was healed "
          + waiting.map { "c\($0)" }.joined(separator: ", ")
          + " had not been served"))
  }

  /// Notes what an honest replica achieved.
  mutating func note(_ milestone: Milestone, by replica: ReplicaID) {
    switch milestone {
    case .decided(let height, _, let transactions, let isOrdinary):
      noteDecision(height: height, transactions: transactions, isOrdinary: isOrdinary)
    case .executed(let client, let timestamp, let result):
      guard client.index < clients.states.count else { return }
      meter.executed(
        timestamp, result: result, lastRecord: clients.states[client.index].record, by: 1)
      if hasWorkload {
        tellWorkload(client: client, timestamp: timestamp, result: result, by: replica)
      }
    case .undone(let client, let timestamp):
      guard client.index < clients.states.count else { return }
      meter.executed(
        timestamp, result: nil, lastRecord: clients.states[client.index].record, by: -1)
      if hasWorkload {
        tellWorkload(client: client, timestamp: timestamp, result: nil, by: replica)
      }
    case .membership(let members):
      noteMembership(members)
    case .leads:
      // Counted for every replica, Byzantine or not.
      break
    }
  }

  private mutating func noteDecision(height: UInt64, transactions: Int, isOrdinary: Bool) {
    guard meter.decided(height: height, isOrdinary: isOrdinary) else { return }
    if isOrdinary, harness.isInWindow(now), !meter.tests.isEmpty {
      meter.tests[meter.tests.count - 1].blocks += 1
      meter.tests[meter.tests.count - 1].transactions += transactions
    }
    if hasFaults { onRound() }
    if case .blocks(let count) = harness.schedule, meter.blocks >= count {
      stopReason = .scheduleEnded
    }
  }

  /// Replicas that are no members any more; members are only ever removed.
  private mutating func noteMembership(_ members: ReplicaSet) {
    var hasChanged = false
    for node in 0..<replicaCount where meter.isMember[node] && !members.contains(ReplicaID(node)) {
      meter.isMember[node] = false
      hasChanged = true
    }
    guard hasChanged else { return }
    clients.follow(members: members.count)
    takeCensus()
  }

  /// Counts the Byzantine members.
  mutating func takeCensus() {
    var byzantine = 0
    var members = 0
    for node in 0..<replicaCount where meter.isMember[node] {
      members += 1
      if injector.nodes[node].isByzantine { byzantine += 1 }
    }
    meter.census.append(
      CensusEntry(
        time: now, rounds: meter.rounds, byzantine: byzantine,
        members: members))
  }
}
