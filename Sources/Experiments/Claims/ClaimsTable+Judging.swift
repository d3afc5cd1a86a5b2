import Notation
import Tables

extension ClaimsTable {
  /// One number with what it must be, for output.
  private struct Line {
    let row: Row
    let finding: Finding?

    var what: String {
      let reading = finding?.reading.name ?? ""
      let says = [row.claim.place, row.claim.says].filter { !$0.isEmpty }.joined(separator: ": ")
      return says + (reading.isEmpty ? "" : "\(says.isEmpty ? "" : " ")[\(reading)]")
    }

    var title: String { what.isEmpty ? row.id : "\(row.id): \(what)" }

    var number: String { Cell.decimal(finding?.value, digits: row.claim.digits).text }

    var numberWithUnit: String {
      if number.isEmpty { return "-" }
      return row.claim.unit == "-" ? number : "\(number) \(row.claim.unit)"
    }

    var band: String { finding.map { row.claim.band(of: $0.reading) } ?? "-" }

    var verdict: Verdict { finding?.verdict ?? .notTestable }

    var isExpected: Bool { finding.map { $0.holds == $0.reading.isExpectedToHold } ?? true }

    var note: String {
      [row.claim.reason ?? "", finding?.reading.note ?? "", row.claim.note]
        .filter { !$0.isEmpty }.joined(separator: "; ")
    }
  }

  private var lines: [Line] {
    rows.flatMap { row in
      let findings: [Finding?] = row.findings.isEmpty ? [nil] : row.findings
      return findings.map { Line(row: row, finding: $0) }
    }
  }

  /// The numbers in columns of even width, and a line that counts verdicts, which stands first.
  public var judgement: String {
    let header = ["claim", "what", "number", "band", "verdict"]
    let cells = lines.map { line in
      [
        line.row.id, line.what, line.numberWithUnit, line.band,
        line.verdict.rawValue + (line.isExpected ? "" : " (unexpected)"),
      ]
    }
    let isNamed = cells.contains { !$0[1].isEmpty }
    let columns = header.indices.filter { isNamed || $0 != 1 }
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    let texts = ([header] + cells).map { row in
      var text = ""
      for column in columns.dropLast() {
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        text += row[column] + padding + "  "
      }
      return text + row[header.count - 1]
    }
    return ([judgementSummary] + texts).joined(separator: "\n")
  }

  /// The summary, and how many numbers are not as expected.
  public var judgementSummary: String {
    let unexpected = lines.count { !$0.isExpected }
    return unexpected == 0
      ? "\(summary); all as expected" : "\(summary); \(unexpected) unexpected"
  }

  /// The numbers and verdicts as one JSON object; Documentation/Regression.md describes its members.
  public var json: String {
    let items = lines.map { line in
      let reading = line.finding?.reading
      return JSONText.object([
        ("id", .string(line.row.id)), ("what", .string(line.what)),
        ("number", .literal(line.number.isEmpty ? "null" : line.number)),
        ("unit", .string(line.row.claim.unit == "-" ? "" : line.row.claim.unit)),
        ("band", .string(line.band)), ("verdict", .string(line.verdict.rawValue)),
        ("expected", .literal("\(line.isExpected)")),
        ("file", .string(reading?.value.file ?? "")), ("note", .string(line.note)),
      ])
    }
    let root = JSONText.object([
      ("format", .literal("1")), ("expected", .literal("\(isExpected)")),
      ("summary", .string(judgementSummary)), ("claims", .array(items)),
    ])
    return root.text() + "\n"
  }

  /// The verdicts for tools that know tests: one suite with a case for each number.
  ///
  /// The file is that of the statements, as the user named it.
  public func suites(file: String) -> TestSuites {
    let cases = lines.map { line in
      TestSuites.Case(name: line.title, outcome: Self.outcome(of: line))
    }
    let failed = lines.filter { !$0.isExpected }.map { line in
      "\(line.title): \(line.numberWithUnit), expected \(Self.expectation(of: line))"
    }
    let name = "consim judge"
    return TestSuites(
      name: name, summary: judgementSummary,
      suites: [
        TestSuites.Suite(
          name: name, file: file, summary: judgementSummary,
          text: failed.joined(separator: "\n"), isNoted: false, cases: cases)
      ])
  }

  private static func expectation(of line: Line) -> String {
    let holds = line.finding?.reading.isExpectedToHold ?? true
    return holds ? line.band : "a number that is not \(line.band), as the gap is known"
  }

  private static func outcome(of line: Line) -> TestSuites.Outcome {
    guard line.finding != nil else { return .skipped(line.note) }
    let text = "\(line.numberWithUnit), band \(line.band): \(line.verdict.rawValue)"
    let noted = line.note.isEmpty ? text : "\(text)\n\(line.note)"
    guard !line.isExpected else { return .passed(noted) }
    return .failed(
      message: "\(line.numberWithUnit), expected \(expectation(of: line))", text: noted)
  }
}
