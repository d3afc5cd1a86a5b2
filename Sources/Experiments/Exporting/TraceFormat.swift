import Notation
import RunPlans
import Simulator

/// The form in which a trace is written.
public enum TraceFormat: String, CaseIterable, Sendable {
  /// JSON lines, which the first line explains.
  case jsonl
  /// Text, a line an event.
  case text
  /// The trace event format, which Perfetto opens.
  case perfetto
  /// Apalache's informal trace format, which tools for TLA+ read.
  case itf
}

extension Tracer {
  /// Carries the run out and writes its trace in a format into an open file descriptor.
  public func run(as format: TraceFormat, into descriptor: Int32) -> TraceEnd {
    switch format {
    case .jsonl: return run(into: descriptor)
    case .text: return runAsText(into: descriptor)
    case .perfetto:
      let ended = watched(
        by: PerfettoTrace(ByteStream(descriptor: descriptor), self),
        finish: { $0.finish($1) })
      return TraceEnd(rounds: ended.window.rounds, failure: ended.failure)
    case .itf:
      let ended = watched(
        by: ITFTrace(ByteStream(descriptor: descriptor), self), finish: { $0.finish($1) })
      var end = TraceEnd(rounds: ended.window.rounds, failure: ended.failure)
      end.isCut = ended.isCut
      return end
    }
  }

  private func watched<Watcher: RunWatcher>(
    by watcher: Watcher, finish: (inout Watcher, Outcome) -> Void
  ) -> Watcher {
    let watched = CellRun(cell: cell, index: index, seed: seed).run.watched(by: watcher)
    guard var watcher = watched.watcher as? Watcher else {
      preconditionFailure("a run gives its watcher back")
    }
    finish(&watcher, watched.outcome)
    return watcher
  }

  /// What it is a trace of, in a line.
  var title: String {
    let swept = cell.parameters.filter { !$0.isEmpty }
    let place = [cell.series] + (cell.variant == "default" ? [] : [cell.variant]) + swept
    return "\(scenario.name): \(place.joined(separator: ", ")), seed \(seed)"
  }

  /// What it is a trace of, as in the legend of JSON lines.
  var members: [(key: String, value: JSONText)] {
    TraceLegend.run(scenario, cell, seed: seed, round: round).map { (key: $0, value: $1) }
  }
}
