import Tables

/// The points of a chart, and how many seeds each stands for.
struct ChartReduction {
  private(set) var points: [Chart.Point] = []
  /// The values that have a panel or a line each, in the order of the table.
  private(set) var panels: [String] = []
  private(set) var series: [String] = []
  /// The names along the horizontal axis, where these are no numbers.
  private(set) var categories: [String] = []
  private(set) var remarks: [String] = []

  private let rows: ChartRows
  private let interval: ChartInterval
  /// How many seeds the points stand for.
  private var seeds: Set<Int> = []
  private var hasBounds = false

  init(_ rows: ChartRows) throws(ChartError) {
    self.rows = rows
    interval = rows.columns.interval(of: rows.y)
    panels = rows.panel.map { rows.values(of: $0) } ?? [""]
    series = rows.series.map { rows.values(of: $0) } ?? [""]
    let places = rows.values(of: rows.x).filter { !$0.isEmpty }
    if rows.table.cells(of: rows.x)?.contains(where: { $0.number == nil && $0 != .empty }) ?? false
    {
      categories = places
    }
    let groups = grouped()
    if rows.isMetric(rows.x) {
      try requireOnePath(groups)
    } else {
      try requireOneRowEach(groups)
    }
    for group in groups { append(group) }
    try requireMeans()
    dropUnused()
    if !rows.isMetric(rows.x) { sort() }
    markGaps()
    remarkOnRuns(groups.flatMap(\.rows))
  }

  // MARK: Groups

  /// The rows of one point.
  private struct Group {
    var panel: Int
    var series: Int
    var x: Double
    var rows: [Int]
  }

  private func grouped() -> [Group] {
    let table = rows.table
    let panelPlaces = places(of: panels)
    let seriesPlaces = places(of: series)
    let categoryPlaces = places(of: categories)
    var groups: [Group] = []
    var known: [[UInt64]: Int] = [:]
    for row in table.rows.indices {
      guard let cell = table[row, rows.x], table[row, rows.y]?.number != nil else { continue }
      let place =
        categories.isEmpty ? cell.number : categoryPlaces[cell.text].map { Double($0 + 1) }
      guard let x = place else { continue }
      let panel = rows.panel.flatMap { table[row, $0]?.text }.flatMap { panelPlaces[$0] } ?? 0
      let line = rows.series.flatMap { table[row, $0]?.text }.flatMap { seriesPlaces[$0] } ?? 0
      var key = [UInt64(panel), UInt64(line), x.bitPattern]
      // Each row of a curve through two measured columns is a point of its own.
      if rows.isMetric(rows.x) { key.append(UInt64(row)) }
      if let index = known[key] {
        groups[index].rows.append(row)
      } else {
        known[key] = groups.count
        groups.append(Group(panel: panel, series: line, x: x, rows: [row]))
      }
    }
    return groups
  }

  private func places(of names: [String]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  // MARK: Refusals

  /// Requires rows of one point to differ in their seed at most.
  private func requireOneRowEach(_ groups: [Group]) throws(ChartError) {
    let seed = rows.columns.seed
    for group in groups where group.rows.count > 1 {
      let seeds = Set(group.rows.map { row in seed.flatMap { rows.table[row, $0]?.text } ?? "" })
      if seeds.count == group.rows.count { continue }
      throw ambiguity(
        group.rows,
        "\(group.rows.count) rows are one point where '\(rows.x)' is "
          + (rows.table[group.rows[0], rows.x]?.text ?? ""))
    }
  }

  /// Requires the rows of a line through two measured columns to differ in one key, along which the
  /// line goes.
  private func requireOnePath(_ groups: [Group]) throws(ChartError) {
    let lines = Dictionary(grouping: groups) { [$0.panel, $0.series] }
    for (_, line) in lines.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let members = line.flatMap(\.rows)
      let dimensions = differing(members).filter { rows.columns.dimensions.contains($0) }
      if dimensions.count > 1 {
        throw ambiguity(members, "a line goes along one key, and these rows differ in several")
      }
    }
  }

  private func ambiguity(_ members: [Int], _ problem: String) -> ChartError {
    let names = differing(members)
    let dimensions = names.filter { rows.columns.dimensions.contains($0) }
    let shown = (dimensions.isEmpty ? names : dimensions).prefix(5).map { "'\($0)'" }
    let reason =
      shown.isEmpty
      ? "the table holds them twice"
      : "they differ in \(shown.joined(separator: ", ")): choose with --where, --by or --panel"
    return ChartError("\(problem): \(reason)", in: rows.file)
  }

  /// The columns without a part in the chart whose values differ between rows.
  private func differing(_ members: [Int]) -> [String] {
    let used = [rows.x, rows.y, rows.series, rows.panel]
    return rows.table.columns.filter { column in
      guard !used.contains(column) else { return false }
      return Set(members.map { rows.table[$0, column]?.text ?? "" }).count > 1
    }
  }

  /// Requires what is averaged to be a quantity.
  private func requireMeans() throws(ChartError) {
    guard (seeds.max() ?? 1) > 1, rows.columns.seed != nil, ChartColumns.names.contains(rows.y)
    else { return }
    throw ChartError(
      "'\(rows.y)' has numbers of replicas or views, and these have no mean: draw one run with "
        + "--where seed=1", in: rows.file)
  }

  /// Leaves out lines and panels that have no point, and counts cells that are no numbers.
  private mutating func dropUnused() {
    let lines = series.indices.filter { line in points.contains { $0.series == line } }
    let panes = panels.indices.filter { panel in points.contains { $0.panel == panel } }
    for index in points.indices {
      points[index].series = lines.firstIndex(of: points[index].series) ?? 0
      points[index].panel = panes.firstIndex(of: points[index].panel) ?? 0
    }
    series = lines.map { series[$0] }
    panels = panes.map { panels[$0] }
    let others = rows.table.cells(of: rows.y)?.count { cell in
      if case .text = cell { true } else { false }
    }
    if let others, others > 0 {
      remarks.append("cells of '\(rows.y)' that are no numbers are left out: \(others)")
    }
  }

  // MARK: Points

  private mutating func append(_ group: Group) {
    let table = rows.table
    let values = group.rows.compactMap { table[$0, rows.y]?.number }
    var point = Chart.Point(
      panel: group.panel, series: group.series, x: group.x, y: Statistics.mean(values) ?? 0)
    if values.count == 1, let row = group.rows.first {
      point.y = values[0]
      bound(&point, row)
      if let count = rows.columns.count.flatMap({ table[row, $0]?.number }) {
        seeds.insert(Int(count))
      } else if rows.columns.seed != nil {
        seeds.insert(1)
      }
    } else {
      seeds.insert(values.count)
      if let half = Statistics.halfWidth95(values) {
        point.low = point.y - half
        point.high = point.y + half
      }
    }
    hasBounds = hasBounds || point.low != nil
    points.append(point)
  }

  private func bound(_ point: inout Chart.Point, _ row: Int) {
    switch interval {
    case .none: return
    case .half(let column):
      guard let half = rows.table[row, column]?.number else { return }
      point.low = point.y - half
      point.high = point.y + half
    case .range(let least, let most):
      point.low = rows.table[row, least]?.number
      point.high = rows.table[row, most]?.number
    }
  }

  private mutating func sort() {
    let ordered = points.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      return (a.panel, a.series, a.x, left.offset) < (b.panel, b.series, b.x, right.offset)
    }
    points = ordered.map(\.element)
  }

  /// Marks the points before which a place of their line has rows and no value.
  private mutating func markGaps() {
    guard categories.isEmpty, !rows.isMetric(rows.x) else { return }
    let table = rows.table
    var empty: [[String]: [Double]] = [:]
    for row in table.rows.indices where table[row, rows.y] == .empty {
      guard let x = table[row, rows.x]?.number else { continue }
      let key = [rows.panel, rows.series].map { $0.flatMap { table[row, $0]?.text } ?? "" }
      empty[key, default: []].append(x)
    }
    for index in points.indices.dropFirst() {
      let (last, point) = (points[index - 1], points[index])
      guard last.panel == point.panel, last.series == point.series else { continue }
      let key = [panels[point.panel], series[point.series]]
      points[index].isAfterGap = empty[key]?.contains { last.x < $0 && $0 < point.x } ?? false
    }
  }

  private mutating func remarkOnRuns(_ members: [Int]) {
    let unfulfilled = members.reduce(0.0) { sum, row in
      sum + (rows.table[row, "unfulfilled_runs"]?.number ?? 0)
    }
    if unfulfilled > 0 {
      remarks.append("runs that did not go as their schedule asks for are among the points")
    }
  }

  // MARK: Words

  /// The names of panels or lines; a number has its column in front.
  func names(of column: String?, _ values: [String]) -> [String] {
    guard let column else { return values }
    return values.map { value in
      if value.isEmpty { return "no \(ColumnLabel.text(of: column))" }
      return Cell(reading: value).number == nil
        ? value : "\(ColumnLabel.text(of: column)) = \(value)"
    }
  }

  /// What the points are: of how many seeds, and what bounds them.
  func caption(_ shape: Chart.Shape) -> String {
    var parts: [String] = []
    if let least = seeds.min(), let most = seeds.max() {
      let count = least == most ? "\(least)" : "\(least) to \(most)"
      let word = most == 1 ? "seed" : "seeds"
      parts.append(
        most == 1
          ? "one seed, no interval"
          : shape == .steps ? "all latencies of \(count) \(word)" : "means of \(count) \(word)")
    } else {
      parts.append("no seeds, no interval")
    }
    if hasBounds {
      let bounds = shape == .band ? "bands" : "bars"
      let isRange = if case .range = interval { true } else { false }
      parts.append(bounds + (isRange ? ": least to largest" : ": 95 % interval"))
    } else if (seeds.max() ?? 1) > 1, shape != .steps {
      parts.append("no interval in the table")
    }
    return (parts + rows.conditions).joined(separator: "; ")
  }
}
