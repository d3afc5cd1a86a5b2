import Experiments
import HealthRecords
import Tables

/// What a person sees of runs in which records were shared: an account of every cell.
struct RecordsSummary {
  /// So many cells are told of; tables say the rest.
  static let shownAtMost = 12

  /// The account, or an empty text where there are no records to tell of.
  let text: String

  /// Tells of the runs of a scenario.
  init(_ scenario: Scenario, _ results: [RunResult]) {
    guard scenario.measure == .records else {
      text = ""
      return
    }
    var blocks = zip(scenario.cells, results.byCell(of: scenario)).prefix(Self.shownAtMost)
      .map { Self.block($0, $1) }
    let rest = scenario.cells.count - blocks.count
    if rest > 0 { blocks.append("and \(rest) more cells, see the result files\n") }
    text = blocks.joined(separator: "\n")
  }

  private static func block(_ cell: Scenario.Cell, _ runs: [RunResult]) -> String {
    let accounts = runs.compactMap(\.records)
    let figures = RecordsFigures(runs, cell.settings)
    let heading = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
      .joined(separator: " ")
    let parts = [
      operations(figures), steps(figures), messages(accounts), totals(accounts),
      misdeeds(figures),
    ]
    return heading + (runs.count == 1 ? "\n" : ", \(runs.count) runs together\n")
      + parts.joined()
  }

  private static func operations(_ figures: RecordsFigures) -> String {
    var merged: [(name: String, activity: RecordActivity?, times: RecordsFigures.Times)] = []
    for (ending, times) in figures.endings {
      let name = "\(ending.activity.title), \(ending.outcome.name)"
      if let index = merged.firstIndex(where: { $0.name == name }) {
        merged[index].times.add(times)
      } else {
        merged.append((name, ending.activity, times))
      }
    }
    var table = TextTable(["operation", "count", "per s", "mean ms", "p99 ms"])
    for (name, activity, times) in merged {
      let isEnded = !name.hasSuffix(", \(RecordOutcome.unfinished.name)")
      table.append([
        name, "\(times.count)", number(figures.rate(times, of: activity), digits: 3),
        number(isEnded ? times.mean : nil), number(isEnded ? times.percentile(990) : nil),
      ])
    }
    return indented(table.text)
  }

  private static func steps(_ figures: RecordsFigures) -> String {
    var table = TextTable([
      "step", "count", "mean ms", "p99 ms", "crypto", "consensus", "network", "queueing",
    ])
    for (step, times) in figures.steps {
      table.append(
        [
          step.name, "\(times.count)", number(times.mean), number(times.percentile(990)),
        ] + times.parts.map { number($0) })
    }
    return indented(table.text)
  }

  private static func messages(_ accounts: [RecordAccount]) -> String {
    guard let first = accounts.first else { return "" }
    var table = TextTable(["message between parties", "sent", "bytes each"])
    for (index, message) in first.messages.enumerated() {
      let all = accounts.compactMap {
        $0.messages.indices.contains(index) ? $0.messages[index] : nil
      }
      let sent = all.reduce(0) { $0 + $1.sent }
      let bytes = all.reduce(0) { $0 + $1.bytes }
      if sent > 0 { table.append([message.kind, "\(sent)", "\((bytes + sent / 2) / sent)"]) }
    }
    return indented(table.text)
  }

  private static func totals(_ accounts: [RecordAccount]) -> String {
    func sum(_ value: (RecordAccount) -> Int) -> Int { accounts.reduce(0) { $0 + value($1) } }
    var lines = [
      "at the end: \(sum(\.liveFiles)) files, \(sum(\.auditRecords)) audit records, "
        + "\(sum(\.reports)) reports, \(sum(\.storedBytes)) B at the cloud"
    ]
    if sum(\.attempts) > 0 {
      lines.append("the curious: \(sum(\.attempts)) attempts, \(sum(\.leaks)) leaks")
    }
    if sum(\.unprotected) > 0 {
      lines.append(
        "given up: \(sum(\.unprotected)) new versions of files, which stay open to old keys")
    }
    if sum(\.realArtefacts) > 0 {
      lines.append(
        "for real: \(sum(\.realArtefacts)) artefacts made, \(sum(\.scannedBytes)) B scanned, "
          + "\(sum(\.comparedRecords)) records compared")
    }
    return lines.map { "  \($0)\n" }.joined()
  }

  private static func misdeeds(_ figures: RecordsFigures) -> String {
    Misdeed.allCases.compactMap { misdeed in
      var counts: [(name: String, count: Int)] = []
      for (ending, times) in figures.endings where ending.misdeed == misdeed {
        if let index = counts.firstIndex(where: { $0.name == ending.outcome.name }) {
          counts[index].count += times.count
        } else {
          counts.append((ending.outcome.name, times.count))
        }
      }
      guard !counts.isEmpty else { return nil }
      return "  \(misdeed.rawValue): "
        + counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + "\n"
    }.joined()
  }

  private static func number(_ value: Double?, digits: Int = 1) -> String {
    let text = Cell.decimal(value, digits: digits).text
    return text.isEmpty ? "-" : text
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  \($0)\n" }.joined()
  }
}
