import DiscreteEvents
import Testing

@testable import Experiments

@Suite("Laws of the self-test")
struct SelfTestLawsTests {
  @Test(
    "Double spends succeed as Rosenfeld's table 1 says",
    arguments: [
      (0.1, [0.2, 0.056, 0.01712, 0.00546, 0.00178, 0.00059]),
      (0.3, [0.6, 0.432, 0.32616, 0.25207, 0.19762, 0.15645]),
    ])
  func doubleSpend(share: Double, table: [Double]) {
    for (index, expected) in table.enumerated() {
      let law = SelfTestLaws.doubleSpend(share: share, confirmations: index + 1)
      #expect((law - expected).magnitude < 6e-6)
    }
  }

  @Test("Half of the power always succeeds, none never, more confirmations are safer")
  func doubleSpendBounds() {
    #expect(SelfTestLaws.doubleSpend(share: 0.5, confirmations: 9) == 1)
    #expect(SelfTestLaws.doubleSpend(share: 0, confirmations: 1) == 0)
    let laws = (1...20).map { SelfTestLaws.doubleSpend(share: 0.4, confirmations: $0) }
    #expect(zip(laws, laws.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test(
    "Selfish mining pays from Eyal and Sirer's threshold on",
    arguments: [(0.0, 1.0 / 3), (0.5, 0.25)])
  func selfish(gamma: Double, threshold: Double) {
    let at = SelfTestLaws.selfishRevenue(share: threshold, gamma: gamma)
    #expect((at - threshold).magnitude < 1e-12)
    #expect(
      SelfTestLaws.selfishRevenue(share: threshold + 0.01, gamma: gamma) > threshold + 0.01)
    #expect(
      SelfTestLaws.selfishRevenue(share: threshold - 0.01, gamma: gamma) < threshold - 0.01)
  }

  @Test("Two miners lose what the recursion over heights loses", arguments: [0.25, 1, 3])
  func stale(delay: Double) {
    var draw = Seed(5).draw(.sampling, 1)
    func exponential() -> Double {
      Distribution.exponential(minimum: .zero, mean: .seconds(2)).sample(&draw).inSeconds
    }
    var (first, second) = (0.0, 0.0)
    let heights = 30_000
    for _ in 0..<heights {
      let (own, other) = (first + exponential(), second + exponential())
      (first, second) = (min(own, other + delay), min(other, own + delay))
    }
    let lost = 1 - Double(heights) / min(first, second)
    #expect((lost - SelfTestLaws.staleOfTwo(delay: delay)).magnitude < 0.015)
    #expect(SelfTestLaws.staleOfTwo(delay: delay) == SelfTestLaws.staleOfMany(2, delay: delay))
  }

  @Test("Split votes are as frequent as among drawn time-outs", arguments: [2, 3, 4, 5, 7])
  func split(replicas: Int) {
    let law = FreshElection(replicas: replicas, delay: .milliseconds(350))
    var splits = 0
    let trials = 10_000
    for trial in 0..<trials {
      var draw = Seed(9).draw(.sampling, UInt64(trial))
      let timeouts = (0..<replicas).map { _ in draw.unit() }
      let first = timeouts.min() ?? 0
      let candidates = timeouts.count { $0 < first + law.relativeDelay }
      let votes = 1 + replicas - candidates
      splits += votes < replicas / 2 + 1 ? 1 : 0
    }
    let row = SelfTestRow.share("", "", expected: law.splitLaw, hits: splits, of: trials)
    #expect(row.passes, "\(row.measured) \(row.expected)")
  }

  @Test("The number of executions has a law, and no loss means everybody")
  func executions() {
    for loss in [0, 0.1, 0.5, 0.9, 1] {
      for replicas in [4, 7] {
        let law = LossyRound(replicas: replicas, loss: loss).executionLaw
        #expect((law.reduce(0, +) - 1).magnitude < 1e-9)
        #expect(law.allSatisfy { $0 >= 0 })
      }
    }
    #expect(LossyRound(replicas: 4, loss: 0).executionLaw == [0, 0, 0, 0, 1])
    #expect(LossyRound(replicas: 4, loss: 1).executionLaw == [1, 0, 0, 0, 0])
  }

  @Test("The exponential function is right to a part in 10^12")
  func exponential() {
    let known = [(1.0, 0.367_879_441_171_442_3), (10, 4.539_992_976_248_485e-5)]
    for (x, value) in known {
      #expect((ExponentialLaw.survival(x) / value - 1).magnitude < 1e-12)
    }
    #expect(ExponentialLaw.survival(0) == 1 && ExponentialLaw.survival(-1) == 1)
    #expect(ExponentialLaw.survival(1e9) == 0)
  }
}

@Suite("Rows of the self-test")
struct SelfTestRowTests {
  @Test("An estimate passes up to four standard errors on both sides")
  func estimates() {
    for (measured, passes) in [(0.5, true), (0.539, true), (0.461, true), (0.541, false)] {
      let row = SelfTestRow(
        quantity: "q", law: "l", expected: 0.5, measured: measured,
        criterion: .estimate(standardError: 0.01))
      #expect(row.passes == passes)
    }
    let certain = SelfTestRow(
      quantity: "q", law: "l", expected: 1, measured: 0.9, criterion: .estimate(standardError: 0))
    #expect(!certain.passes)
  }

  @Test("The distance of Kolmogorov and Smirnov is taken on both sides of each step")
  func distance() {
    let row = SelfTestRow.distance(
      "q", "l", sample: [0.9, 0.5, 0.6, 0.8], distribution: { $0 })
    #expect((row.measured - 2 * 0.5).magnitude < 1e-12 && row.passes)
    let shifted = SelfTestRow.distance(
      "q", "l", sample: (0..<100).map { Double($0) / 125 }, distribution: { $0 })
    #expect((shifted.measured - 10 * 0.208).magnitude < 1e-9 && shifted.passes)
    let more = SelfTestRow.distance(
      "q", "l", sample: (0..<200).map { Double($0) / 250 }, distribution: { $0 })
    #expect(!more.passes)
  }

  @Test("The error of a quotient comes from the spread of runs")
  func quotient() {
    let row = SelfTestRow.quotient(
      "q", "l", expected: 0.5, runs: [(4, 10), (6, 10), (5, 10), (5, 10)])
    guard case .estimate(let error) = row.criterion else { return #expect(Bool(false)) }
    #expect(row.measured == 0.5)
    #expect((error - (2.0 / 3).squareRoot() / 20).magnitude < 1e-12)
  }

  @Test("A report says what fails")
  func report() {
    let good = SelfTestRow.share("coins", "fair", expected: 0.5, hits: 50, of: 100)
    let bad = SelfTestRow.share("dice", "fair", expected: 0.5, hits: 90, of: 100)
    #expect(SelfTestReport(rows: [good]).passes)
    let report = SelfTestReport(rows: [good, bad])
    #expect(!report.passes)
    #expect(
      report.text == """
        quantity  expected  measured  std. error  deviation  verdict   law
        coins      0.50000   0.50000     0.05000       0.00       ok  fair
        dice       0.50000   0.90000     0.05000       8.00    FAILS  fair

        1 of 2 laws do not hold (within 4 standard errors)

        """)
  }
}
