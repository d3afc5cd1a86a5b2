import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Tables

/// One row per run with everything that is counted, for sweeps of one's own and for the claims.
struct MetricsReport {
  private(set) var files: [Report.File]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    // n is a column of its own unless the sweep has made it one.
    let isSwept = scenario.labelColumns.contains("replicas")
    let labels = scenario.labelColumns + (isSwept ? [] : ["replicas"])
    var raw = Table(
      columns: labels + ["seed"] + MetricColumn.first.map(\.metric.rawValue) + ["ended"]
        + MetricColumn.further.map(\.metric.rawValue))
    var summary = Table(
      columns: labels + ["seeds"]
        + ResultColumns.means(of: MetricColumn.first.map(\.metric))
        + ["unfulfilled_runs"]
        + ResultColumns.means(of: MetricColumn.further.map(\.metric))
        + (scenario.until == nil ? [] : ["stopped_early"]))
    for row in rows {
      let size = Cell.integer(Int64(row.cell.settings.replicas))
      let names = scenario.labels(of: row.cell) + (isSwept ? [] : [size])
      let seeds = Cell.integer(Int64(row.runs.count))
      let values = Self.values(MetricColumn.first, of: row)
      let further = Self.values(MetricColumn.further, of: row)
      for (index, run) in row.runs.enumerated() {
        let seed = Cell.integer(Int64(bitPattern: run.seed))
        raw.append(
          names + [seed] + values[index] + [.text(run.ending.text)] + further[index])
      }
      summary.append(
        names + [seeds] + Self.means(MetricColumn.first, values) + [row.unfulfilledRuns]
          + Self.means(MetricColumn.further, further)
          + (scenario.until.map {
            [.text(row.runs.count < $0.stopping.valuesAtMost ? "yes" : "no")]
          } ?? []))
    }
    files = [
      Report.File(
        name: scenario.name, table: raw, keys: labels + ["seed"]),
      Report.File(
        name: scenario.name + "-summary", table: summary, keys: labels),
    ]
    if rows.contains(where: { $0.cell.subject == .pow }) {
      files.append(Self.miners(scenario, rows))
    }
  }

  /// The values of some metrics, by run.
  private static func values(_ metrics: [MetricColumn], of row: CellResults) -> [[Cell]] {
    row.runs.map { run in metrics.map { $0.value(row.cell, run) } }
  }

  /// The means of some metrics over the runs, each with half the width of its confidence interval.
  private static func means(_ metrics: [MetricColumn], _ values: [[Cell]]) -> [Cell] {
    metrics.indices.flatMap { index -> [Cell] in
      let column = values.compactMap { $0[index].number }
      return [
        .decimal(Statistics.mean(column), digits: metrics[index].digits),
        .decimal(Statistics.halfWidth95(column), digits: metrics[index].digits),
      ]
    }
  }

  /// A row for each miner of each run of proof of work: what it mined, and what of it counts.
  private static func miners(_ scenario: Scenario, _ rows: [CellResults]) -> Report.File {
    let labels = scenario.labelColumns + ["seed", "miner"]
    var table = Table(columns: labels + ResultColumns.miner)
    for row in rows where row.cell.subject == .pow {
      let rates = row.cell.settings[MiningKeys.self]
        .rates(of: row.cell.settings.replicas).map { Double($0) }
      for run in row.runs {
        guard let chain = run.counters.chain else { continue }
        func share(_ counts: [Int], _ miner: Int) -> Cell {
          let all = counts.reduce(0, +)
          return .decimal(all == 0 ? nil : Double(counts[miner]) / Double(all), digits: 6)
        }
        for miner in rates.indices {
          table.append(
            scenario.labels(of: row.cell) + [
              .integer(Int64(bitPattern: run.seed)), .integer(Int64(miner)),
              .decimal(rates[miner] / rates.reduce(0, +), digits: 6),
              .integer(Int64(chain.mined[miner])), .integer(Int64(chain.onMainChain[miner])),
              share(chain.mined, miner), share(chain.onMainChain, miner), .text(run.ending.text),
            ])
        }
      }
    }
    return Report.File(name: scenario.name + "-miners", table: table, keys: labels)
  }
}
