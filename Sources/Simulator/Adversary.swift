import ConsensusCore
import DiscreteEvents

/// What becomes of one copy of a faulty node's message.
struct Ruling {
  var isDropped = false
  /// How long every copy is held back at least, in nanoseconds.
  var hold: Int64 = 0
  /// The rules that hold each copy back for a time of its own besides, one bit each.
  var delayingRules: UInt64 = 0
  /// How many copies more are sent.
  var extraCopies = 0
  /// The rule by which an old message goes with it, or -1.
  var replayingRule = -1
  /// The rule by which an invented message goes with it, or -1.
  var inventingRule = -1
}

/// The fault rules of a run and what they need to remember.
struct Adversary<R: Forgeable> {
  let rules: [FaultRule]
  /// The last messages each faulty node sent, for replays.
  var past: [[R.Message]]
  /// By rule, how often it had an effect.
  var strikes: [Int]
  /// Whether a Byzantine node may be there that did not lie yet.
  var hasSilentAccomplices = false
  /// By rule and node, messages of the rule's kinds that the node sent while the rule held.
  private var sent: [Int]
  private let replicas: Int
  /// How many old messages a node keeps.
  static var memory: Int { 16 }

  init(_ rules: [FaultRule], replicas: Int) {
    self.rules = rules
    past = rules.isEmpty ? [] : Array(repeating: [], count: replicas)
    self.replicas = replicas
    strikes = Array(repeating: 0, count: rules.count)
    sent =
      rules.contains { $0.activation.messages != nil }
      ? Array(repeating: 0, count: rules.count * replicas) : []
  }

  /// Whether a rule holds for a node in this role, as far as time, view, test and turn go.
  func holds(
    _ rule: Int, now: Int64, standing: Standing, turns: Int, test: Int, rounds: Int
  ) -> Bool {
    let activation = rules[rule].activation
    guard activation.from.nanoseconds <= now, now < activation.until.nanoseconds,
      rounds >= activation.afterRounds
    else { return false }
    if let views = activation.views, !views.contains(standing.view) { return false }
    if let tests = activation.tests, !tests.contains(test) { return false }
    if activation.asPrimary && !standing.leads { return false }
    return !activation.alternateTurns || turns % 2 == 1
  }

  /// Counts a message of a node for a rule that holds and tells whether it is one the rule covers.
  mutating func count(_ rule: Int, of node: Int, kind: UInt8) -> Bool {
    guard let numbers = rules[rule].activation.messages else { return true }
    guard rules[rule].kinds.covers(kind) else { return false }
    sent[rule * replicas + node] += 1
    return numbers.contains(sent[rule * replicas + node])
  }

  /// Keeps a message for replays.
  mutating func remember(_ message: R.Message, of node: Int, number: UInt64) {
    if past[node].count < Self.memory {
      past[node].append(message)
    } else {
      past[node][Int(number % UInt64(Self.memory))] = message
    }
  }
}
