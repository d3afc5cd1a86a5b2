import Experiments
import Foundation
import Notation
import RunPlans
import Testing

private let directory = root.appendingPathComponent("Scenarios")

@Suite("Plans as scenarios")
struct PlanWritingTests {
  private static let files =
    (try? FileManager.default.contentsOfDirectory(atPath: directory.path))?
    .filter { $0.hasSuffix(".yaml") }.sorted() ?? []

  @Test(
    "Every point of a committed scenario is written as a scenario of the same plan",
    arguments: files)
  func committed(file: String) throws {
    let scenario = try Scenario(
      path: directory.appendingPathComponent(file).path, settings: [], seed: nil)
    var written = 0
    for cell in scenario.cells.prefix(24) where cell.settings.workload == nil {
      let text = cell.settings.text(of: cell.subject, seed: 1, named: "point", comment: [file])
      let read = try Scenario(
        SourceFile(name: "point.yaml", text: text), directory: "", settings: [], seed: nil
      ).cells[0]
      #expect(
        read.settings.text(of: read.subject, seed: 1, named: "point", comment: [file]) == text)
      written += 1
    }
    #expect(written > 0 || scenario.cells.allSatisfy { $0.settings.workload != nil })
  }

  @Test(
    "The run of a written scenario is that of the plan",
    arguments: ["figure8.yaml", "figure7.yaml", "elimination.yaml"])
  func runs(file: String) throws {
    let scenario = try Scenario(
      path: directory.appendingPathComponent(file).path,
      settings: ["limits.events=40000"], seed: nil)
    // Miners ignore commands to hand the lead on, which are events none the less.
    for cell in scenario.cells.prefix(8) where cell.subject.traits.isCommandable {
      let text = cell.settings.text(of: cell.subject, seed: 1, named: "point", comment: [])
      let read = try Scenario(
        SourceFile(name: "point.yaml", text: text), directory: "", settings: [], seed: nil
      ).cells[0]
      let original = PlannedRun(cell.settings, of: cell.subject, seed: 1).executed().outcome
      let replay = PlannedRun(read.settings, of: read.subject, seed: 1).executed().outcome
      #expect(original.digest == replay.digest)
      #expect(original.events == replay.events)
    }
  }
}
