import ConsensusCore
import DiscreteEvents

/// What the conditions of rules are compared with, besides the role of a node.
struct FaultMoment {
  var now: VirtualTime
  /// The number of the test that is open or was open last; 0 before the first.
  var test: Int
  /// The number of heights decided.
  var rounds: Int
}

/// What the fault rules of a run mean for one replica.
struct NodeFaults {
  /// The rules that apply to the node, one bit each.
  var rules: UInt64 = 0
  /// Crashes and pauses that waited for a step and have struck, one bit each.
  var struck: UInt64 = 0
  /// The role after the last job, of nodes with rules, or after the last inner step, where a probe
  /// asks for it: to read the role of a replica costs a copy.
  var standing = Standing(leads: false, view: 0, executed: 0)
  /// The number of turns as leader that the replica has begun.
  var turns = 0
  /// The rule that lets the node's power fail at a write, or -1, and how many writes come before.
  var tearingRule: Int32 = -1
  var writesLeft = 0
  /// Whether the last step left the replica leading.
  var isLeading = false
  /// Whether the node counts as Byzantine.
  var isByzantine = false
  /// Whether a Byzantine rule has struck.
  var hasLied = false
  /// Whether a crash loses what the node wrote since it last sent something.
  var losesUnsynced = false
}

/// What the run must do because of the rules.
enum FaultOrder {
  /// Note the role of a node, to which a rule applies from now on.
  case noteStanding(node: Int)
  /// Note what the disk of a node holds.
  case noteDisk(node: Int)
  /// Schedule the strike of a rule.
  case strike(rule: Int, node: Int, at: VirtualTime)
  /// Report that a node counts as Byzantine.
  case reportByzantine(node: Int)
  /// Report that a Byzantine node has lied.
  case reportLiar(node: Int)
  /// Count the Byzantine members.
  case takeCensus
  /// Look for crashes and pauses whose condition became true.
  case reconsider
}

/// The fault rules of a run, their state, and the decisions about jobs and copies of faulty nodes.
///
/// The injector changes nothing outside itself. ``Simulation`` asks it, carries the decision out, and
/// takes the orders that the decision left, in the order of their creation.
struct FaultInjector<R: Forgeable>: ~Copyable {
  let rules: [FaultRule]
  let replicaCount: Int
  let seed: Seed
  let keys: Seed
  let verifier: Verifier
  /// The state of every replica.
  let nodes: UnsafeMutablePointer<NodeFaults>
  /// By rule, how often it had an effect.
  var strikes: [Int]
  /// The disk of each node when it last sent something; kept only for nodes that may lose what they
  /// wrote since, and empty in runs without them.
  var synced: [R.Durable] = []
  /// The last messages that each faulty node sent; empty in runs without replays.
  var past: [[R.Message]]
  /// By rule and node, messages of the rule's kinds that the node sent while the rule held.
  var sent: [Int]
  /// Equal copies of one instant, which have draws of their own.
  var repetitions = Repetitions()
  /// Whether a Byzantine node may be there that did not lie yet.
  var hasSilentAccomplices = false

  private var orders: [FaultOrder] = []
  private var nextOrder = 0

  /// How many old messages a node keeps.
  static var memory: Int { 16 }

  init(_ rules: [FaultRule], replicas: Int, seed: Seed, keys: Seed) {
    self.rules = rules
    replicaCount = replicas
    self.seed = seed
    self.keys = keys
    verifier = Verifier(keys: keys)
    nodes = .allocate(capacity: replicas)
    nodes.initialize(repeating: NodeFaults(), count: replicas)
    strikes = Array(repeating: 0, count: rules.count)
    past =
      rules.contains { $0.behaviour == .replay } ? Array(repeating: [], count: replicas) : []
    sent =
      rules.contains { $0.activation.messages != nil }
      ? Array(repeating: 0, count: rules.count * replicas) : []
  }

  deinit { nodes.deallocate() }

  // MARK: Orders

  /// Leaves an order for the run.
  mutating func order(_ order: FaultOrder) { orders.append(order) }

  /// Takes the oldest order.
  mutating func takeOrder() -> FaultOrder? {
    guard nextOrder < orders.count else {
      orders.removeAll(keepingCapacity: true)
      nextOrder = 0
      return nil
    }
    nextOrder += 1
    return orders[nextOrder - 1]
  }

  // MARK: Conditions

  /// Whether a rule applies to a node.
  @inline(__always)
  func isFaulty(_ node: Int) -> Bool { nodes[node].rules != 0 }

  /// Whether a rule applies to a node and its condition is true, but for the number of messages.
  func holds(_ rule: Int, for node: Int, at moment: FaultMoment) -> Bool {
    guard nodes[node].rules >> UInt64(rule) & 1 == 1 else { return false }
    let activation = rules[rule].activation
    let standing = nodes[node].standing
    guard activation.from <= moment.now, moment.now < activation.until,
      moment.rounds >= activation.afterRounds
    else { return false }
    if let views = activation.views, !views.contains(standing.view) { return false }
    if let tests = activation.tests, !tests.contains(moment.test) { return false }
    if activation.asPrimary && !standing.leads { return false }
    return !activation.alternateTurns || nodes[node].turns % 2 == 1
  }

  /// Counts the turns of a faulty node as leader, and lets crashes strike that waited for its role.
  mutating func noteTurn(of node: Int, at moment: FaultMoment) {
    let leads = nodes[node].standing.leads
    if leads && !nodes[node].isLeading { nodes[node].turns += 1 }
    nodes[node].isLeading = leads
    for rule in rules.indices where holds(rule, for: node, at: moment) {
      let activation = rules[rule].activation
      guard !rules[rule].behaviour.isByzantine, activation.waitsForStep,
        activation.messages == nil
      else { continue }
      strikeOnce(rule, at: node, moment.now)
    }
  }

  /// Orders the strike of a crash or pause that waited for a step; it strikes once at each node.
  mutating func strikeOnce(_ rule: Int, at node: Int, _ now: VirtualTime) {
    guard nodes[node].struck >> UInt64(rule) & 1 == 0 else { return }
    nodes[node].struck |= 1 << UInt64(rule)
    order(.strike(rule: rule, node: node, at: now))
  }

  // MARK: Lies

  /// Counts an effect of a Byzantine rule, and reports who lied.
  mutating func noteStrike(by rule: Int, of node: Int) {
    strikes[rule] += 1
    accuse(node)
    guard rules[rule].behaviour.borrowsKeys, hasSilentAccomplices else { return }
    for accomplice in 0..<replicaCount where nodes[accomplice].isByzantine { accuse(accomplice) }
    hasSilentAccomplices = false
  }

  /// Reports a liar, once.
  mutating func accuse(_ node: Int) {
    guard !nodes[node].hasLied else { return }
    nodes[node].hasLied = true
    order(.reportLiar(node: node))
  }
}
