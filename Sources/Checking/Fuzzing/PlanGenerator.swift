import ConsensusCore
import DiscreteEvents
import Faults
import Simulator

/// Draws plans: swarm testing, in which every sort of fault is often left out altogether, so that
/// what is left gets deep.
public struct PlanGenerator: Sendable {
  /// The numbers of replicas to draw from; small ones are drawn more often.
  public var sizes: ClosedRange<Int>

  /// Creates a generator; a protocol needs at least its ``FuzzProtocol/leastReplicas``.
  public init(sizes: ClosedRange<Int>) { self.sizes = sizes }

  /// The plan of a seed.
  public func plan(_ subject: FuzzProtocol, seed: UInt64) -> Plan {
    var dice = Dice(seed, UInt64(subject.hashWord))
    let replicas = size(&dice)
    let healing = VirtualTime.zero + dice.span(subject == .pow ? 400...1600 : 400...2000)
    let isCalm = dice.hits(24)
    var plan = Plan(
      subject: subject, replicas: replicas, seed: seed,
      isBeyondBound: dice.hits(2), parameters: parameters(of: subject, &dice),
      link: link(isCalm, &dice), clocks: [], clients: clients(of: subject, &dice), changes: [],
      faults: [],
      healing: HealingPlan(
        at: healing, within: .seconds(1), requests: dice.number(1...2),
        invariant: subject.subject.traits.progressInvariant))
    if !isCalm && dice.hits(20) { plan.clocks = clocks(replicas, &dice) }
    addOptions(to: &plan)
    let outsiders = addNodeFaults(to: &plan, &dice)
    if !isCalm && dice.hits(32) { addNetworkFaults(to: &plan, sparing: outsiders, &dice) }
    plan.settle()
    return plan
  }

  private func size(_ dice: inout Dice) -> Int {
    let top = sizes.upperBound
    guard top > sizes.lowerBound else { return top }
    if dice.hits(40) { return sizes.lowerBound }
    if dice.hits(44) { return dice.number(sizes.lowerBound...min(top, sizes.lowerBound + 3)) }
    return dice.number(sizes.lowerBound...min(top, dice.hits(16) ? top : 13))
  }

  private func parameters(of subject: FuzzProtocol, _ dice: inout Dice) -> Plan.Parameters {
    let isRaft = subject == .raft
    return Plan.Parameters(
      timeout: dice.span(isRaft ? 200...500 : subject == .pow ? 60...200 : 250...600),
      retransmission: dice.span(isRaft ? 40...100 : 100...300),
      checkpointInterval: dice.pick([1, 2, 4, 8]), windowIntervals: dice.pick([2, 2, 3, 4]),
      batch: dice.pick([1, 1, 1, 3]), blocksPerTurn: dice.pick([0, 0, 0, 0, 0, 1, 2]),
      refuses: dice.hits(20), strikes: dice.pick([1, 2, 2]),
      confirmations: dice.pick([1, 2, 3]))
  }

  private func link(_ isCalm: Bool, _ dice: inout Dice) -> LinkLaw {
    let from = dice.span(4...12)
    let spread = dice.pick([0, 4, 10, 30])
    return LinkLaw(
      latency: .uniform(from: from, to: from + .microseconds(Int64(spread) * 100)), loss: 0,
      duplication: !isCalm && dice.hits(10) ? dice.pick([0.0625, 0.25]) : 0, isFIFO: dice.hits(8))
  }

  private func clients(of subject: FuzzProtocol, _ dice: inout Dice) -> [Plan.Client] {
    var clients = [
      Plan.Client(
        connections: dice.pick([1, 1, 2, 3]), pause: dice.span(60...300),
        retransmission: dice.span(200...600), attack: nil)
    ]
    if dice.hits(8) {
      clients.append(
        Plan.Client(
          connections: 1, pause: dice.span(60...300), retransmission: dice.span(200...600),
          attack: dice.pick(ClientModel.Attack.allCases)))
    }
    return clients
  }

  private func clocks(_ replicas: Int, _ dice: inout Dice) -> [Plan.Clock] {
    dice.choose(dice.number(1...replicas), below: replicas).map {
      Plan.Clock(replica: ReplicaID($0), thousandths: dice.pick([800, 900, 990, 1010, 1100, 1250]))
    }
  }
}

extension FuzzProtocol {
  /// A number that keeps the protocols' draws apart.
  var hashWord: Int {
    switch self {
    case .pbft: 1
    case .scPBFT: 2
    case .raft: 3
    case .pow: 4
    case .registered(let subject):
      Int(subject.name.utf8.reduce(0) { mix($0, UInt64($1)) } >> 2)
    }
  }
}
