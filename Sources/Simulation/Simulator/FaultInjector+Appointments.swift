import ConsensusCore
import DiscreteEvents

// Which nodes are faulty, from when on, and what stops them.
extension FaultInjector {
  /// Gives every rule its nodes before the run begins.
  mutating func appointCulprits() {
    var isNamed = [Bool](repeating: false, count: replicaCount)
    for case .replicas(let named) in rules.map(\.culprits) {
      for replica in named { isNamed[replica.index] = true }
    }
    for rule in rules.indices {
      switch rules[rule].culprits {
      case .replicas(let named):
        for replica in named { appoint(replica.index, by: rule, at: .zero) }
      case .random(let count):
        for choice in 0..<count {
          let free = (0..<replicaCount).filter { !isNamed[$0] }
          guard !free.isEmpty else { break }
          let node = free[pick(free.count, rule: rule, turn: choice)]
          isNamed[node] = true
          appoint(node, by: rule, at: .zero)
        }
      case .arrivals:
        break
      }
    }
  }

  /// A height was decided: one rule gets another node, or strikes if it waited for that height.
  mutating func onRound(for rule: Int, at moment: FaultMoment, isMember: [Bool]) {
    let fault = rules[rule]
    let round = moment.rounds
    if case .arrivals(let every) = fault.culprits {
      guard round % every == 0 else { return }
      let honest = (0..<replicaCount).filter { isMember[$0] && !nodes[$0].isByzantine }
      guard !honest.isEmpty else { return }
      appoint(honest[pick(honest.count, rule: rule, turn: round)], by: rule, at: moment.now)
      order(.takeCensus)
    } else if !fault.behaviour.isByzantine && fault.activation.afterRounds == round,
      !fault.activation.waitsForStep
    {
      for node in 0..<replicaCount where nodes[node].rules >> UInt64(rule) & 1 == 1 {
        order(.strike(rule: rule, node: node, at: moment.now))
      }
    } else if fault.activation.afterRounds == round, fault.activation.waitsForStep {
      order(.reconsider)
    }
  }

  private func pick(_ count: Int, rule: Int, turn: Int) -> Int {
    var draw = seed.draw(
      .choice, UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: turn))
    return Int(draw.below(UInt64(truncatingIfNeeded: count)))
  }

  private mutating func appoint(_ node: Int, by rule: Int, at now: VirtualTime) {
    guard rules[rule].behaviour.isByzantine else {
      appointToStop(node, by: rule, at: now)
      return
    }
    add(rule, to: node)
    if !nodes[node].isByzantine {
      nodes[node].isByzantine = true
      hasSilentAccomplices = true
      order(.reportByzantine(node: node))
    }
    // A rule that never strikes marks a replica that misbehaves by itself, such as a twin.
    if rules[rule].probability == 0 { accuse(node) }
  }

  private mutating func appointToStop(_ node: Int, by rule: Int, at now: VirtualTime) {
    let activation = rules[rule].activation
    if rules[rule].behaviour.outage?.disk == .unsynced { watchDisk(of: node) }
    if activation.afterRounds == 0 && !activation.waitsForStep {
      order(.strike(rule: rule, node: node, at: max(now, activation.from)))
      return
    }
    add(rule, to: node)
    // Before that instant the condition does not hold; at it, the node may have nothing to do.
    if activation.waitsForStep, activation.from > now {
      order(.strike(rule: rule + FaultRule.atMost, node: node, at: activation.from))
    }
  }

  /// From here on remembers what is on the node's disk whenever it sends something.
  private mutating func watchDisk(of node: Int) {
    if synced.isEmpty { synced = Array(repeating: .formatted, count: replicaCount) }
    guard !nodes[node].losesUnsynced else { return }
    nodes[node].losesUnsynced = true
    order(.noteDisk(node: node))
  }

  private mutating func add(_ rule: Int, to node: Int) {
    nodes[node].rules |= 1 << UInt64(rule)
    order(.noteStanding(node: node))
  }

  // MARK: Crashes and pauses

  /// What the strike of a rule does to a node.
  enum Stop {
    case none
    case pause(VirtualDuration)
    case crash
  }

  /// Decides on the strike of a rule at a node that is up.
  mutating func stop(by rule: Int, of node: Int) -> Stop {
    switch rules[rule].behaviour {
    case .pause(let span):
      strikes[rule] += 1
      return .pause(span)
    case .crash(_, .torn(let writes)):
      add(rule, to: node)
      nodes[node].tearingRule = Int32(truncatingIfNeeded: rule)
      nodes[node].writesLeft = writes
      return .none
    case .crash(_, .kept), .crash(_, .lost), .crash(_, .unsynced):
      return .crash
    case .silent, .delay, .slow, .forge, .duplicate, .replay, .mutate, .invent, .hold:
      return .none
    }
  }

  /// How many writes the power of a node lasts for in the next job, or nil if it does not fail.
  ///
  /// The power fails only while the rule holds.
  mutating func writesBeforeFailure(of node: Int, at now: VirtualTime) -> Int? {
    let rule = rules[Int(nodes[node].tearingRule)]
    if now < rule.activation.until { return nodes[node].writesLeft }
    nodes[node].tearingRule = -1
    return nil
  }

  /// No rule applies to a node any more.
  mutating func pardon(_ node: Int) {
    nodes[node].rules = 0
    nodes[node].tearingRule = -1
  }
}
