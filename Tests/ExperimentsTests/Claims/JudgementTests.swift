import Foundation
import Testing

@testable import Experiments
@testable import Notation

@Suite("Judgements of any tables")
struct JudgementTests {
  private static let table = """
    tool,seed,ms
    mine,1,10
    mine,2,12
    mine,3,11
    theirs,1,13
    theirs,2,14
    theirs,3,14

    """

  /// Judges the lines of one claim by a table that lies in `tables`, beside the file.
  private func judge(_ lines: String, id: String = "J1") throws -> ClaimsTable {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("consim-judge-\(UUID().uuidString)")
    let tables = directory.appendingPathComponent("tables")
    try FileManager.default.createDirectory(at: tables, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Self.table.write(
      to: tables.appendingPathComponent("t.csv"), atomically: true, encoding: .utf8)
    let file = directory.appendingPathComponent("judge.yaml")
    let indented = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    try "claims:\n  - id: \(id)\n\(indented)\n".write(to: file, atomically: true, encoding: .utf8)
    return try ClaimsTable(judging: file.path, results: tables.path)
  }

  private static let paired = """
    value: { file: t, column: ms, rows: { tool: theirs } }
    over: { file: t, column: ms, rows: { tool: mine } }
    relation: difference
    paired-by: [seed]

    """

  @Test(
    "A number of a table needs neither section nor kind, and is found by name or by path",
    arguments: [
      ("value: { file: t, column: ms, rows: { tool: mine } }\nat-most: 11", true),
      ("value: { file: tables/t.csv, column: ms, rows: { tool: mine } }\nat-most: 11", true),
      ("value: { file: tables/t.csv, column: ms, rows: { tool: theirs } }\nat-most: 11", false),
      // Differences of 3, 2 and 3: their mean is 8/3, half of the interval 4.30266 / 3.
      (paired + "at-least: 2.66\nat-most: 2.67", true),
      (paired + "statistic: lower-95\nat-least: 1.2324\nat-most: 1.2325", true),
      (paired + "statistic: upper-95\nat-least: 4.1008\nat-most: 4.1009", true),
      (paired + "statistic: half-width-95\nat-least: 1.4342\nat-most: 1.4343", true),
      (paired + "statistic: lower-95\nat-least: 1.3", false),
      // One row has no interval.
      (
        "value: { file: t, column: ms, rows: { seed: 1, tool: mine } }\nstatistic: lower-95\n"
          + "at-least: 0", false
      ),
    ])
  func bands(_ lines: String, _ holds: Bool) throws {
    let table = try judge(lines)
    #expect(table.rows.map(\.verdict) == [holds ? .holds : .doesNotHold], "\(table.judgement)")
    #expect(table.isExpected == holds)
  }

  @Test(
    "What cannot be judged is an error",
    arguments: [
      ("value: { file: tables/s.csv, column: ms }\nat-least: 0", "there is no", true),
      ("value: { file: tables/t.csv, column: mss }\nat-least: 0", "did you mean 'ms'?", false),
      (
        "value: { file: t, column: ms, rows: { tool: no } }\nat-least: 0", "no row of 't.csv'",
        false
      ),
      ("value: { file: t, column: ms }\nat-least: 0\nkind: emergend", "'emergent'", false),
      (
        "value: { file: t, column: ms }\nover: { file: t, column: ms }\nstatistic: upper-95\n"
          + "at-least: 0", "needs 'paired-by'", false
      ),
      (
        "value: { file: t, column: tool }\nat-least: 0",
        "row 1 of 't.csv' has 'mine' in 'tool', which is no number", false
      ),
      (
        "value: { file: t, column: ms }\nover: { file: t, column: ms }\npaired-by: [seed]\n"
          + "at-least: 0", "two rows have 1 in [\"seed\"]: none can be paired", false
      ),
    ])
  func mistakes(_ lines: String, _ message: String, _ isMissing: Bool) throws {
    let error = try #require(throws: ScenarioError.self) { try judge(lines) }
    #expect(error.description.contains(message), "\(error)")
    #expect((error.cause == .unreadable) == isMissing)
  }

  @Test("A claim of the paper still needs all its keys, and knows no paths")
  func claims() throws {
    let lacking = SourceFile(
      name: "claims.yaml", text: "claims: [{ id: 1, value: { file: t, column: c }, at-least: 0 }]")
    let error = try #require(throws: ScenarioError.self) {
      try ClaimsTable(lacking, results: "Nowhere")
    }
    for key in ["where", "says", "kind"] {
      #expect(error.description.contains("lacks the key '\(key)'"), "\(error)")
    }
    let path = SourceFile(
      name: "claims.yaml",
      text: """
        claims:
          - { id: 1, where: a, says: b, kind: rule, value: { file: t.csv, column: c }, at-least: 0 }
        """)
    let other = try #require(throws: ScenarioError.self) {
      try ClaimsTable(path, results: "Nowhere")
    }
    #expect(other.description.contains("there is no 'Nowhere/t.csv.csv'"), "\(other)")
  }

  @Test("The text has a line a number, after how many are not as expected")
  func text() throws {
    let value = "value: { file: t, column: ms, rows: { tool: mine } }\nunit: ms\ndigits: 1\n"
    #expect(
      try judge(value + "at-most: 10").judgement == """
        1 claims: 0 hold, 1 do not, 0 depend on the reading, 0 cannot be tested; 1 unexpected
        claim  number   band     verdict
        J1     11.0 ms  <= 10.0  does not hold (unexpected)
        """)
    #expect(
      try judge(value + "at-most: 10\nsays: fast\nexpect: does-not-hold").judgement == """
        1 claims: 0 hold, 1 do not, 0 depend on the reading, 0 cannot be tested; all as expected
        claim  what  number   band     verdict
        J1     fast  11.0 ms  <= 10.0  does not hold
        """)
  }

  @Test("JSON and suites have the number, its band and whether it was expected")
  func forms() throws {
    let table = try judge(
      "value: { file: t, column: ms, rows: { tool: mine } }\nat-most: 10\nsays: '<fast>'")
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(table.json.utf8)) as? [String: Any])
    #expect(root["expected"] as? Bool == false)
    let item = try #require((root["claims"] as? [[String: Any]])?.first)
    #expect(item["number"] as? Double == 11)
    #expect(item["band"] as? String == "<= 10.000")
    let suites = table.suites(file: "judge.yaml")
    #expect(suites.junit.contains("name=\"J1: &lt;fast&gt;\""), "\(suites.junit)")
    #expect(suites.junit.contains("message=\"11.000, expected &lt;= 10.000\""))
    #expect(suites.workflowCommands.hasPrefix("::error file=judge.yaml,title="))
    let skipped = try judge("not-testable: no way").suites(file: "judge.yaml")
    #expect(skipped.junit.contains("<skipped message=\"no way\"/>"))
  }
}
