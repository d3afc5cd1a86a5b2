import Foundation
import Testing

@testable import Experiments

/// `Scenarios/evasion.yaml` for 20 of its 300 s.
@Suite("A primary that is silent towards one backup")
struct EvasionTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  @Test("An evasion costs a rule at most as many blocks as 2,350 of 2,730")
  func price() async throws {
    let scenario = try Scenario(
      path: "\(Self.root)/Scenarios/evasion.yaml",
      settings: ["repeat=1", "schedule.duration=20 s"], seed: nil)
    let results = await Runner(workers: 2).run(scenario) { _, _ in }
    #expect(Verdict(scenario, results).unexpected.isEmpty)
    for series in ["PBFT", "literal", "certified"] {
      func run(_ variant: String) throws -> RunResult {
        try #require(
          results.first {
            scenario.cells[$0.cell].series == series && scenario.cells[$0.cell].variant == variant
          })
      }
      let calm = try run("none")
      #expect(calm.messages.first { $0.kind == "fetch" }?.sent == 0)
      for variant in ["one-backup", "one-backup-no-commit"] {
        let evaded = try run(variant)
        #expect(evaded.blocks * 2_730 >= calm.blocks * 2_350, "\(series), \(variant)")
        #expect(evaded.counters.highestView == 0 && evaded.counters.falseIsolations == 0)
      }
    }
  }
}
