import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import Simulator

/// What has to be known of a whole run before a part of it can be shown; small for any run.
struct DiagramOverview: RunWatcher {
  /// Changes of nodes, in order.
  private(set) var changes: [(time: VirtualTime, node: ReplicaID, condition: NodeCondition)] = []
  /// The rounds in which honest replicas took steps, where they change.
  private(set) var rounds: [(time: VirtualTime, round: RoundKey)] = []
  /// When each round began; only asked, never listed.
  private(set) var begins: [RoundKey: VirtualTime] = [:]

  private var byzantine = ReplicaSet()

  var wantsMore: Bool { true }

  mutating func record(_ event: RunEvent) {
    guard let node = event.node.replica else { return }
    switch event.kind {
    case .changed(let condition):
      changes.append((event.time, node, condition))
      if condition == .byzantine { byzantine.insert(node) }
    case .observed(let observation):
      guard !byzantine.contains(node), let round = (observation as? any DiagramObservation)?.round
      else { return }
      if begins[round] == nil { begins[round] = event.time }
      if rounds.last?.round != round { rounds.append((event.time, round)) }
    default: break
    }
  }

  /// When the round began that the last step until `time` belongs to.
  func lastRound(until time: VirtualTime) -> VirtualTime {
    var low = 0
    var high = rounds.count
    while low < high {
      let middle = (low + high) / 2
      if rounds[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    while low > 0 {
      low -= 1
      // A round that begins just then shows nothing; the one before does.
      if let begin = begins[rounds[low].round], begin < time { return begin }
    }
    return .zero
  }
}
