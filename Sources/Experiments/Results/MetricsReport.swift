import ConsensusCore
import DiscreteEvents

/// One row per run with everything that is counted, for sweeps of one's own and for the claims.
struct MetricsReport {
  private struct Metric: Sendable {
    let name: String
    let value: @Sendable (Scenario.Cell, RunResult) -> Cell

    init(_ name: String, _ value: @escaping @Sendable (Scenario.Cell, RunResult) -> Cell) {
      self.name = name
      self.value = value
    }
  }

  let files: [Report.File]

  private static let metrics: [Metric] = [
    Metric("tps") { _, run in .decimal(run.throughput, digits: 3) },
    Metric("blocks") { _, run in .integer(Int64(run.windowBlocks)) },
    Metric("dead_tests") { _, run in .integer(Int64(run.tests.filter { $0.blocks == 0 }.count)) },
    Metric("accepted") { _, run in .integer(Int64(run.tests.reduce(0) { $0 + $1.accepted })) },
    Metric("declined") { _, run in .integer(Int64(run.requests.declined)) },
    Metric("bogus") { _, run in .integer(Int64(run.tests.reduce(0) { $0 + $1.bogus })) },
    Metric("latency_mean_ms") { _, run in .decimal(run.meanLatency, digits: 3) },
    Metric("latency_p50_ms") { _, run in .decimal(run.latency(perMille: 500), digits: 3) },
    Metric("latency_p99_ms") { _, run in .decimal(run.latency(perMille: 990), digits: 3) },
    Metric("replica_messages_per_block") { cell, run in
      .decimal(run.messagesPerBlock(cell.protocolName), digits: 3)
    },
    Metric("bytes_per_block") { _, run in .decimal(run.bytesPerBlock, digits: 0) },
    Metric("highest_view") { _, run in .integer(Int64(run.counters.highestView)) },
    Metric("timeout_view_changes") { _, run in .integer(Int64(run.counters.timeouts)) },
    Metric("evidence_view_changes") { _, run in .integer(Int64(run.counters.convictions)) },
    Metric("first_view_change_s") { _, run in .instant(run.counters.firstViewChange) },
    Metric("sheet_entries") { _, run in .integer(Int64(run.counters.sheetEntries)) },
    Metric("malicious") { _, run in .integer(Int64(run.counters.malicious)) },
    Metric("first_malicious_s") { _, run in .instant(run.counters.firstMalicious) },
    Metric("false_isolations") { _, run in .integer(Int64(run.counters.falseIsolations)) },
    Metric("turns_out_of_order") { _, run in .integer(Int64(run.counters.turnsOutOfOrder)) },
    Metric("proposers") { _, run in .integer(Int64(run.counters.proposers)) },
    Metric("epochs") { _, run in .integer(Int64(run.counters.epochs)) },
    Metric("members_at_end") { _, run in .integer(Int64(run.census.last?.members ?? 0)) },
    Metric("violations") { _, run in .integer(Int64(run.violations.count)) },
    Metric("virtual_time_s") { _, run in .instant(run.end) },
    Metric("issued") { _, run in .integer(Int64(run.requests.issued)) },
    Metric("between_tests") { _, run in .integer(Int64(run.requests.betweenTests)) },
    Metric("in_flight") { _, run in .integer(Int64(run.requests.inFlight)) },
  ]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    // n is a column of its own unless the sweep has made it one.
    let isSwept = scenario.labelColumns.contains("replicas")
    let labels = scenario.labelColumns + (isSwept ? [] : ["replicas"])
    var raw = Table(columns: labels + ["seed"] + Self.metrics.map(\.name) + ["ended"])
    var summary = Table(
      columns: labels + ["seeds"]
        + Self.metrics.flatMap { [$0.name + "_mean", $0.name + "_ci95"] }
        + ["unfulfilled_runs"])
    for row in rows {
      let size = Cell.integer(Int64(row.cell.settings.replicas))
      let names = scenario.labels(of: row.cell) + (isSwept ? [] : [size])
      let values = row.runs.map { run in Self.metrics.map { $0.value(row.cell, run) } }
      for (run, cells) in zip(row.runs, values) {
        raw.append(
          names + [.integer(Int64(bitPattern: run.seed))] + cells + [.text(run.ending.text)])
      }
      var means: [Cell] = []
      for index in Self.metrics.indices {
        let column = values.compactMap { $0[index].number }
        means.append(.decimal(Statistics.mean(column), digits: 3))
        means.append(.decimal(Statistics.halfWidth95(column), digits: 3))
      }
      summary.append(
        names + [.integer(Int64(row.runs.count))] + means + [row.unfulfilledRuns])
    }
    files = [
      Report.File(
        name: scenario.name, table: raw, keys: labels + ["seed"]),
      Report.File(
        name: scenario.name + "-summary", table: summary, keys: labels),
    ]
  }
}

extension Cell {
  fileprivate static func instant(_ time: VirtualTime?) -> Cell {
    .decimal(time.map { VirtualDuration(nanoseconds: $0.nanoseconds).inSeconds }, digits: 3)
  }
}

extension RunResult {
  /// Blocks first decided inside a window; all of them where the run has no test.
  fileprivate var windowBlocks: Int {
    tests.isEmpty ? blocks : tests.reduce(0) { $0 + $1.blocks }
  }

  fileprivate var throughput: Double? { Statistics.mean(tests.map(\.throughput)) }

  fileprivate var meanLatency: Double? {
    Statistics.mean(tests.flatMap(\.latencies)).map { $0 / 1e6 }
  }

  fileprivate func latency(perMille: Int) -> Double? {
    Statistics.percentile(perMille, ofSorted: tests.flatMap(\.latencies).sorted())
      .map { Double($0) / 1e6 }
  }

  /// Messages of agreement between replicas for each block: requests, replies, checkpoints and view
  /// messages do not count (invariant P-18).
  fileprivate func messagesPerBlock(_ name: ProtocolName) -> Double? {
    let kinds =
      switch name {
      case .pbft, .scPBFT: ["pre-prepare", "prepare", "commit"]
      case .raft: ["append-entries", "append-reply"]
      case .pow: ["block"]
      }
    let sent = messages.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.sent }
    return blocks == 0 ? nil : Double(sent) / Double(blocks)
  }

  fileprivate var bytesPerBlock: Double? {
    blocks == 0 ? nil : Double(messages.reduce(0) { $0 + $1.bytes }) / Double(blocks)
  }
}
