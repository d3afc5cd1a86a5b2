import Foundation
import Testing

@testable import Experiments
@testable import Notation

@Suite("Claims")
struct ClaimsTableTests {
  private static let results = """
    protocol,test,n,tps
    a,1,4,10
    a,2,7,0
    a,all,4,12
    b,1,4,5
    b,2,7,4

    """

  /// Judges one claim, given as the lines after its names, by the little table above.
  private func judge(_ lines: String) throws -> ClaimsTable {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("consim-claims-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Self.results.write(
      to: directory.appendingPathComponent("r.csv"), atomically: true, encoding: .utf8)
    let claims = directory.appendingPathComponent("claims.yaml")
    let indented = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    try """
    claims:
      - id: X1
        where: here
        says: something
        kind: emergent
    \(indented)

    """.write(to: claims, atomically: true, encoding: .utf8)
    return try ClaimsTable(claims: claims.path, results: directory.path)
  }

  @Test(
    "A number inside the band holds, one outside does not",
    arguments: [
      ("value: { file: r, column: tps, rows: { protocol: b } }", "at-least: 4.5", true),
      ("value: { file: r, column: tps, rows: { protocol: b } }", "at-least: 4.6", false),
      ("value: { file: r, column: tps, rows: { protocol: b } }", "at-most: 4.4", false),
      (
        "value: { file: r, column: tps, rows: { protocol: a, test: '!all' } }\nstatistic: zeros",
        "at-least: 1\nat-most: 1", true
      ),
      (
        "value: { file: r, column: tps, rows: { protocol: a, test: '!all' } }\nstatistic: max",
        "at-most: 9.9", false
      ),
      (
        "value: { file: r, column: tps, rows: { protocol: a, test: 1 } }\n"
          + "over: { file: r, column: tps, rows: { protocol: b, test: 1 } }\nrelation: gain",
        "at-least: 100\nat-most: 100", true
      ),
      (
        "value: { file: r, column: tps, rows: { protocol: a, test: '!all' } }\n"
          + "over: { file: r, column: tps, rows: { protocol: b } }\npaired-by: [n]\nstatistic: min",
        "at-most: 0", true
      ),
    ])
  func bands(_ value: String, _ band: String, _ holds: Bool) throws {
    let table = try judge(value + "\n" + band)
    #expect(table.rows.map(\.verdict) == [holds ? .holds : .doesNotHold])
    #expect(table.isExpected == holds)
  }

  @Test("A known gap is reported and expected; when it closes, that is unexpected")
  func knownGaps() throws {
    let value = "value: { file: r, column: tps, rows: { protocol: b } }\nexpect: does-not-hold\n"
    let open = try judge(value + "at-least: 100")
    #expect(open.rows.map(\.verdict) == [.doesNotHold])
    #expect(open.isExpected)
    #expect(try !judge(value + "at-least: 1").isExpected)
  }

  @Test("What no run can decide is said to be not testable")
  func notTestable() throws {
    #expect(try judge("not-testable: it is a definition").rows.map(\.verdict) == [.notTestable])
  }

  @Test(
    "Readings that fare alike give their verdict; others depend, and each must fare as expected",
    arguments: [
      ("5", "4.5", ClaimsTable.Verdict.holds, false), ("5", "13", .depends, true),
      ("5.1", "13", .doesNotHold, false),
    ])
  func readings(
    _ first: String, _ second: String, _ verdict: ClaimsTable.Verdict, _ isExpected: Bool
  )
    throws
  {
    let table = try judge(
      """
      readings:
        - { reading: one, value: { file: r, column: tps, rows: { protocol: b, test: 1 } }, at-least: \(first) }
        - { reading: two, value: { file: r, column: tps, rows: { protocol: a, test: all } }, expect: does-not-hold }
      at-least: \(second)
      """)
    #expect(table.rows.map(\.verdict) == [verdict])
    #expect(table.isExpected == isExpected)
    let csv = table.table
    #expect(csv.rows.indices.map { csv[$0, "reading"]?.text } == ["one", "two"])
    #expect(
      csv.rows.indices.map { csv[$0, "verdict"]?.text }
        == Array(repeating: verdict.rawValue, count: 2))
    #expect(csv[1, "reading_verdict"]?.text == (second == "13" ? "does not hold" : "holds"))
    #expect(table.text.contains("something [two]"))
  }

  @Test("The last line counts claims, not readings")
  func summary() throws {
    let table = try judge(
      """
      readings:
        - { reading: one, value: { file: r, column: tps, rows: { protocol: b, test: 1 } }, at-least: 5 }
        - { reading: two, value: { file: r, column: tps, rows: { protocol: b, test: 1 } }, at-most: 4 }
      """)
    #expect(
      table.summary == "1 claims: 0 hold, 0 do not, 1 depend on the reading, 0 cannot be tested")
  }

  @Test(
    "A claim about a column, row or file that is not there is an error, not a verdict",
    arguments: [
      ("value: { file: r, column: tsp, rows: {} }", "did you mean 'tps'"),
      ("value: { file: r, column: tps, rows: { protocol: c } }", "no row of 'r.csv' fits"),
      ("value: { file: s, column: tps, rows: {} }", "there is no"),
    ])
  func missing(_ value: String, _ message: String) throws {
    let error = try #require(throws: ScenarioError.self) {
      try judge(value + "\nat-least: 0")
    }
    #expect(error.description.contains(message))
  }

  @Test("A claim without a band is refused, since nothing could refute it")
  func needsBand() throws {
    let error = try #require(throws: ScenarioError.self) {
      try judge("value: { file: r, column: tps, rows: {} }")
    }
    #expect(error.description.contains("needs 'at-least', 'at-most' or both"))
  }

  @Test("The declaration of claims files has no flaw")
  func declaration() {
    #expect(ClaimsSpec.file.flaws == [])
    #expect(CostProfile.file.flaws == [])
  }
}
