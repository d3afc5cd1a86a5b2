import ConsensusCore
import DiscreteEvents
import Faults
import PBFT
import Raft
import RunPlans
import SCPBFT
import Simulator
import Tables

/// One round of PBFT in which replicas lose each other's messages and nobody repeats anything.
struct LossyRound: Sendable {
  /// The number of replicas, n = 3f + 1.
  var replicas: Int
  /// The probability that a copy between replicas is lost; clients lose nothing.
  var loss: Double

  /// The probability that k replicas execute the request, by k from 0 to n.
  ///
  /// The primary's PRE-PREPARE reaches each backup with probability s = 1 - loss. A backup that has
  /// it sends PREPARE to all others; whoever accepted it, and has PREPAREs of 2f backups, its own
  /// included, is prepared and sends COMMIT; and whoever is prepared and has 2f + 1 COMMITs, its own
  /// included, executes (PBFT §4.2). Copies are lost independently, so that given who accepted,
  /// replicas are prepared independently, and given who is prepared they execute independently; the
  /// sum is over all sets of the one and the other.
  var executionLaw: [Double] {
    let faults = (replicas - 1) / 3
    let arrival = 1 - loss
    var law = [Double](repeating: 0, count: replicas + 1)
    for accepted in 0..<1 << (replicas - 1) {
      // Bit 0 of a set of replicas is the primary, which accepts its own proposal.
      let accepters = accepted << 1 | 1
      let backups = accepted.nonzeroBitCount
      let chance =
        SelfTestLaws.power(arrival, backups)
        * SelfTestLaws.power(loss, replicas - 1 - backups)
      for prepared in 0..<1 << replicas where prepared & ~accepters == 0 {
        let all = chance * preparing(prepared, of: accepters, backups: backups, faults: faults)
        let voters = prepared.nonzeroBitCount
        let execution = SelfTestLaws.binomial(voters - 1, atLeast: 2 * faults, arrival)
        for count in 0...voters where all > 0 {
          law[count] += all * SelfTestLaws.binomial(voters, count, voters > 0 ? execution : 0)
        }
      }
    }
    return law
  }

  /// The probability that exactly the replicas of `prepared` are, given who accepted.
  private func preparing(_ prepared: Int, of accepters: Int, backups: Int, faults: Int) -> Double {
    let arrival = 1 - loss
    return (0..<replicas).reduce(1) { product, replica in
      guard accepters >> replica & 1 == 1 else { return product }
      // The primary sends no PREPARE; a backup has its own for certain.
      let others = replica == 0 ? backups : backups - 1
      let needed = replica == 0 ? 2 * faults : 2 * faults - 1
      let chance = SelfTestLaws.binomial(others, atLeast: needed, arrival)
      return product * (prepared >> replica & 1 == 1 ? chance : 1 - chance)
    }
  }

  /// How many replicas execute in one run.
  func executions(seed: Seed) -> Int {
    let long = VirtualDuration.seconds(3_600)
    let parameters = PBFTConfiguration<RoundRobin>(
      replicas: replicas, checkpointInterval: 128, window: 256, batchLimit: 1, viewTimeout: long,
      retransmission: long, rotation: .onSuspicion, relaysFirstReceipt: false, epochLength: nil,
      policy: RoundRobin.Options(), application: nil)
    let client = ClientModel(
      load: .closed(connections: 1, thinkTime: .constant(long)), dispatch: .multicast,
      replyQuorum: replicas, timeout: nil, retransmission: nil)
    let delay = VirtualDuration.milliseconds(1)
    var network = NetworkModel(uniform: SelfTestRun.links(delay, loss: loss))
    network.classes.append(SelfTestRun.links(delay, loss: 0))
    let machine = NodeSelector.nodes([NodeID(replicas)])
    network.overrides = [
      LinkOverride(from: machine, to: .all, linkClass: 1),
      LinkOverride(from: .all, to: machine, linkClass: 1),
    ]
    let configuration = SelfTestRun.configuration(
      ClassicPBFT.self, seed: seed, replicas: replicas, parameters, network: network,
      clients: [client], schedule: .window(warmup: .zero, duration: .seconds(1)))
    return SelfTestRun.execute(configuration, ExecutionProbe()).executions
  }

  /// The law of the number of executions, of which all and a reply quorum are what clients notice.
  func rows(expecting law: LossyRound, trials: Int, seed: Seed) -> [SelfTestRow] {
    var counts = [Int](repeating: 0, count: replicas + 1)
    for trial in 0..<trials { counts[executions(seed: seed.derived(for: UInt64(trial)))] += 1 }
    let expected = law.executionLaw
    let quorum = 2 * ((replicas - 1) / 3) + 1
    let loss = FixedDecimal(law.loss, digits: 2)?.text ?? "?"
    let name = "PBFT n = \(replicas), loss \(loss),"
    let source = "all loss patterns, PBFT §4.2"
    return [
      .share("\(name) none executes", source, expected: expected[0], hits: counts[0], of: trials),
      .share(
        "\(name) 2f + 1 execute", source, expected: expected[quorum...].reduce(0, +),
        hits: counts[quorum...].reduce(0, +), of: trials),
      .share(
        "\(name) all execute", source, expected: expected[replicas], hits: counts[replicas],
        of: trials),
    ]
  }
}

private struct ExecutionProbe: Probe {
  typealias Subject = ClassicPBFT
  var executions = 0
  var violations: [Violation] { [] }

  mutating func observe(_ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime)
  {
    if case .executedRequest = observation { executions += 1 }
  }
}

/// The first election of a fresh Raft cluster whose replicas all wait for their time-outs.
struct FreshElection: Sendable {
  /// The number of replicas.
  var replicas: Int
  /// From a replica to another.
  var delay: VirtualDuration

  static let shortest = VirtualDuration.seconds(1)
  static let longest = VirtualDuration.seconds(2)

  /// ``delay`` in widths of the range of time-outs.
  var relativeDelay: Double { delay.inSeconds / (Self.longest - Self.shortest).inSeconds }

  /// The probability that nobody wins the first term.
  ///
  /// Whoever times out within one delay of the first candidate is a candidate as well. The number
  /// of these, of n - 1, is binomial with n trials and r = delay / range, cut at n - 1: to integrate
  /// n (1 - x)^(n-1) C(n-1, j) (r / (1-x))^j (1 - r / (1-x))^(n-1-j) over x gives
  /// C(n, j) r^j (1-r)^(n-j) for j < n - 1. All who are no candidates hear the first candidate
  /// first and vote for it (Raft §5.2), so that it has n - j votes: the term is split if that is
  /// below a majority, floor(n/2) + 1.
  var splitLaw: Double {
    let needed = replicas - replicas / 2
    return SelfTestLaws.binomial(replicas, atLeast: needed, relativeDelay)
  }

  fileprivate func run(seed: Seed) -> ElectionProbe {
    var parameters = RaftConfiguration(replicas: replicas)
    parameters.shortestElectionTimeout = Self.shortest
    parameters.longestElectionTimeout = Self.longest
    parameters.initialLeader = nil
    parameters.usesPreVote = false
    parameters.checksQuorum = false
    let configuration = SelfTestRun.configuration(
      RaftReplica.self, seed: seed, replicas: replicas, parameters,
      network: NetworkModel(uniform: SelfTestRun.links(delay, loss: 0)), clients: [],
      schedule: .window(warmup: .zero, duration: .seconds(10)))
    return SelfTestRun.execute(configuration, ElectionProbe())
  }

  /// The instant of the first candidacy, and whether the first term had a leader.
  func rows(expecting law: FreshElection, trials: Int, seed: Seed) -> [SelfTestRow] {
    let probes = (0..<trials).map { run(seed: seed.derived(for: UInt64($0))) }
    let range = (Self.longest - Self.shortest).inSeconds
    let firsts = probes.map {
      ($0.firstCandidacy - .zero - Self.shortest).inSeconds / range
    }
    let n = law.replicas
    let count = Double(n)
    let variance = count / ((count + 1) * (count + 1) * (count + 2))
    let name = "Raft n = \(n),"
    return [
      .distance(
        "\(name) first candidacy, KS of \(trials)", "minimum of n uniform time-outs",
        sample: firsts, distribution: { 1 - SelfTestLaws.power(1 - $0, n) }),
      SelfTestRow(
        quantity: "\(name) first candidacy", law: "range / (n + 1)", expected: 1 / (count + 1),
        measured: firsts.reduce(0, +) / Double(trials),
        criterion: .estimate(standardError: (variance / Double(trials)).squareRoot())),
      .share(
        "\(name) delay \(FixedDecimal(law.relativeDelay, digits: 2)?.text ?? "?"), split vote",
        "Bin(n, r) >= n/2, derived from Raft §5.2", expected: law.splitLaw,
        hits: probes.count { !$0.hasLeader }, of: trials),
    ]
  }
}

private struct ElectionProbe: Probe {
  typealias Subject = RaftReplica
  private(set) var firstCandidacy = VirtualTime.distantFuture
  private(set) var hasLeader = false
  /// The end of the first term ends the run.
  private(set) var violations: [Violation] = []

  mutating func observe(_ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime)
  {
    switch observation {
    case .voted(let term, for: replica, _, _) where term.number == 1:
      firstCandidacy = min(firstCandidacy, time)
    case .becameLeader(let term, _):
      hasLeader = term.number == 1
      violations = [Violation(invariant: .r1, replica: replica, time: time, detail: "elected")]
    default: break
    }
  }
}
