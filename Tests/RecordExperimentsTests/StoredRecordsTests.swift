import DiscreteEvents
import Testing

@testable import Experiments
@testable import HealthRecords
@testable import RecordExperiments

@Suite("Stored runs of shared records")
struct StoredRecordsTests {
  private static let lines = [
    "attributes: [doctor, nurse, ward-3]",
    "users: [{ name: doctor, attributes: [doctor, ward-3] }, { name: nurse, attributes: [nurse] }]",
    "policies: [{ policy: doctor AND ward-3 }]", "preloaded: 3", "operations: 20",
    "parameters: toy", "misdeeds: [{ misdeed: tampering-cloud, share: 30 % }]",
  ]

  private func results(_ scenario: Scenario) async -> [RunResult] {
    await Runner(workers: 1).run(scenario) { (_: Int, _: Int) in }
  }

  @Test("The account of shared records is read as it was written")
  func account() async throws {
    let scenario = try scenario(Self.lines)
    for run in await results(scenario) {
      let account = try #require(run.records)
      #expect(account.operations.count >= 20)
      let copy = try RunTextReader.result(
        Array(RunText(run).text.utf8)[...], of: Scenario.Run(cell: run.cell, seed: run.seed),
        in: scenario.cells[run.cell])
      #expect("\(copy)" == "\(run)")
      var told = account
      told.life = [
        .init(time: .zero, party: "DU 3", text: "a b  c"), .init(time: .zero, party: "x", text: ""),
      ]
      let retold = try #require(RecordAccount(lines: told.lines))
      #expect("\(retold)" == "\(told)")
    }
  }

  @Test("Without any one of its lines, or with one more, an account is refused or is another")
  func lines() async throws {
    let scenario = try scenario(Self.lines)
    let lines = try #require(await results(scenario)[0].records).lines
    for place in lines.indices {
      var cut = lines
      cut.remove(at: place)
      #expect(RecordAccount(lines: cut).map { $0.lines != lines } ?? true)
      cut.insert(String(lines[place].dropLast(3)), at: place)
      #expect(RecordAccount(lines: cut).map { $0.lines != lines } ?? true)
    }
    #expect(RecordAccount(lines: lines + [lines[0]]) == nil)
    #expect(RecordAccount(lines: lines + ["more 1"]) == nil)
    #expect(RecordAccount(lines: lines + ["event x"]) == nil)
  }

  @Test("A result without what its workload counted is torn")
  func missing() async throws {
    let scenario = try scenario(Self.lines)
    var run = await results(scenario)[0]
    run.account = nil
    #expect(throws: RunTextError.self) {
      try RunTextReader.result(
        Array(RunText(run).text.utf8)[...], of: Scenario.Run(cell: 0, seed: 1),
        in: scenario.cells[0])
    }
  }

  @Test(
    "Whatever the section says is part of the key",
    arguments: ["operations: 21", "preloaded: 4", "parameters: ss512", "patients: 2"])
  func keys(line: String) throws {
    let name = line.prefix { $0 != ":" }
    let others = Self.lines.filter { !$0.hasPrefix("\(name):") } + [line]
    let (first, second) = (try scenario(Self.lines), try scenario(others))
    #expect(RunKey.digest(of: first.cells[0]) != RunKey.digest(of: second.cells[0]))
    #expect(
      try RunKey.digest(of: scenario(Self.lines).cells[0]) == RunKey.digest(of: first.cells[0]))
  }
}
