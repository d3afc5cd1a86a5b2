import DiscreteEvents
import Simulator
import Tables

/// Figure 9: latency per test in both accountings (Paper §IV-E, equation 9).
///
/// The paper's bars cannot all be counted alike: Raft's "until time out" counts failed requests,
/// PBFT's "does not exceed 0.8 s" with a Byzantine node cannot.
package struct LatencyReport {
  /// Which requests a mean latency is taken over.
  package enum Accounting: String, CaseIterable {
    /// Those that succeeded.
    case successful
    /// All that ended, a declined one with its time-out.
    case failuresAtTimeout = "failures-at-timeout"
  }

  let files: [Report.File]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    let labels = scenario.labelColumns
    let figures = ResultColumns.test + ResultColumns.latency + ResultColumns.requests
    var raw = Table(columns: labels + ["seed"] + figures + ["ended"])
    var summary = Table(columns: labels + ResultColumns.latencySummary)
    for row in rows {
      let names = scenario.labels(of: row.cell)
      for accounting in Accounting.allCases {
        for run in row.runs {
          let seed = Cell.integer(Int64(bitPattern: run.seed))
          for cells in run.testRows {
            let latency = cells.test.flatMap { Self.latency(of: $0, accounting, run.timeout) }
            let counted: [Cell] = [.text(accounting.rawValue), .decimal(latency, digits: 3)]
            let ended = Cell.text(run.ending.text)
            raw.append(names + [seed] + cells.own + counted + cells.requests + [ended])
          }
        }
        let means = row.runs.compactMap { Self.mean(of: $0, accounting) }
        summary.append(
          names + [
            .text(accounting.rawValue), .integer(Int64(row.runs.count)),
            .decimal(Statistics.mean(means), digits: 3),
            .decimal(Statistics.halfWidth95(means), digits: 3), row.unfulfilledRuns,
          ])
      }
    }
    files = [
      Report.File(
        name: scenario.name, table: raw, keys: labels + ["seed", "test", "accounting"]),
      Report.File(
        name: scenario.name + "-summary", table: summary, keys: labels + ["accounting"]),
    ]
  }

  /// The mean of the per-test means of one run in milliseconds (Paper §IV-E: "the average latency
  /// for the 50 testings"); tests without any request in the accounting do not count.
  package static func mean(of run: RunResult, _ accounting: Accounting) -> Double? {
    Statistics.mean(run.tests.compactMap { latency(of: $0, accounting, run.timeout) })
  }

  private static func latency(
    of test: RunResult.Test, _ accounting: Accounting, _ timeout: VirtualDuration?
  ) -> Double? {
    var latencies = test.latencies
    if accounting == .failuresAtTimeout, let timeout {
      latencies += Array(repeating: timeout.nanoseconds, count: test.declined)
    }
    return Statistics.mean(latencies).map { $0 / 1e6 }
  }
}
