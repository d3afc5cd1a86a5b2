import DiscreteEvents
import Foundation

/// The paper's claims judged by the result files of a directory.
public struct ClaimsTable: Sendable {
  /// How a claim fared.
  public enum Verdict: String, Sendable {
    /// The number is inside the band.
    case holds
    /// It is not.
    case doesNotHold = "does not hold"
    /// No run can decide it.
    case notTestable = "not testable"
  }

  /// One claim with its number.
  public struct Row: Sendable {
    /// The claim's number in the list of claims.
    public var id: String
    /// How it fared.
    public var verdict: Verdict
    /// Whether that is what the file of claims expects.
    public var isExpected: Bool
    fileprivate var claim: Claim
    fileprivate var value: Double?
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
    guard claim.reason == nil else {
      return Row(
        id: claim.id, verdict: .notTestable, isExpected: true, claim: claim, value: nil)
    }
    let value = results.value(of: claim)
    let holds =
      value.map { value in
        (claim.least.map { value >= $0 } ?? true) && (claim.most.map { value <= $0 } ?? true)
      } ?? false
    return Row(
      id: claim.id, verdict: holds ? .holds : .doesNotHold,
      isExpected: holds == (claim.expectation == "holds"), claim: claim, value: value)
  }

  /// Whether every claim fared as the file of claims expects.
  public var isExpected: Bool { rows.allSatisfy(\.isExpected) }

  /// The table as a result file.
  public var table: Table {
    var table = Table(columns: [
      "id", "where", "claim", "kind", "ours", "unit", "band", "verdict", "file", "note",
    ])
    for row in rows {
      let claim = row.claim
      table.append([
        .text(claim.id), .text(claim.place), .text(claim.says), .text(claim.kind),
        .decimal(row.value, digits: claim.digits), .text(claim.unit == "-" ? "" : claim.unit),
        .text(claim.band), .text(row.verdict.rawValue), .text(claim.value?.file ?? ""),
        .text([claim.reason ?? "", claim.note].filter { !$0.isEmpty }.joined(separator: "; ")),
      ])
    }
    return table
  }

  /// The table for people, in columns of even width.
  public var text: String {
    let cells = rows.map { row in
      let number = Cell.decimal(row.value, digits: row.claim.digits).text
      let unit = row.claim.unit == "-" ? "" : " " + row.claim.unit
      return [
        row.id, row.claim.says, number.isEmpty ? "-" : number + unit, row.claim.band,
        row.claim.kind, row.verdict.rawValue + (row.isExpected ? "" : " (unexpected)"),
      ]
    }
    let header = ["claim", "the paper says", "ours", "band", "kind", "verdict"]
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    return ([header] + cells).map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ").trimmingSuffix()
    }.joined(separator: "\n")
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

  func value(of claim: Claim) -> Double? {
    guard let quantity = claim.value, let rows = numbers(of: quantity, claim.pairing) else {
      return nil
    }
    guard let other = claim.over else { return reduce(rows.map(\.value), claim.statistic) }
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
