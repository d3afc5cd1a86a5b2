import ConsensusCore
import Notation
import Tables

/// When a point of a scenario has enough seeds: its key `until`.
///
/// The means are looked at after 10, 20, 40 seeds and so on. A rule that looks at fixed numbers of seeds needs
/// no correction to be reproducible, but its intervals cover slightly less than 95 %, since a run of alike
/// values stops early (Documentation/Campaigns.md has the measured coverage).
public struct StoppingRule: Hashable, Sendable {
  /// Half the width of the 95 % confidence interval of each series, as a share of its mean, in (0, 1].
  let halfWidth: Double
  /// Of what.
  let metric: Metric
  /// The most seeds, from ``firstLook`` on.
  let seedsAtMost: Int

  /// The seeds at the first look.
  static let firstLook = 10

  static let keys = MappingSpec(
    "until", "When a point has enough seeds.",
    keys: [
      .required(
        "half-width", .probability,
        "The half width of the 95 % confidence interval, as a share of the mean, that every series of a "
          + "point must reach."),
      .required(
        "metric", .choice(Metric.allCases.map { .init($0.rawValue) }), "The metric of that mean."),
      .key(
        "at-most", .integer(firstLook...100_000), default: "160",
        "The most seeds; a point is looked at after 10, 20, 40 seeds and so on, and after these."),
    ])

  /// A rule of its own.
  init(halfWidth: Double, metric: Metric, seedsAtMost: Int) {
    self.halfWidth = halfWidth
    self.metric = metric
    self.seedsAtMost = seedsAtMost
  }

  /// Reads the section.
  init(_ reader: MappingReader) {
    halfWidth = reader["half-width"].probability()
    metric = Metric(rawValue: reader["metric"].choice()) ?? .tps
    seedsAtMost = reader["at-most"].integer()
    if reader.isSound("half-width"), halfWidth == 0 {
      reader.error(
        "no interval is that narrow", at: "half-width",
        hint: "give a share of the mean, such as '1 %'")
    }
  }

  /// The numbers of seeds at which a point is looked at, ascending.
  var looks: [Int] {
    var looks: [Int] = []
    var next = Self.firstLook
    while next < seedsAtMost {
      looks.append(next)
      next *= 2
    }
    return looks + [seedsAtMost]
  }

  /// Whether the interval of the mean of some values is narrow enough; never for a value that a run lacks.
  func isMet(by values: [Double?]) -> Bool {
    let known = values.compactMap { $0 }
    guard known.count == values.count, let mean = Statistics.mean(known),
      let width = Statistics.halfWidth95(known)
    else { return false }
    return width <= halfWidth * mean.magnitude
  }
}
