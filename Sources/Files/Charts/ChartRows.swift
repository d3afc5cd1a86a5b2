import Notation
import Tables

/// The rows and columns of a table that a chart shows: what was asked for, and choices for the rest.
struct ChartRows {
  /// Those rows.
  private(set) var table: Table
  /// The columns along the axes.
  private(set) var x = ""
  private(set) var y = ""
  /// The column with a line for each value; nil for one line.
  private(set) var series: String?
  /// The column with a panel for each value; nil for one panel.
  private(set) var panel: String?
  /// The columns by their parts.
  let columns: ChartColumns
  /// What rows were chosen by, as far as it was asked for.
  private(set) var conditions: [String] = []
  /// The file of the table, for messages.
  let file: String

  /// So many lines can be told apart in grey.
  private static let seriesAtMost = 8
  /// So many panels have room on a page.
  private static let panelsAtMost = 12

  /// Chooses rows and columns.
  ///
  /// - Parameters:
  ///   - table: The whole table.
  ///   - file: Its name, for messages.
  ///   - request: What is asked for.
  /// - Throws: ``ChartError`` where a column is not there, no row is left, or there is nothing to draw.
  init(_ table: Table, file: String, _ request: ChartRequest) throws(ChartError) {
    self.table = table
    self.file = file
    columns = ChartColumns(table, file: file)
    if table.rows.isEmpty {
      throw ChartError("the table has no rows", in: file)
    }
    try keep(request.conditions)
    if let word = request.x { x = try columns.column(word, for: "--x") }
    if let word = request.y { y = try columns.column(word, for: "--y") }
    series = try request.series.map { word throws(ChartError) in
      try columns.column(word, for: "--by")
    }
    panel = try request.panel.map { word throws(ChartError) in
      try columns.column(word, for: "--panel")
    }
    keepTotals()
    try chooseY()
    chooseX()
    chooseSeries(isGiven: request.series != nil)
    choosePanel(isGiven: request.panel != nil)
    try check()
  }

  // MARK: Rows

  /// Keeps the rows that every condition allows; values of one column are alternatives.
  private mutating func keep(_ asked: [ChartRequest.Condition]) throws(ChartError) {
    var found: [(column: String, condition: ChartRequest.Condition)] = []
    for condition in asked {
      found.append((try columns.column(condition.column, for: "--where"), condition))
      let column = found[found.count - 1].column
      let values = values(of: column)
      guard !values.contains(condition.value) else { continue }
      let hint = nearestName(to: condition.value, among: values).map { "; did you mean '\($0)'?" }
      throw ChartError(
        "no row has '\(condition.value)' in '\(column)'\(hint ?? "")", in: file,
        help: "there are \(values.prefix(20).joined(separator: ", "))")
    }
    for column in Set(found.map(\.column)).sorted() {
      let mine = found.filter { $0.column == column }.map(\.condition)
      let wanted = mine.filter { !$0.isExclusion }.map(\.value)
      let refused = mine.filter(\.isExclusion).map(\.value)
      filter { row, table in
        let text = table[row, column]?.text ?? ""
        return (wanted.isEmpty || wanted.contains(text)) && !refused.contains(text)
      }
    }
    conditions = asked.map { "\($0.column) \($0.isExclusion ? "≠" : "=") \($0.value)" }
    if table.rows.isEmpty {
      throw ChartError(
        "no row fits " + asked.map { "'\($0.text)'" }.joined(separator: " and "), in: file)
    }
  }

  /// Where a column holds parts and their total, keeps the total, unless the parts are drawn.
  private mutating func keepTotals() {
    let used = [x, y, series ?? "", panel ?? ""]
    for column in columns.dimensions where values(of: column).contains("all") {
      if x == column {
        filter { row, table in table[row, column]?.number != nil }
      } else if !used.contains(column), !(x.isEmpty && column == "test") {
        filter { row, table in table[row, column]?.text == "all" }
      }
    }
  }

  private mutating func filter(_ isKept: (Int, Table) -> Bool) {
    var kept = Table(columns: table.columns)
    for row in table.rows.indices where isKept(row, table) { kept.append(table.rows[row]) }
    table = kept
  }

  /// The values of a column, each once, from top to bottom.
  func values(of column: String) -> [String] {
    var seen: Set<String> = []
    return (table.cells(of: column) ?? []).map(\.text).filter { seen.insert($0).inserted }
  }

  // MARK: Columns

  private func isNumeric(_ column: String) -> Bool {
    let cells = table.cells(of: column)?.filter { $0 != .empty } ?? []
    return !cells.isEmpty && cells.allSatisfy { $0.number != nil }
  }

  /// The columns that name a row, differ between rows, and have no part yet.
  private var free: [String] {
    let used = [x, y, series ?? "", panel ?? ""]
    return columns.dimensions.filter { !used.contains($0) && values(of: $0).count > 1 }
  }

  private mutating func chooseY() throws(ChartError) {
    if y.isEmpty {
      guard let favourite = columns.favourite else {
        throw ChartError("no column has numbers to draw", in: file)
      }
      y = favourite
    }
    guard table.cells(of: y)?.contains(where: { $0.number != nil }) ?? false else {
      throw ChartError(
        "'\(y)' has no number in the rows that are left: choose another column with --y", in: file)
    }
  }

  private mutating func chooseX() {
    guard x.isEmpty else { return }
    if y == "share", table.index(of: "latency_ms") != nil {
      x = "latency_ms"
    } else if free.contains("test") {
      x = "test"
      keepTotals()
    } else {
      let free = free.filter { $0 != series && $0 != panel }
      // What is swept most finely, where a table has what runs gave.
      let numeric = free.filter { isNumeric($0) }
      let finest = numeric.max { values(of: $0).count < values(of: $1).count }
      x =
        (columns.hasRuns ? finest : numeric.first) ?? free.first { $0 != "protocol" } ?? free.first
        ?? ""
      if x.isEmpty { x = columns.dimensions.first ?? table.columns[0] }
    }
  }

  private mutating func chooseSeries(isGiven: Bool) {
    guard !isGiven else { return }
    series = free.contains("protocol") ? "protocol" : free.first { !(isMetric(x) && isNumeric($0)) }
  }

  private mutating func choosePanel(isGiven: Bool) {
    guard !isGiven else { return }
    let free = free.filter { !(isMetric(x) && isNumeric($0)) }
    let next = free.contains("variant") ? "variant" : free.first
    panel = next.flatMap { values(of: $0).count <= Self.panelsAtMost ? $0 : nil }
  }

  /// Whether a column is measured and names no point.
  func isMetric(_ column: String) -> Bool {
    columns.hasRuns && column != "latency_ms" && column != "test"
      && !columns.dimensions.contains(column)
  }

  private func check() throws(ChartError) {
    if columns.seed != nil, x != "seed", isMetric(x) {
      throw ChartError(
        "'\(x)' is measured in each run, and its rows are not summed up: draw NAME-summary",
        in: file)
    }
    let lines = series.map { values(of: $0).count } ?? 1
    if lines > Self.seriesAtMost {
      throw ChartError(
        "'\(series ?? "")' has \(lines) values, and \(Self.seriesAtMost) lines can be told apart: "
          + "choose with --where, or give another column with --by", in: file)
    }
    let panels = panel.map { values(of: $0).count } ?? 1
    if panels > Self.panelsAtMost {
      throw ChartError(
        "'\(panel ?? "")' has \(panels) values, and \(Self.panelsAtMost) panels have room: "
          + "choose with --where, or give another column with --panel", in: file)
    }
  }
}
