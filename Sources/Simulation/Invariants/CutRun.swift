import ConsensusCore
import DiscreteEvents
import Simulator

// Runs that ended before their schedule did.
extension Violation {
  /// The name under which a run that was cut short is a failure; no invariant has it, so that no
  /// scenario can expect it.
  public static let cutShort = InvariantID("cut short")

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
    case .standstill(let node):
      detail =
        "virtual time stands still at \((time - .zero).inMilliseconds): node \(node) had a million "
        + "events at this instant; give the network a latency, work a cost, or clients a think time"
    case .runawayStep(let node):
      detail =
        "node \(node) asked for more than a million sends, timers, records or observations in one "
        + "step at \((time - .zero).inMilliseconds); its step has to be mended"
    case .scheduleEnded, .timeLimit, .stranded, .idle, .violation, .traceEnded: return nil
    }
    return Violation(invariant: cutShort, replica: nil, time: time, detail: detail)
  }
}

extension Outcome {
  /// The violations; of a run that was cut short those of what it did, and that it was cut short.
  ///
  /// What scenarios promise of the end of a run, such as that all replicas have caught up, is not
  /// judged where a run was cut short before.
  public var failures: [Violation] {
    guard let cut = Violation.cut(stopReason, events: events, at: end) else { return violations }
    let deeds = violations.filter { violation in
      violation.time < end
        || InvariantCatalog.description(of: violation.invariant)?.watch != .probeIfPromised
    }
    return deeds + [cut]
  }
}
