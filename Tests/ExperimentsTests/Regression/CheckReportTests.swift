import Foundation
import Tables
import Testing

@testable import Experiments
@testable import Notation

/// Results with made-up differences.
enum MadeUp {
  static let models = ModelVersions(old: "0123456789abcdef", new: "0123456789abcdef")
  static let commands = CheckedResult.Commands(show: "run a.yaml", keep: "check a.yaml")

  static func cell(
    _ column: String, _ old: String, _ new: String, protocol name: String = "PBFT", seed: Int = 1
  ) -> ResultDifference {
    let keys = ["figure", "protocol", "variant", "seed"]
    func table(_ text: String) -> Table {
      var table = Table(columns: keys + [column])
      table.append(
        [.text("-"), .text(name), .text("default"), .integer(Int64(seed)), Cell(reading: text)])
      return table
    }
    guard let found = table(new).difference(from: table(old), keys: keys) else {
      preconditionFailure("\(old) and \(new) are equal")
    }
    return .table(found)
  }

  static func result(
    _ differences: [ResultDifference], inputs: [ResultDifference] = [],
    models: ModelVersions? = models, _ tolerance: String? = nil
  ) throws -> CheckedResult {
    CheckedResult(
      "small",
      [
        Baseline.FileChange(path: "Results/small.csv", differences: differences),
        Baseline.FileChange(path: "Results/provenance/small.json", differences: inputs),
      ], models: models, try tolerance.map { try TolerancesTests.read($0) } ?? .none,
      commands: commands)
  }

  static func report(_ results: CheckedResult...) -> CheckReport {
    var report = CheckReport()
    for result in results { report.append(result) }
    return report
  }
}

@Suite("Comparisons of results")
struct CheckReportTests {
  private static let runs = ResultDifference.runs("digest of the runs of PBFT was 1, now 2")

  @Test(
    "A change is judged by the sense of its column",
    arguments: [
      ("tps", "100.0", "90.0", CellChange.Effect.worse, "down", "(-10.00 %, worse)"),
      ("tps_mean", "100.0", "110.0", .better, "up", "(+10.00 %, better)"),
      ("tps_ci95", "100.0", "110.0", .neutral, "up", "(+10.00 %)"),
      ("latency_p99_ms", "100.0", "110.0", .worse, "up", "(+10.00 %, worse)"),
      ("latency_p99_ms_ci95", "100.0", "110.0", .neutral, "up", "(+10.00 %)"),
      ("latency_mean_ms", "100.0", "90.0", .better, "down", "(-10.00 %, better)"),
      ("tps", "0.0", "1.0", .better, "up", "(up, better)"),
      ("blocks", "0", "3", .neutral, "up", "(up)"),
      ("ended", "fulfilled", "stranded", .neutral, nil, "now stranded"),
      ("tps", "1.0", "", .neutral, nil, "now empty"),
    ] as [(String, String, String, CellChange.Effect, String?, String)])
  func senses(
    _ column: String, _ old: String, _ new: String, _ effect: CellChange.Effect,
    _ direction: String?, _ ending: String
  ) throws {
    let result = try MadeUp.result([MadeUp.cell(column, old, new)])
    let change = try #require(result.files[0].cells.first)
    #expect(change.effect == effect)
    #expect(change.direction == direction)
    #expect(change.text.hasSuffix(ending), "\(change.text)")
  }

  @Test("The worst change of a series is the largest that does harm")
  func worst() throws {
    let result = try MadeUp.result([
      MadeUp.cell("blocks", "1", "9"), MadeUp.cell("tps", "100.0", "99.0"),
      MadeUp.cell("tps", "100.0", "50.0", seed: 2), MadeUp.cell("tps", "100.0", "999.0", seed: 3),
      MadeUp.cell("tps", "100.0", "98.0", protocol: "Raft"),
    ])
    #expect(result.series.map(\.name) == ["PBFT, default", "Raft, default"])
    #expect(result.series.map(\.worse) == [2, 1])
    #expect(result.series[0].changes.map(\.new) == ["50.0", "99.0", "9", "999.0"])
  }

  @Test(
    "Only reviewed changes of numbers, and the runs behind them, are within tolerance",
    arguments: [
      ([], [], nil, CheckedResult.Verdict.equal),
      ([MadeUp.cell("tps", "100.0", "101.0")], [], nil, .different),
      ([MadeUp.cell("tps", "100.0", "101.0")], [], "metric: tps, percent: 1", .withinTolerance),
      (
        [MadeUp.cell("tps", "100.0", "101.0")], [runs], "metric: tps, percent: 1",
        .withinTolerance
      ),
      ([MadeUp.cell("tps", "100.0", "102.0")], [runs], "metric: tps, percent: 1", .different),
      ([], [runs], "metric: tps, percent: 1", .withinTolerance),
      ([], [runs], "metric: blocks, percent: 1, scenario: other", .different),
      ([], [runs], nil, .different),
      (
        [MadeUp.cell("tps", "100.0", "101.0")], [.input(.scenario, "scenario_digest")],
        "metric: tps, percent: 1", .different
      ),
      ([MadeUp.cell("ended", "a", "b")], [], "metric: '*', percent: 100", .different),
      ([MadeUp.cell("tps", "1.0", "")], [], "metric: '*', percent: 100", .different),
      ([.altered("it is")], [], "metric: '*', percent: 100", .different),
      ([.form("line ends")], [], "metric: '*', percent: 100", .different),
    ] as [([ResultDifference], [ResultDifference], String?, CheckedResult.Verdict)])
  func verdicts(
    _ cells: [ResultDifference], _ inputs: [ResultDifference], _ tolerance: String?,
    _ verdict: CheckedResult.Verdict
  ) throws {
    let result = try MadeUp.result(cells, inputs: inputs, tolerance)
    #expect(result.verdict == verdict)
    #expect(MadeUp.report(result).verdict == verdict)
    #expect(result.causes.isEmpty == (verdict == .equal))
  }

  @Test(
    "The cause is every input that changed, and that none did is one too",
    arguments: [
      ([], ["same", "same"], "none of the inputs changed, nor did the model"),
      ([], ["unknown", "unknown"], "none of the inputs changed; whether the model did is unknown"),
      ([], ["one", "two"], "the model changed: its version was one, now two"),
      ([.input(.scenario, "")], ["same", "same"], "the scenario's file or settings changed"),
      (
        [.input(.costProfile("rsa"), ""), .input(.costProfile("rsa"), "")], ["one", "two"],
        "the cost profile rsa changed; the model changed: its version was one, now two"
      ),
      (
        [.input(.seeds, ""), .input(.points, "")], ["same", "same"],
        "the seeds changed; the number of points changed"
      ),
      ([.input(.claims, "")], ["same", "same"], "the file of claims changed"),
    ] as [([ResultDifference], [String], String)])
  func causes(_ inputs: [ResultDifference], _ models: [String], _ text: String) throws {
    let result = try MadeUp.result(
      [MadeUp.cell("tps", "2.0", "1.0")], inputs: inputs,
      models: ModelVersions(old: models[0], new: models[1]))
    #expect(result.causes.map(\.description).joined(separator: "; ") == text)
  }

  @Test("An altered table is a cause")
  func altered() throws {
    let result = try MadeUp.result([.altered("it is")])
    #expect(
      result.causes.map(\.description)
        == ["small.csv is not what was written, or has no provenance"])
  }

  @Test("The text begins with the summary and is empty where nothing differs and none is wanted")
  func text() throws {
    let equal = try MadeUp.result([])
    #expect(
      MadeUp.report(equal).text(isQuiet: false)
        == "1 checked: 1 equal, 0 within tolerance, 0 different\nsmall: 2 files, no difference")
    #expect(MadeUp.report(equal).text(isQuiet: true) == "")
    let different = try MadeUp.result(
      [MadeUp.cell("tps", "2.0", "1.0")], inputs: [Self.runs], nil)
    let row = "figure=-, protocol=PBFT, variant=default, seed=1"
    #expect(
      MadeUp.report(different, equal).text(isQuiet: true) == """
        2 checked: 1 equal, 0 within tolerance, 1 different
        small: different, 2 of 2 files
          cause: none of the inputs changed, nor did the model
          PBFT, default: 1 cell differs, 1 worse
            Results/small.csv: tps of \(row) was 2.0, now 1.0 (-50.00 %, worse)
          Results/provenance/small.json: digest of the runs of PBFT was 1, now 2
          see for yourself: consim run a.yaml
          if it is meant:   consim check a.yaml
        """)
    let within = try MadeUp.result(
      [MadeUp.cell("tps", "2.0", "1.0")], "metric: tps, percent: 50")
    let text = MadeUp.report(within).text(isQuiet: true)
    #expect(text.contains("0 equal, 1 within tolerance, 0 different\nsmall: within tolerance"))
    #expect(text.contains("1 cell differs, 1 worse, 1 within tolerance\n"))
    #expect(text.hasSuffix("(-50.00 %, worse, within tolerance: reviewed)"))
    #expect(!text.contains("if it is meant"))
  }

  @Test("The JSON object has every difference with its judgement")
  func json() throws {
    let result = try MadeUp.result(
      [MadeUp.cell("tps", "2.0", "1.0"), .form("line \"ends\"\u{1}")],
      inputs: [.input(.costProfile("rsa"), "the digest")])
    let text = MadeUp.report(result).json
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(root["verdict"] as? String == "different")
    #expect((root["summary"] as? [String: Int])?["different"] == 1)
    let results = try #require(root["results"] as? [[String: Any]])
    #expect((results[0]["causes"] as? [[String: String]])?[0]["kind"] == "cost-profile")
    let files = try #require(results[0]["files"] as? [[String: Any]])
    #expect(files.map { $0["name"] as? String } == ["small.csv", "provenance/small.json"])
    let differences = try #require(files[0]["differences"] as? [[String: Any]])
    #expect(differences[0]["percent"] as? Double == -50)
    #expect(differences[0]["direction"] as? String == "down")
    #expect(differences[0]["effect"] as? String == "worse")
    #expect(differences[0]["tolerance"] is NSNull)
    #expect((differences[0]["row"] as? [String: String])?["seed"] == "1")
    #expect(differences[1]["text"] as? String == "line \"ends\"\u{1}")
  }
}
