import RunPlans
import Testing

@testable import Experiments

@Suite("Keys and selections of campaigns")
struct CampaignTests {
  private func digest(_ old: String = "", _ new: String = "", cell: Int = 0) throws -> String {
    RunKey.digest(of: try CampaignScenario.read(old, new).cells[cell])
  }

  @Test(
    "Names, layout and what other series read do not change a key",
    arguments: [
      ("name: small", "name: other"), ("protocol: pbft }", "protocol: pbft, name: P }"),
      ("repeat: 2", "repeat: 9"), ("measure: metrics", "measure: tps"),
      ("difficulty-bits: 12", "difficulty-bits: 13"), ("1 ms", "1000 us"), ("[4, 5]", "[4, 6]"),
      ("replicas: 4\n", "replicas: 4\ncosts: free\n"),
    ])
  func sameKey(_ old: String, _ new: String) throws {
    #expect(try digest(old, new) == digest())
  }

  @Test(
    "Whatever a run depends on changes its key",
    arguments: [
      ("to: 2 ms", "to: 3 ms"), ("connections: 2", "connections: 3"),
      ("[4, 5]", "[7, 5]"), ("window: 200 ms", "window: 201 ms"), ("timeout: 1 s", "timeout: 2 s"),
      ("rotation-delay: 50 ms", "rotation-delay: 51 ms"),
      ("rotation: per-test", "batch: 2, rotation: per-test"),
      ("replicas: 4\n", "replicas: 4\njitter: 1 %\ncost-overrides: { sign: 1 us }\n"),
      ("replicas: 4\n", "replicas: 4\nexpect: { P-1: may-break }\n"),
      ("replicas: 4\n", "replicas: 4\nprobes: false\n"),
      ("replicas: 4\n", "replicas: 4\napplication: history\n"),
      ("replicas: 4\n", "replicas: 4\nlimits: { events: 1000 }\n"),
    ])
  func otherKey(_ old: String, _ new: String) throws {
    #expect(try digest(old, new) != digest())
  }

  @Test("Each protocol, size and seed has a key of its own")
  func distinct() throws {
    let campaign = try KeyedScenario(CampaignScenario.read())
    #expect(campaign.keys.count == 16)
  }

  @Test("Cells that are described alike share their keys")
  func shared() throws {
    let campaign = try KeyedScenario(
      CampaignScenario.read(
        "sweep:",
        """
        variants:
          - { name: a }
          - { name: b, with: { pbft.batch: 1 } }
          - { name: c, with: { pbft.batch: 2 } }
        sweep:
        """))
    #expect(campaign.scenario.runs.count == 48)
    #expect(campaign.keys.count < 48)
  }

  @Test("A line of the plan is a JSON object with key, index, what varies, seed and cost")
  func plan() throws {
    let campaign = try KeyedScenario(
      CampaignScenario.read("protocol: pbft }", "protocol: pbft, name: 'P \"' }"))
    let key = RunKey.digest(of: campaign.scenario.cells[0])
    let cost = PredictedCost.of(campaign.scenario.cells[0])
    #expect(
      campaign.lines(of: 0, from: 10) == [
        #"{"key":"\#(key)-1","index":10,"protocol":"pbft","series":"P \"","variant":"default","#
          + #""parameters":{"replicas":"4"},"seed":1,"cost":\#(cost)}"# + "\n",
        #"{"key":"\#(key)-2","index":11,"protocol":"pbft","series":"P \"","variant":"default","#
          + #""parameters":{"replicas":"4"},"seed":2,"cost":\#(cost)}"# + "\n",
      ])
  }

  @Test(
    "A selection keeps the cells that have one of the values of each key",
    arguments: [
      (["replicas=4"], [0, 1, 2, 3]), (["replicas=5,series=Raft"], [6]),
      (["protocol=pow"], [3, 7]), (["protocol=pow", "protocol=raft", "replicas=4"], [2, 3]),
      (["variant=default"], [0, 1, 2, 3, 4, 5, 6, 7]), ([], [0, 1, 2, 3, 4, 5, 6, 7]),
    ])
  func selection(_ arguments: [String], _ cells: [Int]) throws {
    #expect(try RunSelection(arguments).cells(of: CampaignScenario.read()) == cells)
  }

  @Test("A comma in brackets belongs to the value")
  func brackets() throws {
    let scenario = try CampaignScenario.read(
      "sweep: { replicas: [4, 5] }",
      "sweep: { pow.hash-rates: [[1 H/s, 1 H/s, 1 H/s, 1 H/s], [2 H/s, 1 H/s, 1 H/s, 1 H/s]] }")
    let value = scenario.cells[0].parameters[0]
    #expect(value.contains(","))
    let cells = try RunSelection(["\(scenario.sweptKeys[0])=\(value),series=PoW"]).cells(
      of: scenario)
    #expect(cells == [3])
  }

  @Test(
    "A selection that means nothing is refused",
    arguments: [
      ["replicas"], ["=4"], ["replicas="], [""], ["replicas=4,"], ["replicas=6"], ["n=4"],
      ["series=pbft"],
      ["seed=1"],
    ])
  func refused(arguments: [String]) throws {
    let scenario = try CampaignScenario.read()
    #expect(throws: SelectionError.self) { try RunSelection(arguments).cells(of: scenario) }
  }
}
