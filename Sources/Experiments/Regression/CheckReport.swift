/// How results compare with those that are kept in a directory.
public struct CheckReport: Sendable {
  /// The results in the order in which they were compared.
  public private(set) var results: [CheckedResult] = []

  /// An empty report.
  public init() {}

  /// Adds the results of a name.
  public mutating func append(_ result: CheckedResult) { results.append(result) }

  /// The verdict of the worst.
  public var verdict: CheckedResult.Verdict {
    if results.contains(where: { $0.verdict == .different }) { return .different }
    return results.contains { $0.verdict == .withinTolerance } ? .withinTolerance : .equal
  }

  func count(_ verdict: CheckedResult.Verdict) -> Int {
    results.count { $0.verdict == verdict }
  }

  /// How many results there are, and how they compare.
  public var summary: String {
    """
    \(results.count) checked: \(count(.equal)) equal, \(count(.withinTolerance)) within \
    tolerance, \(count(.different)) different
    """
  }
}

extension CheckReport {
  /// So many cells of a series, and other differences of a file, are printed.
  private static let shown = 3
  static let shownOfFile = 20

  /// The summary, then what differs, then what is equal.
  ///
  /// - Parameter isQuiet: Leaves out what is equal, and all where everything is.
  /// - Returns: The text without a last line end; empty where there is nothing to tell.
  public func text(isQuiet: Bool) -> String {
    if isQuiet, verdict == .equal { return "" }
    var lines = [summary]
    for wanted in [CheckedResult.Verdict.different, .withinTolerance] {
      for result in results where result.verdict == wanted { lines += Self.lines(of: result) }
    }
    if !isQuiet {
      lines += results.filter { $0.verdict == .equal }.map(Self.line(ofEqual:))
    }
    return lines.joined(separator: "\n")
  }

  static func line(ofEqual result: CheckedResult) -> String {
    let missing = result.files.count { !$0.isKept }
    let hashed = missing == 0 ? nil : "\(missing) of them by SHA-256 alone"
    let remarks = [hashed, result.models?.remark].compactMap { $0 }
    let note = remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))"
    return "\(result.name): \(result.files.count) files, no difference\(note)"
  }

  static func lines(of result: CheckedResult) -> [String] {
    let changed = result.files.filter { $0.verdict != .equal }
    let isDifferent = result.verdict == .different
    var lines = [
      "\(result.name): \(isDifferent ? "different" : "within tolerance"), "
        + "\(changed.count) of \(result.files.count) files",
      "  cause: \(result.causes.map(\.description).joined(separator: "; "))",
    ]
    for series in result.series {
      lines.append("  \(series.name): \(Self.account(of: series))")
      lines += series.changes.prefix(shown).map { "    \($0.text)" }
      let rest = series.changes.count - shown
      if rest > 0 { lines.append("    and \(rest) more") }
    }
    for file in changed {
      let others = file.others + file.admitted
      lines += others.prefix(shownOfFile).map { "  \(file.path): \($0)" }
      let rest = others.count - shownOfFile
      if rest > 0 { lines.append("  \(file.path): and \(rest) more differences") }
    }
    guard isDifferent, let commands = result.commands else { return lines }
    return lines + [
      "  see for yourself: consim \(commands.show)",
      "  if it is meant:   consim \(commands.keep)",
    ]
  }

  /// `12 cells differ, 3 worse, 2 within tolerance`.
  static func account(of series: CheckedResult.Series) -> String {
    let count = series.changes.count
    var parts = ["\(count) cell\(count == 1 ? " differs" : "s differ")"]
    if series.worse > 0 { parts.append("\(series.worse) worse") }
    if series.beyond < count { parts.append("\(count - series.beyond) within tolerance") }
    return parts.joined(separator: ", ")
  }
}
