import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// Whether a run did what its schedule asks for, and if not, why.
///
/// Fulfilled are a run whose tests, window, blocks, requests or operations were carried out to their
/// end, a run that judged the progress of clients after healing, and a survival run that reached its
/// horizon or lost its group.
public enum RunEnding: Hashable, Sendable {
  /// The run did it.
  case fulfilled
  /// The run ended before, for this cause.
  case unfulfilled(String)
  /// An invariant broke that must hold; its name.
  case violated(InvariantID)

  /// The text of the column `ended`.
  public var text: String {
    switch self {
    case .fulfilled: "fulfilled"
    case .unfulfilled(let cause): cause
    case .violated(let invariant): "violated \(invariant)"
    }
  }

  /// Whether the run did what its schedule asks for.
  public var isFulfilled: Bool { self == .fulfilled }

  /// How a run ended by what stopped it and how far it came, such as `3 of 10 blocks`.
  ///
  /// A broken invariant that must hold comes before everything else.
  init(
    _ reason: StopReason, progress: String?, broken: [Violation],
    _ expectations: Expectations
  ) {
    if let first = judge(broken, expectations).unexpected.first(where: { !$0.isCut }) {
      self = .violated(first.invariant)
      return
    }
    let cause: String
    switch reason {
    case .scheduleEnded, .traceEnded:
      self = .fulfilled
      return
    case .violation: cause = "an invariant broke"
    case .timeLimit: cause = "the time limit came"
    case .eventLimit: cause = "the limit on events came"
    case .arenaFull: cause = "too many messages were in flight"
    case .standstill(let node): cause = "time stood still at node \(node)"
    case .runawayStep(let node): cause = "node \(node) asked for too much in one step"
    case .stranded: cause = "too few of the members left could make progress"
    case .idle: cause = "nothing was left to happen"
    }
    self = .unfulfilled(progress.map { "\(cause) after \($0)" } ?? cause)
  }
}

extension RunResult {
  /// The first round at whose end more members were Byzantine than tolerated, if there was one.
  ///
  /// Counted at the end of a round: where an arrival and a CONFIG block fall into one round, the
  /// block comes first, as in ``SlotModel``.
  var lostRound: Int? { Self.lostRound(census) }

  static func lostRound(_ census: [Census]) -> Int? {
    for (index, point) in census.enumerated() {
      let isLastOfRound = index + 1 == census.count || census[index + 1].rounds > point.rounds
      if isLastOfRound, point.active > Quorum(replicas: max(1, point.members)).faults {
        return point.rounds
      }
    }
    return nil
  }
}

extension Schedule {
  /// How far a run came that the schedule did not end.
  func progress(of outcome: Outcome, in settings: RunPlan) -> String {
    switch self {
    case .tests(let plan): "\(outcome.closedTests) of \(plan.tests) tests"
    case .window: "a part of its window"
    case .blocks(let count) where settings.horizonArrivals == nil:
      "\(outcome.blocks) of \(count) blocks"
    case .blocks(let count): "\(outcome.blocks) of \(count) rounds"
    case .healing: "less than the time in which clients must be served"
    }
  }
}
