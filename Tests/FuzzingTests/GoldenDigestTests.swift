import DiscreteEvents
import Experiments
import Foundation
import Testing

@testable import Fuzzing

/// Digests of runs that no change may move but one that means to.
///
/// `UPDATE_GOLDEN=1 swift test --filter GoldenDigestTests` writes them anew; the commit says why.
@Suite("Golden digests")
struct GoldenDigestTests {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let file = here.appendingPathComponent("Golden/digests.txt")
  private static let regressions = here.deletingLastPathComponent()
    .appendingPathComponent("Regressions").path
  private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil

  /// A line for each of 50 drawn plans: protocol, seed, n, digest of the run.
  private static func planLines() -> [String] {
    let generator = PlanGenerator(sizes: 4...10)
    return (1...50 as ClosedRange<UInt64>).map { seed in
      let subject = FuzzProtocol.builtIn[Int(seed) % FuzzProtocol.builtIn.count]
      let plan = generator.plan(subject, seed: seed)
      return "\(subject.name) \(seed) \(plan.replicas) \(plan.run().digest)"
    }
  }

  /// A line for each scenario that once showed a bug, over all its runs.
  private static func regressionLines() async throws -> [String] {
    var lines: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: regressions).sorted()
    where name.hasSuffix(".yaml") {
      let scenario = try Scenario(path: "\(regressions)/\(name)", settings: [], seed: nil)
      var digest = TraceDigest()
      for run in await Runner(workers: 1).run(scenario, progress: { _, _ in }) {
        digest.combine(time: run.end, target: run.seed, content: run.digest.value)
      }
      lines.append("\(name) \(digest)")
    }
    return lines
  }

  @Test("Drawn plans and old scenarios run as they did when their digests were written")
  func golden() async throws {
    let lines = Self.planLines() + (try await Self.regressionLines())
    let text = lines.joined(separator: "\n") + "\n"
    if Self.isUpdating { try Data(text.utf8).write(to: Self.file) }
    let known = String(decoding: try Data(contentsOf: Self.file), as: UTF8.self)
    let differing = Set(lines).symmetricDifference(known.split(separator: "\n").map(String.init))
    #expect(
      differing.sorted() == [],
      "if the change is meant: UPDATE_GOLDEN=1 swift test --filter GoldenDigestTests")
  }

  @Test("What is said of a trap names protocol, n, seed and a campaign that reaches it again")
  func notes() {
    let generator = PlanGenerator(sizes: 4...7)
    let campaign = Campaign(subjects: [.raft], generator: generator, first: 10, workers: 1)
    let plan = generator.plan(.raft, seed: 14)
    #expect(
      campaign.note(plan, seed: 14) == """
        raft, n = \(plan.replicas), seed 14: this run trapped
          replay: consim fuzz --protocol raft --n 4...7 --first 10 --seeds 5 --jobs 1

        """)
  }
}
