import ConsensusCore
import DiscreteEvents
import Simulator

extension RunPlan {
  /// Whether a run of a voting protocol never leaves one instant.
  ///
  /// That is so where a closed loop waits for nothing that takes time, and the run ends at an instant
  /// rather than after a number of blocks or requests. Faults and changes of links may let time pass;
  /// where they do not, the run itself notices.
  var isTimeless: Bool {
    endsAtInstant && workload == nil && faults.isEmpty && hasInstantNetwork
      && Work.allCases.allSatisfy { $0 == .restart || costs.isFree($0) }
      && clients.contains(where: \.asksAtOnce)
  }

  private var endsAtInstant: Bool {
    guard horizonArrivals == nil else { return false }
    switch schedule {
    case .window: return true
    case .tests(let plan):
      if case .window = plan.ending { return true }
      return false
    case .healing(let plan): return plan.at > .zero
    case .blocks: return false
    }
  }

  private var hasInstantNetwork: Bool {
    network.changes.isEmpty
      && network.classes.allSatisfy { $0.latency == .constant(.zero) }
      && nodes.allSatisfy { $0.uplinkBitsPerSecond == nil && $0.downlinkBitsPerSecond == nil }
  }
}

extension RunPlan.Client {
  /// Whether its connections ask again at the instant of an answer.
  fileprivate var asksAtOnce: Bool {
    guard case .closed(let connections, let thinkTime) = load else { return false }
    return connections > 0 && (thinkTime == nil || thinkTime == .constant(.zero))
  }
}
