import DiscreteEvents
import Experiments
import Foundation
import Notation
import TestSupport
import Testing

/// Scenarios that once showed a bug, each kept with the sentence that says which.
@Suite("Regressions")
struct RegressionTests {
  private static let directory = root.appendingPathComponent("Tests/Regressions").path

  static let files: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted()
  }()

  @Test("A scenario that once broke an invariant or stood still does so no more", arguments: files)
  func holds(_ file: String) async throws {
    let scenario = try Scenario(path: "\(Self.directory)/\(file)", settings: [], seed: nil)
    let results = await Runner(workers: 2).run(scenario) { _, _ in }
    let verdict = Verdict(scenario, results)
    #expect(verdict.unexpected.map { $0.text(settings: []) } == [])
    for run in results {
      // Clients are served to the end, whatever happened before it.
      #expect(run.tests.last.map { $0.accepted > 0 } ?? true, "\(file)")
    }
  }

  @Test(
    "What a node wrote without a word is missed when it is lost",
    arguments: [
      ("unsynced-view", "faults.0.disk"), ("unsynced-checkpoint", "faults.4.disk"),
      ("unsynced-tip", "faults.1.disk"),
    ])
  func unsynced(name: String, key: String) async throws {
    var digests: [TraceDigest] = []
    for settings in [[], ["\(key)=kept"]] {
      let scenario = try Scenario(
        path: "\(Self.directory)/\(name).yaml", settings: settings, seed: nil)
      digests += await Runner(workers: 1).run(scenario) { _, _ in }.map(\.digest)
    }
    #expect(digests.count == 2 && digests[0] != digests[1])
  }

  @Test("Raft without faults sends the same messages with and without snapshots")
  func snapshotsChangeNothing() async throws {
    func run(_ settings: String) async throws -> RunResult? {
      let text = """
        name: snapshots
        measure: metrics
        series: [{ protocol: raft }]
        replicas: 5
        network: { latency: { law: uniform, from: 150 us, to: 200 us } }
        clients: { connections: 10 }
        schedule: { duration: 2 s }
        \(settings)
        """
      let scenario = try Scenario(
        SourceFile(name: "snapshots.yaml", text: text), directory: "", settings: [], seed: nil)
      return await Runner(workers: 1).run(scenario) { _, _ in }.first
    }
    let with = try #require(await run("raft: { snapshot-every: 1000 }"))
    let without = try #require(await run(""))
    #expect(with.requests.accepted > 10_000)
    #expect(with.requests == without.requests)
    #expect(with.digest == without.digest)
  }

  @Test(
    "Figure 8's Raft leader breaks R-14 by its lie and by nothing else",
    arguments: [
      ("behaviour: tamper", true), ("behaviour: duplicate", false),
      ("behaviour: slow, by: 5 ms", false), ("behaviour: tamper, from: 60 s", false),
    ])
  func wrongAnswersOfFigure8(behaviour: String, isWrong: Bool) async throws {
    let scenarios = root.appendingPathComponent("Scenarios")
    let text = try String(
      contentsOf: scenarios.appendingPathComponent("figure8.yaml"), encoding: .utf8)
    let start = try #require(text.range(of: "  - { protocol: sc-pbft }"))
    let end = try #require(text.range(of: "variants:"))
    // The settings of the other series have no place where only Raft runs.
    let others = try #require(text.range(of: "pbft:\n"))
    var raft = text[..<start.lowerBound] + text[end.lowerBound..<others.lowerBound]
    let kinds = behaviour.contains("tamper") ? "[request]" : "[append-entries]"
    for (old, new) in [
      ("behaviour: tamper", behaviour), ("messages: [request]", "messages: \(kinds)"),
    ] {
      #expect(raft.contains(old))
      raft = Substring(raft.replacingOccurrences(of: old, with: new))
    }
    let scenario = try Scenario(
      SourceFile(name: "figure8.yaml", text: String(raft)), directory: scenarios.path,
      settings: ["repeat=1", "schedule.tests=5"], seed: nil)
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    let verdict = Verdict(scenario, results)
    #expect(verdict.unexpected.isEmpty)
    #expect(verdict.missing.isEmpty == isWrong)
    #expect(results.flatMap(\.violations).allSatisfy { $0.invariant == "R-14" })
    #expect(results.flatMap(\.violations).isEmpty == !isWrong)
  }

  @Test("There are scenarios to try")
  func exist() { #expect(Self.files.count >= 4) }
}
