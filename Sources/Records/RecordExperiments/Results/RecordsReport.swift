import DiscreteEvents
import Experiments
import HealthRecords
import Tables

/// Where the time of the steps of sharing records goes (Paper §II), and what operations came to.
struct RecordsReport {
  let files: [Report.File]

  private static let parts = ["crypto_ms", "consensus_ms", "network_ms", "queueing_ms"]

  /// The columns of a step.
  static let stepColumns =
    ["seed", "step", "count", "mean_ms", "p50_ms", "p99_ms"] + parts + ["ended"]
  /// Those of an outcome of an activity.
  static let operationColumns = [
    "seed", "activity", "misdeed", "outcome", "count", "per_second", "mean_ms", "ended",
  ]
  /// Those of the summary.
  static let summaryColumns =
    [
      "kind", "name", "seeds", "count_mean", "per_second_mean", "per_second_ci95", "ms_mean",
      "ms_ci95",
    ] + parts.map { $0 + "_mean" } + ["unfulfilled_runs"]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    let labels = scenario.labelColumns
    var steps = Table(columns: labels + Self.stepColumns)
    var operations = Table(columns: labels + Self.operationColumns)
    var summary = Table(columns: labels + Self.summaryColumns)
    for row in rows {
      let names = scenario.labels(of: row.cell)
      let figures = row.runs.map { RecordsFigures($0, row.cell.settings) }
      for (run, figures) in zip(row.runs, figures) {
        let seed = Cell.integer(Int64(bitPattern: run.seed))
        let ended = Cell.text(run.ending.text)
        Self.append(figures, names + [seed], ended, to: &steps)
        Self.append(figures, names + [seed], ended, toOperations: &operations)
      }
      Self.summarise(figures, names, row.unfulfilledRuns, into: &summary)
    }
    files = [
      Report.File(name: scenario.name, table: steps, keys: labels + ["seed", "step"]),
      Report.File(
        name: scenario.name + "-operations", table: operations,
        keys: labels + ["seed", "activity", "misdeed", "outcome"]),
      Report.File(
        name: scenario.name + "-summary", table: summary, keys: labels + ["kind", "name"]),
    ]
  }

  private static func append(
    _ figures: RecordsFigures, _ names: [Cell], _ ended: Cell, to table: inout Table
  ) {
    for (step, times) in figures.steps {
      table.append(
        names + [
          .text(step.name), .integer(Int64(times.count)), .decimal(times.mean, digits: 3),
          .decimal(times.percentile(500), digits: 3), .decimal(times.percentile(990), digits: 3),
        ] + times.parts.map { .decimal($0, digits: 3) } + [ended])
    }
  }

  private static func append(
    _ figures: RecordsFigures, _ names: [Cell], _ ended: Cell, toOperations table: inout Table
  ) {
    for (ending, times) in figures.endings {
      let isEnded = ending.outcome != .unfinished
      table.append(
        names + [
          .text(ending.activity.title), .text(ending.misdeed?.rawValue ?? "none"),
          .text(ending.outcome.name), .integer(Int64(times.count)),
          .decimal(figures.rate(times, of: ending.activity), digits: 3),
          .decimal(isEnded ? times.mean : nil, digits: 3), ended,
        ])
    }
  }

  /// A row for each step, for each activity whatever its outcome, and for all activities.
  private static func summarise(
    _ figures: [RecordsFigures], _ names: [Cell], _ unfulfilled: Cell, into summary: inout Table
  ) {
    func row(
      _ kind: String, _ name: String, _ activity: RecordActivity?,
      _ times: (RecordsFigures) -> RecordsFigures.Times?
    ) {
      let found = figures.map { times($0) ?? RecordsFigures.Times() }
      guard found.contains(where: { $0.count > 0 }) else { return }
      let rates = zip(figures, found).compactMap { $0.rate($1, of: activity) }
      let means = found.compactMap(\.mean)
      summary.append(
        names + [
          .text(kind), .text(name), .integer(Int64(found.count)),
          .decimal(Statistics.mean(found.map { Double($0.count) }), digits: 3),
          .decimal(Statistics.mean(rates), digits: 3),
          .decimal(Statistics.halfWidth95(rates), digits: 3),
          .decimal(Statistics.mean(means), digits: 3),
          .decimal(Statistics.halfWidth95(means), digits: 3),
        ]
          + parts.indices.map { part in
            .decimal(Statistics.mean(found.compactMap { $0.parts[part] }), digits: 3)
          } + [unfulfilled])
    }
    for step in RecordStep.allCases {
      let isEnrolment = step == .setup || step == .keys
      row("step", step.name, isEnrolment ? nil : .access) { figures in
        figures.steps.first { $0.key == step }?.times
      }
    }
    for activity in [nil] + RecordActivity.allCases.map({ Optional($0) }) {
      row("activity", activity.title, activity) { figures in
        figures.activities.first { $0.key == activity }?.times
      }
    }
    row("activity", "all", .access) { $0.all }
  }
}
