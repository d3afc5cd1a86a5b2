import DiscreteEvents
import Foundation
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
    fileprivate var claim: Claim
    fileprivate var findings: [Finding]
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

  /// Reads the text of claims and judges them by the result files in a directory.
  ///
  /// - Throws: As for a file.
  public init(
    _ source: SourceFile, results directory: String, fallback: String? = nil
  ) throws(ScenarioError) {
    let diagnostics = Diagnostics()
    var claims: [Claim] = []
    try YAMLDocument.load(source).decoded(as: ClaimsSpec.file, into: diagnostics) { reader in
      claims = reader["claims"].list { item in item.mapping { Claim($0) } }
    }
    try diagnostics.throwIfErrors()
    let results = ResultFiles(
      directory: directory, fallback: fallback, diagnostics: diagnostics)
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

/// The result files that claims name, read once.
private final class ResultFiles {
  private let directory: String
  private let fallback: String?
  private let diagnostics: Diagnostics
  private var tables: [String: Table] = [:]
  private(set) var isMissing = false

  init(directory: String, fallback: String?, diagnostics: Diagnostics) {
    self.directory = directory
    self.fallback = fallback
    self.diagnostics = diagnostics
  }

  func value(of reading: Claim.Reading, in claim: Claim) -> Double? {
    let quantity = reading.value
    guard let rows = numbers(of: quantity, claim.pairing) else { return nil }
    guard let other = reading.over else { return reduce(rows.map(\.value), claim.statistic) }
    guard let others = numbers(of: other, claim.pairing) else { return nil }
    guard claim.pairing.isEmpty else {
      let partners = Dictionary(
        others.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      let related = rows.compactMap { row in
        partners[row.key].flatMap { relate(row.value, $0, claim) }
      }
      if related.isEmpty {
        diagnostics.error("no rows can be paired by \(claim.pairing)", at: quantity.location)
      }
      return reduce(related, claim.statistic)
    }
    guard let value = reduce(rows.map(\.value), claim.statistic),
      let reference = reduce(others.map(\.value), claim.statistic)
    else { return nil }
    return relate(value, reference, claim)
  }

  private func relate(_ value: Double, _ other: Double, _ claim: Claim) -> Double? {
    switch claim.relation {
    case "difference": value - other
    case "gain": other == 0 ? nil : (value / other - 1) * 100
    default: other == 0 ? nil : value / other
    }
  }

  private func reduce(_ values: [Double], _ statistic: String) -> Double? {
    switch statistic {
    case "min": values.min()
    case "max": values.max()
    case "sum": values.reduce(0, +)
    case "zeros": Double(values.filter { $0 == 0 }.count)
    default: Statistics.mean(values)
    }
  }

  private func numbers(
    of quantity: Claim.Quantity, _ pairing: [String]
  ) -> [(key: [String], value: Double)]? {
    guard let table = table(quantity.file, at: quantity.location) else { return nil }
    let wanted = [quantity.column] + quantity.rows.map(\.column) + pairing
    for column in wanted where table.index(of: column) == nil {
      diagnostics.error(
        "'\(quantity.file).csv' has no column '\(column)'", at: quantity.location,
        hint: nearestName(to: column, among: table.columns).map { "did you mean '\($0)'?" })
      return nil
    }
    let rows = table.rows.indices.compactMap { row -> (key: [String], value: Double)? in
      let matches = quantity.rows.allSatisfy { column, value in
        let found = table[row, column]?.text ?? ""
        return value.hasPrefix("!") ? found != value.dropFirst() : found == value
      }
      guard matches, let number = table[row, quantity.column]?.number else { return nil }
      return (pairing.map { table[row, $0]?.text ?? "" }, number)
    }
    if rows.isEmpty {
      diagnostics.error("no row of '\(quantity.file).csv' fits", at: quantity.location)
      return nil
    }
    return rows
  }

  private func table(_ name: String, at location: Location) -> Table? {
    if let known = tables[name] { return known }
    let manager = FileManager.default
    let partial = "\(directory)/\(name)\(Provenance.partialSuffix).csv"
    var path = "\(directory)/\(name).csv"
    if let fallback, !manager.fileExists(atPath: path), !manager.fileExists(atPath: partial) {
      path = "\(fallback)/\(name).csv"
    }
    let isPartial = name.hasSuffix(Provenance.partialSuffix)
    if isPartial || (!manager.fileExists(atPath: path) && manager.fileExists(atPath: partial)) {
      isMissing = true
      diagnostics.error(
        "'\(isPartial ? path : partial)' is partial: an interrupted run left it", at: location,
        hint: "run its scenario again to complete it")
      return nil
    }
    let bytes: [UInt8]
    switch InputFile.table(path) {
    case .success(let found): bytes = found
    case .failure(let problem) where problem.isUnreadable:
      isMissing = true
      diagnostics.error(
        "there is no '\(path)'", at: location, hint: "run its scenario first: consim run ...")
      return nil
    case .failure(let problem):
      diagnostics.error("\(path): \(problem.message)", at: location)
      return nil
    }
    do {
      let table = try Table(csv: bytes, named: path)
      tables[name] = table
      return table
    } catch {
      diagnostics.error("\(error)", at: location)
      return nil
    }
  }
}
