import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

// How long clients may have to wait once the faults are over.
extension Plan {
  /// The bound of PL-1, RL-1 and W-3, from the plan alone.
  ///
  /// With H the time of healing, D the longest delay of a link, C the clients' and R the replicas'
  /// retransmission, s the slowest clock's scale and F the replicas that are not in the healed
  /// quorum:
  ///
  /// - **PBFT.** The wait for the next view doubles only after a wait of that length was in vain, so
  ///   that at H the longest wait that runs is at most W = 2 (H + T) s / s', s' the fastest clock's
  ///   scale. Then at most F primaries in a row do not lead, each for twice the time of the one
  ///   before, and one more view may be spent until all waits overlap: W (1 + 2 + ... + 2^(F+1)) <
  ///   W 2^(F+2). Each view costs a few delays and retransmissions besides, and sc-PBFT elects and
  ///   refuses a primary at most once more for each. The bound is twice that.
  /// - **Raft.** Time-outs are uniform in [E, 2E]; a round of election lasts at most 2E s and elects a
  ///   leader with probability at least 1/2 when D is far below E / n. Forty rounds fail with
  ///   probability 2^-40. A client then finds the leader after at most n retransmissions.
  /// - **Proof of work.** A block of the healed miners takes I = T n / (n - F) on average and settles
  ///   what the faults left after at most H / T blocks more; no 80 (k + 1) intervals pass without
  ///   k + 1 blocks but with probability e^-80. Where the difficulty adapts it is 4^j times the first
  ///   after j adjustments in a row to blocks that came by chance so many times too fast: 64 times with
  ///   probability 3e-7, 256 times with 1e-11. Four times the bound leaves e^-10 and e^-2 of these.
  /// - **Others.** Their traits say it.
  ///
  /// Beyond the bound of the theory nothing is demanded, and the second phase is kept short.
  var progressBound: VirtualDuration {
    if isBeyondBound { return .milliseconds(500) }
    if let drawing = subject.drawing { return drawing.progressBound(ownPlan, surroundings) }
    let scales = clocks.map { Int64($0.thousandths) } + [1000]
    let slowest = scales.max() ?? 1000
    let fastest = scales.min() ?? 1000
    let timeout = parameters.timeout.nanoseconds
    let delay = longestDelay.nanoseconds
    let resend = clients.map(\.retransmission.nanoseconds).max() ?? 0
    let outside = Int64(awayCount)
    let rounds: Int64
    switch subject {
    case .pbft, .scPBFT:
      let wait = 2 * (healing.at.nanoseconds + timeout) * slowest / fastest
      let views = min(outside + 2, 24)
      let exchange =
        32 * delay + 4 * (resend + parameters.retransmission.nanoseconds) * slowest / 1000
      // Each epoch may close under another quorum, and a lost checkpoint costs a reminder more.
      let epochs: Int64 = options.epochLength == nil ? 1 : 2
      rounds = 2 * epochs * ((wait << views) + (views + 1) * exchange)
    case .raft:
      rounds = 80 * timeout * slowest / 1000 + (Int64(replicas) + 4) * (resend + 8 * delay)
    case .pow:
      let interval = timeout * Int64(replicas) / max(1, Int64(healedCount))
      rounds =
        (parameters.retargetInterval == nil ? 80 : 320) * interval
        * Int64(parameters.confirmations + 1) + 2 * healing.at.nanoseconds
        + 8 * (resend + parameters.retransmission.nanoseconds * slowest / 1000)
    case .registered: rounds = 0
    }
    return VirtualDuration(nanoseconds: rounds)
  }

  /// The longest time that a message takes, the work on it and its turn on an uplink included.
  var longestDelay: VirtualDuration {
    let work = Int64(options.price) * 1000 * 12 * Int64(2 * replicas)
    let transmission = options.uplink > 0 ? 16_000_000 / Int64(options.uplink) * Int64(replicas) : 0
    return longestLatency + VirtualDuration(nanoseconds: work + transmission)
  }

  /// How long the group may take to come to rest.
  ///
  /// Miners never do: a few blocks more than a request needs settle what the faults left.
  var settlingBound: VirtualDuration {
    guard subject == .pow else { return progressBound }
    return parameters.timeout * Int64(parameters.confirmations + 32) + parameters.retransmission * 8
  }

  /// What the traits of a registered protocol may ask.
  var surroundings: DrawnSurroundings {
    DrawnSurroundings(
      absent: awayCount, latency: longestLatency, price: .microseconds(Int64(options.price)),
      transmission: VirtualDuration(
        nanoseconds: options.uplink > 0 ? 16_000_000 / Int64(options.uplink) : 0),
      retransmission: clients.map(\.retransmission).max() ?? .zero)
  }

  private var longestLatency: VirtualDuration {
    switch link.latency {
    case .uniform(_, let to): to
    case .constant(let span): span
    default: link.latency.mean * 16
    }
  }

  /// The replicas that are not in the healed quorum.
  var awayCount: Int { replicas - healedCount }

  /// The correct replicas that are up and connected in the second phase.
  private var healedCount: Int {
    var healed = 0
    for index in 0..<replicas where isHealed(ReplicaID(index)) { healed += 1 }
    return healed
  }

  private func isHealed(_ replica: ReplicaID) -> Bool {
    guard !byzantine.contains(replica) else { return false }
    for fault in faults where fault.culprits.contains(replica) {
      if case .crash(nil, _) = fault.rule.behaviour { return false }
    }
    for change in changes where change.until == nil {
      for case .nodes(let nodes) in [change.from, change.to] where nodes == [NodeID(replica.index)]
      {
        return false
      }
    }
    return true
  }
}
