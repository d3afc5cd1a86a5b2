import DiscreteEvents
import Experiments
import Notation
import RunPlans
import Testing

@Suite("Series of intervals beside the results of a run")
struct RecordedRunTests {
  private static func scenario(
    _ lines: String, subject: String = "pbft", schedule: String = "{ duration: 2 s }"
  ) throws -> Scenario {
    let network = lines.contains("network:") ? "" : "network: { latency: 5 ms }\n"
    return try Scenario(
      SourceFile(
        name: "x.yaml",
        text: "name: x\nmeasure: metrics\nseries: [{ protocol: \(subject) }]\n"
          + "schedule: \(schedule)\n\(network)\(lines)\n"),
      directory: "", settings: [], seed: nil)
  }

  private static func results(_ scenario: Scenario) async -> [RunResult] {
    await Runner(workers: 1).run(scenario) { _, _ in }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var subjects = ["pbft", "sc-pbft", "raft"]
    var schedule = "{ duration: 2 s }"
    let lines: String
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "a closed loop", lines: ""),
    Case(name: "a warm-up", schedule: "{ warmup: 700 ms, duration: 1 s }", lines: ""),
    Case(name: "an open loop", lines: "clients: { rate: 300 /s }"),
    Case(
      name: "tests with pauses, whose last requests are abandoned",
      schedule: "{ tests: 3, window: 300 ms, interval: 700 ms }",
      lines: "clients: { connections: 3, timeout: 900 ms }\n"
        + "faults: [{ nodes: [0, 1], behaviour: crash, from: 200 ms, down-for: 600 ms }]"),
    Case(
      name: "windows that touch", schedule: "{ tests: 4, window: 300 ms, interval: 300 ms }",
      lines: "clients: { connections: 2, timeout: 200 ms }\n"
        + "faults: [{ nodes: [0], behaviour: crash, from: 500 ms, down-for: 300 ms }]"),
    Case(
      name: "a crash of who leads", schedule: "{ duration: 6 s }",
      lines: "faults: [{ nodes: [0, 1, 2, 3], behaviour: crash, as-primary: true, from: 2 s, "
        + "until: 3 s, down-for: 1 s }]\npbft: { view-timeout: 300 ms, retransmission: 200 ms }"),
    Case(
      name: "a partition", schedule: "{ duration: 6 s }",
      lines: "network: { latency: 5 ms, events: [{ at: 1 s, until: 3 s, "
        + "partition: [[0, 1, clients], [2, 3]] }] }\nclients: { timeout: 1 s }"),
    Case(name: "an end after blocks", schedule: "{ blocks: 40, time-limit: 100 s }", lines: ""),
    Case(
      name: "a demand for progress", schedule: "{ heal-at: 800 ms, within: 20 s }",
      lines: "faults: [{ nodes: [0], behaviour: crash, from: 200 ms, down-for: 300 ms }]"),
    Case(
      name: "proof of work", subjects: ["pow"], schedule: "{ duration: 60 s }",
      lines: "pow: { difficulty-bits: 12 }"),
  ]

  @Test("Every request is counted once, and the run is the same", arguments: cases)
  func sums(_ example: Case) async throws {
    for subject in example.subjects {
      let lines = example.lines.split(separator: "\n", omittingEmptySubsequences: true)
        .filter { subject.hasSuffix("pbft") || !$0.hasPrefix("pbft:") }.joined(separator: "\n")
      func runs(_ record: String) async throws -> [RunResult] {
        await Self.results(
          try Self.scenario(
            "repeat: 3\nexpect: { fulfilled: may-break }\n\(record)\n\(lines)",
            subject: subject, schedule: example.schedule))
      }
      let plain = try await runs("")
      let recorded = try await runs("record: { every: 130 ms, latencies: true }")
      for (before, after) in zip(plain, recorded) {
        Self.check(before, after, subject)
      }
      #expect(recorded.contains { $0.requests.issued > 0 })
    }
  }

  private static func check(_ before: RunResult, _ run: RunResult, _ subject: String) {
    #expect(before.digest == run.digest, "\(subject)")
    #expect(before.events == run.events)
    #expect(before.series.isEmpty)
    #expect(before.requests == run.requests)
    #expect(before.usage == run.usage)
    func sum(_ part: (RunInterval) -> Int) -> Int { run.series.reduce(0) { $0 + part($1) } }
    #expect(sum(\.requests.issued) == run.requests.issued)
    #expect(sum(\.requests.accepted) == run.requests.accepted)
    #expect(sum(\.requests.bogus) == run.requests.bogus)
    #expect(sum(\.requests.declined) == run.requests.declined)
    #expect(sum(\.requests.betweenTests) == run.requests.betweenTests)
    #expect(sum(\.abandoned) + (run.series.last?.requests.inFlight ?? 0) == run.requests.inFlight)
    #expect(sum(\.blocks) == run.blocks)
    #expect(run.series.allSatisfy { $0.requests.inFlight >= 0 })
    // Latencies are those of the requests that are counted as accepted.
    #expect(
      run.series.allSatisfy { ($0.requests.accepted == 0) == ($0.percentile99Latency == nil) })
    let recorded = run.series.reduce(0) {
      $0 + ($1.meanLatency ?? 0) * Double($1.requests.accepted)
    }
    let measured = run.tests.flatMap(\.latencies).reduce(0) { $0 + Double($1) }
    #expect(abs(recorded - measured) <= 1e-9 * max(1, measured))
    #expect(run.series.first?.start == .zero)
    #expect(run.series.last?.end == run.end)
    for (left, right) in zip(run.series, run.series.dropFirst()) {
      #expect(left.end == right.start)
      #expect(left.end - left.start == .milliseconds(130))
    }
    for node in run.usage.indices {
      let busy = run.series.reduce(Int64(0)) { $0 + $1.nodes[node].usage.processor.nanoseconds }
      #expect(busy == run.usage[node].processor.nanoseconds)
    }
  }
}
