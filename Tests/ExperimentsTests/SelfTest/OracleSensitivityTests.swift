import DiscreteEvents
import Raft
import Testing

@testable import Experiments

/// Each oracle holds where the simulated parameter is the law's, and fails where it is a little off.
@Suite("Oracles of the self-test can fail")
struct OracleSensitivityTests {
  private let seed = Seed(1)

  private func check(
    _ rows: [SelfTestRow], hold: Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for row in rows {
      #expect(
        row.passes == hold, "\(row.quantity): \(row.measured), law \(row.expected)",
        sourceLocation: sourceLocation)
    }
  }

  private func network(
    _ powers: [UInt64], delay: VirtualDuration = VirtualDuration(nanoseconds: 1),
    _ selfish: MiningCase.Selfishness? = nil
  ) -> MiningCase {
    MiningCase(powers: powers, delay: delay, selfish: selfish)
  }

  @Test("Intervals and shares")
  func intervals() {
    let law = network([200, 300, 500])
    check(
      ChainOracles.intervals(of: law, expecting: law, blocks: 3_000, seed: seed), hold: true)
    let slower = ChainOracles.intervals(
      of: network([160, 240, 400]), expecting: law, blocks: 3_000, seed: seed)
    check(Array(slower.prefix(2)), hold: false)
    let shifted = ChainOracles.intervals(
      of: network([260, 300, 440]), expecting: law, blocks: 3_000, seed: seed)
    check([shifted[2], shifted[4]], hold: false)
    check([shifted[3]], hold: true)
  }

  @Test("Stale blocks")
  func stale() {
    let law = network([500, 500], delay: .milliseconds(500))
    func row(_ simulated: MiningCase) -> SelfTestRow {
      ChainOracles.stale(of: simulated, expecting: law, runs: 16, blocks: 500, seed: seed)
    }
    check([row(law)], hold: true)
    check([row(network([500, 500], delay: .milliseconds(400)))], hold: false)
    check([row(network([300, 700], delay: .milliseconds(500)))], hold: false)
  }

  @Test("Double spends")
  func doubleSpends() {
    let law = DoubleSpendCase(powers: [250, 375, 375], confirmations: 2)
    func row(_ simulated: DoubleSpendCase) -> SelfTestRow {
      simulated.row(expecting: law, trials: 700, seed: seed)
    }
    check([row(law)], hold: true)
    check([row(DoubleSpendCase(powers: [300, 350, 350], confirmations: 2))], hold: false)
    check([row(DoubleSpendCase(powers: [250, 375, 375], confirmations: 3))], hold: false)
  }

  @Test("Selfish mining")
  func selfish() {
    let powers: [UInt64] = [400, 150, 150, 150, 150]
    let law = network(powers, delay: .microseconds(1), .slow)
    func row(_ simulated: MiningCase) -> SelfTestRow {
      ChainOracles.selfish(of: simulated, expecting: law, runs: 16, blocks: 400, seed: seed)
    }
    check([row(law)], hold: true)
    check([row(network(powers, delay: .microseconds(1), .fast))], hold: false)
    check([row(network(powers, delay: .microseconds(1)))], hold: false)
    let weaker: [UInt64] = [340, 165, 165, 165, 165]
    check([row(network(weaker, delay: .microseconds(1), .slow))], hold: false)
  }

  @Test("PBFT under loss")
  func pbft() {
    let law = LossyRound(replicas: 4, loss: 0.2)
    check(law.rows(expecting: law, trials: 500, seed: seed), hold: true)
    let better = LossyRound(replicas: 4, loss: 0.12).rows(
      expecting: law, trials: 500, seed: seed)
    check([better[1], better[2]], hold: false)
  }

  @Test("Raft elections")
  func raft() {
    let law = FreshElection(replicas: 3, delay: .milliseconds(200))
    check(law.rows(expecting: law, trials: 1_000, seed: seed), hold: true)
    let slower = FreshElection(replicas: 3, delay: .milliseconds(280))
    check([slower.rows(expecting: law, trials: 1_000, seed: seed)[2]], hold: false)
    let larger = FreshElection(replicas: 4, delay: .milliseconds(200))
    check(Array(larger.rows(expecting: law, trials: 1_000, seed: seed).prefix(2)), hold: false)
  }

  @Test("Raft's ticks", arguments: [(TickPhase.together, Int64(25)), (.random, 150)])
  func ticks(phase: TickPhase, delay: Int64) {
    let law = TickedElection(phase: phase, ticks: 10, delay: .milliseconds(delay))
    check(law.rows(expecting: law, trials: 1_000, seed: seed), hold: true)
    let fewer = TickedElection(phase: phase, ticks: 6, delay: .milliseconds(delay))
    check(fewer.rows(expecting: law, trials: 1_000, seed: seed), hold: false)
  }

  @Test("Clocks in phase are no clocks at random, which split fewer elections")
  func phases() {
    let law = TickedElection(phase: .together, ticks: 10, delay: .milliseconds(25))
    let random = TickedElection(phase: .random, ticks: 10, delay: .milliseconds(25))
    let rows = random.rows(expecting: law, trials: 1_000, seed: seed)
    check([rows[0]], hold: false)
    #expect(rows[0].measured < law.splitLaw)
  }

  @Test("Equal seeds give equal tables")
  func determinism() {
    let law = LossyRound(replicas: 4, loss: 0.1)
    let rows = law.rows(expecting: law, trials: 50, seed: Seed(3))
    #expect(rows == law.rows(expecting: law, trials: 50, seed: Seed(3)))
    #expect(rows != law.rows(expecting: law, trials: 50, seed: Seed(4)))
  }
}
