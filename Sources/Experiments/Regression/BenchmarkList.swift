import Notation
import Tables

/// Means of results as the action github-action-benchmark reads them, with the tools
/// `customBiggerIsBetter` and `customSmallerIsBetter`.
///
/// That action takes one sense for all numbers of a file, so that a list has one.
public struct BenchmarkList: Sendable {
  /// One number.
  struct Item: Sendable {
    var name: String
    var unit: String
    var value: String
    var range: String?
    var extra: String?
  }

  /// Which way the numbers get better.
  public let sense: MetricSense
  private(set) var items: [Item] = []

  /// An empty list.
  public init(_ sense: MetricSense) { self.sense = sense }

  /// Adds the means in the summaries of a scenario.
  public mutating func append(_ scenario: Scenario, _ results: [RunResult]) {
    for file in Report(scenario, results).files where file.name.hasSuffix("-summary") {
      append(file)
    }
  }

  /// Adds the means of one table; of tests only the row of all of them.
  mutating func append(_ file: Report.File) {
    let table = file.table
    let measured = table.columns.filter { column in
      !file.keys.contains(column) && MetricSense(column: column) == sense
        && column.split(separator: "_").contains("mean")
    }
    for row in table.rows.indices {
      if let test = table[row, "test"], test.text != "all" { continue }
      let names = file.keys.filter { $0 != "test" && $0 != "figure" }
        .compactMap { key in table[row, key].map { ($0.text, key) } }
        .filter { !$0.0.isEmpty }
        .map { ["protocol", "variant"].contains($0.1) ? $0.0 : "\($0.1)=\($0.0)" }
      for column in measured {
        guard let value = table[row, column], value.number != nil else { continue }
        let interval = Self.interval(of: column).flatMap { table[row, $0] }
        items.append(
          Item(
            name: "\(file.name): \((names + [column]).joined(separator: ", "))",
            unit: MetricSense.unit(of: column), value: value.text,
            range: interval.flatMap { $0.number == nil ? nil : "± \($0.text)" },
            extra: table[row, "seeds"].map { "seeds: \($0.text)" }))
      }
    }
  }

  /// The column of half of the confidence interval of a mean.
  private static func interval(of column: String) -> String? {
    if column.hasSuffix("_mean") { return String(column.dropLast(5)) + "_ci95" }
    return column.hasSuffix("_mean_ms") ? String(column.dropLast(8)) + "_ci95_ms" : nil
  }

  /// The list as a JSON array.
  public var json: String {
    let texts = items.map { item in
      JSONText.object(
        [
          ("name", .string(item.name)), ("unit", .string(item.unit)),
          ("value", .literal(item.value)),
        ] + (item.range.map { [("range", .string($0))] } ?? [])
          + (item.extra.map { [("extra", .string($0))] } ?? []))
    }
    return JSONText.array(texts).text() + "\n"
  }
}
