import Foundation
import Testing

@testable import Experiments
@testable import Notation
@testable import Tables

/// What the remark on the load says, beside runs.
@Suite("Offered load")
struct OfferedLoadTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios").path

  private func scenario(
    _ series: String, _ lines: String, duration: String = "2 s"
  ) throws -> Scenario {
    try Scenario(
      SourceFile(
        name: "x.yaml",
        text: """
          name: x
          measure: metrics
          series: [{ protocol: \(series) }]
          network: { latency: 1 ms }
          costs: costs/ed25519-grpc.yaml
          schedule: { duration: \(duration) }
          \(lines)

          """),
      directory: Self.directory, settings: [], seed: nil)
  }

  private func remark(_ series: String, _ lines: String) throws -> String? {
    let remarks = try scenario(series, lines).remarks
    #expect(remarks.count <= 1)
    return remarks.first
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let series: String
    /// The rate that the bound allows, rounded down.
    let rate: Int
    var lines = ""
    var testDescription: String { "\(series) \(rate) \(lines)" }
  }

  /// By ed25519-grpc: a request of PBFT takes 127.3 us at each replica, a block 877.3 us more for n = 4; a request of
  /// Raft 127.3 us at the leader, an entry 114.3 us more; taking a request in 122.3 us.
  private static let cases = [
    Case(series: "pbft", rate: 995), Case(series: "sc-pbft", rate: 995),
    Case(series: "raft", rate: 4_139),
    Case(
      series: "pow", rate: 8_176, lines: "pow: { hash-rates: [10 kH/s, 10 kH/s, 10 kH/s, 10 kH/s] }"
    ),
    Case(series: "pbft", rate: 4_650, lines: "pbft: { batch: 10 }"),
    Case(
      series: "pbft", rate: 1_990,
      lines: "nodes: [{ id: 2, service-time: 0.5 }, { service-time: 1 }]"),
    Case(
      series: "pbft", rate: 1_335,
      lines: "faults: [{ nodes: [3], behaviour: silent, messages: [commit] }]"),
  ]

  @Test("The remark comes just above what a processor can do, and not just below", arguments: cases)
  func threshold(_ one: Case) throws {
    #expect(try remark(one.series, "clients: { rate: \(one.rate) /s }\n\(one.lines)") == nil)
    let above = try #require(
      try remark(one.series, "clients: { rate: \(one.rate + 1) /s }\n\(one.lines)"))
    #expect(above.contains("the load is above what a processor can do at 1 of 1 point"))
    #expect(above.contains("\(one.rate + 1) requests a second take at least 100.0 %"), "\(above)")
  }

  private func measured(_ series: String, _ lines: String) async throws -> (
    busy: Double, latency: Double?
  ) {
    let scenario = try scenario(series, lines)
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    let table = Report(scenario, results).files[0].table
    return (
      try #require(table[0, "replica_busy_max"]?.number),
      table[0, "latency_max_ms"]?.number
    )
  }

  @Test(
    "Above, the processor is busy all the time and latency grows; a tenth below it is not",
    arguments: [("pbft", 995), ("raft", 4_139)])
  func runs(series: String, rate: Int) async throws {
    let below = try await measured(series, "clients: { rate: \(rate * 9 / 10) /s }")
    let above = try await measured(series, "clients: { rate: \(rate * 12 / 10) /s }")
    // Poisson arrivals: two standard errors of the number of requests.
    #expect(abs(below.busy - 0.9) < 0.05, "\(below.busy)")
    #expect(above.busy > 0.97, "\(above.busy)")
    let (short, long) = (try #require(below.latency), try #require(above.latency))
    #expect(long > 3 * short && long > 200, "\(short) ms, \(long) ms")
  }

  @Test(
    "It is no false alarm with batches, a faulty replica, or a protocol that only takes requests in",
    arguments: [
      Case(series: "pbft", rate: 5_100, lines: "pbft: { batch: 10 }"),
      Case(
        series: "pbft", rate: 1_470,
        lines: "faults: [{ nodes: [3], behaviour: silent, messages: [commit] }]"),
      Case(
        series: "pow", rate: 9_000,
        lines: "pow: { hash-rates: [10 kH/s, 10 kH/s, 10 kH/s, 10 kH/s] }"),
    ])
  func noFalseAlarm(_ one: Case) async throws {
    let lines = "clients: { rate: \(one.rate) /s }\n\(one.lines)"
    #expect(try remark(one.series, lines) != nil)
    #expect(try await measured(one.series, lines).busy > 0.97)
  }

  @Test("The remark names how many points there are, the first, and what a request takes")
  func text() throws {
    let remark = try remark(
      "pbft",
      "sweep: { replicas: [4, 7, 10] }\npbft: { batch: 10 }\nclients: { rate: 3400 /s }")
    #expect(
      remark
        == "warning: the load is above what a processor can do at 2 of 3 points, first at PBFT, "
        + "replicas = 7: 3400 requests a second take at least 100.2 % of the fastest replica's "
        + "processor, each at least 294.9 us in blocks of 10, 1803.8 us in blocks of one; they wait "
        + "ever longer")
  }

  @Test(
    "No rate, no prices, liars alone and tests that end by themselves have no remark",
    arguments: [
      "clients: { connections: 1000 }", "clients: { rate: 10000 /s }\ncosts: free",
      "clients: [{ connections: 1 }, { rate: 10000 /s, deceit: bad-signatures }]",
    ])
  func silent(lines: String) throws {
    let scenario = try Scenario(
      SourceFile(
        name: "x.yaml",
        text:
          "name: x\nmeasure: metrics\nseries: [{ protocol: pbft }]\nnetwork: { latency: 1 ms }\n"
          + "schedule: { duration: 1 s }\n"
          + (lines.contains("costs") ? "" : "costs: costs/ed25519-grpc.yaml\n") + "\(lines)\n"),
      directory: Self.directory, settings: [], seed: nil)
    #expect(scenario.remarks == [])
  }

  @Test("The rates of all clients count together")
  func together() throws {
    let two = "clients: [{ rate: 500 /s }, { rate: 495.5 /s }]"
    #expect(try remark("pbft", two)?.contains("995.5 requests a second") == true)
    #expect(try remark("pbft", "clients: [{ rate: 500 /s }, { rate: 495 /s }]") == nil)
  }
}
