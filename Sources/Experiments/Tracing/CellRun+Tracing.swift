import RunPlans
import Simulator

/// What a trace of one run came to.
public struct TraceEnd: Sendable {
  /// The rounds that were decided before it ended.
  public var rounds: Int
  /// The number of the system's error that kept it from being written, or 0.
  public var failure: Int32
  /// Whether it was cut, since its format is too large for the run.
  public var isCut = false

  /// Creates an end.
  public init(rounds: Int, failure: Int32) {
    self.rounds = rounds
    self.failure = failure
  }
}

extension CellRun {
  /// Carries the run out and writes every event of `round`, or all, with these kinds of message.
  ///
  /// The run is the one that results are made of, probes included, so that a trace shows what broke.
  func trace(into stream: ByteStream, round: Int?, kinds: [String]) -> TraceEnd {
    let watched = run.watched(
      by: JSONTrace(stream, round: round, kinds: kinds, of: cell.subject))
    guard var trace = watched.watcher as? JSONTrace else {
      preconditionFailure("a run gives its watcher back")
    }
    trace.finish(watched.outcome)
    return TraceEnd(rounds: trace.window.rounds, failure: trace.stream.failure)
  }

  /// The same as text, with the selected lines only.
  func trace(into stream: ByteStream, round: Int?, _ selection: TraceSelection) -> TraceEnd {
    let watched = run.watched(
      by: TextTrace(stream, round: round, selection, kindNames: cell.subject.traits.kinds))
    guard var trace = watched.watcher as? TextTrace else {
      preconditionFailure("a run gives its watcher back")
    }
    trace.finish(watched.outcome)
    return TraceEnd(rounds: trace.window.rounds, failure: trace.stream.failure)
  }
}
