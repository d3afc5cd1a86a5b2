import Testing

@testable import Experiments
@testable import Notation

/// What a user sees for limits of batches that are wrong or contradict each other.
@Suite("Keys of batches and of what is in flight")
struct BatchKeyTests {
  private func complaint(_ subject: String, _ section: String) -> String? {
    let text =
      "name: x\nseries: [{ protocol: \(subject) }]\nnetwork: { latency: 1 ms }\n"
      + "schedule: { duration: 1 s }\n\(section)\nmeasure: tps\n"
    do throws(ScenarioError) {
      _ = try Scenario(
        SourceFile(name: "x.yaml", text: text), directory: "", settings: [], seed: nil)
      return nil
    } catch { return error.description }
  }

  static let mistakes: [(subject: String, section: String, place: String, reason: String)] = [
    ("pbft", "pbft: { in-flight: 0 }", "5:20", "from 1 to 1000000"),
    ("pbft", "pbft: { in-flight: 1 ms }", "5:20", "whole number"),
    ("pbft", "pbft: { in-flight: 257 }", "5:20", "do not fit in a window of 256"),
    (
      "pbft", "pbft: { in-flight: 2, rotation: every-blocks }", "5:20",
      "rounds are serial: who proposes next is known once the block before has executed"
    ),
    ("sc-pbft", "pbft: { in-flight: 2, rotation: every-blocks }", "5:20", "leave 'in-flight' out"),
    ("pbft", "pbft: { batch: 2, batch-bytes: 0 B }", "5:32", "batch-bytes"),
    ("pbft", "pbft: { batch: 2, batch-bytes: 9 ms }", "5:32", "batch-bytes"),
    ("pbft", "pbft: { batch-bytes: 9 kB }", "5:22", "'batch: 1' has one request in each"),
    ("pbft", "pbft: { batch-delay: 9 ms }", "5:22", "or leave 'batch-delay' out"),
    ("pbft", "pbft: { batch: 2, batch-delay: 0 s }", "5:32", "batch-delay"),
    ("pbft", "pbft: { batch: 2, batch-delay: 9 kB }", "5:32", "batch-delay"),
    ("pbft", "pbft: { batch: 2, batch-delay: 10 s }", "5:32", "would depose every primary"),
    ("raft", "raft: { in-flight: 0 }", "5:20", "from 1 to 10000"),
    ("raft", "raft: { in-flight: all }", "5:20", "whole number"),
    ("raft", "raft: { entries: 0 }", "5:18", "from 1 to 10000"),
    ("raft", "raft: { commit: soon }", "5:17", "with-next"),
    ("raft", "raft: { batch-bytes: 9 kB }", "5:22", "'batch: 1' has one request in each"),
    ("raft", "raft: { batch-delay: 9 ms }", "5:22", "'batch: 1' has one request in each"),
    ("raft", "raft: { batch: 9, batch-delay: -1 ms }", "5:32", "batch-delay"),
    ("raft", "raft: { append-limit: 9 }", "5:9", "append-limit"),
    ("pow", "pow: { in-flight: 1 }", "5:8", "in-flight"),
  ]

  @Test("A wrong limit is an error at its place, with a reason", arguments: mistakes)
  func wrong(subject: String, section: String, place: String, reason: String) throws {
    let said = try #require(complaint(subject, section), "\(section) is accepted")
    #expect(said.contains("x.yaml:\(place): error:"), "\(said)")
    #expect(said.contains(reason), "\(said)")
    #expect(said.contains("^"), "no place: \(said)")
  }

  @Test(
    "A sound limit is accepted",
    arguments: [
      ("pbft", "pbft: { in-flight: 1, rotation: every-blocks }"),
      ("pbft", "pbft: { in-flight: 256 }"),
      ("sc-pbft", "pbft: { in-flight: 3, batch: 100, batch-bytes: 1 B, batch-delay: 1 us }"),
      ("raft", "raft: { in-flight: 1, batch: 2, batch-bytes: 64 kB, batch-delay: 2 ms }"),
      ("raft", "raft: { entries: 1, commit: at-once }"),
    ])
  func sound(subject: String, section: String) {
    #expect(complaint(subject, section) == nil)
  }
}
