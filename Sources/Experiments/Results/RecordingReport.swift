import DiscreteEvents
import RunPlans
import Simulator
import Tables

/// What a scenario records beside its results: the course of each run, and every latency.
struct RecordingReport {
  private(set) var files: [Report.File] = []

  private let labels: [String]
  private let isSwept: Bool

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    // n is a column of its own unless the sweep has made it one.
    isSwept = scenario.labelColumns.contains("replicas")
    labels = scenario.labelColumns + (isSwept ? [] : ["replicas"])
    if rows.contains(where: { $0.cell.settings.recording.every != nil }) {
      files.append(series(scenario, rows))
    }
    if rows.contains(where: { $0.cell.settings.recording.latencies }) {
      files.append(latencies(scenario, rows))
    }
  }

  private func names(_ scenario: Scenario, _ cell: Scenario.Cell) -> [Cell] {
    scenario.labels(of: cell) + (isSwept ? [] : [.integer(Int64(cell.settings.replicas))])
  }

  // MARK: Series

  private func series(_ scenario: Scenario, _ rows: [CellResults]) -> Report.File {
    var table = Table(columns: labels + ["seed"] + ResultColumns.series)
    for row in rows {
      let names = names(scenario, row.cell)
      for run in row.runs {
        let seed = Cell.integer(Int64(bitPattern: run.seed))
        for interval in run.series {
          let place: [Cell] = [.seconds(interval.start), .seconds(interval.end)]
          table.append(names + [seed] + place + Self.whole(interval, row.cell.settings))
          for index in interval.nodes.indices {
            table.append(names + [seed] + place + Self.node(index, interval, row.cell.settings))
          }
        }
      }
    }
    return Report.File(
      name: scenario.name + "-series", table: table, keys: labels + ["seed", "from_s", "node"])
  }

  /// The cells of the group as a whole; busy shares are means over the replicas.
  private static func whole(_ interval: RunInterval, _ plan: RunPlan) -> [Cell] {
    let requests = interval.requests
    let counts = [
      requests.issued, requests.accepted, requests.bogus, requests.declined,
      requests.betweenTests, interval.abandoned, requests.inFlight,
    ]
    let latencies = [
      interval.meanLatency, interval.medianLatency.map { Double($0) },
      interval.percentile99Latency.map { Double($0) },
    ]
    let replicas = interval.nodes.prefix(plan.replicas)
    func mean(_ part: (NodeUsage) -> VirtualDuration) -> Double? {
      let shares = replicas.compactMap { share(part($0.usage), of: interval) }
      return Statistics.mean(shares)
    }
    return [.text("all")] + counts.map { .integer(Int64($0)) }
      + latencies.map { .decimal($0.map { $0 / 1e6 }, digits: 3) }
      + [
        .integer(Int64(interval.blocks)), .count(interval.view),
        interval.leader.map { .integer(Int64($0)) } ?? .empty,
        .decimal(mean(\.processor), digits: 6),
        .decimal(plan.bandwidth.uplink == nil ? nil : mean(\.uplink), digits: 6),
        .decimal(plan.bandwidth.downlink == nil ? nil : mean(\.downlink), digits: 6),
      ]
  }

  /// The cells of one machine, which has no requests of its own.
  private static func node(_ index: Int, _ interval: RunInterval, _ plan: RunPlan) -> [Cell] {
    let node = interval.nodes[index]
    let isReplica = index < plan.replicas
    let client = plan.workload == nil ? "client" : "party"
    let name = isReplica ? "r\(index)" : "\(client)\(index - plan.replicas)"
    let hasProcessor = isReplica || plan.workload != nil
    func cell(_ part: VirtualDuration, if isModelled: Bool) -> Cell {
      .decimal(isModelled ? share(part, of: interval) : nil, digits: 6)
    }
    let empty = [Cell](repeating: .empty, count: 11)
    return [.text(name)] + empty + [
      .count(node.view), node.leads ? .integer(Int64(index)) : .empty,
      cell(node.usage.processor, if: hasProcessor),
      cell(node.usage.uplink, if: plan.bandwidth.uplink != nil),
      cell(node.usage.downlink, if: plan.bandwidth.downlink != nil),
    ]
  }

  private static func share(_ span: VirtualDuration, of interval: RunInterval) -> Double? {
    interval.end > interval.start ? span.share(of: interval.end - interval.start) : nil
  }

  // MARK: Latencies

  /// The quantiles that are marked, in thousandths, with their names.
  private static let quantiles = [
    (500, "p50"), (900, "p90"), (950, "p95"), (990, "p99"), (999, "p99.9"), (1000, "max"),
  ]

  private func latencies(_ scenario: Scenario, _ rows: [CellResults]) -> Report.File {
    var table = Table(columns: labels + ResultColumns.latencies)
    for row in rows where row.cell.settings.recording.latencies {
      let names = names(scenario, row.cell) + [.integer(Int64(row.runs.count))]
      let sorted = row.runs.flatMap { $0.tests.flatMap(\.latencies) }.sorted()
      let marks = Self.quantiles.map {
        (value: Statistics.percentile($0.0, ofSorted: sorted), name: $0.1)
      }
      var begin = 0
      while begin < sorted.count {
        let value = sorted[begin]
        let end = sorted[begin...].firstIndex { $0 != value } ?? sorted.count
        let marked = marks.filter { $0.value == value }.map(\.name).joined(separator: " ")
        table.append(
          names + [
            .decimal(Double(value) / 1e6, digits: 6), .integer(Int64(end - begin)),
            .integer(Int64(end)), .decimal(Double(end) / Double(sorted.count), digits: 6),
            marked.isEmpty ? .empty : .text(marked),
          ])
        begin = end
      }
    }
    return Report.File(
      name: scenario.name + "-latencies", table: table, keys: labels + ["latency_ms"])
  }
}

extension Cell {
  fileprivate static func seconds(_ time: VirtualTime) -> Cell {
    .decimal((time - .zero).inSeconds, digits: 6)
  }

  /// A number of any size.
  fileprivate static func count(_ number: UInt64?) -> Cell {
    number.map { .integer(Int64(clamping: $0)) } ?? .empty
  }
}
