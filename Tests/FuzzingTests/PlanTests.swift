import ConsensusCore
import DiscreteEvents
import Experiments
import Notation
import Foundation
import Simulator
import Synchronization
import Testing

@testable import Fuzzing
@testable import RunPlans

@Suite("Plans")
struct PlanTests {
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

  @Test("Half of the plans of proof of work adapt the difficulty, never after a single block")
  func retargeting() {
    let generator = PlanGenerator(sizes: 4...7)
    var intervals: [Int?: Int] = [:]
    for seed in 1...400 as ClosedRange<UInt64> {
      let plan = generator.plan(.pow, seed: seed)
      let interval = plan.parameters.retargetInterval
      intervals[interval, default: 0] += 1
      let rule = plan.planned.plan[MiningKeys.self].configuration.retargeting
      #expect(rule?.interval == interval.map { UInt64($0) })
    }
    #expect(Set(intervals.keys) == [nil, 2, 4, 8])
    #expect((150...250).contains(intervals[nil, default: 0]))
  }

  @Test("Every strategy of a miner occurs")
  func strategies() {
    let generator = PlanGenerator(sizes: 4...7)
    var seen: Set<String> = []
    for seed in 1...300 as ClosedRange<UInt64> {
      for case let strategy? in generator.plan(.pow, seed: seed).faults.map(\.strategy) {
        seen.insert("\(strategy)")
      }
    }
    #expect(
      seen == [
        "emptyBlocks", "oversizedBlocks", "selfish", "withhold(blocks: 1)", "withhold(blocks: 2)",
        "withhold(blocks: 3)",
      ])
  }

  @Test("Within the bound no plan has more than f Byzantine replicas, nor too few to make progress")
  func bounds() {
    let generator = PlanGenerator(sizes: 4...31)
    for subject in FuzzProtocol.builtIn {
      for seed in 1...400 as ClosedRange<UInt64> {
        var plan = generator.plan(subject, seed: seed)
        if seed % 2 == 0 {
          plan = generator.variant(of: plan, seed: seed &* 31)
        }
        guard !plan.isBeyondBound else { continue }
        #expect(plan.byzantine.count <= subject.faults(among: plan.replicas))
        #expect(plan.replicas - plan.awayCount >= subject.quorum(of: plan.replicas))
        for change in plan.changes {
          #expect(change.until.map { $0 <= plan.healing.at } ?? true)
        }
      }
    }
  }
}

/// How often something was asked.
private final class Asked: Sendable {
  private let number = Atomic<Int>(0)

  func count() -> Int { number.add(1, ordering: .relaxed).newValue }
}

@Suite("Small and large groups")
struct SizeTests {
  @Test(
    "The smallest groups can be fuzzed, and keep what was promised",
    arguments: FuzzProtocol.builtIn)
  func smallest(subject: FuzzProtocol) {
    let generator = PlanGenerator(sizes: subject.leastReplicas...subject.leastReplicas)
    for seed in 1...300 as ClosedRange<UInt64> {
      let plan = generator.plan(subject, seed: seed)
      #expect(plan.replicas == subject.leastReplicas)
      let result = plan.run()
      #expect(plan.isBeyondBound || result.violations.isEmpty, "\(seed): \(result.violations)")
    }
  }

  @Test("A run may have more events where a round has more messages")
  func events() {
    func limit(_ replicas: Int) -> UInt64 {
      PlanGenerator(sizes: replicas...replicas).plan(.pbft, seed: 1).eventLimit
    }
    #expect([4, 5, 6, 7].map(limit) == [400_000, 400_000, 400_000, 400_000])
    #expect(limit(8) == 1_600_000)
    #expect(limit(31) == 24_025_000)
    #expect((8...31).allSatisfy { limit($0) > limit($0 - 1) })
  }

  @Test("A plan of 31 replicas that takes more than 400,000 events comes to an end")
  func large() {
    let plan = PlanGenerator(sizes: 31...31).plan(.pbft, seed: 188)
    let result = plan.run()
    #expect(result.events > Plan.smallEventLimit)
    #expect(result.violations == [])
    #expect(result.isJudged)
  }
}

@Suite("Campaigns")
struct CampaignTests {
  private func report(workers: Int) async -> String {
    let campaign = Campaign(
      subjects: FuzzProtocol.builtIn, generator: PlanGenerator(sizes: 4...5), first: 7,
      workers: workers)
    return await campaign.run(seeds: 640) { _ in false }.text
  }

  @Test("A Raft leader that checks no quorum is not deaf for good while others hear it")
  func deafLeaders() {
    var plan = PlanGenerator(sizes: 4...4).plan(.raft, seed: 1)
    let deaf = NodeSelector.nodes([NodeID(0)])
    let cut = NetworkChange(
      at: .zero + .milliseconds(1), until: nil, from: .all, to: deaf, effect: .cut)
    for checksQuorum in [false, true] {
      (plan.options.usesPreVote, plan.options.checksQuorum) = (true, checksQuorum)
      plan.faults = []
      plan.changes = [cut]
      plan.settle()
      #expect(plan.changes == (checksQuorum ? [cut] : []))
    }
  }

  @Test("The number of workers changes nothing")
  func workers() async {
    #expect(await report(workers: 1) == report(workers: 3))
  }

  @Test("An interruption leaves the report of the seeds that are done", arguments: [1, 3])
  func interruption(workers: Int) async {
    func campaign(_ workers: Int) -> Campaign {
      Campaign(
        subjects: FuzzProtocol.builtIn, generator: PlanGenerator(sizes: 4...4), first: 7,
        workers: workers)
    }
    let asked = Asked()
    var interrupted = campaign(workers)
    interrupted.isInterrupted = { asked.count() > 70 }
    let report = await interrupted.run(seeds: 512) { _ in false }
    #expect(report.runs > 16 && report.runs < 80)
    let whole = await campaign(1).run(seeds: UInt64(report.runs)) { _ in false }
    #expect(report.text == whole.text)
  }

  @Test("Some seeds within the bound break nothing, and beyond it something does")
  func holds() async {
    let campaign = Campaign(
      subjects: [.pbft], generator: PlanGenerator(sizes: 4...4), first: 1, workers: 2)
    let report = await campaign.run(seeds: 512) { _ in false }
    #expect(report.findingCount == 0, "\(report.findings.map(\.violation))")
    #expect(report.text.contains("beyond the bound"))
    #expect(!report.text.contains(" 0 of "))
  }
}
