/// Findings as lines of a table.
package enum ExplorationReport {
  private static let columns: [(name: String, width: Int)] = [
    ("exploration", 18), ("states", 10), ("up to symmetry", 16), ("covered", 12),
    ("transitions", 13),
    ("depth", 7), ("local states", 26), ("messages", 10), ("steps made", 12), ("judged", 8),
    ("outcomes", 10), ("time", 10), ("result", 15), ("delivery states", 18),
    ("invariants", 24),
  ]

  /// The names of the columns.
  package static var heading: String { joined(columns.map(\.name)) }

  /// One exploration.
  ///
  /// - Parameters:
  ///   - exploration: What was explored.
  ///   - findings: What was found.
  ///   - milliseconds: How long it took.
  /// - Returns: The cells under the heading.
  package static func line(
    _ exploration: ExplorationCase, _ findings: Findings, milliseconds: Int
  ) -> String {
    let result =
      findings.counterexample != nil
      ? "broken"
      : !findings.isSymmetric
        ? "asymmetric" : findings.isComplete ? "complete" : "LIMIT REACHED"
    return joined([
      exploration.name, "\(findings.states)", "\(findings.classes)", scientific(findings.covered),
      "\(findings.transitions)", "\(findings.depth)",
      findings.localStates.map(\.description).joined(separator: "+"), "\(findings.messages)",
      "\(findings.steps)", "\(findings.judged)", "\(findings.outcomes.count)", "\(milliseconds) ms",
      result, deliveryStates(findings.deliveries), exploration.invariants,
    ])
  }

  /// What must be said of an exploration that did not end by itself, nil of one that did.
  package static func note(on exploration: ExplorationCase, _ findings: Findings) -> String? {
    guard findings.counterexample == nil, !findings.isComplete else { return nil }
    guard findings.isSymmetric else {
      return "  NOT COMPLETE: replicas that may change places did not act alike."
    }
    return "  NOT COMPLETE: \(exploration.name) stopped at its limit after \(findings.classes) "
      + "states; no invariant broke in them, and nothing is known of the others."
  }

  /// What is broken, and the way there.
  package static func text(of counterexample: Counterexample) -> [String] {
    counterexample.breaches.map { "  broken: \($0)" } + counterexample.script.map { "  \($0)" }
  }

  /// Exact below 10^15 if all were found; a dash if they were not counted.
  static func deliveryStates(_ count: DeliveryCount?) -> String {
    guard let count else { return "-" }
    guard count.isComplete else { return ">= \(scientific(Double(count.states)))" }
    return count.states < 1_000_000_000_000_000
      ? "\(count.states)" : scientific(Double(count.states))
  }

  /// At most three digits and a power of ten.
  private static func scientific(_ count: Double) -> String {
    guard count >= 10_000_000 else { return "\(Int(count))" }
    var (mantissa, exponent) = (count, 0)
    while mantissa >= 1000 {
      mantissa /= 10
      exponent += 1
    }
    let digits = Int(mantissa)
    return "\(digits / 100).\(digits % 100 < 10 ? "0" : "")\(digits % 100)e\(exponent + 2)"
  }

  private static func joined(_ cells: [String]) -> String {
    var line = ""
    for (cell, column) in zip(cells, columns) {
      line += cell + String(repeating: " ", count: max(1, column.width - cell.count))
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}
