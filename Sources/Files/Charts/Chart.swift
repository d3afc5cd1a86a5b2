import Notation
import Tables

/// A chart of a table: points by panel and line, with what the chart states about them.
public struct Chart: Sendable {
  /// A value at a place, with its bounds.
  struct Point: Sendable {
    var panel: Int
    var series: Int
    var x: Double
    var y: Double
    var low: Double?
    var high: Double?
    /// Whether the line breaks before it: a place in between has no value.
    var isAfterGap = false
  }

  /// How the points of a line are joined.
  enum Shape: String, Sendable {
    /// Points with a line through them, and bounds as bars.
    case points
    /// A line inside a band: the points are too many for bars.
    case band
    /// A share that steps up.
    case steps
    /// Points alone: their places have no order.
    case places
  }

  /// So many points of a line have room for bars.
  private static let barsAtMost = 40

  /// The metric along the vertical axis: its column without `_mean`.
  public let metric: String
  let title: String
  /// The words under the chart: seeds, interval and conditions.
  let caption: String
  let xLabel: String
  let yLabel: String
  /// The names of the panels; one empty name where there is one.
  let panels: [String]
  /// The names of the lines; one empty name where there is one.
  let series: [String]
  /// The names of the places where these are no numbers.
  let categories: [String]
  let points: [Point]
  let shape: Shape
  let request: ChartRequest
  /// What the reader of the chart should know and does not see there.
  public let remarks: [String]

  /// The chart in words: title, axes and caption.
  public var description: String { "\(title): \(yLabel) over \(xLabel); \(caption)" }

  /// How many points are drawn, in how many lines and panels.
  public var extent: String {
    let lines = Set(points.map { [$0.panel, $0.series] }).count
    func counted(_ count: Int, _ word: String) -> String {
      "\(count) \(word)\(count == 1 ? "" : "s")"
    }
    return "\(counted(points.count, "point")) in \(counted(lines, "line"))"
      + (panels.count > 1 ? " and \(panels.count) panels" : "")
  }

  /// Reduces a table to a chart.
  ///
  /// - Parameters:
  ///   - table: The table; where it has a column `seed`, rows that differ in nothing else become
  ///     their mean.
  ///   - file: Its name, for messages.
  ///   - title: The words over the chart unless the request has some.
  ///   - request: What is asked for.
  /// - Throws: ``ChartError`` where a column is not there, no row is left, or several rows are one
  ///   point.
  public init(
    _ table: Table, file: String, title: String, _ request: ChartRequest
  ) throws(ChartError) {
    let rows = try ChartRows(table, file: file, request)
    let reduction = try ChartReduction(rows)
    var remarks = reduction.remarks
    var points = reduction.points
    func drop(_ axis: String, _ isDropped: (Point) -> Bool) {
      let dropped = points.count(where: isDropped)
      points.removeAll(where: isDropped)
      if dropped > 0 {
        remarks.append(
          "\(dropped) point\(dropped == 1 ? " is" : "s are") not above 0, which a logarithmic "
            + "\(axis) axis has no place for")
      }
    }
    if request.isXLogarithmic { drop("horizontal") { $0.x <= 0 } }
    if request.isYLogarithmic { drop("vertical") { $0.y <= 0 } }
    guard !points.isEmpty else {
      throw ChartError(
        "there is no point to draw", in: file, help: remarks.joined(separator: "\n  "))
    }
    if request.isXLogarithmic, !reduction.categories.isEmpty {
      throw ChartError(
        "'\(rows.x)' has names and no numbers: its axis cannot be logarithmic", in: file)
    }
    self.remarks = remarks
    self.request = request
    self.title = request.title ?? title
    metric = rows.y.hasSuffix("_mean") ? String(rows.y.dropLast(5)) : rows.y
    xLabel = ColumnLabel.text(of: rows.x)
    yLabel = ColumnLabel.text(of: rows.y)
    panels = reduction.names(of: rows.panel, reduction.panels)
    series = reduction.names(of: rows.series, reduction.series)
    categories = reduction.categories
    let most =
      Dictionary(grouping: points) { [$0.panel, $0.series] }.values.map(\.count).max() ?? 0
    shape =
      if rows.y == "share" {
        .steps
      } else if !reduction.categories.isEmpty {
        .places
      } else {
        most > Self.barsAtMost ? .band : .points
      }
    caption = reduction.caption(shape)
    self.points = shape == .steps ? Self.thinned(points) : points
  }
}

extension Chart {
  /// So many steps of a line can be told apart, besides so many at its end.
  private static let stepsAtMost = 1000.0
  private static let stepsAtEnd = 100

  /// Steps without those that are lower than a thousandth and so lie within the line; the highest of a
  /// line, where a tail is looked for, all stay.
  private static func thinned(_ points: [Point]) -> [Point] {
    points.indices.filter { index in
      let point = points[index]
      func isSameLine(_ other: Int) -> Bool {
        points.indices.contains(other) && points[other].panel == point.panel
          && points[other].series == point.series
      }
      guard isSameLine(index - 1), isSameLine(index + stepsAtEnd) else { return true }
      return (point.y * stepsAtMost).rounded(.down)
        != (points[index - 1].y * stepsAtMost).rounded(.down)
    }.map { points[$0] }
  }
}

/// The words for a column on an axis or in a key.
enum ColumnLabel {
  /// Columns whose names are short.
  private static let known = [
    "tps": "transactions per second", "per_second": "operations per second",
    "ms": "time (ms)", "share": "share of requests", "accepted": "requests accepted",
    "replicas": "replicas", "from_s": "time (s)",
    "survival_dt": "bound crossed after (Δt)", "latency_ms": "latency (ms)",
    "latency_mean_ms": "mean latency (ms)",
  ]

  private static let units = [
    ("_per_s", "1/s"), ("_bits_per_s", "bit/s"), ("_bytes", "bytes"), ("_ms", "ms"), ("_us", "µs"),
    ("_s", "s"),
  ]

  /// What stands on an axis for a column: its name in words, with the unit in brackets.
  static func text(of column: String) -> String {
    let name = column.hasSuffix("_mean") ? String(column.dropLast(5)) : column
    if let text = known[name] { return text }
    for (suffix, unit) in units where name.hasSuffix(suffix) && name.count > suffix.count {
      return words(name.dropLast(suffix.count)) + " (\(unit))"
    }
    return words(name[...])
  }

  private static func words(_ name: Substring) -> String {
    String(name.map { $0 == "_" ? " " : $0 })
  }
}
