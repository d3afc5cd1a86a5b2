import ConsensusCore
import RunPlans
import Simulator

/// Tells which part of a run belongs to one round.
///
/// Round K begins when an honest replica has decided the (K-1)th height and ends when one decides
/// the K-th, both inclusive; round 1 begins with the run. Heights are counted as they are decided
/// first, so that rounds follow each other without a gap even where replicas decide out of order.
struct RoundWindow: Sendable {
  /// The round asked for, from 1; nil for the whole run.
  let round: Int?
  /// Heights decided by an honest replica so far.
  private(set) var rounds = 0

  private var byzantine = ReplicaSet()
  private var decided: [UInt64] = []

  init(round: Int?) { self.round = round }

  /// Whether what happens now belongs to the round.
  var isOpen: Bool { round.map { rounds >= $0 - 1 && rounds < $0 } ?? true }

  /// Whether the round is over.
  var isOver: Bool { round.map { rounds >= $0 } ?? false }

  /// Notes what an event means for rounds.
  mutating func note(_ event: RunEvent) {
    switch event.kind {
    case .changed(.byzantine): noteByzantine(event.node)
    case .observed(let observation):
      if case .decided(let height, _, _, _) = observation.milestone {
        noteDecision(of: height, at: event.node)
      }
    default: break
    }
  }

  /// Notes that a node counts as Byzantine from now on.
  private mutating func noteByzantine(_ node: Endpoint) {
    if let replica = node.replica { byzantine.insert(replica) }
  }

  /// Notes a decision at a replica.
  private mutating func noteDecision(of height: UInt64, at node: Endpoint) {
    guard let replica = node.replica, !byzantine.contains(replica),
      let word = Int(exactly: height >> 6), word < 1 << 32
    else { return }
    while decided.count <= word { decided.append(0) }
    let bit: UInt64 = 1 << (height & 63)
    guard decided[word] & bit == 0 else { return }
    decided[word] |= bit
    rounds += 1
  }
}
