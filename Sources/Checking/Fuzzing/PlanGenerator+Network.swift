import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

// Partitions and bad links of the first phase.
extension PlanGenerator {
  func addNetworkFaults(to plan: inout Plan, sparing outsiders: [Int], _ dice: inout Dice) {
    for _ in 0..<dice.pick([1, 1, 2, 3]) {
      let end = Int((plan.healing.at - .zero).nanoseconds / 100_000)
      let start = dice.below(end - 20)
      let until = dice.number(start + 10...end)
      func instant(_ tenths: Int) -> VirtualTime { .zero + .microseconds(Int64(tenths) * 100) }
      func change(_ from: NodeSelector, _ to: NodeSelector, _ effect: NetworkChange.Effect) {
        plan.changes.append(
          NetworkChange(
            at: instant(start), until: instant(until), from: from, to: to, effect: effect))
      }
      let n = plan.replicas
      let machines = n + plan.clients.count
      switch dice.below(8) {
      case 0, 1:
        let side = dice.choose(dice.number(1...n - 1), below: n)
        let other = (0..<machines).filter { !side.contains($0) }
        change(nodes(side), nodes(other), .cut)
        change(nodes(other), nodes(side), .cut)
      case 2:
        change(nodes(dice.choose(dice.number(1...n - 1), below: n)), .all, .cut)
      case 3:
        change(.all, nodes(dice.choose(dice.number(1...n - 1), below: n)), .cut)
      case 4:
        let pair = dice.choose(2, below: n)
        change(nodes([pair[0]]), nodes([pair[1]]), .cut)
        if dice.hits(32) { change(nodes([pair[1]]), nodes([pair[0]]), .cut) }
      case 5:
        // A ring: everybody reaches the neighbours only.
        for node in 0..<n {
          let far = (0..<n).filter { ($0 - node + n + 1) % n > 2 }
          if !far.isEmpty { change(nodes([node]), nodes(far), .cut) }
        }
      case 6:
        change(
          nodes(dice.choose(dice.number(1...n), below: n)),
          nodes(dice.choose(dice.number(1...n), below: n)),
          .slower(by: dice.span(10...longestDetour(plan.subject))))
      default:
        change(.all, .all, .loss(dice.pick([0.0625, 0.125, 0.25, 0.5])))
      }
    }
  }

  /// Raft's messages may be so slow that the terms that they belong to are over (Raft §5.1).
  private func longestDetour(_ subject: FuzzProtocol) -> Int { subject == .raft ? 2000 : 400 }

  private func nodes(_ indexes: [Int]) -> NodeSelector { .nodes(indexes.map { NodeID($0) }) }
}
