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
}
