import ConsensusCore
import DiscreteEvents

// What a run yields.
extension Simulation {
  func outcome() -> Outcome {
    var messages = meter.messages
    countInFlight(&messages)
    var account = RequestAccount()
    for request in meter.requests { account.count(request) }
    return Outcome(
      digest: digest, stopReason: stopReason ?? .idle, end: now,
      events: events, messages: messages, tests: testResults(),
      closedTests: harness.closedTests, requests: meter.requests, account: account,
      blocks: meter.blocks, rounds: meter.rounds,
      violations: probe.violations + harness.violations + (workload?.violations ?? []),
      census: meter.census,
      byzantine: (0..<replicaCount).filter { injector.nodes[$0].isByzantine }.map { ReplicaID($0) },
      strikes: injector.strikes,
      standings: (0..<replicaCount).map { replicas[$0].standing }, largestArena: arena.used,
      partyMessages: parties.counts, isSettled: harness.settling.stage == .over,
      isStranded: harness.isStranded, usage: (0..<nodeCount).map { nodes[$0].usage(until: now) },
      elections: meter.elections, leaderChanges: meter.leaderChanges,
      samples: recorder.samples(endingWith: sample(at: now)))
  }

  /// Counts copies in flight from the arena, less those that wait in inboxes and count as delivered.
  private func countInFlight(_ messages: inout [MessageCounts]) {
    var inFlight = [Int](repeating: 0, count: messages.count)
    arena.forEach { inFlight[Int($0.kind)] += Int($0.remaining) }
    for node in 0..<nodeCount {
      nodes[node].inbox.forEach { entry in
        if entry.kind == .message {
          inFlight[Int(arena.slots[entry.value].kind)] -= 1
        }
      }
    }
    for kind in messages.indices { messages[kind].inFlight = inFlight[kind] }
  }

  private func testResults() -> [TestResult] {
    var tests = meter.tests
    for index in tests.indices where tests[index].end > now {
      tests[index].end = now
    }
    for request in meter.requests where request.test > 0 && request.test <= tests.count {
      let index = request.test - 1
      tests[index].requests.count(request)
      if request.ending == .declined { tests[index].declined += 1 }
      if request.isInWindow && request.isCorrect {
        tests[index].latencies.append(request.latency.nanoseconds)
      }
    }
    return tests
  }
}
