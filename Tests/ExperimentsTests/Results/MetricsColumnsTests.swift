import Testing

@testable import Experiments
@testable import Notation
@testable import Tables

@Suite("Columns of the metrics")
struct MetricsColumnsTests {
  private func report(_ text: String) async throws -> Report {
    let scenario = try Scenario(
      SourceFile(
        name: "x.yaml", text: "name: x\nmeasure: metrics\nnetwork: { latency: 5 ms }\n" + text),
      directory: "", settings: [], seed: nil)
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    return Report(scenario, results)
  }

  private func number(_ table: Table, _ row: Int, _ column: String) throws -> Double {
    try #require(table[row, column]?.number, "\(column)")
  }

  @Test("Raft needs 2(n - 1) messages a block; heartbeats come on top", arguments: [3, 5])
  func heartbeats(replicas: Int) async throws {
    let table = try await report(
      """
      series: [{ protocol: raft }]
      replicas: \(replicas)
      clients: { connections: 1, think-time: 500 ms }
      schedule: { duration: 10 s }

      """
    ).files[0].table
    let bare = try number(table, 0, "replica_messages_per_block_without_heartbeats")
    #expect(bare == Double(2 * (replicas - 1)))
    #expect(try number(table, 0, "replica_messages_per_block") > bare + 2)
  }

  @Test(
    "A window is full for as long as requests wait for it, and only PBFT has one",
    arguments: [(1, 1, 0.0...0.0), (8, 1, 0.5...1.0), (8, 128, 0.0...0.0)])
  func windowFull(connections: Int, interval: Int, share: ClosedRange<Double>) async throws {
    let table = try await report(
      """
      series: [{ protocol: pbft }, { protocol: raft }]
      pbft: { checkpoint-interval: \(interval), window: \(2 * interval) }
      clients: { connections: \(connections) }
      schedule: { duration: 2 s }

      """
    ).files[0].table
    #expect(share.contains(try number(table, 0, "window_full")))
    #expect(table[1, "window_full"]?.number == nil)
  }

  @Test("Every message of PBFT's agreement counts in both columns")
  func withoutHeartbeats() async throws {
    let table = try await report(
      "series: [{ protocol: pbft }]\nclients: { connections: 1 }\nschedule: { blocks: 40 }\n"
    ).files[0].table
    #expect(
      try number(table, 0, "replica_messages_per_block_without_heartbeats")
        == number(table, 0, "replica_messages_per_block"))
    #expect(try number(table, 0, "members_at_end") == 4)
  }

  @Test("Proof of work tells what each miner found, what counts, and what went stale")
  func miners() async throws {
    let report = try await report(
      """
      series: [{ protocol: pow }, { protocol: pbft }]
      pow: { hash-rates: [10 kH/s, 10 kH/s, 20 kH/s, 40 kH/s], difficulty-bits: 10 }
      network.latency: 5 ms
      schedule: { duration: 60 s }

      """.replacing("network.latency: 5 ms\n", with: ""))
    let table = report.files[0].table
    let miners = try #require(report.files.first { $0.name == "x-miners" }).table
    #expect(miners.rows.count == 4)
    let stale = try number(table, 0, "stale_share")
    // A block every 12.8 ms and 5 ms to tell the others: about a quarter is found too late.
    #expect((0.1...0.45).contains(stale), "\(stale)")
    #expect(try number(table, 0, "deepest_reorganisation") >= 1)
    #expect(table[1, "stale_share"] == .empty)
    var mined = 0.0
    var kept = 0.0
    for row in 0..<4 {
      mined += try number(miners, row, "mined")
      kept += try number(miners, row, "on_main_chain")
    }
    #expect(abs(1 - kept / mined - stale) < 1e-6)
    #expect(try number(miners, 3, "hash_rate_share") == 0.5)
    #expect(abs(try number(miners, 3, "share_of_mined") - 0.5) < 0.05)
    // Forks favour who has more power.
    #expect(try number(miners, 3, "share_of_main_chain") > number(miners, 3, "share_of_mined"))
  }

  @Test("The new columns stand to the right of the old ones")
  func columns() async throws {
    let report = try await report(
      "series: [{ protocol: pbft }]\nclients: { connections: 1 }\nschedule: { blocks: 5 }\n")
    let further = [
      "latency_p90_ms", "latency_p95_ms", "latency_p999_ms", "latency_max_ms", "elections",
      "leader_changes", "batch", "replica_busy", "replica_busy_max", "client_busy",
      "uplink_busy", "uplink_busy_max", "downlink_busy", "downlink_busy_max", "window_full",
    ]
    let raw = report.files[0].table.columns.suffix(further.count + 1)
    #expect(Array(raw) == ["ended"] + further)
    let means: [String] = further.flatMap { [$0 + "_mean", $0 + "_ci95"] }
    let summary = report.files[1].table.columns.suffix(means.count + 1)
    #expect(Array(summary) == ["unfulfilled_runs"] + means)
  }

  @Test("Quantiles of the metrics are of the nearest rank")
  func quantiles() async throws {
    let scenario = try Scenario(
      SourceFile(
        name: "x.yaml",
        text: "name: x\nmeasure: metrics\nseries: [{ protocol: pbft }]\n"
          + "network: { latency: 5 ms }\nschedule: { duration: 1 s }\n"),
      directory: "", settings: [], seed: nil)
    var run = await Runner(workers: 1).run(scenario) { _, _ in }[0]
    // 1 to 2000 ms: the rank of p99.9 is 1998.
    run.tests[0].latencies = (1...2000).reversed().map { $0 * 1_000_000 }
    let table = Report(scenario, [run]).files[0].table
    for (column, expected) in [
      ("latency_p50_ms", 1000.0), ("latency_p90_ms", 1800), ("latency_p95_ms", 1900),
      ("latency_p99_ms", 1980), ("latency_p999_ms", 1998), ("latency_max_ms", 2000),
    ] {
      #expect(try number(table, 0, column) == expected, "\(column)")
    }
    // Of ten values the largest is above 90 % of them.
    run.tests[0].latencies = (1...10).map { $0 * 1_000_000 }
    let few = Report(scenario, [run]).files[0].table
    #expect(try number(few, 0, "latency_p90_ms") == 9)
    #expect(try number(few, 0, "latency_p95_ms") == 10)
  }

  @Test("A batch counts the requests in a block, and each leader after the first is an election")
  func batches() async throws {
    let table = try await report(
      """
      series: [{ protocol: pbft }, { protocol: raft }]
      pbft: { batch: 4, rotation: per-test, checkpoint-interval: 1, window: 2 }
      raft: { batch: 4 }
      clients: { connections: 8 }
      schedule: { tests: 4, window: 500 ms, rotation-delay: 100 ms, interval: 1 s }

      """
    ).files[0].table
    let batch = try number(table, 0, "batch")
    #expect(batch > 2 && batch <= 4, "\(batch)")
    // The lead moves after each test.
    #expect(try number(table, 0, "elections") >= 3)
    #expect(try number(table, 0, "leader_changes") == number(table, 0, "elections"))
    // Raft begins without a leader, so that its first election changes none.
    #expect(try number(table, 1, "elections") >= 4)
    #expect(try number(table, 1, "leader_changes") == number(table, 1, "elections") - 1)
  }
}
