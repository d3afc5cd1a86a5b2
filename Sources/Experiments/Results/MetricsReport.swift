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

  /// What stands to the right of how the run ended, where the next metric is added.
  private static let furtherMetrics: [Metric] = [
    Metric("latency_p90_ms") { _, run in .decimal(run.latency(perMille: 900), digits: 3) },
    Metric("latency_p95_ms") { _, run in .decimal(run.latency(perMille: 950), digits: 3) },
    Metric("latency_p999_ms") { _, run in .decimal(run.latency(perMille: 999), digits: 3) },
    Metric("latency_max_ms") { _, run in .decimal(run.latency(perMille: 1000), digits: 3) },
    Metric("elections") { _, run in .integer(Int64(run.elections)) },
    Metric("leader_changes") { _, run in .integer(Int64(run.leaderChanges)) },
    Metric("batch") { _, run in .decimal(run.meanBatch, digits: 3) },
    Metric("replica_busy", digits: 6) { cell, run in
      .share(run.shares(cell.replicas, \.processor), Statistics.mean)
    },
    Metric("replica_busy_max", digits: 6) { cell, run in
      .share(run.shares(cell.replicas, \.processor)) { $0.max() }
    },
    Metric("client_busy", digits: 6) { cell, run in
      .share(run.shares(cell.pricedClients, \.processor), Statistics.mean)
    },
    Metric("uplink_busy", digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.uplink), \.uplink), Statistics.mean)
    },
    Metric("uplink_busy_max", digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.uplink), \.uplink)) { $0.max() }
    },
    Metric("downlink_busy", digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.downlink), \.downlink), Statistics.mean)
    },
    Metric("downlink_busy_max", digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.downlink), \.downlink)) { $0.max() }
    },
  ]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    // n is a column of its own unless the sweep has made it one.
    let isSwept = scenario.labelColumns.contains("replicas")
    let labels = scenario.labelColumns + (isSwept ? [] : ["replicas"])
    var raw = Table(
      columns: labels + ["seed"] + Self.metrics.map(\.name) + ["ended"]
        + Self.furtherMetrics.map(\.name))
    var summary = Table(
      columns: labels + ["seeds"]
        + Self.metrics.flatMap { [$0.name + "_mean", $0.name + "_ci95"] }
        + ["unfulfilled_runs"]
        + Self.furtherMetrics.flatMap { [$0.name + "_mean", $0.name + "_ci95"] })
    for row in rows {
      let size = Cell.integer(Int64(row.cell.settings.replicas))
      let names = scenario.labels(of: row.cell) + (isSwept ? [] : [size])
      let seeds = Cell.integer(Int64(row.runs.count))
      let values = Self.values(Self.metrics, of: row)
      let further = Self.values(Self.furtherMetrics, of: row)
      for (index, run) in row.runs.enumerated() {
        let seed = Cell.integer(Int64(bitPattern: run.seed))
        raw.append(
          names + [seed] + values[index] + [.text(run.ending.text)] + further[index])
      }
      summary.append(
        names + [seeds] + Self.means(Self.metrics, values) + [row.unfulfilledRuns]
          + Self.means(Self.furtherMetrics, further))
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
  private static func values(_ metrics: [Metric], of row: CellResults) -> [[Cell]] {
    row.runs.map { run in metrics.map { $0.value(row.cell, run) } }
  }

  /// The means of some metrics over the runs, each with half the width of its confidence interval.
  private static func means(_ metrics: [Metric], _ values: [[Cell]]) -> [Cell] {
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

extension Cell {
  /// A busy share of several machines; empty where there are none.
  fileprivate static func share(_ shares: [Double], _ reduce: ([Double]) -> Double?) -> Cell {
    .decimal(reduce(shares), digits: 6)
  }
}

extension Scenario.Cell {
  fileprivate var replicas: Range<Int> { 0..<settings.replicas }

  /// The machines of clients whose work takes time: those of a workload's parties.
  fileprivate var pricedClients: Range<Int> {
    settings.workload == nil ? 0..<0 : settings.replicas..<settings.nodes.count
  }

  /// All machines where a bandwidth is given, and none otherwise.
  fileprivate func machines(with link: (Bandwidth) -> Int64?) -> Range<Int> {
    link(settings.bandwidth) == nil ? 0..<0 : 0..<settings.nodes.count
  }
}

extension RunResult {
  /// Requests in each block that was first decided inside a window.
  fileprivate var meanBatch: Double? {
    let blocks = tests.reduce(0) { $0 + $1.blocks }
    return blocks == 0 ? nil : Double(tests.reduce(0) { $0 + $1.transactions }) / Double(blocks)
  }

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
