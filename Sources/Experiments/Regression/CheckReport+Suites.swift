extension CheckReport {
  /// The report for tools that know tests: a suite for each result; in it a case for what the result
  /// was made from, one for its runs, and one for each table.
  public var suites: TestSuites {
    TestSuites(
      name: "consim check", summary: summary,
      suites: results.map { result in
        TestSuites.Suite(
          name: result.name,
          file: result.files.first { $0.verdict != .equal }?.path,
          summary: Self.headline(of: result),
          text: Self.lines(of: result).dropFirst().map(Self.outdented).joined(separator: "\n"),
          isNoted: result.verdict == .withinTolerance, cases: Self.cases(of: result))
      })
  }

  /// One line: the verdict with its cause.
  private static func headline(of result: CheckedResult) -> String {
    switch result.verdict {
    case .equal: return line(ofEqual: result)
    case .withinTolerance: return "\(result.name): within tolerance"
    case .different:
      let cause = result.causes.map(\.description).joined(separator: "; ")
      return "\(result.name): different: \(cause)"
    }
  }

  private static func outdented(_ line: String) -> String {
    line.hasPrefix("  ") ? String(line.dropFirst(2)) : line
  }

  private static func cases(of result: CheckedResult) -> [TestSuites.Case] {
    var cases: [TestSuites.Case] = []
    for file in result.files {
      guard file.isProvenance else {
        cases.append(TestSuites.Case(name: file.name, outcome: outcome(of: file)))
        continue
      }
      for (name, isOfRuns) in [("inputs", false), ("runs", true)] {
        var part = file
        part.others.removeAll { $0.isOfRuns != isOfRuns }
        part.admitted.removeAll { $0.isOfRuns != isOfRuns }
        cases.append(TestSuites.Case(name: name, outcome: outcome(of: part)))
      }
    }
    return cases
  }

  private static func outcome(of file: CheckedResult.File) -> TestSuites.Outcome {
    // What fails first.
    let cells = file.cells.filter { $0.reason == nil } + file.cells.filter { $0.reason != nil }
    var lines = cells.prefix(shownOfFile).map(\.text)
    if file.cells.count > shownOfFile {
      lines.append("and \(file.cells.count - shownOfFile) more cells")
    }
    let others = file.others + file.admitted
    lines += others.prefix(shownOfFile).map(\.description)
    if others.count > shownOfFile { lines.append("and \(others.count - shownOfFile) more") }
    let text = lines.joined(separator: "\n")
    guard file.verdict == .different else { return .passed(text) }
    let beyond = file.cells.filter { $0.reason == nil }
    let count = beyond.count + file.others.count
    let worst = beyond.reduce(nil as CellChange?) { worst, cell in
      worst.map { cell.isWorse(than: $0) ? cell : $0 } ?? cell
    }
    let first = worst?.text ?? file.others.first?.description ?? ""
    return .failed(message: "\(count) difference\(count == 1 ? "" : "s"): \(first)", text: text)
  }
}
