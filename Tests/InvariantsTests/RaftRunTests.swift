import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import ProofOfWork
import Raft
import Simulator
import TestSupport
import Testing

@Suite("Runs of Raft and proof of work break no invariant")
struct CrashFaultRunTests {
  @Test("Raft", arguments: [4, 7, 10], Disturbance.allCases)
  func raft(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...(n == 4 ? 4 : 2) {
      var parameters = RaftConfiguration(replicas: n)
      parameters.shortestElectionTimeout = ms(300)
      parameters.longestElectionTimeout = ms(600)
      parameters.heartbeat = ms(50)
      parameters.maximumBatch = 3
      parameters.inFlight = 4
      parameters.snapshotThreshold = seed % 2 == 0 ? 20 : nil
      parameters.usesPreVote = seed != 3
      var run = run(
        RaftReplica.self, replicas: n, seed: seed, parameters, dispatch: .leader)
      // Raft tolerates crashes only: what is silent is cut off instead.
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      let result = execute(
        run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.committedCount > 20, "seed \(seed) made progress")
      #expect(result.probe.elections > 0)
      if parameters.snapshotThreshold != nil {
        #expect(result.probe.comparedStates > 3, "seed \(seed)")
      }
    }
  }

  @Test(
    "Raft with one lost disk and one crash breaks no invariant and goes on", arguments: 3...7,
    [nil, 5] as [Int?])
  func lostDisk(n: Int, snapshots: Int?) {
    for seed in UInt64(1)...6 {
      var parameters = RaftConfiguration(replicas: n)
      parameters.shortestElectionTimeout = ms(300)
      parameters.longestElectionTimeout = ms(600)
      parameters.heartbeat = ms(50)
      parameters.snapshotThreshold = snapshots
      parameters.usesPreVote = seed != 3
      parameters.checksQuorum = seed != 4
      var run = run(RaftReplica.self, replicas: n, seed: seed, parameters, dispatch: .leader)
      // The disk of the leader or of a follower; then a replica goes down for good.
      let victim = Int(seed) % n
      run.faults = [
        rule(
          [victim], .crash(downFor: ms(seed % 2 == 0 ? 20 : 900), disk: .lost), from: at(2000),
          until: at(2001)),
        rule([(victim + 1) % n], .crash(downFor: nil, disk: .kept), from: at(5500)),
      ]
      let result = execute(
        run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.isJudged(ReplicaID(victim)), "seed \(seed)")
      let executed = result.outcome.tests.last?.accepted ?? 0
      #expect(executed > 20, "seed \(seed) went on")
      #expect(result.probe.committedCount > 100, "seed \(seed): \(result.probe.committedCount)")
    }
  }

  /// What the first leader does, and whether clients believe what nobody ever executes.
  static let leaders: [(behaviour: Behaviour?, lies: Bool)] = [
    (nil, false), (.duplicate(copies: 2), false), (.replay, false), (.slow(by: ms(20)), false),
    (.delay(.uniform(from: ms(1), to: ms(40))), false), (.tamper, true),
  ]

  @Test(
    "A leader that repeats or delays its messages gives no wrong answer, one that makes them up does",
    arguments: leaders.indices, [nil, 5] as [Int?])
  func lateOrWrong(leader: Int, snapshots: Int?) {
    for seed in UInt64(1)...4 {
      var parameters = RaftConfiguration(replicas: 4)
      parameters.shortestElectionTimeout = ms(300)
      parameters.longestElectionTimeout = ms(600)
      parameters.heartbeat = ms(50)
      parameters.snapshotThreshold = snapshots
      parameters.application = HistoryApplication(parts: 1)
      var run = run(
        RaftReplica.self, replicas: 4, seed: seed, parameters, seconds: 4, dispatch: .leader)
      // The rule holds late: until then the leader is honest, whatever it does later.
      if let behaviour = Self.leaders[leader].behaviour {
        run.faults = [rule([0, 1], behaviour, from: at(2_000), until: at(3_000))]
      }
      let result = execute(
        run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
      #expect(result.outcome.strikes.first ?? 1 > 0, "seed \(seed)")
      let found = Set(result.probe.violations.map(\.invariant))
      #expect(
        found == (Self.leaders[leader].lies ? ["R-14"] : []),
        "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.violations.allSatisfy { $0.time >= at(2_000) }, "seed \(seed)")
    }
  }

  @Test("Proof of work", arguments: [4, 7, 10], Disturbance.allCases)
  func proofOfWork(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...(n == 4 ? 4 : 2) {
      var parameters = MinerConfiguration(
        hashRates: Array(repeating: 1000, count: n), peers: .everyone)
      // A block every 100 ms against delays of a few ms: forks occur.
      parameters.difficulty = Difficulty(hashes: UInt64(100 * n))
      parameters.confirmations = seed == 2 ? 3 : 1
      parameters.timestampTolerance = .seconds(60)
      parameters.retargeting =
        seed == 3 ? Retargeting(interval: 10, targetInterval: ms(80)) : nil
      var run = run(Miner.self, replicas: n, seed: seed, parameters, dispatch: .multicast)
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      let demands = ChainDemands(
        commonPrefix: 8, demandsCommonPrefix: disturbance == .none,
        quality: ChainDemands.Quality(window: 10, honestBlocks: 10),
        meanInterval: disturbance == .none ? ms(60)...ms(150) : nil)
      let result = execute(
        run,
        MinerInvariants(
          parameters, demands: demands,
          assumptions: RunAssumptions(
            isCalm: false, endsSettled: disturbance != .loss && disturbance != .mixture,
            replyQuorum: 1),
          deviating: []))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.counters.onMainChain.reduce(0, +) > 20)
      #expect(result.probe.counters.stale >= 0)
    }
  }

  @Test("A selfish miner is watched and not judged", arguments: UInt64(1)...3)
  func selfish(seed: UInt64) {
    var network = MinerConfiguration(
      hashRates: [4000, 2000, 2000, 2000], peers: .everyone)
    network.difficulty = Difficulty(hashes: 1000)
    let parameters = StrategicMinerConfiguration(
      network: network, strategies: [.selfish, .honest, .honest, .honest])
    let run = run(
      StrategicMiner.self, replicas: 4, seed: seed, parameters, seconds: 20, dispatch: .multicast)
    let demands = ChainDemands(
      commonPrefix: 1, demandsCommonPrefix: false, quality: nil, meanInterval: nil)
    let result = execute(
      run,
      ChainInvariants<StrategicMiner>(
        network, demands: demands, assumptions: .none(replyQuorum: 1),
        deviating: [ReplicaID(0)]))
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
    #expect(result.probe.counters.prefixFailures > 0)
    #expect(result.probe.counters.mined[0] > result.probe.counters.onMainChain[0])
  }
}
