import Notation
import RunPlans

/// A scenario with the keys of its runs, which a store can hold.
public struct KeyedScenario: Sendable {
  /// One point of the sweep: the cells of all its series.
  package struct Point: Sendable {
    /// The indices of the cells.
    package var cells: [Int]
    /// What its runs cost, as predicted.
    package var cost: Int
  }

  /// The scenario.
  public let scenario: Scenario
  private let digests: [String]

  /// Digests what every cell depends on.
  public init(_ scenario: Scenario) {
    self.scenario = scenario
    digests = scenario.cells.map { RunKey.digest(of: $0) }
  }

  /// The key of a run.
  package func key(_ run: Scenario.Run) -> RunKey {
    RunKey(description: digests[run.cell], seed: run.seed)
  }

  /// The keys of all runs; runs that are described alike share one.
  package var keys: Set<RunKey> { Set(scenario.runs.map { key($0) }) }

  /// The points with these cells, in the order of the file.
  package func points(_ cells: [Int]) -> [Point] {
    var points: [Point] = []
    for index in cells {
      let cell = scenario.cells[index]
      let cost = PredictedCost.of(cell).multiplied(by: cell.seeds.count)
      if let last = points.last?.cells.last.map({ scenario.cells[$0] }),
        last.variant == cell.variant, last.parameters == cell.parameters
      {
        points[points.count - 1].cells.append(index)
        points[points.count - 1].cost = points[points.count - 1].cost.added(cost)
      } else {
        points.append(Point(cells: [index], cost: cost))
      }
    }
    return points
  }

  /// The runs of some cells, by cell and then by seed.
  package func runs(of cells: [Int]) -> [Scenario.Run] {
    cells.sorted().flatMap { cell in
      scenario.cells[cell].seeds.map { Scenario.Run(cell: cell, seed: $0) }
    }
  }

  /// A JSON object for each run, in the order of the plan: key, index, what varies, seed and cost.
  package func lines(of cell: Int, from index: Int) -> [String] {
    let one = scenario.cells[cell]
    let swept = zip(scenario.sweptKeys, one.parameters).filter { !$0.1.isEmpty }
    let members: [(key: String, value: JSONText)] = [
      ("protocol", .string(one.subject.name)), ("series", .string(one.series)),
      ("variant", .string(one.variant)),
      ("parameters", .object(swept.map { ($0.0, .string($0.1)) })),
    ]
    // The braces are those of the whole object.
    let middle = JSONText.object(members).line.dropFirst().dropLast()
    let cost = PredictedCost.of(one)
    return one.seeds.enumerated().map { place, seed in
      "{\"key\":\"\(digests[cell])-\(seed)\",\"index\":\(index + place),\(middle),"
        + "\"seed\":\(seed),\"cost\":\(cost)}\n"
    }
  }
}
