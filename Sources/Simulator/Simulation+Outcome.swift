import ConsensusCore
import DiscreteEvents

// What a run yields.
extension Simulation {
  func outcome() -> Outcome {
    var messages = meter.messages
    countInFlight(&messages)
    return Outcome(
      digest: digest, stopReason: stopReason ?? .idle, end: VirtualTime(nanoseconds: now),
      events: events, messages: messages, tests: testResults(), requests: meter.requests,
      blocks: meter.blocks, rounds: meter.rounds,
      violations: probe.violations + harness.violations + (workload?.violations ?? []),
      census: meter.census,
      byzantine: (0..<replicaCount).filter { nodes[$0].isByzantine }.map { ReplicaID($0) },
      standings: (0..<replicaCount).map { replicas[$0].standing }, largestArena: arena.used,
      partyMessages: parties.counts)
  }

  /// Counts copies in flight from the arena, less those that wait in inboxes and count as delivered.
  private func countInFlight(_ messages: inout [MessageCounts]) {
    var inFlight = [Int](repeating: 0, count: messages.count)
    arena.forEach { inFlight[Int($0.kind)] += Int($0.remaining) }
    for node in 0..<replicaCount {
      nodes[node].inbox.forEach { entry in
        if entry.kind == InboxEntry.Kind.message {
          inFlight[Int(arena.slots[entry.value].kind)] -= 1
        }
      }
    }
    for kind in messages.indices { messages[kind].inFlight = inFlight[kind] }
  }

  private func testResults() -> [TestResult] {
    var tests = meter.tests
    for index in tests.indices where tests[index].end.nanoseconds > now {
      tests[index].end = VirtualTime(nanoseconds: now)
    }
    for request in meter.requests where request.test > 0 && request.test <= tests.count {
      let index = request.test - 1
      tests[index].issued += 1
      switch request.ending {
      case .open: tests[index].abandoned += 1
      case .declined: tests[index].declined += 1
      case .accepted:
        if !request.isInWindow {
          tests[index].late += 1
        } else if request.isCorrect {
          tests[index].accepted += 1
          tests[index].latencies.append(request.latency.nanoseconds)
        } else {
          tests[index].bogus += 1
        }
      }
    }
    return tests
  }
}
