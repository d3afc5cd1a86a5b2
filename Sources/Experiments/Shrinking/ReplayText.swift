import DiscreteEvents
import Invariants

/// A failing plan as a file that replays it: an ordinary scenario that records what it comes to.
public struct ReplayText {
  /// The text of the file.
  public let text: String

  /// Writes a plan that shrinking came to.
  ///
  /// - Parameters:
  ///   - outcome: What shrinking came to.
  ///   - source: The name of the file that was shrunk, without its directory.
  ///   - name: The name of the new file, without its directory.
  public init(_ outcome: Shrinker.Outcome, source: String, name: String) {
    let plan = outcome.plan
    let found =
      outcome.isComplete
      ? "Cut out of \(source) by 'consim shrink' in \(outcome.runs) runs; \(outcome.minimality)."
      : "Cut out of \(source) by 'consim shrink', ended by the limit of \(outcome.runs) runs: not minimal."
    let comment = [
      "\(plan.violation)", found, "Replay: consim replay \(name)",
      "Before: \(PlanMeasure(outcome.original).text)", "After:  \(PlanMeasure(plan).text)",
    ]
    let header = comment.map { "# " + Self.oneLine($0) }.joined(separator: "\n")
    let breaks = plan.violation.isCut ? "" : ", breaks: \(plan.violation.invariant)"
    let record = "replay: { digest: \(plan.digest)\(breaks) }"
    text = header + "\n" + plan.text + record + "\n"
  }

  /// A comment must not end early: whatever ends a line becomes a blank.
  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}

/// How large a plan and its run are.
public struct PlanMeasure {
  /// The measures, in one line.
  public let text: String

  /// Measures a plan.
  public init(_ plan: FailingPlan) {
    let settings = plan.cell.settings
    let parts = [
      Self.count(settings.replicas, "replica"), Self.count(settings.faults.count, "fault"),
      Self.count(plan.tree["network"]?["events"]?.items.count ?? 0, "network change"),
      Self.count(settings.clients.count, "client machine"),
      Self.count(plan.size.values, "value"), Self.count(Int(plan.events), "event"),
    ]
    text = parts.joined(separator: ", ") + " until \(PlanScript.time(plan.end))"
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
