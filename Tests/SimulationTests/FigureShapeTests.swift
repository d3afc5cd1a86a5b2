import Experiments
import Foundation
import Testing

/// The shapes of the paper's figures, on a few seeds; bands and reasons are in
/// `Scenarios/claims/paper.yaml`.
@Suite("Figures")
struct FigureShapeTests {
  private func run(_ name: String, _ settings: String...) async throws -> (
    Scenario, [RunResult]
  ) {
    let scenario = try Scenario(
      path: "\(root.path)/Scenarios/\(name).yaml", settings: settings, seed: nil)
    let results = await Runner(workers: 2).run(scenario) { _, _ in }
    let verdict = Verdict(scenario, results)
    #expect(verdict.unexpected.isEmpty && verdict.missing.isEmpty)
    return (scenario, results)
  }

  private func runs(of series: String, _ run: (Scenario, [RunResult])) -> [RunResult] {
    run.1.filter { run.0.cells[$0.cell].series == series }
  }

  @Test("Paper §IV-D: the Byzantine node costs PBFT 7 of 30 tests, sc-PBFT 2, Raft 7")
  func figure8() async throws {
    let outcome = try await run("figure8", "repeat=2")
    for (series, dead) in [
      ("PBFT", [4, 8, 12, 16, 20, 24, 28]), ("sc-PBFT", [4, 8]),
      ("Raft", [4, 8, 12, 16, 20, 24, 28]),
    ] {
      let found = runs(of: series, outcome)
      #expect(found.count == 2)
      for run in found {
        #expect(run.tests.filter { $0.accepted == 0 }.map(\.number) == dead, "\(series)")
      }
    }
  }

  @Test("Paper §IV-D: after its second strike the Byzantine node never leads again")
  func exclusion() async throws {
    let outcome = try await run("figure8", "repeat=1")
    for run in runs(of: "sc-PBFT", outcome) {
      #expect(run.tests.dropFirst(8).allSatisfy { $0.primary != 3 })
      #expect(run.counters.malicious == 1 && run.counters.falseIsolations == 0)
    }
  }

  @Test("Paper §IV-D: without a Byzantine node Raft leads, PBFT and sc-PBFT tie, PoW trails")
  func figure7() async throws {
    let outcome = try await run("figure7", "repeat=1", "schedule.tests=6")
    func throughput(_ series: String) -> Double {
      let tests = runs(of: series, outcome).flatMap(\.tests)
      return tests.reduce(0) { $0 + $1.throughput } / Double(tests.count)
    }
    #expect(throughput("Raft") > 1.5 * throughput("PBFT"))
    #expect(abs(throughput("sc-PBFT") / throughput("PBFT") - 1) < 0.01)
    #expect(throughput("PBFT") > 5 * throughput("PoW"))
  }

  @Test("Counting failures at the time-out raises a latency, successes alone do not")
  func accountings() async throws {
    let outcome = try await run("figure9", "repeat=1", "schedule.tests=8")
    let cell = try #require(
      outcome.0.cells.firstIndex { $0.series == "PBFT" && $0.variant == "byzantine" })
    let run = try #require(outcome.1.first { $0.cell == cell })
    let successful = try #require(LatencyReport.mean(of: run, .successful))
    let all = try #require(LatencyReport.mean(of: run, .failuresAtTimeout))
    #expect(successful < 800)
    // Two of eight tests are dead and count with 10 s each.
    #expect(all > successful * 0.75 + 0.24 * 10_000 && all < successful + 0.26 * 10_000)
  }

  @Test("Paper §IV-A: eliminating Byzantine members postpones the loss of the group at n = 10")
  func figure6() async throws {
    let (scenario, results) = try await run(
      "figure6", "repeat=1", "variants.4.repeat=1", "variants.6.repeat=1", "variants.7.repeat=1")
    let files = Report(scenario, results).files
    let survival = try #require(files.first { $0.name == "figure6-survival" }).table
    func value(_ subject: String, _ replicas: String) -> Double? {
      survival.rows(where: "protocol", is: subject).rows(where: "model", is: "messages")
        .rows(where: "variant", is: "silent").rows(where: "replicas", is: replicas)
        .rows(where: "arrival_n", is: "4").cells(of: "survival_dt_mean")?.first?.number
    }
    #expect(value("PBFT", "10") == 4)
    #expect(try #require(value("sc-PBFT", "10")) >= 7)
    // The paper's own size gains nothing: nobody can be removed from four.
    #expect(value("PBFT", "4") == 2 && value("sc-PBFT", "4") == 2)
  }
}
