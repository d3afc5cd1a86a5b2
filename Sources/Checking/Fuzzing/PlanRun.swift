import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import RunPlans
import Simulator

/// What one run of a plan yielded.
public struct PlanResult: Sendable {
  /// The digest over every event.
  public var digest: TraceDigest
  /// Events handled.
  public var events: UInt64
  /// Why it ended.
  public var stopReason: StopReason
  /// When it ended.
  public var end: VirtualTime
  /// Broken invariants, in order; a run that did not come to an end is one too.
  public var violations: [Violation]
  /// What was reached.
  public var coverage: Coverage
  /// Invariants that broke and are counted only: what literal marking does not promise (Model §4.4).
  public var counted: [Violation]
  /// When honest members were removed, so that more liars are left than the membership tolerates;
  /// what breaks from then on is no violation.
  public var leftBound: VirtualTime?
  /// Whether the group came to rest in the end; nil where the plan does not ask for it.
  public var isSettled: Bool?

  /// Whether honest members were removed, so that those left could make no progress until everybody
  /// was back; progress before is not demanded.
  public var isStranded: Bool

  /// Whether all invariants were judged to the end of the plan.
  public var isJudged: Bool {
    leftBound == nil && !isStranded && stopReason == .scheduleEnded && isSettled != false
  }
}

// How a plan is carried out: as the run that its scenario describes.
extension Plan {
  /// The most events of a run of up to seven replicas; more are a livelock.
  package static let smallEventLimit: UInt64 = 400_000

  /// The most events of a run; in larger groups it grows with the messages of a round, n² of them.
  var eventLimit: UInt64 {
    replicas <= 7
      ? Self.smallEventLimit : Self.smallEventLimit * UInt64(replicas * replicas) / 16
  }

  /// Carries the plan out with every invariant on.
  public func run() -> PlanResult { result(planned.covered()) }

  /// Carries the plan out on replicas of any kind, such as one that is broken on purpose.
  public func run<R: Forgeable, P: Probe>(
    _ type: R.Type, _ configuration: R.Configuration, _ probe: P
  ) -> PlanResult where P.Subject == R, R.Observation: MarkedObservation {
    result(planned.covered(configuration, probe))
  }

  func result(_ run: CoveredRun) -> PlanResult {
    let outcome = run.outcome
    let broken = mayFlood ? outcome.violations : outcome.failures
    let promised = broken.filter { violation in run.leftBound.map { violation.time < $0 } ?? true }
    return PlanResult(
      digest: outcome.digest, events: outcome.events, stopReason: outcome.stopReason,
      end: outcome.end, violations: promised.filter { isJudged($0.invariant) },
      coverage: run.coverage, counted: promised.filter { !isJudged($0.invariant) },
      leftBound: run.leftBound,
      isSettled: isCounting ? nil : healing.settling.map { _ in outcome.isSettled },
      isStranded: outcome.isStranded)
  }

  /// What sheets that differ by design do not promise: whom to follow, whom to isolate, and progress
  /// (Model §4.4).
  private static let unpromisedByLiteralMarks: Set<InvariantID> = [
    .sc3, .sc4, .sc5, .sc6, .sc7, .pl1, .pl2, .pl5, .p18,
  ]

  /// Whether sheets differ by design, so that some invariants are counted only.
  private var isCounting: Bool { subject == .scPBFT && options.isLiteral }

  /// Whether a broken invariant is a violation.
  private func isJudged(_ invariant: InvariantID) -> Bool {
    !isCounting || !Self.unpromisedByLiteralMarks.contains(invariant)
  }

  /// Whether a Byzantine miner may fill the network without end.
  ///
  /// Miners answer every GET-BLOCKS, and ask again for what an answer names and lacks. With one who
  /// sends each message twice these exchanges double with every round trip, and nothing in the model
  /// limits the rate of a peer. A run that this ends early says nothing about the protocol.
  var mayFlood: Bool {
    guard subject == .pow else { return false }
    return faults.contains {
      if case .duplicate = $0.rule.behaviour { true } else { false }
    }
  }

  var hasTwins: Bool { faults.contains { $0.strategy == .twins } }
}

extension Plan.Fault.Strategy {
  /// What a scenario calls it.
  var kind: Behaviour.Kind {
    switch self {
    case .twins: .twins
    case .emptyBlocks: .emptyBlocks
    case .oversizedBlocks: .oversizedBlocks
    case .selfish: .selfish
    case .withhold: .withhold
    }
  }
}
