import Notation
import Tables
import Testing

@testable import Experiments

/// A campaign of two points: in the calm one every run is alike, in the rough one PBFT takes all seeds.
private let looked = """
  name: looked
  measure: metrics
  until: { half-width: 8 %, metric: latency_mean_ms, at-most: 40 }
  series:
    - { protocol: pbft }
    - { protocol: raft, with: { clients.connections: 8 } }
  variants:
    - { name: calm }
    - { name: rough, with: { network.latency: { law: exponential, minimum: 1 ms, mean: 2 ms } } }
  replicas: 4
  network: { latency: 1 ms }
  clients: { connections: 1, timeout: 1 s }
  schedule: { tests: 1, window: 30 ms }

  """

/// The scenario with the seeds that were run, and the results.
private func run(_ text: String = looked) async throws -> (Scenario, [RunResult]) {
  var looks = SeedLooks(try CampaignScenario.read(text: text))
  var results: [RunResult] = []
  var done: Set<Scenario.Run> = []
  repeat {
    let next = looks.scenario.runs.filter { done.insert($0).inserted }
    results += await Runner(workers: 2).run(next, of: looks.scenario) { _, _, _ in true }
  } while looks.advance(with: results)
  return (looks.scenario, looks.ordered(results))
}

@Suite("Seeds until an interval is narrow")
struct SeedLooksTests {
  @Test(
    "A point is looked at after 10, 20, 40 seeds and so on, and after the last",
    arguments: [
      (10, [10]), (11, [10, 11]), (20, [10, 20]), (160, [10, 20, 40, 80, 160]),
      (200, [10, 20, 40, 80, 160, 200]),
    ])
  func looks(seedsAtMost: Int, looks: [Int]) {
    #expect(MeanStopping(halfWidth: 0.1, valuesAtMost: seedsAtMost).looks == looks)
  }

  @Test("An interval is narrow enough from t s / sqrt(n) = half-width x mean on")
  func width() {
    // The standard deviation is 1, and t(1) / sqrt(2) = 8.98.
    let values: [Double?] = [99 - 0.5.squareRoot(), 99 + 0.5.squareRoot()]
    #expect(MeanStopping(halfWidth: 0.0908, valuesAtMost: 10).isMet(by: values))
    #expect(!MeanStopping(halfWidth: 0.0906, valuesAtMost: 10).isMet(by: values))
    let rule = MeanStopping(halfWidth: 1, valuesAtMost: 10)
    #expect(!rule.isMet(by: [1]) && !rule.isMet(by: [1, 1, nil]) && rule.isMet(by: [0, 0]))
  }

  @Test("All series of a point stop together, at the first look at which each is narrow enough")
  func together() async throws {
    #expect(try await run().0.cells.map(\.seeds.count) == [10, 10, 40, 40])
    let raft = looked.replacing("  - { protocol: pbft }\n", with: "")
    #expect(try await run(raft).0.cells.map(\.seeds.count) == [10, 10])
  }

  @Test("The summary has a column that says whether a point stopped early")
  func column() async throws {
    let (scenario, results) = try await run()
    let table = Report(scenario, results).files[1].table
    #expect(table.columns.last == "stopped_early")
    #expect(table.rows.map(\.last?.text) == ["yes", "yes", "no", "no"])
    #expect(
      !Report(try CampaignScenario.read(), []).files[1].table.columns.contains("stopped_early"))
  }

  @Test(
    "Stores in any order, with gaps and with more seeds than needed, give the same seeds and tables"
  )
  func stores() async throws {
    let (scenario, results) = try await run()
    let whole = KeyedScenario(try CampaignScenario.read(text: looked))
    let all = await CampaignScenario.results(of: whole.scenario)
    #expect(all.count > results.count)
    let store = try RunStore(try StoreDirectory().path, model: "0123456789abcdef", creates: true)
    for result in all.reversed() {
      try store.keep(result, as: whole.key(Scenario.Run(cell: result.cell, seed: result.seed)))
    }
    let settled = try whole.settled(from: [store])
    let collected = try settled.collected(settled.scenario.runs, from: [store])
    #expect(settled.scenario.cells.map(\.seeds) == scenario.cells.map(\.seeds))
    #expect(
      Report(settled.scenario, collected.results).files.map(\.table.csv)
        == Report(scenario, results).files.map(\.table.csv))

    let few = try RunStore(try StoreDirectory().path, model: "0123456789abcdef", creates: true)
    for result in all where result.seed != 3 {
      try few.keep(result, as: whole.key(Scenario.Run(cell: result.cell, seed: result.seed)))
    }
    let early = try whole.settled(from: [few])
    #expect(early.scenario.cells.allSatisfy { $0.seeds.count == MeanStopping.firstLook })
    #expect(
      try early.collected(early.scenario.runs, from: [few]).missing
        == early.scenario.runs.filter { $0.seed == 3 })
  }

  @Test("The part of a point that a look has does not depend on the order of its results")
  func order() async throws {
    let (_, results) = try await run()
    var looks = SeedLooks(try CampaignScenario.read(text: looked))
    while looks.advance(with: results.reversed()) {}
    #expect(looks.ordered(results).map(\.digest) == results.map(\.digest))
  }

  @Test(
    "What cannot be meant is refused where it is written",
    arguments: [
      (
        "repeat: 2", "repeat: 2\nuntil: { half-width: 1 %, metric: tps }",
        "'until' cannot stand beside"
      ),
      ("repeat: 2", "until: { half-width: 0, metric: tps }", "no interval is that narrow"),
      ("repeat: 2", "until: { half-width: 101 %, metric: tps }", "probability"),
      ("repeat: 2", "until: { half-width: 1 %, metric: tsp }", "did you mean 'tps'?"),
      ("repeat: 2", "until: { half-width: 1 %, metric: tps, at-most: 9 }", "from 10 to"),
      ("repeat: 2", "until: { half-width: 1 % }", "lacks the key 'metric'"),
      (
        "measure: metrics\nrepeat: 2", "measure: tps\nuntil: { half-width: 1 %, metric: tps }",
        "'until' needs 'measure: metrics'"
      ),
      (
        "repeat: 2",
        "until: { half-width: 1 %, metric: tps }\nvariants: [{ name: a, repeat: 3 }]",
        "cannot stand beside 'until'"
      ),
      ("sweep: {", "sweep: { until.at-most: [20, 40],", "'until.at-most' belongs to the whole"),
    ])
  func refused(old: String, new: String, complaint: String) throws {
    let error = #expect(throws: ScenarioError.self) { try CampaignScenario.read(old, new) }
    let text = error?.description ?? ""
    #expect(text.contains(complaint), "\(text)")
  }
}
