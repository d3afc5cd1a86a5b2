import Experiments
import Foundation
import Fuzzing
import Notation
import RunPlans
import Testing

@Suite("Runs of plans")
struct PlanRunTests {
  /// Plans within the bound that ask for a last phase.
  private func plans(_ subject: FuzzProtocol, _ sizes: ClosedRange<Int>) -> [Plan] {
    let generator = PlanGenerator(sizes: sizes)
    return (1...120).map { generator.plan(subject, seed: $0) }.filter {
      !$0.isBeyondBound && $0.healing.settling != nil && !$0.options.isLiteral
    }
  }

  @Test("A plan run twice gives the same run", arguments: FuzzProtocol.builtIn)
  func repeats(subject: FuzzProtocol) {
    let generator = PlanGenerator(sizes: 4...7)
    for seed in 1...8 as ClosedRange<UInt64> {
      let plan = generator.plan(subject, seed: seed)
      #expect(plan == generator.plan(subject, seed: seed))
      #expect(plan.run().digest == plan.run().digest)
    }
  }

  @Test("The scenario of a plan replays its run event for event", arguments: FuzzProtocol.builtIn)
  func replays(subject: FuzzProtocol) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "fuzzing-\(subject.name)-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for seed in 1...32 as ClosedRange<UInt64> {
      // Every second plan is one of the smallest groups.
      let sizes = seed % 2 == 0 ? 4...9 : subject.leastReplicas...subject.leastReplicas
      let generator = PlanGenerator(sizes: sizes)
      let plan = generator.plan(subject, seed: seed)
      let file = directory.appendingPathComponent("plan-\(seed).yaml")
      let text = plan.scenario(named: "plan-\(seed)", comment: ["seed \(seed)"])
      try Data(text.utf8).write(to: file)
      let scenario = try Scenario(path: file.path, settings: [], seed: nil)
      let results = await Runner(workers: 1).run(scenario) { _, _ in }
      let result = try #require(results.first)
      #expect(result.digest == plan.run().digest, "\(text)")
    }
  }

  @Test(
    "What is written of a plan is read as the same plan", arguments: FuzzProtocol.builtIn)
  func written(subject: FuzzProtocol) throws {
    let generator = PlanGenerator(sizes: subject.leastReplicas...9)
    for seed in 1...300 as ClosedRange<UInt64> {
      let text = generator.plan(subject, seed: seed).scenario(named: "plan", comment: [])
      let cell = try Scenario(
        SourceFile(name: "plan.yaml", text: text), directory: "", settings: [], seed: nil
      ).cells[0]
      let again = cell.settings.text(of: cell.subject, seed: seed, named: "plan", comment: [])
      #expect(again == text)
    }
  }

  @Test(
    "Whatever happened before, a group comes to rest and is judged to the end",
    arguments: FuzzProtocol.builtIn)
  func rests(subject: FuzzProtocol) {
    let results = plans(subject, 4...6).map { $0.run() }
    #expect(results.count > 60)
    #expect(results.allSatisfy { $0.violations.isEmpty })
    #expect(results.count { $0.isSettled == true } * 10 >= results.count * 9)
  }
}
