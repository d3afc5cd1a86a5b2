import DiscreteEvents
import Simulator
import Tables

/// The result files of one scenario: tables by the name of their file, without `.csv`.
public struct Report: Sendable {
  /// One result file.
  public struct File: Sendable {
    /// The name without directory and extension.
    public var name: String
    /// The contents.
    public var table: Table
    /// The columns that say which row is which, for comparisons.
    public var keys: [String]

    /// Creates a file.
    package init(name: String, table: Table, keys: [String]) {
      self.name = name
      self.table = table
      self.keys = keys
    }
  }

  /// The files in the order in which they are written.
  public var files: [File]

  /// Reduces the results of a scenario to its files.
  public init(_ scenario: Scenario, _ results: [RunResult]) {
    let rows = zip(scenario.cells, results.byCell(of: scenario)).map {
      CellResults(cell: $0, runs: $1)
    }
    switch scenario.measure {
    case .tps: files = ThroughputReport(scenario, rows).files
    case .latency: files = LatencyReport(scenario, rows).files
    case .survival: files = SurvivalReport(scenario, rows).files
    case .metrics: files = MetricsReport(scenario, rows).files
    case .records: files = Workloads.tabled?.files(of: scenario, rows) ?? []
    }
    files += RecordingReport(scenario, rows).files
  }
}

/// All replicates of one cell.
package struct CellResults {
  /// The cell.
  package var cell: Scenario.Cell
  /// Its runs.
  package var runs: [RunResult]

  /// How many of the runs did not do what their schedule asks for.
  package var unfulfilledRuns: Cell { .integer(Int64(runs.count { !$0.ending.isFulfilled })) }
}

extension RequestAccount {
  /// The values of ``ResultColumns/requests``.
  var cells: [Cell] {
    [issued, accepted, bogus, declined, betweenTests, inFlight].map { .integer(Int64($0)) }
  }
}

extension Scenario {
  /// The columns that name a cell in a result file: swept key paths become column names.
  package var labelColumns: [String] {
    ResultColumns.point + sweptColumns
  }

  /// The values of ``labelColumns`` for a cell.
  package func labels(of cell: Cell) -> [Tables.Cell] {
    let values = zip(sweptKeys, cell.values).map { key, value in
      // n is known even where this variant does not sweep it.
      key == "replicas" && value.isEmpty ? String(cell.settings.replicas) : value
    }
    return [.text(figure), .text(cell.series), .text(cell.variant)] + values.map { .text($0) }
  }
}

extension RunResult.Test {
  /// Throughput in correct transactions per second of the window, equation 8 of the paper.
  package var throughput: Double {
    window > .zero ? Double(accepted) / window.inSeconds : 0
  }
  /// Falsely acknowledged transactions per second.
  var bogusRate: Double { window > .zero ? Double(bogus) / window.inSeconds : 0 }

  /// The cells of ``ResultColumns/test``.
  fileprivate var cells: [Cell] {
    [
      .integer(Int64(number)), primary.map { .integer(Int64($0)) } ?? .empty,
      .decimal(throughput, digits: 3), .integer(Int64(blocks)), .integer(Int64(declined)),
      .decimal(bogusRate, digits: 3),
    ]
  }
}

extension RunResult {
  /// The rows of the tests, and of a run that came to no test one that tells how it ended: the cells of
  /// ``ResultColumns/test``, and those that account for requests.
  var testRows: [(test: Test?, own: [Cell], requests: [Cell])] {
    guard !tests.isEmpty else {
      return [(nil, ResultColumns.test.map { _ in .empty }, requests.cells)]
    }
    return tests.map { ($0, $0.cells, $0.requests.cells) }
  }
}

/// Figures 7 and 8: throughput per test, equation 8 of the paper.
struct ThroughputReport {
  let files: [Report.File]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    let labels = scenario.labelColumns
    var raw = Table(
      columns: labels + ["seed"] + ResultColumns.test + ResultColumns.requests + ["ended"])
    var summary = Table(columns: labels + ResultColumns.testSummary)
    for row in rows {
      let names = scenario.labels(of: row.cell)
      for run in row.runs {
        let seed = Cell.integer(Int64(bitPattern: run.seed))
        for cells in run.testRows {
          raw.append(names + [seed] + cells.own + cells.requests + [.text(run.ending.text)])
        }
      }
      Self.summarise(row, names, into: &summary)
    }
    files = [
      Report.File(name: scenario.name, table: raw, keys: labels + ["seed", "test"]),
      Report.File(name: scenario.name + "-summary", table: summary, keys: labels + ["test"]),
    ]
  }

  private static func summarise(_ row: CellResults, _ names: [Cell], into summary: inout Table) {
    let count = row.runs.map(\.tests.count).min() ?? 0
    for index in 0..<count {
      let tests = row.runs.map { $0.tests[index] }
      let place: [Cell] = [.integer(Int64(tests[0].number)), .integer(Int64(tests.count))]
      let figures = cells(
        throughput: tests.map(\.throughput), blocks: tests.map { Double($0.blocks) },
        declined: tests.map { Double($0.declined) }, bogus: tests.map(\.bogusRate))
      summary.append(names + place + figures + [row.unfulfilledRuns])
    }
    func total(_ value: (RunResult.Test) -> Double) -> [Double] {
      row.runs.map { $0.tests.reduce(0) { $0 + value($1) } }
    }
    func mean(_ value: (RunResult.Test) -> Double) -> [Double] {
      zip(total(value), row.runs).map { $0 / Double(max(1, $1.tests.count)) }
    }
    let place: [Cell] = [.text("all"), .integer(Int64(row.runs.count))]
    let figures = cells(
      throughput: mean(\.throughput), blocks: total { Double($0.blocks) },
      declined: total { Double($0.declined) }, bogus: mean(\.bogusRate))
    summary.append(names + place + figures + [row.unfulfilledRuns])
  }

  private static func cells(
    throughput: [Double], blocks: [Double], declined: [Double], bogus: [Double]
  ) -> [Cell] {
    [
      .decimal(Statistics.mean(throughput), digits: 3),
      .decimal(Statistics.halfWidth95(throughput), digits: 3),
      .decimal(Statistics.mean(blocks), digits: 3),
      .decimal(Statistics.halfWidth95(blocks), digits: 3),
      .decimal(Statistics.mean(declined), digits: 3), .decimal(Statistics.mean(bogus), digits: 3),
    ]
  }
}
