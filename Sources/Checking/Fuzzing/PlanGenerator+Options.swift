import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

// The dimensions that most plans leave alone, drawn apart from everything else.
extension PlanGenerator {
  /// Draws them from a sequence of their own, so that a new one moves no other draw.
  func addOptions(to plan: inout Plan) {
    var dice = Dice(plan.seed, 0x0971 + UInt64(plan.subject.hashWord))
    addSurroundings(to: &plan, &dice)
    switch plan.subject {
    case .pbft: addRotation(to: &plan, &dice)
    case .scPBFT:
      addEpochs(to: &plan, &dice)
      addRotation(to: &plan, &dice)
    case .raft:
      plan.options.usesPreVote = !dice.hits(12)
      plan.options.checksQuorum = !dice.hits(12)
      addRotation(to: &plan, &dice)
    case .pow: addMiners(to: &plan, &dice)
    case .registered(let subject):
      let keys = subject.traits.drawing?.keys ?? []
      plan.options.choices = keys.map { dice.below($0.choices) }
    }
  }

  /// Costs, jitter, links of limited rate, and an application that sees the order of requests.
  private func addSurroundings(to plan: inout Plan, _ dice: inout Dice) {
    plan.options.recordsHistory = dice.hits(20)
    if dice.hits(8) {
      plan.options.price = dice.number(1...10)
      plan.options.jitter = dice.pick([0, 5, 20])
    }
    // A NEW-VIEW goes out to everybody who reminds, and must be gone before they remind again: where it
    // is not, links fill up for ever, whatever the protocol.
    if dice.hits(8) {
      plan.options.uplink = dice.pick([1000, 2000, 4000]) * (plan.replicas > 5 ? 10 : 1)
    }
  }

  /// Commands to hand the lead on, until the faults are over.
  private func addRotation(to plan: inout Plan, _ dice: inout Dice) {
    guard plan.parameters.blocksPerTurn == 0 || plan.subject == .raft, dice.hits(10) else { return }
    plan.healing.rotation = dice.span(200...1200)
  }

  private func addEpochs(to plan: inout Plan, _ dice: inout Dice) {
    plan.options.isLiteral = dice.hits(8)
    guard dice.hits(28) else { return }
    plan.options.epochLength = dice.pick([2, 3, 4, 8])
    if dice.hits(28) { plan.options.agedThreshold = dice.number(1...3) }
    plan.options.expires = dice.hits(16)
    plan.options.allowsShrinking = dice.hits(16)
  }

  private func addMiners(to plan: inout Plan, _ dice: inout Dice) {
    if dice.hits(16) {
      plan.options.weights = (0..<dice.number(2...4)).map { _ in dice.number(1...4) }
    }
    if plan.replicas > 4, dice.hits(32) { plan.options.peers = dice.pick([2, 3]) }
    if plan.replicas == 4, dice.hits(8) { plan.options.peers = 2 }
    plan.options.promisesChain = dice.hits(6)
  }
}
