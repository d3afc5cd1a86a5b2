import Testing

@testable import Experiments
@testable import Notation
@testable import Tables

/// What limits of batches and of what is in flight do to the columns of a run.
@Suite("Batches in results")
struct BatchMetricsTests {
  private func table(_ subject: String, _ section: String, connections: Int) async throws -> Table {
    let text =
      "name: x\nmeasure: metrics\nnetwork: { latency: 5 ms }\nseries: [{ protocol: \(subject) }]\n"
      + "clients: { connections: \(connections) }\nschedule: { duration: 2 s }\n\(section)\n"
    let scenario = try Scenario(
      SourceFile(name: "x.yaml", text: text), directory: "", settings: [], seed: nil)
    return Report(scenario, await Runner(workers: 1).run(scenario) { _, _ in }).files[0].table
  }

  private func number(_ table: Table, _ column: String) throws -> Double {
    try #require(table[0, column]?.number, "\(column)")
  }

  /// All connections ask at once: the first request goes alone, and the others form the next batch.
  @Test(
    "PBFT with one batch in flight: batches form by themselves, and share 2n(n - 1) messages",
    arguments: [("batch: 100", 4.0), ("batch: 2", 2.0), ("batch: 1", 1.0)])
  func sequential(section: String, most: Double) async throws {
    let table = try await table("pbft", "pbft: { in-flight: 1, \(section) }", connections: 8)
    let batch = try number(table, "batch")
    #expect(abs(batch - most) < 0.05, "\(batch)")
    let messages = try number(table, "replica_messages_per_block")
    #expect(abs(messages - 24) < 1, "\(messages)")
    #expect(try number(table, "window_full") > 0.3)
    // PRE-PREPARE, PREPARE and COMMIT: no block before the one before has executed.
    #expect(try number(table, "blocks") <= 2.0 / 0.015 + 1)
  }

  @Test("PBFT without a limit has blocks of one request, however large a batch may be")
  func unlimited() async throws {
    let table = try await table("pbft", "pbft: { batch: 100 }", connections: 8)
    #expect(try number(table, "batch") == 1)
    #expect(try number(table, "window_full") == 0)
    #expect(try number(table, "blocks") > 2 * 2.0 / 0.015)
  }

  @Test(
    "A batch has no more bytes than 'batch-bytes', and at least one request",
    arguments: ["pbft", "raft"], [("1 B", 1.0), ("1600 B", 2.0), ("3199 B", 3.0)])
  func bytes(subject: String, limit: (bytes: String, most: Double)) async throws {
    let table = try await table(
      subject, "\(subject): { in-flight: 1, batch: 100, batch-bytes: \(limit.bytes) }",
      connections: 40)
    let batch = try number(table, "batch")
    #expect(batch <= limit.most && batch > limit.most - 0.4, "\(batch)")
  }

  @Test(
    "Requests wait for company as long as 'batch-delay', or until the batch is full",
    arguments: ["pbft", "raft"], [(100, 8.0), (8, 8.0), (4, 4.0)])
  func company(subject: String, limit: (batch: Int, size: Double)) async throws {
    let waiting = try await table(
      subject, "\(subject): { batch: \(limit.batch), batch-delay: 20 ms }", connections: 8)
    #expect(abs(try number(waiting, "batch") - limit.size) < 0.1)
    let plain = try await table(subject, "\(subject): { batch: \(limit.batch) }", connections: 8)
    let extra = try number(waiting, "latency_p50_ms") - number(plain, "latency_p50_ms")
    #expect(abs(extra - (limit.batch > 8 ? 20 : 0)) < 0.5, "\(extra)")
  }

  @Test("Raft with one message in flight: what waits shares a message")
  func windows() async throws {
    let limited = try await table("raft", "raft: { in-flight: 1 }", connections: 8)
    let plain = try await table("raft", "", connections: 8)
    #expect(try number(limited, "batch") == 1)
    let column = "replica_messages_per_block_without_heartbeats"
    #expect(abs(try number(plain, column) - 6) < 0.1)
    #expect(try number(limited, column) < 3)
    #expect(try number(limited, "window_full") > 0.3)
    #expect(plain[0, "window_full"]?.number == nil)
    let batched = try await table("raft", "raft: { in-flight: 1, batch: 100 }", connections: 8)
    // A request waits a round trip for the window, takes one, and its client asks after another.
    #expect(abs(try number(batched, "batch") - 8.0 / 3) < 0.1)
  }

  @Test("Raft that tells commits at once sends each follower one more message, and not when idle")
  func commits() async throws {
    let told = try await table("raft", "raft: { commit: at-once }", connections: 1)
    let plain = try await table("raft", "", connections: 1)
    let column = "replica_messages_per_block_without_heartbeats"
    #expect(try number(told, column) == number(plain, column))
    let all = "replica_messages_per_block"
    #expect(abs(try number(told, all) - number(plain, all) - 6) < 0.5)
    #expect(try number(told, "blocks") == number(plain, "blocks"))
  }
}
