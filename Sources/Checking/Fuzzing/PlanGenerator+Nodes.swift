import ConsensusCore
import DiscreteEvents
import Faults
import RunPlans
import Simulator

// Faulty nodes: Byzantine ones up to f, crashes and pauses of the rest.
extension PlanGenerator {
  /// Draws the faulty nodes; answers the correct ones that stay away after the healing.
  func addNodeFaults(to plan: inout Plan, _ dice: inout Dice) -> [Int] {
    let n = plan.replicas
    let bound = plan.subject.faults(among: n)
    var liars: [Int] = []
    if plan.isBeyondBound {
      liars = dice.choose(dice.number(bound + 1...min(n - 1, 2 * bound + 1)), below: n)
    } else if bound > 0, dice.hits(48) {
      liars = dice.choose(dice.hits(40) ? bound : dice.number(1...bound), below: n)
    }
    addLies(of: liars, to: &plan, &dice)
    if dice.hits(24) { addStops(sparing: liars, to: &plan, &dice) }
    let spare = n - plan.subject.quorum(of: n) - liars.count
    guard spare > 0, dice.hits(12) else { return [] }
    let outsiders = dice.choose(dice.number(1...spare), below: n).filter { !liars.contains($0) }
    for outsider in outsiders { leaveOut(outsider, of: &plan, &dice) }
    return outsiders
  }

  /// A correct node that does not come back: down for good, or cut off for good.
  private func leaveOut(_ node: Int, of plan: inout Plan, _ dice: inout Dice) {
    let tenths = Int((plan.healing.at - .zero).nanoseconds / 100_000)
    let from = VirtualTime.zero + dice.span(0...tenths)
    let selector = NodeSelector.nodes([NodeID(node)])
    if dice.hits(32) {
      plan.changes.append(
        NetworkChange(at: from, until: nil, from: selector, to: .all, effect: .cut))
      plan.changes.append(
        NetworkChange(at: from, until: nil, from: .all, to: selector, effect: .cut))
    } else {
      plan.faults.append(
        fault([node], .crash(downFor: nil, disk: .kept), from: from, until: .distantFuture))
    }
  }

  // MARK: Crashes and pauses

  private func addStops(sparing liars: [Int], to plan: inout Plan, _ dice: inout Dice) {
    let n = plan.replicas
    let victims = dice.choose(dice.pick([1, 1, 2, n]), below: n).filter { !liars.contains($0) }
    let end = Int((plan.healing.at - .zero).nanoseconds / 100_000)
    for victim in victims {
      let down = dice.number(5...max(6, end / 2))
      let last = VirtualTime.zero + .microseconds(Int64(end - down) * 100)
      let span = VirtualDuration.microseconds(Int64(down) * 100)
      let from = VirtualTime.zero + dice.span(0...max(0, end - down - 1))
      let disk: Disk =
        plan.subject == .pow && dice.hits(16)
        ? .lost
        : dice.hits(28)
          ? .torn(afterWrites: dice.pick([0, 0, 1, 2, 3, 5])) : dice.hits(28) ? .unsynced : .kept
      let behaviour: Behaviour =
        dice.hits(16) ? .pause(span) : .crash(downFor: span, disk: disk)
      var stop = fault([victim], behaviour, from: from, until: last)
      switch dice.below(6) {
      case 0:
        stop.rule.activation.messages = one(dice.number(1...12))
        stop.rule.kinds = kinds(of: plan, &dice)
        stop.rule.activation.from = .zero
      case 1:
        let view = UInt64(dice.number(1...3))
        stop.rule.activation.views = view...view + 8
        stop.rule.activation.from = .zero
      case 2:
        stop.rule.activation.asPrimary = plan.subject != .pow
      default: break
      }
      if last > stop.rule.activation.from { plan.faults.append(stop) }
    }
  }

  private func one(_ number: Int) -> ClosedRange<Int> { number...number }

  private func fault(
    _ nodes: [Int], _ behaviour: Behaviour, from: VirtualTime, until: VirtualTime
  ) -> Plan.Fault {
    Plan.Fault(
      rule: FaultRule(
        culprits: .replicas(nodes.map { ReplicaID($0) }), behaviour: behaviour,
        activation: Activation(
          from: from, until: until, afterRounds: 0, views: nil, tests: nil, asPrimary: false,
          alternateTurns: false),
        kinds: .all, recipients: .everyone, probability: 1),
      strategy: nil)
  }

  // MARK: Byzantine behaviour

  private func addLies(of liars: [Int], to plan: inout Plan, _ dice: inout Dice) {
    guard !liars.isEmpty else { return }
    let canTwin = plan.subject.subject.traits.behaviours == .twinned
    if canTwin, dice.hits(10) {
      var twins = fault(liars, .silent, from: .zero, until: .distantFuture)
      twins.rule.probability = 0
      twins.strategy = .twins
      let side = dice.choose(dice.number(1...plan.replicas - 1), below: plan.replicas)
      twins.rule.recipients = RecipientFilter(
        replicas: ReplicaSet(side.map { ReplicaID($0) }), clients: false)
      plan.faults.append(twins)
      return
    }
    for liar in liars {
      if plan.subject == .pow, dice.hits(24) {
        var strategy = fault([liar], .silent, from: .zero, until: .distantFuture)
        strategy.rule.probability = 0
        strategy.strategy = dice.pick([
          .emptyBlocks, .oversizedBlocks, .selfish, .withhold(blocks: dice.number(1...3)),
        ])
        plan.faults.append(strategy)
        continue
      }
      // One that forgets everything is as bad as one that lies, for the protocols that vote.
      if plan.subject != .pow, dice.hits(4) {
        let end = Int((plan.healing.at - .zero).nanoseconds / 100_000)
        plan.faults.append(
          fault(
            [liar], .crash(downFor: dice.span(5...100), disk: .lost),
            from: .zero + dice.span(0...end), until: .distantFuture))
        continue
      }
      for _ in 0..<dice.pick([1, 1, 1, 2, 3]) { plan.faults.append(lie(of: liar, in: plan, &dice)) }
    }
  }

  private func lie(of liar: Int, in plan: Plan, _ dice: inout Dice) -> Plan.Fault {
    let end = Int((plan.healing.at - .zero).nanoseconds / 100_000)
    var lie = fault([liar], behaviour(of: plan, &dice), from: .zero, until: .distantFuture)
    if dice.hits(12) { lie.rule.activation.from = .zero + dice.span(0...end) }
    if dice.hits(8) { lie.rule.activation.until = lie.rule.activation.from + dice.span(10...end) }
    if dice.hits(12), plan.subject != .pow { lie.rule.activation.asPrimary = true }
    if dice.hits(4), plan.subject != .pow { lie.rule.activation.alternateTurns = true }
    if dice.hits(6) {
      let view = UInt64(dice.below(4))
      lie.rule.activation.views = view...view + UInt64(dice.below(3))
    }
    if dice.hits(6) { lie.rule.activation.afterRounds = dice.number(1...6) }
    if dice.hits(12) {
      let first = dice.number(1...16)
      lie.rule.activation.messages = first...first + dice.pick([0, 0, 2, 1000])
    }
    if dice.hits(24) { lie.rule.kinds = kinds(of: plan, &dice) }
    if dice.hits(20) {
      let side = dice.choose(dice.number(1...plan.replicas - 1), below: plan.replicas)
      lie.rule.recipients = RecipientFilter(
        replicas: ReplicaSet(side.map { ReplicaID($0) }), clients: false)
    }
    lie.rule.probability = dice.pick([1, 1, 1, 0.5, 0.25, 0.0625])
    return lie
  }

  private func behaviour(of plan: Plan, _ dice: inout Dice) -> Behaviour {
    switch dice.below(24) {
    case 0, 1: .silent
    case 2: .delay(.uniform(from: .zero, to: dice.span(10...600)))
    case 3: .slow(by: dice.span(10...600))
    case 4: .duplicate(copies: dice.number(1...3))
    case 5: .replay
    case 6: .hold
    case 7...10: .invent
    case 11...16: .mutate
    default: .forge(dice.pick(Forgery.allCases))
    }
  }

  private func kinds(of plan: Plan, _ dice: inout Dice) -> KindFilter {
    let count = plan.kindNames.count
    return KindFilter(dice.choose(dice.pick([1, 1, 2, 4]), below: count).map { UInt8($0) })
  }
}
