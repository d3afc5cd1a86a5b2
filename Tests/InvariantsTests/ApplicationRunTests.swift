import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator
import TestSupport
import Testing

/// Watches with another probe and keeps what each replica last answered to each request.
///
/// The counting application's results hash everything executed before, so that equal results mean
/// equal orders.
struct ResultProbe<Inner: Probe>: Probe {
  typealias Subject = Inner.Subject
  var inner: Inner
  var violations: [Violation] { inner.violations }
  /// By replica.
  var results: [[Key: Digest]] = []

  struct Key: Hashable {
    var client: ClientID
    var timestamp: UInt64
  }

  init(_ inner: Inner) { self.inner = inner }

  mutating func begin(_ setting: ProbeSetting) {
    results = Array(repeating: [:], count: setting.replicas)
    inner.begin(setting)
  }
  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
    inner.changed(replica, to: condition, at: time)
  }
  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    switch observation.milestone {
    case .executed(let client, let timestamp, let result):
      results[replica.index][Key(client: client, timestamp: timestamp)] = result
    case .undone(let client, let timestamp):
      results[replica.index][Key(client: client, timestamp: timestamp)] = nil
    default: break
    }
    inner.observe(observation, by: replica, at: time)
  }
  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) { inner.sent(message, by: replica, to: recipients, at: time) }
  mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    inner.clientIssued(request, at: time)
  }
  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) { inner.clientAccepted(request, result: result, issued: issued, at: time) }
  mutating func finish(at time: VirtualTime) { inner.finish(at: time) }

  /// Requests that two of the replicas answered differently.
  func conflicts(_ replicas: Range<Int>) -> Int {
    var seen: [Key: Digest] = [:]
    var conflicts = 0
    for replica in replicas {
      for (key, result) in results[replica] {
        if let known = seen[key], known != result { conflicts += 1 }
        seen[key] = result
      }
    }
    return conflicts
  }
}

@Suite("All protocols execute an application")
struct ApplicationRunTests {
  /// The record of the only client's requests, and the bytes of all replies.
  struct Quiet {
    var latencies: [VirtualDuration]
    var bytes: [Int]
    var sent: [Int]
  }

  /// A run of one client on 1 ms links and free processors.
  static func quiet<R: Forgeable>(
    _ type: R.Type, _ parameters: R.Configuration, quorum: Int, dispatch: ClientModel.Dispatch
  ) -> Quiet {
    var run = run(
      type, replicas: 4, seed: 1, parameters, connections: 1, quorum: quorum, seconds: 3,
      dispatch: dispatch)
    run.network = NetworkModel(uniform: law(.constant(ms(1))))
    run.clients[0].load = .closed(connections: 1, thinkTime: nil)
    let outcome = execute(run, NoProbe<R>()).outcome
    return Quiet(
      latencies: outcome.requests.filter { $0.ending == .accepted }.map(\.latency),
      bytes: outcome.messages.map(\.bytes), sent: outcome.messages.map(\.sent))
  }

  static let pbftParameters: PBFTConfiguration<RoundRobin> = pbft(4, RoundRobin.Options())
  static let checkedParameters: PBFTConfiguration<StateSheetPolicy> = pbft(4, sheet(.certified))
  static var raftParameters: RaftConfiguration { RaftConfiguration(replicas: 4) }
  static var minerParameters: MinerConfiguration {
    var parameters = MinerConfiguration(
      hashRates: Array(repeating: 1000, count: 4), peers: .everyone)
    parameters.difficulty = Difficulty(hashes: 400)
    parameters.timestampTolerance = .seconds(60)
    return parameters
  }

  static func quietRun(_ name: String, _ application: CountingApplication?) -> Quiet {
    switch name {
    case "pbft":
      var parameters = pbftParameters
      parameters.application = application
      return quiet(ClassicPBFT.self, parameters, quorum: 3, dispatch: .multicast)
    case "sc-pbft":
      var parameters = checkedParameters
      parameters.application = application
      return quiet(CheckedPBFT.self, parameters, quorum: 3, dispatch: .multicast)
    case "raft":
      var parameters = raftParameters
      parameters.application = application
      return quiet(RaftReplica.self, parameters, quorum: 1, dispatch: .leader)
    default:
      var parameters = minerParameters
      parameters.application = application
      return quiet(Miner.self, parameters, quorum: 1, dispatch: .multicast)
    }
  }

  @Test(
    "A request takes longer by exactly the application's work, and replies by its bytes",
    arguments: [("pbft", 4), ("sc-pbft", 4), ("raft", 1), ("pow", 1)])
  func costs(name: String, reply: Int) throws {
    let bare = Self.quietRun(name, nil)
    let free = Self.quietRun(name, CountingApplication())
    // What costs nothing changes nothing but the results.
    #expect(bare.latencies == free.latencies && bare.bytes == free.bytes)
    let work = Self.quietRun(name, CountingApplication(work: 12_345))
    if name == "pow" {
      // The instants of blocks do not depend on the request; the second is issued later, though.
      let first = try #require(bare.latencies.first)
      #expect(work.latencies.first == first + VirtualDuration(nanoseconds: 12_345))
    } else {
      // The first request may wait for a leader; from then on one takes as long as another.
      let usual = try #require(bare.latencies.last)
      let both = Self.quietRun(name, CountingApplication(work: 12_345, admission: 678))
      for (run, extra) in [(bare, 0), (work, 12_345), (both, 13_023)] as [(Quiet, Int64)] {
        let expected = usual + VirtualDuration(nanoseconds: extra)
        #expect(run.latencies.count > 100)
        #expect(run.latencies.dropFirst().allSatisfy { $0 == expected })
      }
    }
    let large = Self.quietRun(name, CountingApplication(resultBytes: 1_000))
    let kind = reply
    #expect(large.latencies == bare.latencies && large.sent == bare.sent && bare.sent[kind] > 0)
    for index in bare.bytes.indices {
      let growth = index == kind ? 1_000 * bare.sent[kind] : 0
      #expect(large.bytes[index] == bare.bytes[index] + growth)
    }
  }

  @Test("PBFT: invariants hold and all replicas answer alike", arguments: Disturbance.allCases)
  func classic(disturbance: Disturbance) {
    for seed in 1...2 as ClosedRange<UInt64> {
      var parameters = Self.pbftParameters
      parameters.application = CountingApplication(work: 50_000, admission: 9_000, resultBytes: 9)
      var run = run(
        ClassicPBFT.self, replicas: 4, seed: seed, parameters, quorum: 2, dispatch: .multicast)
      disturbance.apply(to: &run, faults: 1)
      let assumptions = RunAssumptions(
        isCalm: disturbance == .none, endsSettled: false, replyQuorum: 2)
      check(run, ResultProbe(ClassicPBFTInvariants(parameters, assumptions: assumptions)))
    }
  }

  @Test("sc-PBFT: invariants hold and all replicas answer alike", arguments: Disturbance.allCases)
  func checked(disturbance: Disturbance) {
    for seed in 1...2 as ClosedRange<UInt64> {
      var parameters: PBFTConfiguration<StateSheetPolicy> = pbft(
        4, sheet(.certified), epochLength: seed == 1 ? 20 : nil)
      parameters.application = CountingApplication(work: 50_000, admission: 9_000, resultBytes: 9)
      var run = run(
        CheckedPBFT.self, replicas: 4, seed: seed, parameters, quorum: 2, dispatch: .multicast)
      disturbance.apply(to: &run, faults: 1)
      let assumptions = RunAssumptions(
        isCalm: disturbance == .none, endsSettled: false, replyQuorum: 2)
      check(run, ResultProbe(CheckedPBFTInvariants(parameters, assumptions: assumptions)))
    }
  }

  @Test("Raft: invariants hold and all replicas answer alike", arguments: Disturbance.allCases)
  func raft(disturbance: Disturbance) {
    for seed in 1...2 as ClosedRange<UInt64> {
      var parameters = Self.raftParameters
      parameters.shortestElectionTimeout = ms(300)
      parameters.longestElectionTimeout = ms(600)
      parameters.heartbeat = ms(50)
      parameters.snapshotThreshold = seed == 2 ? 20 : nil
      parameters.application = CountingApplication(work: 50_000, admission: 9_000, resultBytes: 9)
      var run = run(RaftReplica.self, replicas: 4, seed: seed, parameters, dispatch: .leader)
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      check(
        run,
        ResultProbe(RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1))))
    }
  }

  @Test(
    "Proof of work: invariants hold, and but for the last blocks all chains answer alike",
    arguments: Disturbance.allCases)
  func proofOfWork(disturbance: Disturbance) {
    for seed in 1...2 as ClosedRange<UInt64> {
      var parameters = Self.minerParameters
      // Deep enough that what is confirmed stays, so that all confirmed results agree.
      parameters.confirmations = seed == 1 ? 1 : 8
      parameters.application = CountingApplication(work: 50_000, admission: 9_000, resultBytes: 9)
      var run = run(Miner.self, replicas: 4, seed: seed, parameters, dispatch: .multicast)
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      let demands = ChainDemands(
        commonPrefix: 8, demandsCommonPrefix: false, quality: nil, meanInterval: nil)
      let probe = MinerInvariants(
        parameters, demands: demands, assumptions: .none(replyQuorum: 1), deviating: [])
      let result = execute(run, ResultProbe(probe))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      // Fewer than of the others: with eight confirmations the last blocks' requests have no results.
      let counts = result.probe.results.map(\.count)
      #expect(counts.allSatisfy { $0 > 10 }, "seed \(seed): \(counts)")
      if seed == 2, disturbance == .none { #expect(result.probe.conflicts(0..<4) == 0) }
    }
  }

  private func check<R: Forgeable, P: Probe>(
    _ run: RunConfiguration<R>, _ probe: ResultProbe<P>
  ) where P.Subject == R {
    let result = execute(run, probe)
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
    #expect(result.probe.results.contains { $0.count > 20 })
    #expect(result.probe.conflicts(0..<4) == 0)
    #expect(result.outcome.tests.allSatisfy { $0.bogus == 0 })
  }
}

@Suite("Twins and strategists execute an application")
struct DeviatingApplicationTests {
  @Test("Twins of an equivocating primary agree with nobody less for the application")
  func twins() {
    var parameters = ApplicationRunTests.pbftParameters
    parameters.application = CountingApplication(work: 50_000, resultBytes: 9)
    for seed in 1...4 as ClosedRange<UInt64> {
      let twins = TwinConfiguration<ClassicPBFT>(
        base: parameters, twins: ReplicaSet([ReplicaID(0)]),
        left: ReplicaSet([ReplicaID(1), ReplicaID(2)]))
      var run = run(
        TwinReplica<ClassicPBFT>.self, replicas: 4, seed: seed, twins, quorum: 2,
        dispatch: .multicast)
      var rule = rule([0], .silent)
      rule.probability = 0
      run.faults = [rule]
      let result = execute(run, ResultProbe(NoProbe<TwinReplica<ClassicPBFT>>()))
      #expect(result.probe.results[3].count > 20 && result.probe.conflicts(1..<4) == 0)
    }
  }

  @Test(
    "A strategist's ledger is the replay of its chain as well",
    arguments: [MiningStrategy.selfish, .withhold(blocks: 2), .emptyBlocks])
  func strategist(strategy: MiningStrategy) {
    var network = ApplicationRunTests.minerParameters
    network.application = CountingApplication(work: 50_000, resultBytes: 9)
    let parameters = StrategicMinerConfiguration(
      network: network, strategies: [strategy, .honest, .honest, .honest])
    let run = run(
      StrategicMiner.self, replicas: 4, seed: 1, parameters, seconds: 20, dispatch: .multicast)
    let demands = ChainDemands(
      commonPrefix: 1, demandsCommonPrefix: false, quality: nil, meanInterval: nil)
    // Nobody is excused, so that the strategist's own ledger is judged too.
    let probe = ChainInvariants<StrategicMiner>(
      network, demands: demands, assumptions: .none(replyQuorum: 1), deviating: [])
    let result = execute(run, ResultProbe(probe))
    #expect(result.probe.violations.allSatisfy { $0.invariant != "W-6" })
    #expect(result.probe.results.allSatisfy { $0.count > 20 })
    #expect(result.probe.inner.counters.reorganisations.dropFirst().reduce(0, +) > 0)
  }
}
