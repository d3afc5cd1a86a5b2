import ConsensusCore
import DiscreteEvents
import Raft
import RunPlans
import Simulator
import Tables

/// The first election after the death of the leader of three replicas whose clocks tick.
///
/// Both others hear of the leader at the same instant and nothing after it. Each has drawn a
/// number of ticks from T to 2T - 1 and asks for votes at that tick of its clock.
struct TickedElection: Sendable {
  /// When clocks tick.
  var phase: TickPhase
  /// The least time-out in ticks, T; there are as many possible numbers.
  var ticks: Int64
  /// From a replica to another; with clocks in phase below a tick.
  var delay: VirtualDuration

  static let tick = VirtualDuration.milliseconds(100)

  /// ``delay`` in widths of the range of time-outs.
  var relativeDelay: Double { delay.inSeconds / (Self.tick * ticks).inSeconds }

  /// The probability that nobody wins the first election.
  ///
  /// In phase both ask at once if they drew the same number, and otherwise the later one hears the
  /// earlier before its next tick: 1/T. At random offsets the first tick comes U1 ticks after the
  /// message and U2 ticks after it, independent and uniform from 0 to 1. A replica asks after R - 1
  /// ticks more, R being uniform among T whole numbers, so that R - 1 + U is uniform on an interval of T
  /// ticks. Two such instants are within a delay of r widths with probability 1 - (1 - r)^2.
  var splitLaw: Double {
    switch phase {
    case .together: 1 / Double(ticks)
    case .random: 1 - SelfTestLaws.power(1 - relativeDelay, 2)
    }
  }

  /// The instant at which the others hear of the leader: a request, a vote, a heartbeat.
  private var lastHeard: VirtualTime { .zero + delay * 3 }

  fileprivate func run(seed: Seed) -> TickProbe {
    var parameters = RaftConfiguration(replicas: 3)
    parameters.tick = Self.tick
    parameters.tickPhase = phase
    parameters.shortestElectionTimeout = Self.tick * ticks
    parameters.longestElectionTimeout = Self.tick * (2 * ticks - 1)
    // The leader dies before its first tick that brings a heartbeat.
    parameters.heartbeat = Self.tick * (ticks - 1)
    parameters.usesPreVote = false
    // Leases end with T ticks: in phase they hold nobody up, otherwise they may.
    parameters.checksQuorum = phase == .together
    var configuration = SelfTestRun.configuration(
      RaftReplica.self, seed: seed, replicas: 3, parameters,
      network: NetworkModel(uniform: SelfTestRun.links(delay, loss: 0)), clients: [],
      schedule: .window(warmup: .zero, duration: .seconds(60)))
    var death = Activation.always
    death.from = lastHeard + Self.tick
    configuration.faults = [
      FaultRule(
        culprits: .replicas([ReplicaID(0)]), behaviour: .crash(downFor: nil, disk: .kept),
        activation: death, kinds: .all, recipients: .everyone, probability: 1)
    ]
    return SelfTestRun.execute(configuration, TickProbe())
  }

  /// The instant of the first candidacy, and whether its term had a leader.
  func rows(expecting law: TickedElection, trials: Int, seed: Seed) -> [SelfTestRow] {
    let probes = (0..<trials).map { run(seed: seed.derived(for: UInt64($0))) }
    let waits = probes.map { ($0.firstCandidacy - lastHeard).inSeconds / Self.tick.inSeconds }
    let least = Double(law.ticks)
    let split = SelfTestRow.share(
      "Raft \(law.name), split vote", law.source, expected: law.splitLaw,
      hits: probes.count { !$0.hasLeader }, of: trials)
    switch law.phase {
    case .together:
      return [
        split,
        .share(
          "Raft \(law.name), candidacy at tick T", "1 - (1 - 1/T)^2",
          expected: 1 - SelfTestLaws.power(1 - 1 / least, 2),
          hits: waits.count { $0 < least }, of: trials),
      ]
    case .random:
      return [
        split,
        .distance(
          "Raft \(law.name), first candidacy, KS of \(trials)",
          "minimum of 2 uniform waits from T - 1 to 2T - 1 ticks",
          sample: waits.map { ($0 - least + 1) / least },
          distribution: { 1 - SelfTestLaws.power(1 - min(max($0, 0), 1), 2) }),
      ]
    }
  }

  private var name: String {
    switch phase {
    case .together: "ticks in phase, T = \(ticks)"
    case .random: "ticks at random, delay \(FixedDecimal(relativeDelay, digits: 2)?.text ?? "?")"
    }
  }

  private var source: String {
    switch phase {
    case .together: "1/T, equal draws"
    case .random: "1 - (1 - r)^2, derived from Raft §5.2"
    }
  }
}

private struct TickProbe: Probe {
  typealias Subject = RaftReplica
  private(set) var firstCandidacy = VirtualTime.distantFuture
  private(set) var hasLeader = false
  /// The second leader ends the run.
  private(set) var violations: [Violation] = []

  mutating func observe(_ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime)
  {
    if case .voted(let term, for: replica, _, _) = observation, term.number == 2 {
      firstCandidacy = min(firstCandidacy, time)
    }
    guard case .becameLeader(let term, _) = observation, term.number > 1 else { return }
    hasLeader = term.number == 2
    violations = [Violation(invariant: .r1, replica: replica, time: time, detail: "elected")]
  }
}
