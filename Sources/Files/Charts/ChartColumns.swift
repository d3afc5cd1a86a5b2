import Notation
import Tables

/// The columns of a table by the part that they play in a chart.
struct ChartColumns {
  private let table: Table
  /// The file of the table, for messages.
  private let file: String

  init(_ table: Table, file: String) {
    self.table = table
    self.file = file
  }

  /// The columns that count how many runs a row stands for.
  private static let counts = ["seeds", "runs"]

  /// Columns behind the seed that name what a row is about.
  private static let places = ["test", "accounting", "from_s", "node", "step"]

  /// What a chart shows where it may choose.
  private static let favourites = [
    "share", "tps_mean", "tps", "latency_ms", "accepted", "latency_mean_ms", "survival_dt_mean",
    "per_second_mean", "cost_us",
  ]

  /// The column of seeds; nil where a row stands for several runs or for none.
  var seed: String? { table.columns.contains("seed") ? "seed" : nil }

  /// The column with the number of runs; nil where there is none.
  var count: String? { Self.counts.first { table.columns.contains($0) } }

  /// Whether rows stand for runs.
  var hasRuns: Bool { seed != nil || count != nil }

  /// Columns with the number of a replica or a view, which has no mean.
  static let names: Set<String> = ["leader", "primary", "view", "seed", "test"]

  /// The columns that name what a row is about, from left to right.
  var dimensions: [String] {
    let ends = Self.counts + ["seed"]
    guard let end = table.columns.firstIndex(where: { ends.contains($0) }) else {
      let measured = Self.favourites.compactMap { table.columns.firstIndex(of: $0) }.min()
      return table.columns.enumerated().filter { place, name in
        let isText =
          table.cells(of: name)?.contains { $0.number == nil && $0 != .empty } ?? false
        return name != "figure" && (isText || place < measured ?? 0)
      }.map(\.element)
    }
    return table.columns[..<end].filter { $0 != "figure" }
      + table.columns[end...].filter { Self.places.contains($0) }
  }

  /// What the vertical axis shows unless it is said.
  var favourite: String? {
    let known = Self.favourites.first { table.columns.contains($0) && hasNumber($0) }
    let dimensions = dimensions
    return known
      ?? table.columns.last { !dimensions.contains($0) && !isAboutRuns($0) && hasNumber($0) }
  }

  private func isAboutRuns(_ column: String) -> Bool {
    Self.counts.contains(column) || ["seed", "figure", "unfulfilled_runs"].contains(column)
  }

  private func hasNumber(_ column: String) -> Bool {
    table.cells(of: column)?.contains { $0.number != nil } ?? false
  }

  /// The column that a user's word stands for: its name, the key path of a sweep, or a metric
  /// without `_mean`.
  ///
  /// - Throws: ``ChartError`` with the nearest name where no column is meant.
  func column(_ word: String, for option: String) throws(ChartError) -> String {
    let plain = String(word.map { $0 == "." || $0 == "-" ? "_" : $0 })
    let spellings =
      word == "series" ? ["series", "protocol"] : [word, plain, word + "_mean", plain + "_mean"]
    if let found = spellings.first(where: { table.columns.contains($0) }) { return found }
    // A column of a sweep has the unit in its name.
    let units = ["_s", "_ms", "_us", "_per_s", "_bytes", "_bits_per_s"]
    if let found = units.map({ plain + $0 }).first(where: { table.columns.contains($0) }) {
      return found
    }
    let metrics = table.columns.filter { $0.hasSuffix("_mean") }.map { String($0.dropLast(5)) }
    let hint = nearestName(to: plain, among: metrics + table.columns + ["series"])
      .map { "; did you mean '\($0)'?" }
    let shown = table.columns.prefix(24).joined(separator: ", ")
    let rest = table.columns.count > 24 ? " and \(table.columns.count - 24) more" : ""
    throw ChartError(
      "there is no column '\(word)' for \(option)\(hint ?? "")", in: file,
      help: "the columns are \(shown)\(rest)")
  }

  /// The columns that bound a mean: half of a 95 % interval, or the least and the largest value.
  func interval(of column: String) -> ChartInterval {
    guard let mean = column.range(of: "mean", last: true) else { return .none }
    func named(_ word: String) -> String? {
      let name = column.replacingCharacters(in: mean, with: word)
      return table.columns.contains(name) ? name : nil
    }
    if let half = named("ci95") { return .half(half) }
    if let least = named("min"), let most = named("max") { return .range(least, most) }
    return .none
  }
}

/// What bounds the values of a chart.
enum ChartInterval {
  case none
  /// A column with half of the 95 % interval.
  case half(String)
  /// A column with the least value and one with the largest.
  case range(String, String)
}

extension String {
  /// The last place of a word in a text.
  fileprivate func range(of word: String, last: Bool) -> Range<String.Index>? {
    var end = endIndex
    while end > startIndex {
      guard let begin = index(end, offsetBy: -word.count, limitedBy: startIndex) else { return nil }
      if self[begin..<end] == word { return begin..<end }
      end = index(before: end)
    }
    return nil
  }

  fileprivate func replacingCharacters(in range: Range<String.Index>, with word: String) -> String {
    self[..<range.lowerBound] + word + self[range.upperBound...]
  }
}
