import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans
@testable import Tables

/// What jobs that take all that waits do to the columns of a run.
@Suite("Jobs that take all that waits, in results")
struct DrainMetricsTests {
  /// A run whose jobs cost 1 ms and 10 us for each request, which fails if an invariant breaks.
  private func table(
    _ subject: String, drain: Bool, lines: String = "", connections: Int = 40
  ) async throws -> Table {
    let text =
      "name: x\nmeasure: metrics\nnetwork: { latency: 2 ms, fifo: true }\n"
      + "series: [{ protocol: \(subject) }]\n"
      + "cost-overrides: { receive: { fixed: 1 ms }, check-request: 10 us }\n"
      + "nodes: [{ drain: \(drain) }]\n"
      + "clients: { connections: \(connections) }\nschedule: { duration: 2 s }\n\(lines)\n"
    let scenario = try Scenario(
      SourceFile(name: "x.yaml", text: text), directory: "", settings: [], seed: nil)
    let table = Report(scenario, await Runner(workers: 1).run(scenario) { _, _ in }).files[0].table
    #expect(table[0, "ended"]?.text == "fulfilled")
    return table
  }

  private func number(_ table: Table, _ column: String) throws -> Double {
    try #require(table[0, column]?.number, "\(column)")
  }

  @Test(
    "Under load the fixed part is shared, so that throughput is several times that of single jobs",
    arguments: ["pbft", "sc-pbft", "raft"])
  func throughput(subject: String) async throws {
    let one = try await table(subject, drain: false)
    let all = try await table(subject, drain: true)
    #expect(try number(all, "tps") > 3 * number(one, "tps"))
  }

  @Test("PBFT proposes what a job brought in one batch: fewer messages for a request")
  func batches() async throws {
    let small = try await table("pbft", drain: true, lines: "pbft: { batch: 1 }")
    let large = try await table("pbft", drain: true, lines: "pbft: { batch: 100 }")
    let messages = { (table: Table) in
      try number(table, "replica_messages_per_block") / number(table, "batch")
    }
    #expect(try number(large, "batch") > 5)
    #expect(try messages(large) < messages(small) / 5)
    #expect(try number(small, "batch") == 1)
  }

  @Test("Raft sends what a job brought in one message to each follower, and signs entry by entry")
  func entries() async throws {
    let plain = try await table("raft", drain: false)
    let shared = try await table("raft", drain: true)
    let column = "replica_messages_per_block_without_heartbeats"
    // An entry takes a message and its answer for each of three followers; some are under way at the end.
    #expect(abs(try number(plain, column) - 6) < 0.7)
    #expect(try number(shared, column) < 2)
    let few = try await table("raft", drain: true, lines: "raft: { entries: 2 }")
    #expect(try number(few, column) > number(shared, column))
  }

  @Test(
    "With one request at a time nothing waits, and a job is one input",
    arguments: ["pbft", "raft", "pow"])
  func alone(subject: String) async throws {
    // Copies that arrive together wait for each other, so that only one client and free receiving is plain.
    let lines = "cost-overrides: { execute: 1 us }"
    func run(_ drain: Bool) async throws -> Table {
      let text =
        "name: x\nmeasure: metrics\nnetwork: { latency: { law: uniform, from: 1 ms, to: 3 ms } }\n"
        + "series: [{ protocol: \(subject) }]\n\(lines)\nnodes: [{ drain: \(drain) }]\n"
        + "clients: { connections: 1 }\nschedule: { duration: 2 s }\n"
      let scenario = try Scenario(
        SourceFile(name: "x.yaml", text: text), directory: "", settings: [], seed: nil)
      return Report(scenario, await Runner(workers: 1).run(scenario) { _, _ in }).files[0].table
    }
    let (one, all) = (try await run(false), try await run(true))
    #expect(try number(one, "accepted") == number(all, "accepted"))
  }

  @Test(
    "No invariant breaks where leaders change, crash or lose messages under drained jobs",
    arguments: ["pbft", "sc-pbft", "raft"], [1, 2, 3])
  func disturbed(subject: String, seed: Int) async throws {
    let section = subject == "raft" ? "raft" : "pbft"
    let text =
      "name: x\nmeasure: metrics\nseed: \(seed)\nreplicas: 4\n"
      + "network: { latency: { law: uniform, from: 1 ms, to: 4 ms }, loss: 0.03 }\n"
      + "series: [{ protocol: \(subject) }]\n"
      + "cost-overrides: { receive: { fixed: 500 us, each: 20 us }, send: 20 us, verify: 30 us }\n"
      + "jitter: { law: exponential }\nnodes: [{ drain: true }]\n"
      + "hosts: [{ cores: 2, machines: [0, 1, 2, 3] }]\n"
      + "\(section): { batch: 10, in-flight: 2 }\napplication: history\n"
      + "clients: { connections: 20, timeout: 4 s, retransmit-after: 1 s }\n"
      + "faults: [{ nodes: [0], behaviour: crash, from: 1 s, down-for: 2 s }]\n"
      + "schedule: { heal-at: 4 s, within: 60 s, requests: 3 }\n"
    let scenario = try Scenario(
      SourceFile(name: "x.yaml", text: text), directory: "", settings: [], seed: nil)
    let table = Report(scenario, await Runner(workers: 1).run(scenario) { _, _ in }).files[0].table
    #expect(table[0, "ended"]?.text == "fulfilled")
    #expect(table[0, "violations"]?.number == 0)
  }
}
