import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator
import Tables

/// One run of the slot model in the form of any other run.
struct SlotRun {
  let cell: Scenario.Cell
  let index: Int
  let seed: UInt64

  /// Carries the run out.
  func result() -> RunResult {
    let settings = cell.settings
    let checking = settings[CheckedPBFTKeys.self]
    var arrivalRounds = settings.replicas
    for case .arrivals(let rounds) in settings.faults.map(\.culprits) { arrivalRounds = rounds }
    let fault = settings.faults.first
    let provesItself = fault?.behaviour == .tamper || fault?.behaviour == .equivocate
    var parameters = SlotModel.Parameters(
      protocolChecksState: cell.subject == .scPBFT, replicas: settings.replicas,
      arrivalRounds: arrivalRounds,
      epochRounds: checking.epochLength?.count(among: settings.replicas) ?? settings.replicas,
      strikes: provesItself ? 1 : checking.options.strikes,
      arrival: fault?.arrival ?? .convert, horizonArrivals: settings.horizonArrivals ?? 60,
      allowsShrinking: checking.options.allowsShrinking, seed: Seed(seed))
    parameters.roundLimit = Int(settings.eventLimit)
    let census = SlotModel.run(parameters)
    let rounds = census.points.last?.rounds ?? 0
    var digest = TraceDigest()
    for point in census.points {
      digest.combine(
        time: VirtualTime(nanoseconds: Int64(point.rounds)), target: UInt64(point.members),
        content: UInt64(point.active))
    }
    let stopReason = rounds >= parameters.roundLimit ? StopReason.eventLimit : .scheduleEnded
    return RunResult(
      cell: index, seed: seed, digest: digest, events: UInt64(rounds), stopReason: stopReason,
      ending: RunEnding(
        stopReason, progress: "\(rounds) rounds", broken: [],
        Expectations(settings.expectations)),
      end: .zero, tests: [], requests: RequestAccount(), strikes: settings.faults.map { _ in nil },
      census: census.points.map {
        RunResult.Census(
          rounds: $0.rounds, time: .zero, active: $0.active, members: $0.members)
      },
      blocks: 0, messages: [], counters: RunCounters(),
      violations: [Violation.cut(stopReason, events: UInt64(rounds), at: .zero)].compactMap { $0 },
      timeout: nil)
  }
}
