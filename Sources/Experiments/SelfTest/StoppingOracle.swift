import DiscreteEvents
import Tables

/// How often the 95 % interval of a mean holds the mean of the law where the key `until` decides how many
/// values there are.
struct StoppingOracle {
  /// When there are enough values.
  let rule: MeanStopping

  /// The share of intervals that must hold it: 95 % less what the looks may cost.
  static let floor = 0.9

  /// Draws exponential values of the mean 1 s, as many as the rule asks for, so many times.
  func row(trials: Int, seed: Seed) -> SelfTestRow {
    let hits = (0..<trials).count { holds(seed.derived(for: UInt64($0))) }
    return SelfTestRow(
      quantity: "coverage of intervals that stop",
      law: "95 % less the looks of 'until' (Documentation/Campaigns.md)", expected: Self.floor,
      measured: Double(hits) / Double(trials), criterion: .floor)
  }

  private func holds(_ seed: Seed) -> Bool {
    let law = Distribution.exponential(minimum: .zero, mean: .seconds(1))
    var draw = seed.draw(.sampling, 1)
    var values: [Double] = []
    for look in rule.looks {
      while values.count < look { values.append(law.sample(&draw).inSeconds) }
      if rule.isMet(by: values) { break }
    }
    guard let mean = Statistics.mean(values), let width = Statistics.halfWidth95(values) else {
      return false
    }
    return (mean - 1).magnitude <= width
  }
}
