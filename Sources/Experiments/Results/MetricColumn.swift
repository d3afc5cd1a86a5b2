import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator
import Tables

/// A column of `measure: metrics`: what it holds of a run.
struct MetricColumn: Sendable {
  /// What is counted.
  let metric: Metric
  /// The decimals of its mean.
  let digits: Int
  /// The cell of a run.
  let value: @Sendable (Scenario.Cell, RunResult) -> Cell

  init(
    _ metric: Metric, digits: Int = 3,
    _ value: @escaping @Sendable (Scenario.Cell, RunResult) -> Cell
  ) {
    self.metric = metric
    self.digits = digits
    self.value = value
  }

  /// Those before how the run ended.
  static let first: [MetricColumn] = [
    MetricColumn(.tps) { _, run in .decimal(run.throughput, digits: 3) },
    MetricColumn(.blocks) { _, run in .integer(Int64(run.windowBlocks)) },
    MetricColumn(.deadTests) { _, run in .integer(Int64(run.tests.filter { $0.blocks == 0 }.count))
    },
    MetricColumn(.accepted) { _, run in .integer(Int64(run.tests.reduce(0) { $0 + $1.accepted })) },
    MetricColumn(.declined) { _, run in .integer(Int64(run.requests.declined)) },
    MetricColumn(.bogus) { _, run in .integer(Int64(run.tests.reduce(0) { $0 + $1.bogus })) },
    MetricColumn(.latencyMeanMs) { _, run in .decimal(run.meanLatency, digits: 3) },
    MetricColumn(.latencyP50Ms) { _, run in .decimal(run.latency(perMille: 500), digits: 3) },
    MetricColumn(.latencyP99Ms) { _, run in .decimal(run.latency(perMille: 990), digits: 3) },
    MetricColumn(.replicaMessagesPerBlock) { cell, run in
      .decimal(run.messagesPerBlock(cell.subject), digits: 3)
    },
    MetricColumn(.bytesPerBlock) { _, run in .decimal(run.bytesPerBlock, digits: 0) },
    MetricColumn(.highestView) { _, run in .integer(Int64(run.counters.highestView)) },
    MetricColumn(.timeoutViewChanges) { _, run in .integer(Int64(run.counters.timeouts)) },
    MetricColumn(.evidenceViewChanges) { _, run in .integer(Int64(run.counters.convictions)) },
    MetricColumn(.firstViewChangeS) { _, run in .instant(run.counters.firstViewChange) },
    MetricColumn(.sheetEntries) { _, run in .integer(Int64(run.counters.sheetEntries)) },
    MetricColumn(.malicious) { _, run in .integer(Int64(run.counters.malicious)) },
    MetricColumn(.firstMaliciousS) { _, run in .instant(run.counters.firstMalicious) },
    MetricColumn(.falseIsolations) { _, run in .integer(Int64(run.counters.falseIsolations)) },
    MetricColumn(.turnsOutOfOrder) { _, run in .integer(Int64(run.counters.turnsOutOfOrder)) },
    MetricColumn(.proposers) { _, run in .integer(Int64(run.counters.proposers)) },
    MetricColumn(.epochs) { _, run in .integer(Int64(run.counters.epochs)) },
    MetricColumn(.membersAtEnd) { cell, run in
      .integer(Int64(run.census.last?.members ?? cell.settings.replicas))
    },
    MetricColumn(.violations) { _, run in .integer(Int64(run.violations.count)) },
    MetricColumn(.virtualTimeS) { _, run in .instant(run.end) },
    MetricColumn(.issued) { _, run in .integer(Int64(run.requests.issued)) },
    MetricColumn(.betweenTests) { _, run in .integer(Int64(run.requests.betweenTests)) },
    MetricColumn(.inFlight) { _, run in .integer(Int64(run.requests.inFlight)) },
    MetricColumn(.excluded, digits: 6) { _, run in
      .decimal(run.counters.isolation?.excluded, digits: 6)
    },
    MetricColumn(.excludedWhileAway, digits: 6) { _, run in
      .decimal(run.counters.isolation?.excludedAway, digits: 6)
    },
    MetricColumn(.replicaMessagesPerBlockWithoutHeartbeats) { cell, run in
      guard let sent = run.counters.withoutHeartbeats else {
        return .decimal(run.messagesPerBlock(cell.subject), digits: 3)
      }
      return .decimal(run.blocks == 0 ? nil : Double(sent) / Double(run.blocks), digits: 3)
    },
    MetricColumn(.staleShare, digits: 6) { _, run in
      .decimal(run.counters.chain?.staleShare, digits: 6)
    },
    MetricColumn(.reorganisations) { _, run in
      run.counters.chain.map { .integer(Int64($0.reorganisations.reduce(0, +))) } ?? .empty
    },
    MetricColumn(.deepestReorganisation) { _, run in
      run.counters.chain.map {
        .integer(Int64($0.reorganisations.lastIndex { $0 > 0 } ?? 0))
      } ?? .empty
    },
  ]

  /// Those after how the run ended, where the next one is added.
  static let further: [MetricColumn] = [
    MetricColumn(.latencyP90Ms) { _, run in .decimal(run.latency(perMille: 900), digits: 3) },
    MetricColumn(.latencyP95Ms) { _, run in .decimal(run.latency(perMille: 950), digits: 3) },
    MetricColumn(.latencyP999Ms) { _, run in .decimal(run.latency(perMille: 999), digits: 3) },
    MetricColumn(.latencyMaxMs) { _, run in .decimal(run.latency(perMille: 1000), digits: 3) },
    MetricColumn(.elections) { _, run in .integer(Int64(run.elections)) },
    MetricColumn(.leaderChanges) { _, run in .integer(Int64(run.leaderChanges)) },
    MetricColumn(.batch) { _, run in .decimal(run.meanBatch, digits: 3) },
    MetricColumn(.replicaBusy, digits: 6) { cell, run in
      .share(run.shares(cell.replicas, \.processor), Statistics.mean)
    },
    MetricColumn(.replicaBusyMax, digits: 6) { cell, run in
      .share(run.shares(cell.replicas, \.processor)) { $0.max() }
    },
    MetricColumn(.clientBusy, digits: 6) { cell, run in
      .share(run.shares(cell.pricedClients, \.processor), Statistics.mean)
    },
    MetricColumn(.uplinkBusy, digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.uplink), \.uplink), Statistics.mean)
    },
    MetricColumn(.uplinkBusyMax, digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.uplink), \.uplink)) { $0.max() }
    },
    MetricColumn(.downlinkBusy, digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.downlink), \.downlink), Statistics.mean)
    },
    MetricColumn(.downlinkBusyMax, digits: 6) { cell, run in
      .share(run.shares(cell.machines(with: \.downlink), \.downlink)) { $0.max() }
    },
    MetricColumn(.windowFull, digits: 6) { _, run in
      .decimal(run.counters.windowFull?.share(of: run.end - .zero), digits: 6)
    },
  ]

  /// The column of a metric.
  static func of(_ metric: Metric) -> MetricColumn {
    guard let column = (first + further).first(where: { $0.metric == metric }) else {
      preconditionFailure("\(metric.rawValue) has no column")
    }
    return column
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
