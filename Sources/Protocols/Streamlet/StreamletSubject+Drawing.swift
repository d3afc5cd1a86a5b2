import DiscreteEvents
import RunPlans

// How the fuzzer draws plans of Streamlet.
extension StreamletSubject {
  /// Epochs, who leads them, and blocks of one request or of several.
  static let drawing = DrawingTraits(
    keys: [
      DrawnKey(
        "delta", \StreamletConfiguration.delta,
        from: [.milliseconds(2), .milliseconds(5), .milliseconds(10)]),
      DrawnKey("leader", \StreamletConfiguration.leaders, from: [.roundRobin, .drawn]),
      DrawnKey("batch", \StreamletConfiguration.batch, from: [1, 3]),
    ], fit: fit, progressBound: progressBound)

  /// Makes Delta long enough.
  ///
  /// A timer that runs 4/5 or 5/4 as fast as it should makes epochs begin Delta / 2 too early or late at
  /// most, since each is counted from when it should begin. A proposal and the votes for it take two
  /// latencies of the 11/10 Delta that are left. A replica handles at most n (n + 1) messages an epoch,
  /// sends as many, and checks n + 1 signatures of which each counts ten messages.
  private static func fit(_ plan: inout RunPlan, _ surroundings: DrawnSurroundings) {
    let n = Int64(plan.replicas)
    let work = surroundings.price * (2 * n * (n + 1) + 10 * (n + 2))
    let turns = surroundings.transmission * (2 * n * (n + 1))
    let least = (surroundings.latency + work + turns) * 4
    plan[StreamletConfiguration.self].delta = max(plan[StreamletConfiguration.self].delta, least)
  }

  /// The time of so many epochs that progress without an adversary who foresees the leaders is certain.
  ///
  /// Leaders in turn: f absent ones leave three present ones in a row somewhere among n, and with them a
  /// final block each n epochs. Drawn leaders: five present ones in a row have a probability above 0.13,
  /// and 600 epochs are 120 times five, all of which fail with one below 1e-7.
  private static func progressBound(
    _ plan: RunPlan, _ surroundings: DrawnSurroundings
  ) -> VirtualDuration {
    let keys = plan[StreamletConfiguration.self]
    let epochs = keys.leaders == .drawn ? 600 : 40 * Int64(plan.replicas)
    return keys.delta * 2 * epochs + surroundings.retransmission * 8
  }
}
