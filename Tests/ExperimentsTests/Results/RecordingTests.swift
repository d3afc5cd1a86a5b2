import DiscreteEvents
import RunPlans
import Testing

@testable import Experiments
@testable import Notation
@testable import Tables

@Suite("What a scenario records beside its results")
struct RecordingTests {
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

  @Test("Shares of busy time follow from work and bytes")
  func shares() async throws {
    let lines = """
      cost-overrides: { receive: 1 ms, send: 1 ms }
      clients: { connections: 1, think-time: 40 ms }
      record: { every: 500 ms }

      """
    let scenario = try Self.scenario(
      lines + "network: { latency: 5 ms, uplink: 10 Mbit/s, downlink: 10 Mbit/s }")
    let results = await Self.results(scenario)
    let report = Report(scenario, results)
    let table = report.files[0].table
    let busy = try #require(table[0, "replica_busy_max"]?.number)
    let mean = try #require(table[0, "replica_busy"]?.number)
    #expect(0 < mean && mean < busy && busy < 1)
    let uplink = try #require(table[0, "uplink_busy_max"]?.number)
    #expect(0 < uplink && uplink < busy)
    #expect(table[0, "client_busy"] == .empty)
    #expect(table[0, "batch"]?.number == 1)
    #expect(table[0, "elections"]?.number == 0)
    let series = try #require(report.files.first { $0.name == "x-series" }).table
    #expect(series.rows.count == 4 * 6)
    #expect(series[0, "node"] == .text("all"))
    #expect(series[1, "node"] == .text("r0"))
    #expect(series[5, "node"] == .text("client0"))
    #expect(series[5, "busy"] == .empty)
    #expect(series[0, "leader"]?.number == 0)
    #expect(series[1, "leader"]?.number == 0)
    #expect(series[2, "leader"] == .empty)
    var sum = 0.0
    for interval in 0..<4 { sum += try #require(series[interval * 6 + 1, "busy"]?.number) }
    let mine = results[0].shares(0..<1, \.processor)
    #expect(abs(sum / 4 - mine[0]) < 2e-6)
  }

  @Test("No interval counts what a link waits between the copies of a long job")
  func longJobs() async throws {
    let scenario = try Self.scenario(
      "cost-overrides: { send: 300 ms }\nrecord: { every: 50 ms }\n"
        + "clients: { connections: 1 }\nnetwork: { latency: 5 ms, uplink: 1 Mbit/s }",
      schedule: "{ duration: 6 s }")
    let run = await Self.results(scenario)[0]
    let all = run.series.flatMap(\.nodes).reduce(Int64(0)) { $0 + $1.usage.uplink.nanoseconds }
    // A bit takes 1 us, and what is sent leaves once.
    let sent = run.messages.reduce(0) { $0 + $1.bytes } * 8 * 1_000
    #expect(all > 0 && all <= Int64(sent), "\(all) of \(sent)")
    #expect(run.usage.reduce(Int64(0)) { $0 + $1.uplink.nanoseconds } <= all)
  }

  @Test("Without a bandwidth links have no share")
  func noLinks() async throws {
    let scenario = try Self.scenario("record: { every: 1 s }")
    let report = Report(scenario, await Self.results(scenario))
    #expect(report.files[0].table[0, "uplink_busy_max"] == .empty)
    #expect(report.files[2].table[0, "uplink_busy"] == .empty)
    #expect(report.files[2].table[0, "busy"]?.number == 0)
  }

  @Test("A crashed leader is missing in the series, and the next one shows")
  func crash() async throws {
    let scenario = try Self.scenario(
      "faults: [{ nodes: [0], behaviour: crash, from: 1 s }]\nrecord: { every: 500 ms }\n"
        + "pbft: { view-timeout: 300 ms, retransmission: 200 ms }",
      schedule: "{ duration: 4 s }")
    let results = await Self.results(scenario)
    let series = results[0].series
    #expect(series[0].leader == 0)
    #expect(series[0].view == 0)
    #expect(series[7].leader == 1)
    #expect(series[7].view == 1)
    #expect(series[7].nodes[0].view == nil)
    #expect(results[0].elections == 1)
    #expect(results[0].leaderChanges == 1)
    #expect(series[1].requests.accepted > 2 * series[2].requests.accepted)
  }

  @Test("The distribution has every latency once, and its quantiles are those of the metrics")
  func distribution() async throws {
    let scenario = try Self.scenario(
      "record: latencies\nclients: { connections: 3 }\n"
        + "network: { latency: { law: uniform, from: 1 ms, to: 20 ms } }")
    let results = await Self.results(scenario)
    let report = Report(scenario, results)
    #expect(report.files.map(\.name) == ["x", "x-summary", "x-latencies"])
    let table = report.files[2].table
    let all = results[0].tests.flatMap(\.latencies).sorted()
    let last = table.rows.count - 1
    #expect(table[last, "cumulative"]?.number == Double(all.count))
    #expect(table[last, "share"]?.number == 1)
    let counts = try #require(table.cells(of: "count")).compactMap(\.number)
    #expect(counts.reduce(0, +) == Double(all.count))
    let values = try #require(table.cells(of: "latency_ms")).compactMap(\.number)
    #expect(values == Set(all).sorted().map { Double($0) / 1e6 })
    let quantiles = try #require(table.cells(of: "quantiles"))
    for (name, column) in [
      ("p50", "latency_p50_ms"), ("p90", "latency_p90_ms"), ("p95", "latency_p95_ms"),
      ("p99", "latency_p99_ms"), ("p99.9", "latency_p999_ms"), ("max", "latency_max_ms"),
    ] {
      let row = try #require(
        quantiles.firstIndex { $0.text.split(separator: " ").contains(name[...]) })
      let metric = try #require(report.files[0].table[0, column]?.number)
      #expect(abs(values[row] - metric) <= 0.0005, "\(name)")
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let lines: String
    let complaint: String
    var schedule = "{ duration: 2 s }"
    var testDescription: String { complaint }
  }

  @Test(
    "Wrong use is refused",
    arguments: [
      Refusal(lines: "record: { every: 0 s }", complaint: "of at least 1 us"),
      Refusal(lines: "record: { every: 1 }", complaint: "'record.every' must be a duration"),
      Refusal(lines: "record: {}", complaint: "'record' records nothing"),
      Refusal(lines: "record: { latencies: false }", complaint: "'record' records nothing"),
      Refusal(lines: "record: series", complaint: "'record' must be 'latencies', or a mapping"),
      Refusal(lines: "record: [latencies]", complaint: "'record' must be"),
      Refusal(lines: "record: { latency: true }", complaint: "unknown key 'latency'"),
      Refusal(lines: "record: { every: 1 us }", complaint: "would have up to 12000000 rows"),
      Refusal(
        lines: "record: { every: 10 ms }\nrepeat: 2000", complaint: "would have up to 2400000 rows"),
      Refusal(
        lines: "record: { every: 1 s }", complaint: "would have up to 2160000 rows",
        schedule: "{ blocks: 5 }"),
      Refusal(
        lines: "record: latencies", complaint: "'record' has no effect",
        schedule: "{ arrivals: 2 }"),
    ])
  func refused(_ refusal: Refusal) throws {
    let slots =
      refusal.schedule.contains("arrivals")
      ? "model: slots\nfaults: [{ arrivals-every: 1 n, behaviour: silent }]\n" : ""
    do {
      _ = try Scenario(
        SourceFile(
          name: "x.yaml",
          text: "name: x\nmeasure: \(slots.isEmpty ? "metrics" : "survival")\n"
            + "series: [{ protocol: pbft }]\nschedule: \(refusal.schedule)\n"
            + (slots.isEmpty ? "network: { latency: 5 ms }\n" : slots) + refusal.lines + "\n"),
        directory: "", settings: [], seed: nil)
      Issue.record("was not refused")
    } catch {
      #expect(error.description.contains(refusal.complaint), "\(error)")
    }
  }

  @Test(
    "Names of files that a recording writes are no scenarios'",
    arguments: ["-series", "-latencies"])
  func names(ending: String) {
    #expect(throws: ScenarioError.self) {
      try Scenario(
        SourceFile(
          name: "x.yaml",
          text: "name: x\(ending)\nmeasure: metrics\nseries: [{ protocol: pbft }]\n"
            + "network: { latency: 5 ms }\nschedule: { duration: 1 s }\n"),
        directory: "", settings: [], seed: nil)
    }
  }

  @Test("An interval longer than the run is remarked, and one as long is not")
  func remarks() throws {
    let long = try Self.scenario("record: { every: 3 s }")
    #expect(long.remarks.contains { $0.contains("'record.every' is longer than every run") })
    #expect(try Self.scenario("record: { every: 2 s }").remarks.isEmpty)
    #expect(try Self.scenario("record: latencies").remarks.isEmpty)
  }

  @Test("A recording is written and read again")
  func written() throws {
    let scenario = try Self.scenario("record: { every: 250 ms, latencies: true }")
    let cell = scenario.cells[0]
    let text = cell.settings.text(of: cell.subject, seed: 1, named: "y", comment: [])
    let again = try Scenario(
      SourceFile(name: "y.yaml", text: text), directory: "", settings: [], seed: nil)
    #expect(again.cells[0].settings.recording == cell.settings.recording)
    #expect(cell.settings.recording.every == .milliseconds(250))
  }
}
