import Testing

@testable import Experiments
@testable import Notation

@Suite("Tolerances")
struct TolerancesTests {
  static let subjects = [
    Tolerances.Subject(
      scenario: "small", file: "small", columns: ["protocol", "seed", "tps"],
      keys: ["protocol", "seed"]),
    Tolerances.Subject(
      scenario: "small", file: "small-summary", columns: ["protocol", "tps_mean"],
      keys: ["protocol"]),
    Tolerances.Subject(
      scenario: "other", file: "other", columns: ["protocol", "blocks"], keys: ["protocol"]),
  ]

  /// Reads one entry, given as the keys beside its reason.
  static func read(_ keys: String) throws -> Tolerances {
    let text = "tolerances:\n  - { reason: reviewed, \(keys) }\n"
    return try Tolerances(SourceFile(name: "baseline.yaml", text: text), for: subjects)
  }

  @Test(
    "A change is admitted up to the limit and not beyond",
    arguments: [
      ("metric: tps, percent: 1", 100.0, 101.0, true),
      ("metric: tps, percent: 1", 100, 101.001, false),
      ("metric: tps, percent: 1", 100, 99, true),
      ("metric: tps, percent: 1", 100, 98.999, false),
      ("metric: tps, percent: 1", -100, -101, true),
      ("metric: tps, percent: 1", 0, 0.001, false),
      ("metric: tps, percent: 10", 0.1, 0.11, true),
      ("metric: tps, absolute: 0.1", 0.3, 0.4, true),
      ("metric: tps, absolute: 0.1", 0.3, 0.401, false),
      ("metric: tps, absolute: 0.1", 0, 0.1, true),
      ("metric: tps, percent: 1, absolute: 5", 100, 105, true),
      ("metric: tps, percent: 10, absolute: 5", 100, 110, true),
      ("metric: tps, percent: 10, absolute: 5", 100, 111, false),
      ("metric: tps, percent: 10, direction: up", 100, 105, true),
      ("metric: tps, percent: 10, direction: up", 100, 95, false),
      ("metric: tps, percent: 10, direction: down", 100, 95, true),
      ("metric: tps, percent: 10, direction: down", 100, 105, false),
      ("metric: '*', percent: 10", 100, 105, true),
      ("metric: tps_mean, percent: 10", 100, 105, false),
      ("metric: tps, percent: 10, scenario: small", 100, 105, true),
      ("metric: blocks, percent: 10, scenario: other", 100, 105, false),
      ("metric: '*', percent: 10, scenario: other", 100, 105, false),
      ("metric: tps, percent: 10, file: small", 100, 105, true),
      ("metric: '*', percent: 10, file: small-summary", 100, 105, false),
    ])
  func limits(_ keys: String, _ old: Double, _ new: Double, _ isAdmitted: Bool) throws {
    let reason = try Self.read(keys).reason(
      toAdmit: "tps", from: old, to: new, in: "small", of: "small")
    #expect(reason == (isAdmitted ? "reviewed" : nil))
  }

  @Test(
    "A name that no table has is an error at its place, with what was meant",
    arguments: [
      ("metric: tsp, percent: 1", "there is no column 'tsp'", "did you mean 'tps'?"),
      ("metric: tps, percent: 1, scenario: smal", "there is no result 'smal'", "'small'"),
      ("metric: tps, percent: 1, file: small-sumary", "no table 'small-sumary'", "-summary'?"),
      ("metric: blocks, percent: 1, scenario: small", "there is no column 'blocks'", ""),
      ("metric: seed, percent: 1", "'seed' names rows", "measured"),
      ("metric: tps", "needs 'percent', 'absolute' or both", ""),
      ("metric: tps, percent: -1", "must be a number from 0", ""),
      ("metric: tps, percent: 1, direction: upp", "one of 'both', 'up' or 'down'", "'up'"),
      ("metric: tps, precent: 1", "unknown key 'precent'", "'percent'"),
    ])
  func mistakes(_ keys: String, _ message: String, _ hint: String) throws {
    let error = try #require(throws: ScenarioError.self) { try Self.read(keys) }
    #expect(error.description.contains("baseline.yaml:2:"), "\(error)")
    #expect(error.description.contains(message), "\(error)")
    #expect(hint.isEmpty || error.description.contains(hint), "\(error)")
  }

  @Test("A tolerance without a reason is refused")
  func reason() throws {
    let text = "tolerances: [{ metric: tps, percent: 1 }]\n"
    let error = try #require(throws: ScenarioError.self) {
      try Tolerances(SourceFile(name: "baseline.yaml", text: text), for: Self.subjects)
    }
    #expect(error.description.contains("lacks the key 'reason'"), "\(error)")
  }

  @Test("The keys of both files are well declared")
  func flaws() {
    #expect(ToleranceSpec.file.flaws == [])
    #expect(ClaimsSpec.judged.flaws == [])
  }
}
