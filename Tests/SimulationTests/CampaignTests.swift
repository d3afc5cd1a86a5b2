import Fuzzing
import Synchronization
import Testing

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
