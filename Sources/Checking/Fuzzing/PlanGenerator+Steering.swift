import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

// New plans from plans that reached something new.
extension PlanGenerator {
  /// A plan like `kept`, with parts left out, changed, or taken from a fresh plan.
  public func variant(of kept: Plan, seed: UInt64) -> Plan {
    var dice = Dice(seed, 0x57EE_4)
    var plan = kept
    plan.seed = dice.hits(32) ? seed : kept.seed
    let other = PlanGenerator(sizes: kept.replicas...kept.replicas).plan(kept.subject, seed: seed)
    for _ in 0..<dice.number(1...3) { change(&plan, with: other, &dice) }
    plan.settle()
    return plan
  }

  private func change(_ plan: inout Plan, with other: Plan, _ dice: inout Dice) {
    switch dice.below(11) {
    case 0: if !plan.faults.isEmpty { plan.faults.remove(at: dice.below(plan.faults.count)) }
    case 1: if !plan.changes.isEmpty { plan.changes.remove(at: dice.below(plan.changes.count)) }
    case 2, 3: if !other.faults.isEmpty { plan.faults.append(dice.pick(other.faults)) }
    case 4: plan.changes = other.changes
    case 5: plan.parameters = other.parameters
    case 6: plan.clients = other.clients
    case 7: plan.clocks = other.clocks
    case 8: plan.link = other.link
    case 9:
      plan.options = other.options
      plan.healing.rotation = other.healing.rotation
    default:
      guard !plan.faults.isEmpty else { return plan.faults = other.faults }
      let index = dice.below(plan.faults.count)
      let shift = dice.span(0...100)
      plan.faults[index].rule.activation.from = VirtualTime.zero + shift
    }
  }
}

extension Plan {
  /// Brings a plan whose parts were changed back into the bounds of its theory: at most f faulty
  /// replicas, everything healed in time.
  public mutating func settle() {
    healing.at = max(healing.at, .zero + .milliseconds(20))
    let end = healing.at
    let machines = replicas + clients.count
    changes.removeAll { change in
      change.at >= end
        || [change.from, change.to].contains { selector in
          if case .nodes(let nodes) = selector { return nodes.contains { $0.index >= machines } }
          return false
        }
    }
    for index in changes.indices {
      if let until = changes[index].until, until > end { changes[index].until = end }
    }
    for index in faults.indices { settle(&faults[index]) }
    faults.removeAll { $0.rule.activation.from >= $0.rule.activation.until }
    // Twins are one fault each, and their division of the network must be the same for all.
    if let twins = faults.first(where: { $0.strategy == .twins }) {
      faults.removeAll { $0.strategy == .twins && $0 != twins }
    }
    faults = Array(faults.prefix(64))
    if !isBeyondBound { leaveOutTooMany() }
    if subject == .raft, !options.usesPreVote || !options.checksQuorum { closeOneWayCuts() }
    if parameters.blocksPerTurn > 0, subject != .raft { healing.rotation = nil }
    settleChain()
    healing.within = progressBound
    healing.settling =
      comesToRest
      ? SettlingPlan(within: settlingBound, invariant: subject.subject.traits.restInvariant) : nil
  }

  /// Ends cuts that are for good in one direction only: a leader that hears nobody steps down only if
  /// it checks its quorum, and a follower that hears nobody disturbs the others unless it asks before
  /// it campaigns (thesis §6.2, §9.6).
  private mutating func closeOneWayCuts() {
    let forGood = changes.filter { $0.until == nil }
    changes.removeAll { change in
      change.until == nil
        && !forGood.contains { $0.from == change.to && $0.to == change.from }
    }
  }

  /// Whether a plan may end with a settling phase: its protocol comes to rest.
  var canSettle: Bool { subject.drawing == nil || subject.subject.traits.comesToRest }

  /// Whether everybody can follow the protocol in the end: nobody can whose deviation is built in.
  private var comesToRest: Bool {
    canSettle && !isBeyondBound && !faults.contains { $0.strategy != nil }
  }

  private func settle(_ fault: inout Fault) {
    guard !fault.rule.behaviour.isByzantine else { return }
    // A twin's writes and steps are told separately, so that nobody knows what came between them.
    if hasTwins, case .crash(let span, let disk) = fault.rule.behaviour {
      switch disk {
      case .torn, .unsynced: fault.rule.behaviour = .crash(downFor: span, disk: .kept)
      case .kept, .lost: break
      }
    }
    let span: VirtualDuration
    switch fault.rule.behaviour {
    case .crash(_, .lost) where subject != .pow: return
    case .crash(let down?, _), .pause(let down): span = down
    default: return
    }
    let last = VirtualTime.zero + (healing.at - .zero - span)
    fault.rule.activation.until = min(fault.rule.activation.until, last)
  }

  /// Drops faults from the end until the quorum that the theory asks for is left.
  private mutating func leaveOutTooMany() {
    let spare = replicas - subject.quorum(of: replicas)
    let bound = subject.faults(among: replicas)
    while !faults.isEmpty, byzantine.count > bound || awayCount > spare { faults.removeLast() }
    while !changes.isEmpty, awayCount > spare { changes.removeAll { $0.until == nil } }
  }
}
