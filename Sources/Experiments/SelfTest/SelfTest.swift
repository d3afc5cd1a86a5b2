import DiscreteEvents
import Raft
import Tables
import Traps

/// How much the self-test simulates.
public enum SelfTestSize: String, CaseIterable, Sendable {
  /// Some seconds.
  case small
  /// Some minutes; standard errors are about a quarter of those of ``small``.
  case full

  /// What numbers of trials are multiplied by.
  var factor: Int {
    switch self {
    case .small: 1
    case .full: 16
    }
  }
}

/// Compares the simulator, real protocol code included, with laws that are known exactly.
///
/// The invariants say what must never happen; these oracles notice a simulator in which everything
/// is legal and nothing is as likely as it should be.
public struct SelfTest: Sendable {
  private let size: SelfTestSize
  private let number: UInt64
  private let seed: Seed

  private var factor: Int { size.factor }

  /// Creates the test of a size; equal seeds give equal reports.
  public init(_ size: SelfTestSize, seed: UInt64) {
    self.size = size
    number = seed
    self.seed = Seed(seed)
  }

  /// Runs all oracles; `progress` is told the name of each before it runs.
  public func run(progress: (String) -> Void) -> SelfTestReport {
    var report = SelfTestReport(rows: [])
    func add(_ name: String, _ rows: () -> [SelfTestRow]) {
      report.rows += TrapNote.during(note(name)) {
        progress(name)
        return rows()
      }
    }
    add("intervals and shares") { intervals }
    add("stale blocks") { stale }
    add("double spends") { doubleSpends }
    add("selfish mining") { selfish }
    add("PBFT under loss") { pbft }
    add("Raft elections") { raft }
    add("intervals that stop") { stopping }
    add("queues") { queues }
    add("Raft's ticks") { ticks }
    return report
  }

  /// What is said when an oracle traps.
  func note(_ name: String) -> String {
    """
    the self-test of \(name) trapped
      replay: consim selftest --size \(size.rawValue) --seed \(number)

    """
  }

  private func part(_ number: UInt64) -> Seed { seed.derived(for: number) }

  private var intervals: [SelfTestRow] {
    let network = MiningCase(
      powers: [100, 200, 300, 400], delay: VirtualDuration(nanoseconds: 1), selfish: nil)
    return ChainOracles.intervals(
      of: network, expecting: network, blocks: 10_000 * factor, seed: part(1))
  }

  private var stale: [SelfTestRow] {
    let two = MiningCase(powers: [500, 500], delay: .milliseconds(500), selfish: nil)
    let many = MiningCase(
      powers: Array(repeating: 20, count: 50), delay: .milliseconds(250), selfish: nil)
    return [
      ChainOracles.stale(
        of: two, expecting: two, runs: 20 * factor, blocks: 1_000, seed: part(2)),
      ChainOracles.stale(
        of: many, expecting: many, runs: 20 * factor, blocks: 500, seed: part(3)),
    ]
  }

  private var doubleSpends: [SelfTestRow] {
    [(1, UInt64(100)), (2, 250), (6, 300)].enumerated().map { index, trial in
      let attack = DoubleSpendCase(
        powers: [trial.1, (1_000 - trial.1) / 2, (1_000 - trial.1) / 2], confirmations: trial.0)
      return attack.row(
        expecting: attack, trials: 4_000 * factor, seed: part(10 + UInt64(index)))
    }
  }

  private var selfish: [SelfTestRow] {
    let cases: [(pool: UInt64, others: UInt64, MiningCase.Selfishness)] = [
      (200, 200, .slow), (400, 150, .slow), (200, 200, .fast), (400, 150, .fast),
    ]
    return cases.enumerated().map { index, pool in
      let network = MiningCase(
        powers: [pool.pool] + Array(repeating: pool.others, count: 4),
        delay: .microseconds(1), selfish: pool.2)
      return ChainOracles.selfish(
        of: network, expecting: network, runs: 20 * factor, blocks: 2_000,
        seed: part(20 + UInt64(index)))
    }
  }

  private var pbft: [SelfTestRow] {
    [0.05, 0.2].enumerated().flatMap { index, loss in
      let round = LossyRound(replicas: 4, loss: loss)
      return round.rows(expecting: round, trials: 5_000 * factor, seed: part(30 + UInt64(index)))
    }
  }

  private var stopping: [SelfTestRow] {
    let oracle = StoppingOracle(
      rule: MeanStopping(halfWidth: 0.25, valuesAtMost: 160))
    return [oracle.row(trials: 4_000 * factor, seed: part(50))]
  }

  private var queues: [SelfTestRow] {
    let cases: [(QueueCase.Service, Double)] = [
      (.constant, 0.5), (.constant, 0.9), (.exponential, 0.7), (.together, 0.5), (.together, 3),
    ]
    return cases.enumerated().flatMap { index, trial in
      let queue = QueueCase(service: trial.0, load: trial.1)
      return queue.rows(
        expecting: queue, runs: 20 * factor, jobs: 10_000, seed: part(60 + UInt64(index)))
    }
  }

  private var ticks: [SelfTestRow] {
    let cases: [(TickPhase, Int64)] = [(.together, 25), (.random, 150)]
    return cases.enumerated().flatMap { index, trial in
      let election = TickedElection(
        phase: trial.0, ticks: 10, delay: .milliseconds(trial.1))
      return election.rows(
        expecting: election, trials: 5_000 * factor, seed: part(70 + UInt64(index)))
    }
  }

  private var raft: [SelfTestRow] {
    [(3, Int64(200)), (5, 300)].enumerated().flatMap { index, cluster in
      let election = FreshElection(replicas: cluster.0, delay: .milliseconds(cluster.1))
      return election.rows(
        expecting: election, trials: 5_000 * factor, seed: part(40 + UInt64(index)))
    }
  }
}
