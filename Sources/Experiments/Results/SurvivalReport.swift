import ConsensusCore
import DiscreteEvents
import Tables

/// Figure 6: active Byzantine members over time, and how long they are tolerated (Paper §IV-A).
struct SurvivalReport {
  let files: [Report.File]

  init(_ scenario: Scenario, _ rows: [CellResults]) {
    let labels = ResultColumns.survivalPoint + scenario.furtherColumns.map(\.name)
    var raw = Table(columns: labels + ResultColumns.survival)
    var summary = Table(columns: labels + ResultColumns.survivalSummary)
    var survival = Table(columns: labels + ResultColumns.survivalSpans)
    for row in rows {
      let names = Self.names(scenario, row.cell)
      let arrival = row.cell.arrivalRounds
      for run in row.runs {
        for (index, point) in run.census.enumerated() {
          // A row per change: what stays as it was is not repeated.
          let before = index > 0 ? run.census[index - 1] : nil
          if before?.active == point.active, before?.members == point.members { continue }
          raw.append(
            names + [
              .integer(Int64(bitPattern: run.seed)),
              .decimal(Double(point.rounds) / Double(arrival), digits: 3),
              .integer(Int64(point.rounds)),
              .decimal(VirtualDuration(nanoseconds: point.time.nanoseconds).inSeconds, digits: 3),
              .integer(Int64(point.active)), .integer(Int64(point.members)),
              .integer(Int64(Quorum(replicas: max(1, point.members)).faults)),
              .text(run.ending.text),
            ])
        }
      }
      Self.summarise(row, names, arrival, into: &summary)
      survival.append(names + Self.survival(row, arrival))
    }
    files = [
      Report.File(name: scenario.name, table: raw, keys: labels + ["seed", "step", "active"]),
      Report.File(
        name: scenario.name + "-summary", table: summary, keys: labels + ["step"]),
      Report.File(name: scenario.name + "-survival", table: survival, keys: labels),
    ]
  }

  private static func names(_ scenario: Scenario, _ cell: Scenario.Cell) -> [Cell] {
    let settings = cell.settings
    let epoch = settings.epochLength.map { multiple($0, of: settings.replicas) } ?? "-"
    return [
      .text(scenario.figure), .text(cell.series), .text(cell.variant),
      .text(settings.model.rawValue), .integer(Int64(settings.replicas)),
      .text(multiple(cell.arrivalRounds, of: settings.replicas)), .text(epoch),
    ] + scenario.furtherColumns.map { .text(cell.values[$0.place]) }
  }

  private static func multiple(_ rounds: Int, of replicas: Int) -> String {
    rounds % replicas == 0 ? "\(rounds / replicas)" : "\(rounds)/\(replicas)"
  }

  /// The census of every run at each multiple of dt up to the horizon.
  private static func summarise(
    _ row: CellResults, _ names: [Cell], _ arrival: Int, into summary: inout Table
  ) {
    let horizon = row.cell.settings.horizonArrivals ?? 0
    let deaths = row.runs.map { death(of: $0, arrival) }
    for step in 0...horizon {
      let points = row.runs.map { $0.point(at: step * arrival) }
      let alive = deaths.filter { $0.map { $0 > step } ?? true }.count
      func mean(_ value: (RunResult.Census) -> Double) -> Cell {
        .decimal(Statistics.mean(points.map(value)), digits: 3)
      }
      summary.append(
        names + [
          .integer(Int64(step)), .integer(Int64(points.count)), mean { Double($0.active) },
          .integer(Int64(points.map(\.active).max() ?? 0)), mean { Double($0.members) },
          mean { Double(Quorum(replicas: max(1, $0.members)).faults) },
          .decimal(Double(alive) / Double(max(1, points.count)), digits: 3),
          mean { VirtualDuration(nanoseconds: $0.time.nanoseconds).inSeconds },
          row.unfulfilledRuns,
        ])
    }
  }

  /// The first multiple of dt at which more members are Byzantine than tolerated.
  private static func death(of run: RunResult, _ arrival: Int) -> Int? {
    run.lostRound.map { ($0 + arrival - 1) / arrival }
  }

  private static func survival(_ row: CellResults, _ arrival: Int) -> [Cell] {
    let horizon = row.cell.settings.horizonArrivals ?? 0
    let deaths = row.runs.map { death(of: $0, arrival) }
    let spans = deaths.map { Double($0 ?? horizon) }
    return [
      .integer(Int64(spans.count)), .decimal(Statistics.mean(spans), digits: 3),
      .decimal(spans.min(), digits: 0), .decimal(spans.max(), digits: 0),
      .integer(Int64(deaths.filter { $0 == nil }.count)), row.unfulfilledRuns,
    ]
  }
}

extension Scenario {
  /// The columns of swept keys that the tables of survival do not have anyway.
  fileprivate var furtherColumns: [(name: String, place: Int)] {
    sweptKeys.indices.filter { !tellsItself(sweptKeys[$0]) }.map { (sweptColumns[$0], $0) }
  }
}

extension RunResult {
  /// The census after `rounds` rounds; the last known where the run stalled before them.
  fileprivate func point(at rounds: Int) -> Census {
    census.last { $0.rounds <= rounds }
      ?? Census(rounds: 0, time: .zero, active: 0, members: 1)
  }
}
