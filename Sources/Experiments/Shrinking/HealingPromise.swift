import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator
import Tables

/// What a demand for progress rests on: from the healing on a quorum of correct replicas is up and
/// connected, and every other fault is over.
///
/// A plan that breaks it starves clients without any bug, so that shrinking must not end there.
extension Scenario.Cell {
  /// Whether the plan keeps the promise, or makes no demand for progress.
  var keepsHealingPromise: Bool {
    guard case .healing(let plan) = settings.schedule else { return true }
    let count = settings.replicas
    var away = ReplicaSet()
    var drawn = 0
    for fault in settings.faults {
      switch end(of: fault) {
      case .over(let end): if end > plan.at { return false }
      case .away:
        switch fault.culprits {
        case .replicas(let named): for replica in named { away.insert(replica) }
        case .random(let number): drawn += number
        case .arrivals: return false
        }
      }
    }
    for change in settings.network.changes {
      if let until = change.until, until <= plan.at { continue }
      if change.until != nil { return false }
      guard let lost = Self.outsiders(of: change, replicas: count) else { return false }
      for replica in lost { away.insert(replica) }
    }
    let needed = subject.traits.tolerance.quorum(of: count)
    return away.count + drawn <= count - needed
  }

  private enum FaultEnd {
    case over(VirtualTime)
    case away
  }

  /// When a fault is over, or that its culprits are none of the healed quorum.
  private func end(of fault: RunPlan.Fault) -> FaultEnd {
    if fault.isByzantine { return .away }
    // For proof of work a lost disk is only time lost.
    if fault.behaviour == .crash, fault.details.disk == .lost, subject != .pow { return .away }
    guard let span = fault.details.span else { return .away }
    let activation = fault.activation
    let isPlain = activation.views == nil && !activation.asPrimary && activation.messages == nil
    let isAtOnce = isPlain && activation.afterRounds == 0 && activation.tests == nil
    if isAtOnce { return .over(activation.from + span) }
    if activation.until == .distantFuture { return .over(.distantFuture) }
    return .over(activation.until + span)
  }

  /// The replicas that a change without an end cuts off; nil if it is not about few of them.
  private static func outsiders(
    of change: NetworkChange, replicas: Int
  ) -> [ReplicaID]? {
    func named(_ selector: NodeSelector) -> [ReplicaID]? {
      guard case .nodes(let nodes) = selector, nodes.allSatisfy({ $0.index < replicas }) else {
        return nil
      }
      return nodes.map { ReplicaID($0.index) }
    }
    switch (named(change.from), named(change.to)) {
    case (let from?, let to?): return from.count <= to.count ? from : to
    case (let from?, nil): return from
    case (nil, let to?): return to
    case (nil, nil): return nil
    }
  }
}
