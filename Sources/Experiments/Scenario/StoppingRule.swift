import Notation
import Tables

/// When a point of a scenario has enough seeds: its key `until`.
public struct StoppingRule: Hashable, Sendable {
  /// When the mean of a series has enough seeds.
  let stopping: MeanStopping
  /// Of what the mean is.
  let metric: Metric

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
        "at-most", .integer(MeanStopping.firstLook...100_000), default: "160",
        "The most seeds; a point is looked at after 10, 20, 40 seeds and so on, and after these."),
    ])

  /// Reads the section.
  init(_ reader: MappingReader) {
    let halfWidth = reader["half-width"].probability()
    metric = Metric(rawValue: reader["metric"].choice()) ?? .tps
    stopping = MeanStopping(halfWidth: halfWidth, valuesAtMost: reader["at-most"].integer())
    if reader.isSound("half-width"), halfWidth == 0 {
      reader.error(
        "no interval is that narrow", at: "half-width",
        hint: "give a share of the mean, such as '1 %'")
    }
  }
}
