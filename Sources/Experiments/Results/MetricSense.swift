/// Which way a column of a result file gets better.
public enum MetricSense: String, CaseIterable, Hashable, Sendable {
  /// More is better, as of throughput.
  case bigger
  /// Less is better, as of latency.
  case smaller

  /// The sense of a column; nil where neither way is better by itself.
  ///
  /// Half of a confidence interval has none.
  public init?(column: String) {
    if column.hasSuffix("_ci95") || column.contains("_ci95_") { return nil }
    let words = column.split(separator: "_")
    if words.first == "tps" || column.hasPrefix("per_second") {
      self = .bigger
    } else if words.first == "latency" {
      self = .smaller
    } else {
      return nil
    }
  }

  /// The unit of a column; empty where its name has none.
  static func unit(of column: String) -> String {
    let words = column.split(separator: "_")
    if words.first == "tps" || column.hasPrefix("per_second") { return "1/s" }
    return words.last { ["ms", "us", "s"].contains($0) }.map(String.init) ?? ""
  }
}
