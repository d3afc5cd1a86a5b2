import Foundation
import Testing

@testable import DiscreteEvents

private let millisecond = VirtualDuration.milliseconds(1)

/// Laws with their theoretical mean and standard deviation in nanoseconds.
private let knownMoments: [(Distribution, mean: Double, deviation: Double)] = [
  (.constant(millisecond), 1e6, 0),
  (.uniform(from: .zero, to: millisecond), 5e5, 1e6 / 12.0.squareRoot()),
  (.uniform(from: millisecond, to: .milliseconds(3)), 2e6, 2e6 / 12.0.squareRoot()),
  (.normal(mean: .milliseconds(10), deviation: millisecond), 1e7, 1e6),
  // Cut at 0 the standard normal has mean 1 / sqrt(2 pi) and second moment 1 / 2.
  (
    .normal(mean: .zero, deviation: millisecond), 1e6 / (2 * Double.pi).squareRoot(),
    1e6 * (0.5 - 0.5 / Double.pi).squareRoot()
  ),
  (
    .logNormal(median: millisecond, sigma: 0.5), 1e6 * exp(0.125),
    1e6 * exp(0.125) * (exp(0.25) - 1).squareRoot()
  ),
  (.exponential(minimum: .zero, mean: millisecond), 1e6, 1e6),
  (.exponential(minimum: millisecond, mean: .milliseconds(2)), 3e6, 2e6),
  // With shape a: mean a / (a - 1), variance a / ((a - 1)^2 (a - 2)).
  (.pareto(minimum: millisecond, shape: 5), 1.25e6, 1e6 * (5.0 / 48.0).squareRoot()),
]

/// Laws with their distribution functions over nanoseconds.
private let knownCurves: [(Distribution, @Sendable (Double) -> Double)] = [
  (.uniform(from: .zero, to: millisecond), { $0 / 1e6 }),
  (.exponential(minimum: .zero, mean: millisecond), { 1 - exp(-$0 / 1e6) }),
  (.exponential(minimum: millisecond, mean: millisecond), { 1 - exp(1 - $0 / 1e6) }),
  (
    .normal(mean: .milliseconds(10), deviation: millisecond),
    { 0.5 * erfc((1e7 - $0) / 1e6 / 2.0.squareRoot()) }
  ),
  (
    .logNormal(median: millisecond, sigma: 0.5),
    { 0.5 * erfc(-log($0 / 1e6) / 0.5 / 2.0.squareRoot()) }
  ),
  (.pareto(minimum: millisecond, shape: 1.5), { 1 - pow(1e6 / $0, 1.5) }),
]

@Suite("Distribution")
struct DistributionTests {
  private func samples(_ law: Distribution, _ count: Int, seed: UInt64 = 7) -> [Double] {
    let seed = Seed(seed)
    return (0..<count).map { index in
      var draw = seed.draw(.latency, UInt64(index))
      return Double(law.sample(&draw).nanoseconds)
    }
  }

  @Test("The moments are those of the theory", arguments: knownMoments)
  func moments(law: Distribution, mean: Double, deviation: Double) {
    let count = 200_000
    let drawn = samples(law, count)
    let average = drawn.reduce(0, +) / Double(count)
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(average - mean) <= 4 * deviation / Double(count).squareRoot() + 0.5)
    // The heaviest tail here, Pareto with shape 5, has no finite standard error of the variance.
    #expect(abs(variance.squareRoot() - deviation) <= 0.03 * deviation)
    #expect(drawn.allSatisfy { $0 >= Double(law.minimum.nanoseconds) })
    if case .normal(.zero, _) = law { return }
    #expect(abs(Double(law.mean.nanoseconds) - mean) <= 1)
  }

  @Test("Samples pass the Kolmogorov-Smirnov test", arguments: knownCurves.indices)
  func goodnessOfFit(index: Int) {
    let (law, curve) = knownCurves[index]
    let count = 100_000
    let drawn = samples(law, count, seed: 11).sorted()
    var distance = 0.0
    for (rank, value) in drawn.enumerated() {
      let expected = curve(value)
      distance = max(distance, abs(expected - Double(rank) / Double(count)))
      distance = max(distance, abs(expected - Double(rank + 1) / Double(count)))
    }
    // 1.95 is passed once in a thousand when the law is right.
    #expect(distance * Double(count).squareRoot() < 1.95)
  }

  @Test("A uniform law reaches both of its ends and every value between")
  func uniformEnds() {
    let law = Distribution.uniform(
      from: VirtualDuration(nanoseconds: 3), to: VirtualDuration(nanoseconds: 7))
    #expect(Set(samples(law, 500)) == [3, 4, 5, 6, 7])
  }

  @Test("The same key gives the same span", arguments: knownMoments.map(\.0))
  func keyed(law: Distribution) {
    #expect(samples(law, 100) == samples(law, 100))
  }

  @Test(
    "Spans saturate instead of overflowing",
    arguments: [
      Distribution.exponential(
        minimum: VirtualDuration(nanoseconds: .max), mean: .seconds(1)),
      .exponential(minimum: .zero, mean: VirtualDuration(nanoseconds: .max)),
      .normal(
        mean: VirtualDuration(nanoseconds: .max), deviation: VirtualDuration(nanoseconds: .max)),
      .uniform(from: .zero, to: VirtualDuration(nanoseconds: .max)),
      .logNormal(median: .seconds(1), sigma: 100),
      .pareto(minimum: .seconds(1), shape: 0.01),
    ])
  func saturation(law: Distribution) {
    let drawn = samples(law, 1_000)
    #expect(drawn.allSatisfy { $0 >= 0 && $0 <= 0x1p63 })
    #expect(law.mean >= law.minimum)
  }

  @Test("A Pareto law of shape 1 has an infinite mean")
  func infiniteMean() {
    let law = Distribution.pareto(minimum: millisecond, shape: 1)
    #expect(law.mean == VirtualDuration(nanoseconds: .max))
  }
}
