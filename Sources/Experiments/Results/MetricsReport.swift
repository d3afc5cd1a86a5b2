import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Tables

/// One row per run with everything that is counted, for sweeps of one's own and for the claims.
struct MetricsReport {
  private struct Metric: Sendable {
    let name: String
    /// The decimals of its mean.
    let digits: Int
    let value: @Sendable (Scenario.Cell, RunResult) -> Cell

    init(
      _ name: String, digits: Int = 3,
      _ value: @escaping @Sendable (Scenario.Cell, RunResult) -> Cell
    ) {
      self.name = name
      self.digits = digits
      self.value = value
    }
  }

  private(set) var files: [Report.File]

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
      .decimal(run.messagesPerBlock(cell.subject), digits: 3)
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
    Metric("members_at_end") { cell, run in
      .integer(Int64(run.census.last?.members ?? cell.settings.replicas))
    },
    Metric("violations") { _, run in .integer(Int64(run.violations.count)) },
    Metric("virtual_time_s") { _, run in .instant(run.end) },
    Metric("issued") { _, run in .integer(Int64(run.requests.issued)) },
    Metric("between_tests") { _, run in .integer(Int64(run.requests.betweenTests)) },
    Metric("in_flight") { _, run in .integer(Int64(run.requests.inFlight)) },
    Metric("excluded", digits: 6) { _, run in
      .decimal(run.counters.isolation?.excluded, digits: 6)
    },
    Metric("excluded_while_away", digits: 6) { _, run in
      .decimal(run.counters.isolation?.excludedAway, digits: 6)
    },
    Metric("replica_messages_per_block_without_heartbeats") { cell, run in
      guard let sent = run.counters.withoutHeartbeats else {
        return .decimal(run.messagesPerBlock(cell.subject), digits: 3)
      }
      return .decimal(run.blocks == 0 ? nil : Double(sent) / Double(run.blocks), digits: 3)
    },
    Metric("stale_share", digits: 6) { _, run in
      .decimal(run.counters.chain?.staleShare, digits: 6)
    },
    Metric("reorganisations") { _, run in
      run.counters.chain.map { .integer(Int64($0.reorganisations.reduce(0, +))) } ?? .empty
    },
    Metric("deepest_reorganisation") { _, run in
      run.counters.chain.map {
        .integer(Int64($0.reorganisations.lastIndex { $0 > 0 } ?? 0))
      } ?? .empty
    },
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
        let digits = Self.metrics[index].digits
        means.append(.decimal(Statistics.mean(column), digits: digits))
        means.append(.decimal(Statistics.halfWidth95(column), digits: digits))
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
    if rows.contains(where: { $0.cell.subject == .pow }) {
      files.append(Self.miners(scenario, rows))
    }
  }

  /// A row for each miner of each run of proof of work: what it mined, and what of it counts.
  private static func miners(_ scenario: Scenario, _ rows: [CellResults]) -> Report.File {
    let labels = scenario.labelColumns + ["seed", "miner"]
    var table = Table(
      columns: labels + [
        "hash_rate_share", "mined", "on_main_chain", "share_of_mined", "share_of_main_chain",
        "ended",
      ])
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
  fileprivate func messagesPerBlock(_ subject: Subject) -> Double? {
    let kinds = subject.traits.agreementKinds
    let sent = messages.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.sent }
    return blocks == 0 ? nil : Double(sent) / Double(blocks)
  }

  fileprivate var bytesPerBlock: Double? {
    blocks == 0 ? nil : Double(messages.reduce(0) { $0 + $1.bytes }) / Double(blocks)
  }
}

extension ChainCounters {
  /// The share of blocks found that are not on the longest honest chain at the end.
  fileprivate var staleShare: Double? {
    let all = mined.reduce(0, +)
    return all == 0 ? nil : Double(stale) / Double(all)
  }
}
