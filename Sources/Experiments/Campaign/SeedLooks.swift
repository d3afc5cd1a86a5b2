import RunPlans
import Tables

/// How many seeds the points of a scenario have so far, where its key `until` decides.
///
/// A point grows from look to look, with all its series, until each is narrow enough. How far it grows is a
/// function of the results of its own runs alone, so that every order and every shard has the same seeds.
/// Without the key all seeds are there from the beginning.
public struct SeedLooks: Sendable {
  /// The cells of a point that may grow, and its present look.
  private struct OpenPoint {
    var cells: [Int]
    var look = 0
  }

  /// The scenario with the seeds so far.
  public private(set) var scenario: Scenario

  private let seeds: [[UInt64]]
  private let looks: [Int]
  private var open: [OpenPoint]

  /// The first look at every point of a scenario that has all seeds it may use.
  public init(_ whole: Scenario) {
    scenario = whole
    seeds = whole.cells.map(\.seeds)
    looks = whole.until?.stopping.looks ?? []
    open =
      looks.isEmpty ? [] : whole.points(of: Array(whole.cells.indices)).map { OpenPoint(cells: $0) }
    for point in open { setSeeds(point) }
    scenario.isSettled = true
  }

  private mutating func setSeeds(_ point: OpenPoint) {
    for cell in point.cells {
      scenario.cells[cell].seeds = Array(seeds[cell].prefix(looks[point.look]))
    }
  }

  /// The runs of the points that may grow, by cell and then by seed.
  package var openRuns: [Scenario.Run] {
    open.flatMap(\.cells).sorted().flatMap { cell in
      scenario.cells[cell].seeds.map { Scenario.Run(cell: cell, seed: $0) }
    }
  }

  /// Looks at every point whose present runs are all there.
  ///
  /// - Parameter results: Results of ``openRuns`` and perhaps others, in any order.
  /// - Returns: Whether a point has more seeds now.
  public mutating func advance(with results: [RunResult]) -> Bool {
    guard let rule = scenario.until, !open.isEmpty else { return false }
    let found = Dictionary(
      results.map { (Scenario.Run(cell: $0.cell, seed: $0.seed), $0) }, uniquingKeysWith: { $1 })
    var rest: [OpenPoint] = []
    var grows = false
    for var point in open {
      var isComplete = true
      var isMet = true
      for index in point.cells {
        let cell = scenario.cells[index]
        let runs = cell.seeds.compactMap { found[Scenario.Run(cell: index, seed: $0)] }
        isComplete = isComplete && runs.count == cell.seeds.count
        isMet = isMet && rule.stopping.isMet(by: runs.map { rule.value(of: $0, in: cell) })
      }
      guard isComplete else {
        rest.append(point)
        continue
      }
      if isMet || point.look == looks.count - 1 { continue }
      point.look += 1
      setSeeds(point)
      rest.append(point)
      grows = true
    }
    open = rest
    return grows
  }

  /// Results in the order of the plan, without those of seeds that the looks do not use.
  public func ordered(_ results: [RunResult]) -> [RunResult] {
    let found = Dictionary(
      results.map { (Scenario.Run(cell: $0.cell, seed: $0.seed), $0) }, uniquingKeysWith: { $1 })
    return scenario.runs.compactMap { found[$0] }
  }
}

extension StoppingRule {
  /// The metric of a run, as the table of results has it.
  fileprivate func value(of run: RunResult, in cell: Scenario.Cell) -> Double? {
    MetricColumn.of(metric).value(cell, run).number
  }
}
