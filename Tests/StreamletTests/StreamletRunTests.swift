import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Simulator
import TestSupport
import Testing

@testable import Streamlet

/// When each replica finalised the block of an epoch.
struct FinalityClock: Probe {
  typealias Subject = StreamletReplica
  var proposed: [UInt64: VirtualTime] = [:]
  var delays: [VirtualDuration] = []
  var violations: [Violation] { [] }

  mutating func observe(
    _ observation: StreamletObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    if case .proposed(let epoch, _) = observation { proposed[epoch.number] = time }
    if case .finalised(_, let epoch, _, _) = observation {
      delays.append(time - (proposed[epoch.number] ?? .zero))
    }
  }
}

@Suite("Runs of Streamlet")
struct StreamletRunTests {
  /// The end of a run in which so many epochs are complete: 5d after the last began.
  static func span(epochs: Int) -> VirtualDuration { delta * Int64(2 * (epochs - 1)) + ms(10) }

  // Rule: Streamlet epochs-4
  @Test(
    "Without faults an epoch costs n (n - 1) PROPOSE and n² (n - 1) VOTE", arguments: [4, 7, 10])
  func messages(n: Int) {
    for epochs in [7, 12] {
      let result = judged(
        run(StreamletReplica.self, n, parameters(n), for: Self.span(epochs: epochs)), calm: true)
      #expect(result.outcome.sent("proposal") == epochs * n * (n - 1))
      #expect(result.outcome.sent("vote") == epochs * n * n * (n - 1))
      #expect(result.outcome.sent("fetch") == 0 && result.outcome.sent("chain") == 0)
      #expect(result.outcome.sent("reply") == n * result.outcome.account.accepted)
      #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
      #expect(result.probe.finalCount == epochs - 1)
    }
  }

  // Rule: Streamlet finalise-1
  @Test(
    "Without faults a block is final 2 Delta + 2d after its proposal, everywhere",
    arguments: [4, 7, 10], [1, 2, 4, 9])
  func finality(n: Int, latency: Int64) {
    let result = execute(
      run(
        StreamletReplica.self, n, parameters(n), latency: .constant(ms(latency)),
        for: ms(400)), FinalityClock())
    #expect(result.probe.delays.count >= 18 * n)
    #expect(Set(result.probe.delays) == [delta * 2 + ms(2 * latency)])
  }

  @Test("A client that asks at once again waits for two epochs", arguments: [4, 7, 10])
  func clientLatency(n: Int) {
    // A reply comes 2 Delta + 3d after the proposal, the next request 4d; 4d < 2 Delta, so the next
    // block is that of two epochs later.
    let result = execute(
      run(
        StreamletReplica.self, n, parameters(n), connections: 1, thinkTime: nil, for: ms(600)),
      NoProbe<StreamletReplica>())
    let latencies = result.outcome.requests.filter { $0.ending == .accepted }.map(\.latency)
    #expect(latencies.count >= 13)
    #expect(Set(latencies.dropFirst()) == [delta * 4])
  }

  /// The ways in which runs are disturbed; all are within the fault bound.
  enum Disturbance: CaseIterable, Sendable {
    case none, silent, crashes, loss, partitions, slowClock

    func apply(to run: inout RunConfiguration<StreamletReplica>, faults f: Int) {
      let n = run.replicas
      switch self {
      case .none: break
      case .silent: run.faults = [rule(Array(0..<f), .silent)]
      case .crashes:
        run.faults = (0..<n).map {
          rule([$0], .crash(downFor: ms(300), disk: .kept), from: at(200 + Int64($0) * 400))
        }
      case .loss:
        run.network = NetworkModel(
          uniform: LinkLaw(
            latency: .uniform(from: ms(1), to: ms(25)), loss: 0.05, duplication: 0.1,
            isFIFO: false))
      case .partitions:
        run.network.changes =
          Self.partition([0], n, 500, 1500) + Self.partition([1, 2], n, 2000, 3000)
      case .slowClock:
        run.nodes[0].timerScale = Ratio(13, over: 10)
        run.nodes[1].timerScale = Ratio(7, over: 10)
      }
    }

    private static func partition(
      _ side: [Int], _ n: Int, _ from: Int64, _ until: Int64
    ) -> [NetworkChange] {
      let others = (0...n).filter { !side.contains($0) }
      return NetworkChange.partition(
        .nodes(side.map { NodeID($0) }), from: .nodes(others.map { NodeID($0) }), at: at(from),
        until: at(until))
    }
  }

  @Test("No invariant breaks within the bound", arguments: [4, 7], Disturbance.allCases)
  func disturbed(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...(n == 4 ? 4 : 1) {
      var parameters = parameters(n)
      if seed % 2 == 0 { parameters.leaders = .drawn }
      parameters.leaderSeed = Seed(seed)
      parameters.application = HistoryApplication(parts: 1)
      var run = run(
        StreamletReplica.self, n, parameters, latency: .uniform(from: ms(1), to: ms(4)),
        seed: seed, for: .seconds(n == 4 ? 5 : 4))
      disturbance.apply(to: &run, faults: (n - 1) / 3)
      let result = judged(run)
      #expect(
        result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      let late = result.outcome.requests.filter {
        $0.ending == .accepted && $0.ended >= at(3_200)
      }
      #expect(late.count > 5, "seed \(seed) goes on")
    }
  }

  @Test("Five honest epochs in a row bring a new final block", arguments: [7, 10])
  func liveness(n: Int) {
    for seed in UInt64(1)...(n == 7 ? 3 : 1) {
      var parameters = parameters(n)
      parameters.leaders = .drawn
      parameters.leaderSeed = Seed(seed)
      for behaviour in [Behaviour.silent, .equivocate, .tamper] {
        var run = run(
          StreamletReplica.self, n, parameters, latency: .uniform(from: ms(1), to: ms(4)),
          seed: seed, for: .seconds(1))
        run.faults = [rule(Array(0..<(n - 1) / 3), behaviour)]
        let result = judged(run, calm: true)
        #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
        #expect(result.probe.judgedEpochs > 0)
      }
    }
  }

  @Test("Forgers within the bound break nothing and stop nobody", arguments: Forgery.allCases)
  func forgers(forgery: Forgery) {
    for n in [4, 7] {
      var run = run(StreamletReplica.self, n, parameters(n), for: .seconds(1))
      run.faults = [rule(Array(0..<(n - 1) / 3), .forge(forgery))]
      let result = judged(run)
      #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
      #expect(result.outcome.account.bogus == 0)
      #expect(result.outcome.account.accepted > 25)
      if forgery != .inventedCertificate { #expect(result.outcome.strikes[0] > 25) }
    }
  }
}

@Suite("Liars of Streamlet who run twice under one identity")
struct StreamletAttackTests {
  /// The first `liars` replicas tell each half of the others another story; the halves do not hear each
  /// other for 20 epochs.
  static func attack(
    _ n: Int, liars: Int, seed: UInt64
  ) -> Result<TwinProbe<StreamletInvariants>> {
    let honest = Array(liars..<n)
    let (left, right) = (Array(honest[..<(honest.count / 2)]), Array(honest[(honest.count / 2)...]))
    let twins = ReplicaSet((0..<liars).map { ReplicaID($0) })
    var run = run(
      TwinReplica<StreamletReplica>.self, n,
      TwinConfiguration<StreamletReplica>(
        base: parameters(n), twins: twins, left: ReplicaSet(left.map { ReplicaID($0) })),
      seed: seed, for: ms(800))
    run.faults = [rule(Array(0..<liars), .silent, probability: 0)]
    run.network.changes = NetworkChange.partition(
      .nodes(left.map { NodeID($0) }), from: .nodes(right.map { NodeID($0) }), at: .zero,
      until: at(400))
    let judge = StreamletInvariants(parameters(n), assumptions: .none(replyQuorum: (n + 2) / 3))
    return execute(run, TwinProbe(judge))
  }

  @Test("One liar more than is tolerated breaks consistency", arguments: [4, 7, 10])
  func beyondBound(n: Int) {
    for seed in UInt64(1)...(n == 10 ? 1 : 3) {
      let result = Self.attack(n, liars: (n - 1) / 3 + 1, seed: seed)
      #expect(result.probe.violations.contains { $0.invariant == .s1 }, "seed \(seed)")
    }
  }

  @Test("As many liars as are tolerated break nothing", arguments: [4, 7, 10])
  func withinBound(n: Int) {
    for seed in UInt64(1)...(n == 10 ? 1 : 3) {
      let result = Self.attack(n, liars: (n - 1) / 3, seed: seed)
      #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
      let late = result.outcome.requests.filter {
        $0.ending == .accepted && $0.ended >= at(500)
      }
      #expect(late.count > 10, "seed \(seed) goes on")
    }
  }
}
