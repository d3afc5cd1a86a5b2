import Testing

@testable import Experiments

@Suite("Shards")
struct ShardTests {
  private func shard(_ text: String, _ environment: [String: String] = [:]) throws -> Shard {
    try Shard(text, environment: environment)
  }

  @Test("A shard is named by its number from 0 and the count")
  func named() throws {
    #expect(try shard("0/1") == Shard(index: 0, count: 1))
    #expect(try shard("63/64") == Shard(index: 63, count: 64))
  }

  @Test(
    "What is no shard is refused",
    arguments: [
      "", "3", "3/", "/3", "3/3", "4/3", "-1/3", "+1/3", "1/0", "0/0", "a/3", "1/b", "1/2/3",
      "auto/",
      "auto/0", "auto/x", "1.0/2", " 1/2", "0/100001", "9999999999999999999/3", "Auto",
    ])
  func refused(text: String) {
    #expect(throws: ShardError.self) { try shard(text, ["JOB_COMPLETION_INDEX": "0"]) }
  }

  private static func slurm(
    _ id: Int, _ first: Int, _ last: Int, _ step: Int, _ count: Int
  ) -> [String: String] {
    [
      "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_MIN": "\(first)",
      "SLURM_ARRAY_TASK_MAX": "\(last)", "SLURM_ARRAY_TASK_STEP": "\(step)",
      "SLURM_ARRAY_TASK_COUNT": "\(count)",
    ]
  }

  private static func sge(_ id: Int, _ first: Int, _ last: Int, _ step: Int) -> [String: String] {
    [
      "SGE_TASK_ID": "\(id)", "SGE_TASK_FIRST": "\(first)", "SGE_TASK_LAST": "\(last)",
      "SGE_TASK_STEPSIZE": "\(step)",
    ]
  }

  private static func lsf(_ id: Int, _ last: Int, _ step: Int) -> [String: String] {
    ["LSB_JOBINDEX": "\(id)", "LSB_JOBINDEX_END": "\(last)", "LSB_JOBINDEX_STEP": "\(step)"]
  }

  @Test(
    "'auto' finds the task of every scheduler, wherever its ids begin and however they step",
    arguments: [
      ("auto", slurm(0, 0, 63, 1, 64), 0, 64), ("auto", slurm(64, 1, 64, 1, 64), 63, 64),
      ("auto", slurm(25, 5, 45, 20, 3), 1, 3), ("auto/3", slurm(45, 5, 45, 20, 3), 2, 3),
      ("auto", slurm(7, 7, 7, 1, 1), 0, 1), ("auto/9", ["SLURM_ARRAY_TASK_ID": "12"], 3, 9),
      ("auto", sge(1, 1, 10, 1), 0, 10), ("auto", sge(12, 2, 22, 5), 2, 5),
      ("auto", lsf(1, 64, 1), 0, 64), ("auto", lsf(64, 64, 1), 63, 64),
      ("auto/4", lsf(15, 20, 5), 2, 4), ("auto/3", lsf(10, 12, 2), 1, 3),
      ("auto/64", ["PBS_ARRAY_INDEX": "0"], 0, 64), ("auto/64", ["PBS_ARRAY_INDEX": "64"], 0, 64),
      ("auto/64", ["PBS_ARRAY_INDEX": "70"], 6, 64),
      ("auto/4", ["JOB_COMPLETION_INDEX": "3"], 3, 4),
      (
        "auto/4", ["JOB_COMPLETION_INDEX": "3", "LSB_JOBINDEX": "0", "SGE_TASK_ID": "undefined"], 3,
        4
      ),
    ])
  func automatic(_ text: String, _ environment: [String: String], _ index: Int, _ count: Int) throws
  {
    #expect(try shard(text, environment) == Shard(index: index, count: count))
  }

  @Test(
    "'auto' is refused where the environment does not show the shard",
    arguments: [
      ("auto", [:]), ("auto/4", [:]), ("auto", ["PBS_ARRAY_INDEX": "1"]),
      ("auto", ["JOB_COMPLETION_INDEX": "1"]), ("auto/4", ["JOB_COMPLETION_INDEX": "4"]),
      ("auto", ["SLURM_ARRAY_TASK_ID": "x"]), ("auto", ["SLURM_ARRAY_TASK_ID": "-1"]),
      ("auto", slurm(3, 1, 9, 1, 3)), ("auto", slurm(4, 1, 9, 2, 5)),
      ("auto/4", slurm(1, 1, 9, 2, 5)),
      ("auto", slurm(0, 0, 4, 0, 5)), ("auto", sge(12, 1, 10, 1)), ("auto", lsf(21, 20, 1)),
      ("auto/2", lsf(1, 20, 1)), ("auto/4", ["PBS_ARRAY_INDEX": "1", "JOB_COMPLETION_INDEX": "1"]),
    ])
  func noShard(_ text: String, _ environment: [String: String]) {
    #expect(throws: ShardError.self) { try shard(text, environment) }
  }

  @Test("Every point is dealt once, with all its series", arguments: [1, 2, 7, 64])
  func deal(count: Int) throws {
    let campaign = try KeyedScenario(
      CampaignScenario.read("[4, 5]", "[4, 5, 6, 7, 8, 9, 10, 11, 12, 13]"))
    let points = campaign.points(Array(campaign.scenario.cells.indices))
    #expect(points.count == 10 && points.allSatisfy { $0.cells.count == 4 })
    var dealt: [Int] = []
    for index in 0..<count {
      dealt += Shard(index: index, count: count).share(of: points).flatMap(\.cells)
    }
    #expect(dealt.sorted() == Array(campaign.scenario.cells.indices))
  }

  @Test("Shards have about the same cost, and none waits while another has two points")
  func balance() {
    let points = (1...200).map { KeyedScenario.Point(cells: [$0], cost: $0 * $0) }
    let loads = (0..<7).map { index in
      Shard(index: index, count: 7).share(of: points).reduce(0) { $0 + $1.cost }
    }
    let (least, most) = (loads.min() ?? 0, loads.max() ?? 0)
    #expect(most - least < most / 1000, "\(loads)")
    let few = (0..<9).map { KeyedScenario.Point(cells: [$0], cost: .max) }
    #expect((0..<9).allSatisfy { Shard(index: $0, count: 9).share(of: few).count == 1 })
  }

  @Test("A run of more replicas, blocks or time is predicted to cost more, and nothing overflows")
  func costs() throws {
    func cost(_ schedule: String, _ replicas: Int, _ name: String = "pbft") throws -> Int {
      PredictedCost.of(
        try CampaignScenario.read(
          text: """
            name: cost
            measure: metrics
            series: [{ protocol: \(name) }]
            replicas: \(replicas)
            network: { latency: 1 ms }
            schedule: \(schedule)

            """
        ).cells[0])
    }
    let few = try cost("{ blocks: 10 }", 4)
    #expect(try few < cost("{ blocks: 11 }", 4))
    #expect(try few < cost("{ blocks: 10 }", 5))
    #expect(try cost("{ blocks: 10 }", 8, "raft") == 2 * cost("{ blocks: 10 }", 4, "raft"))
    #expect(try cost("{ duration: 2 s }", 4) == 2 * cost("{ duration: 1 s }", 4))
    #expect(try cost("{ tests: 3, window: 1 s }", 4) == 3 * cost("{ window: 1 s }", 4))
    #expect(try cost("{ first-requests: 5 }", 4) == cost("{ blocks: 5 }", 4))
    #expect(try cost("{ heal-at: 1 s, within: 2 s }", 4) == cost("{ duration: 3 s }", 4))
    #expect(Int.max.multiplied(by: 2) == .max && Int.max.added(1) == .max)
  }
}
