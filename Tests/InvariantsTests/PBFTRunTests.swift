import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import SCPBFT
import Simulator
import Testing

@Suite("Runs of PBFT and sc-PBFT within the fault bound break no invariant")
struct PBFTRunTests {
  private static let sizes = [4, 7, 10]

  private func assumptions(_ disturbance: Disturbance, _ f: Int) -> RunAssumptions {
    RunAssumptions(isCalm: disturbance == .none, endsSettled: false, replyQuorum: f + 1)
  }

  @Test("PBFT", arguments: sizes, Disturbance.allCases)
  func classic(n: Int, disturbance: Disturbance) {
    let f = (n - 1) / 3
    for seed in UInt64(1)...(n == 4 ? 4 : 2) {
      let parameters: PBFTConfiguration<RoundRobin> = pbft(
        n, RoundRobin.Options(), rotation: seed == 2 ? .everyBlocks(2) : .onSuspicion)
      var run = run(
        ClassicPBFT.self, replicas: n, seed: seed, parameters, quorum: f + 1,
        dispatch: .multicast)
      disturbance.apply(to: &run, faults: f)
      let result = execute(
        run, ClassicPBFTInvariants(parameters, assumptions: assumptions(disturbance, f)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.counters.executed > 20, "seed \(seed) made progress")
    }
  }

  @Test(
    "sc-PBFT", arguments: sizes, Disturbance.allCases)
  func checked(n: Int, disturbance: Disturbance) {
    let f = (n - 1) / 3
    for seed in UInt64(1)...(n == 4 ? 6 : 2) {
      let isLiteral = n == 4 ? seed > 3 : seed == 2
      let parameters: PBFTConfiguration<StateSheetPolicy> = pbft(
        n, sheet(isLiteral ? .literal : .certified, seed % 2 == 0 ? .refuse : .skip),
        rotation: seed == 3 ? .everyBlocks(2) : .onSuspicion,
        epochLength: seed % 3 == 0 ? nil : 20)
      var run = run(
        CheckedPBFT.self, replicas: n, seed: seed, parameters, quorum: f + 1,
        dispatch: .multicast)
      disturbance.apply(to: &run, faults: f)
      let result = execute(
        run, CheckedPBFTInvariants(parameters, assumptions: assumptions(disturbance, f)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(3))")
      #expect(result.probe.counters.executed > 20, "seed \(seed) made progress")
    }
  }

  @Test(
    "sc-PBFT removes silent primaries, then changes views again; so does literal marking (seed 4)",
    arguments: [7, 10], 1...4)
  func removal(n: Int, seed: Int) {
    let f = (n - 1) / 3
    let parameters: PBFTConfiguration<StateSheetPolicy> = pbft(
      n, sheet(seed == 4 ? .literal : .certified), rotation: .everyBlocks(2), epochLength: 20)
    var run = run(
      CheckedPBFT.self, replicas: n, seed: UInt64(seed), parameters, quorum: f + 1,
      seconds: 20, dispatch: .multicast)
    run.faults = [
      rule(Array(0..<f), .silent, asPrimary: true),
      rule([n - 1], .crash(downFor: ms(3000), disk: .kept), from: at(6000)),
    ]
    let result = execute(
      run, CheckedPBFTInvariants(parameters, assumptions: .none(replyQuorum: f + 1)))
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(3))")
    #expect(result.probe.counters.epochs >= 1)
    #expect(result.probe.counters.executed > 100, "\(result.probe.counters)")
  }
}
