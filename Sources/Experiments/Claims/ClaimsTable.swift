import DiscreteEvents
import Notation
import Tables
import YAMLDocuments

/// The paper's claims judged by the result files of a directory.
public struct ClaimsTable: Sendable {
  /// How a claim fared.
  public enum Verdict: String, Sendable {
    /// The number of every reading is inside its band.
    case holds
    /// None is.
    case doesNotHold = "does not hold"
    /// Some are, and some are not.
    case depends
    /// No run can decide it.
    case notTestable = "not testable"
  }

  /// The number of one reading.
  struct Finding: Sendable {
    var reading: Claim.Reading
    var value: Double?
    var holds: Bool
    var verdict: Verdict { holds ? .holds : .doesNotHold }
  }

  /// One claim with its numbers.
  public struct Row: Sendable {
    /// The claim's number in the list of claims.
    public var id: String
    /// How it fared.
    public var verdict: Verdict
    /// Whether each reading fared as the file of claims expects.
    public var isExpected: Bool
    var claim: Claim
    var findings: [Finding]
  }

  /// The claims in the order of the file.
  public let rows: [Row]

  /// A digest of the text of the file.
  public let digest: TraceDigest

  /// Reads the claims and judges them by the result files in a directory.
  ///
  /// - Parameters:
  ///   - path: The file of claims.
  ///   - directory: The directory of the result files.
  ///   - fallback: The directory of those that the first does not hold.
  /// - Throws: ``ScenarioError`` when the claims are wrong, name columns or rows that are not there,
  ///   or a result file is missing.
  public init(
    claims path: String, results directory: String, fallback: String? = nil
  ) throws(ScenarioError) {
    try self.init(YAMLDocument.readFile(path), results: directory, fallback: fallback)
  }

  /// Reads statements on any tables and judges them.
  ///
  /// - Parameters:
  ///   - path: The file; the paths of tables in it start at its directory.
  ///   - directory: The directory of the tables that are named without a path.
  ///   - fallback: The directory of those that the first does not hold.
  /// - Throws: As for claims.
  public init(
    judging path: String, results directory: String, fallback: String? = nil
  ) throws(ScenarioError) {
    try self.init(judged: YAMLDocument.readFile(path), results: directory, fallback: fallback)
  }

  /// Reads the text of statements on any tables and judges them.
  ///
  /// - Throws: As for claims.
  public init(
    judged source: SourceFile, results directory: String, fallback: String? = nil
  ) throws(ScenarioError) {
    let home = source.name.lastIndex(of: "/").map { String(source.name[...$0]) } ?? ""
    try self.init(
      source, as: ClaimsSpec.judged,
      ResultFiles(directory: directory, fallback: fallback, home: home))
  }

  /// Reads the text of claims and judges them by the result files in a directory.
  ///
  /// - Throws: As for a file.
  public init(
    _ source: SourceFile, results directory: String, fallback: String? = nil
  ) throws(ScenarioError) {
    try self.init(
      source, as: ClaimsSpec.file,
      ResultFiles(directory: directory, fallback: fallback, home: nil))
  }

  private init(
    _ source: SourceFile, as spec: MappingSpec, _ results: ResultFiles
  ) throws(ScenarioError) {
    let diagnostics = results.diagnostics
    var claims: [Claim] = []
    try YAMLDocument.load(source).decoded(as: spec, into: diagnostics) { reader in
      claims = reader["claims"].list { item in item.mapping { Claim($0) } }
    }
    try diagnostics.throwIfErrors()
    var rows: [Row] = []
    for claim in claims { rows.append(Self.judge(claim, results)) }
    if results.isMissing, let first = diagnostics.sorted.first {
      throw ScenarioError(first, cause: .unreadable)
    }
    try diagnostics.throwIfErrors()
    self.rows = rows
    var digest = TraceDigest()
    for byte in source.bytes { digest.combine(time: .zero, target: 0, content: UInt64(byte)) }
    self.digest = digest
  }

  private static func judge(_ claim: Claim, _ results: ResultFiles) -> Row {
    let findings = claim.readings.map { reading in
      let value = results.value(of: reading, in: claim)
      let holds =
        value.map { value in
          (reading.least.map { value >= $0 } ?? true) && (reading.most.map { value <= $0 } ?? true)
        } ?? false
      return Finding(reading: reading, value: value, holds: holds)
    }
    let holding = findings.filter(\.holds).count
    let verdict: Verdict =
      if findings.isEmpty {
        .notTestable
      } else if holding == findings.count {
        .holds
      } else {
        holding == 0 ? .doesNotHold : .depends
      }
    return Row(
      id: claim.id, verdict: verdict,
      isExpected: findings.allSatisfy { $0.holds == $0.reading.isExpectedToHold }, claim: claim,
      findings: findings)
  }

  /// Whether every claim fared as the file of claims expects.
  public var isExpected: Bool { rows.allSatisfy(\.isExpected) }

  /// The table as a result file: a row per reading.
  public var table: Table {
    var table = Table(columns: [
      "id", "where", "claim", "kind", "ours", "unit", "band", "verdict", "file", "note", "reading",
      "reading_verdict",
    ])
    for row in rows {
      let claim = row.claim
      let findings: [Finding?] = row.findings.isEmpty ? [nil] : row.findings
      for finding in findings {
        let reading = finding?.reading
        let name = reading?.name ?? ""
        let note = [claim.reason ?? "", reading?.note ?? "", claim.note]
        table.append([
          .text(claim.id), .text(claim.place), .text(claim.says), .text(claim.kind),
          .decimal(finding?.value, digits: claim.digits),
          .text(claim.unit == "-" ? "" : claim.unit),
          .text(reading.map { claim.band(of: $0) } ?? "-"), .text(row.verdict.rawValue),
          .text(reading?.value.file ?? ""),
          .text(note.filter { !$0.isEmpty }.joined(separator: "; ")), .text(name),
          .text(name.isEmpty ? "" : finding?.verdict.rawValue ?? ""),
        ])
      }
    }
    return table
  }

  /// The table in columns of even width, and a line that counts verdicts.
  public var text: String {
    let cells = rows.flatMap { row in
      let findings: [Finding?] = row.findings.isEmpty ? [nil] : row.findings
      return findings.map { Self.cells(of: row, $0) }
    }
    let header = ["claim", "the paper says", "ours", "band", "kind", "verdict"]
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    let lines = ([header] + cells).map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ").trimmingSuffix()
    }
    return (lines + [summary]).joined(separator: "\n")
  }

  /// How many claims there are, and how they fared.
  public var summary: String {
    func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }
    return """
      \(rows.count) claims: \(count(.holds)) hold, \(count(.doesNotHold)) do not, \
      \(count(.depends)) depend on the reading, \(count(.notTestable)) cannot be tested
      """
  }

  private static func cells(of row: Row, _ finding: Finding?) -> [String] {
    let claim = row.claim
    let number = Cell.decimal(finding?.value, digits: claim.digits).text
    let unit = claim.unit == "-" ? "" : " " + claim.unit
    let reading = finding?.reading
    let name = reading?.name ?? ""
    var verdict = row.verdict.rawValue
    if let finding, !name.isEmpty, row.verdict == .depends {
      verdict += ": \(finding.verdict.rawValue)"
    }
    if let finding, finding.holds != finding.reading.isExpectedToHold { verdict += " (unexpected)" }
    return [
      row.id, claim.says + (name.isEmpty ? "" : " [\(name)]"),
      number.isEmpty ? "-" : number + unit, reading.map { claim.band(of: $0) } ?? "-", claim.kind,
      verdict,
    ]
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
