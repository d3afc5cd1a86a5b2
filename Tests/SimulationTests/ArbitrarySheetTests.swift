import Fuzzing
import Testing

@Suite("SC-8: safety does not depend on sheets")
struct ArbitrarySheetTests {
  @Test("P-1 to P-8 hold with arbitrary sheets", arguments: [4, 7], 0..<4)
  func safe(n: Int, part: Int) {
    let generator = PlanGenerator(sizes: n...n)
    var differ = 0
    for seed in 0..<UInt64(40) {
      let plan = generator.plan(.scPBFT, seed: UInt64(part) * 1000 + seed).onArbitrarySheets()
      let result = plan.runOnArbitrarySheets(key: seed)
      #expect(result.violations.isEmpty, "seed \(plan.seed): \(result.violations)")
      let other = plan.runOnArbitrarySheets(key: seed + 1)
      differ += result.digest == other.digest ? 0 : 1
    }
    // The answers matter: other sheets make other runs.
    #expect(differ > 20, "\(differ) of 40")
  }

  @Test("A campaign on arbitrary sheets judges safety and counts the rest")
  func campaign() async {
    var campaign = Campaign(
      subjects: [.scPBFT], generator: PlanGenerator(sizes: 4...4), first: 1, workers: 2)
    campaign.usesArbitrarySheets = true
    let report = await campaign.run(seeds: 512) { _ in false }
    #expect(report.findingCount == 0)
    #expect(report.text.contains("counted"), "\(report.text)")
    campaign.usesArbitrarySheets = false
    let plain = await campaign.run(seeds: 512) { _ in false }
    #expect(plain.text != report.text)
  }

  @Test("What is only counted ends no run: safety is judged until everybody is served")
  func counted() {
    let generator = PlanGenerator(sizes: 4...7)
    var broken = 0
    for seed in 0..<UInt64(300) {
      let result = generator.plan(.scPBFT, seed: seed).onArbitrarySheets()
        .runOnArbitrarySheets(key: seed)
      guard !result.counted.isEmpty else { continue }
      broken += 1
      #expect(result.stopReason != .violation, "seed \(seed): \(result.counted)")
    }
    #expect(broken > 0)
  }
}
