import Foundation
import Testing

@testable import Experiments

/// What literal and certified marking make of links that are late (Model §4.4).
@Suite("Marking")
struct MarkingTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Blocks of both rules in 200 s while replica 3 leads in silence and replica 2 hears `late`
  /// 12 s late from 20 to 80 s.
  private func blocks(late: String) async throws -> (literal: Int, certified: Int) {
    var scenario = try Scenario(
      path: "\(Self.root)/Scenarios/marking.yaml",
      settings: ["repeat=1", "schedule.duration=200 s", "network.events.0.slow.from=\(late)"],
      seed: nil)
    scenario.cells = scenario.cells.filter {
      $0.variant == "late-link-and-silent-node" && $0.series != "PBFT"
    }
    try #require(scenario.cells.map(\.series) == ["literal", "certified"])
    let results = await Runner(workers: 2).run(scenario) { _, _ in }
    let blocks = results.map { $0.tests.reduce(0) { $0 + $1.blocks } }
    try #require(blocks.count == 2)
    return (blocks[0], blocks[1])
  }

  @Test("Two late links stop literal marking for good, certified marking only while they last")
  func twoLateLinks() async throws {
    let blocks = try await blocks(late: "[0, 1]")
    #expect(blocks.literal < 100)
    #expect(blocks.certified > 1000)
  }

  /// The replica that hears replica 1 late asks others for its proposals.
  ///
  /// Under certified marking that makes up for most of the lateness. Literal sheets differ, and what one refuses it must ask
  /// for again and again.
  @Test("With one late link literal marking goes on, and certified marking makes more blocks")
  func oneLateLink() async throws {
    let blocks = try await blocks(late: "[1]")
    #expect(blocks.literal > 1000)
    #expect(blocks.certified > blocks.literal)
  }
}
