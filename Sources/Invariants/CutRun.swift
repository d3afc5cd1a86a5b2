import DiscreteEvents
import Simulator

// Runs that ended before their schedule did.
extension Violation {
  /// The name under which a run that was cut short is a failure; no invariant has it, so that no
  /// scenario can expect it.
  public static let cutShort = "cut short"

  /// Whether this says that a run was cut short, rather than that an invariant broke.
  public var isCut: Bool { invariant == Self.cutShort }

  /// The failure of a run that was cut short; nil if it came to its end.
  ///
  /// Such a run may break invariants before, but it shows nothing of what clients would have been
  /// given in the end: no demand for progress is judged.
  public static func cut(
    _ reason: StopReason, events: UInt64, at time: VirtualTime
  ) -> Violation? {
    let detail: String
    switch reason {
    case .eventLimit: detail = "the run did not end within \(events) events, its limit"
    case .arenaFull: detail = "more messages in flight than a run can hold"
    case .standstill:
      detail =
        "virtual time stands still: give the network a latency, work a cost, or clients a think time"
    case .scheduleEnded, .timeLimit, .idle, .violation, .traceEnded: return nil
    }
    return Violation(invariant: cutShort, replica: nil, time: time, detail: detail)
  }
}

extension Outcome {
  /// The violations, and that the run was cut short if it was.
  public var failures: [Violation] {
    violations
      + [Violation.cut(stopReason, events: events, at: end)].compactMap { $0 }
  }
}
