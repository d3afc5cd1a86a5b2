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
  public internal(set) var scenario: Scenario
  private let digests: [String]

  /// Digests what every cell depends on.
  public init(_ scenario: Scenario) {
    self.scenario = scenario
    digests = scenario.cells.map { RunKey.digest(of: $0) }
  }

  /// The same scenario with other numbers of seeds.
  package func with(_ looks: SeedLooks) -> KeyedScenario {
    var other = self
    other.scenario = looks.scenario
    return other
  }

  /// The key of a run.
  package func key(_ run: Scenario.Run) -> RunKey {
    RunKey(description: digests[run.cell], seed: run.seed)
  }

  /// The keys of all runs; runs that are described alike share one.
  package var keys: Set<RunKey> { Set(scenario.runs.map { key($0) }) }

  /// The points with these cells, in the order of the file.
  package func points(_ cells: [Int]) -> [Point] {
    scenario.points(of: cells).map { cells in
      let costs = cells.map { index in
        PredictedCost.of(scenario.cells[index]).multiplied(by: scenario.cells[index].seeds.count)
      }
      return Point(cells: cells, cost: costs.reduce(0) { $0.added($1) })
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
    let middle = String(JSONText.object(members).line.dropFirst().dropLast())
    let head = "{\"key\":\"\(digests[cell])-"
    let end = ",\"cost\":\(PredictedCost.of(one))}\n"
    return one.seeds.enumerated().map { place, seed in
      let number = String(seed)
      return head + number + "\",\"index\":" + String(index + place) + "," + middle + ",\"seed\":"
        + number + end
    }
  }
}
