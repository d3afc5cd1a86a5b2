import ConsensusCore
import DiscreteEvents
import Faults
import PBFT
import Raft
import SCPBFT
import Simulator
import Testing

@testable import Invariants

@Suite("Runs with limits of what is in flight break no invariant and go on")
struct InFlightRunTests {
  private func batching(_ seed: UInt64) -> Batching {
    Batching(
      bytes: seed % 2 == 0 ? ByteCount(1600) : nil, delay: seed % 3 == 0 ? ms(5) : nil,
      requestSize: ByteCount(800))
  }

  @Test("PBFT", arguments: [4, 5, 7], Disturbance.allCases)
  func classic(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...4 {
      var parameters: PBFTConfiguration<RoundRobin> = pbft(n, .init())
      parameters.checkpointInterval = 2
      parameters.window = 4
      parameters.inFlight = seed % 2 == 0 ? 2 : 1
      parameters.batching = batching(seed)
      var run = run(
        ClassicPBFT.self, replicas: n, seed: seed, parameters, connections: 8, quorum: 2,
        dispatch: .multicast)
      disturbance.apply(to: &run, faults: (n - 1) / 3)
      let result = execute(
        run, ClassicPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      let accepted = result.outcome.requests.count { $0.ending == .accepted }
      #expect(accepted > 60, "seed \(seed): \(accepted)")
    }
  }

  @Test("sc-PBFT with epochs", arguments: [4, 7], Disturbance.allCases)
  func checked(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...3 {
      var parameters: PBFTConfiguration<StateSheetPolicy> = pbft(
        n, sheet(.certified), epochLength: 20)
      parameters.inFlight = seed
      parameters.batching = batching(seed)
      var run = run(
        CheckedPBFT.self, replicas: n, seed: seed, parameters, connections: 8, quorum: 2,
        dispatch: .multicast)
      disturbance.apply(to: &run, faults: (n - 1) / 3)
      let result = execute(
        run, CheckedPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      let accepted = result.outcome.requests.count { $0.ending == .accepted }
      #expect(accepted > 60, "seed \(seed): \(accepted)")
    }
  }

  @Test("Raft", arguments: [3, 4, 7], Disturbance.allCases)
  func raft(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...4 {
      var parameters = RaftConfiguration(replicas: n)
      parameters.shortestElectionTimeout = ms(300)
      parameters.longestElectionTimeout = ms(600)
      parameters.heartbeat = ms(50)
      parameters.inFlight = seed % 2 == 0 ? 3 : 1
      parameters.maximumBatch = 3
      parameters.maximumEntries = seed == 3 ? 1 : 64
      parameters.batching = batching(seed)
      parameters.commitNotice = seed > 2 ? .atOnce : .withNext
      parameters.snapshotThreshold = seed == 4 ? 20 : nil
      var run = run(
        RaftReplica.self, replicas: n, seed: seed, parameters, connections: 8, dispatch: .leader)
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      let result = execute(
        run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      let accepted = result.outcome.requests.count { $0.ending == .accepted }
      #expect(accepted > 60, "seed \(seed): \(accepted)")
    }
  }
}
