import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import Testing

import Faults

/// Three seconds of a bad network and of up to f faulty replicas, then a good network: safety
/// always, progress of everybody afterwards.
@Suite("Bad times, then good times")
struct TwoPhaseTests {
  static let healing = at(3000)

  /// A schedule drawn from the seed, with every rate often zero.
  static func schedule<O: PBFTPolicy>(
    _ seed: UInt64, _ policy: O.Type, _ options: O.Options
  ) -> RunConfiguration<PBFTReplica<O>> {
    var draw = Draw(state: mix(0x2FA5E, seed))
    func choice<T>(_ values: [T]) -> T { values[Int(draw.below(UInt64(values.count)))] }
    let n = choice([4, 4, 5, 7])
    let f = (n - 1) / 3
    var parameters: PBFTConfiguration<O> = parameters(n, options)
    parameters.checkpointInterval = choice([4, 8, 16])
    parameters.window = parameters.checkpointInterval * choice([2, 4])
    parameters.batchLimit = choice([1, 3])
    var run = quiet(
      PBFTReplica<O>.self, replicas: n, parameters,
      clients: [closed(choice([1, 3]), quorum: f + 1)], seconds: 7)
    run.seed = Seed(seed)
    run.network = NetworkModel(uniform: plain(.exponential(minimum: ms(1), mean: ms(3))))
    run.network.changes = [
      NetworkChange(
        at: .zero, until: healing, from: .all, to: .all,
        effect: .law(
          plain(
            .exponential(minimum: ms(1), mean: ms(choice([2, 10, 40]))),
            loss: choice([0, 0.05, 0.1, 0.2]), duplication: choice([0, 0.1]))))
    ]
    if choice([true, false]) {
      let start = Int64(draw.below(1500))
      run.network.changes += NetworkChange.partition(
        .nodes([NodeID(n - 1)]), from: .nodes((0..<n - 1).map { NodeID($0) }), at: at(start),
        until: at(start + 1200))
    }
    let first = choice([0, 1])
    let culprits = (first..<first + f).map { ReplicaID($0) }
    let behaviour = choice(
      [
        nil, .silent, .equivocate, .tamper, .replay, .slow(by: ms(100)),
        .forge(choice(Forgery.allCases)),
      ] as [Behaviour?])
    if let behaviour {
      run.faults = [
        rule(.replicas(culprits), behaviour, probability: choice([1, 0.5]))
      ]
    } else {
      run.faults = culprits.map { culprit in
        rule(
          .replicas([culprit]), .crash(downFor: ms(100 + Int64(draw.below(2000))), disk: .kept),
          from: at(Int64(draw.below(2000))))
      }
    }
    return run
  }

  func expectRecovery<O: PBFTPolicy>(_ run: RunConfiguration<PBFTReplica<O>>) {
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.bogus == 0)
    #expect(outcome.stopReason == .scheduleEnded)
    // A primary that is silent half of the time is slow, but not slow enough to be replaced.
    #expect(outcome.accepted(since: at(6000)) > 2)
    #expect((watch.heights.max() ?? 0) - (watch.heights.min() ?? 0) < 40)
  }

  @Test("PBFT recovers", arguments: 1...12 as ClosedRange<UInt64>)
  func classic(seed: UInt64) {
    expectRecovery(Self.schedule(seed, RoundRobin.self, RoundRobin.Options()))
  }

  @Test("sc-PBFT recovers", arguments: 13...24 as ClosedRange<UInt64>)
  func checked(seed: UInt64) {
    expectRecovery(Self.schedule(seed, StateSheetPolicy.self, certified))
  }

  @Test("The same schedule twice gives the same run", arguments: [3, 7] as [UInt64])
  func repeats(seed: UInt64) {
    #expect(
      bare(Self.schedule(seed, StateSheetPolicy.self, certified)).digest
        == bare(Self.schedule(seed, StateSheetPolicy.self, certified)).digest)
  }
}
