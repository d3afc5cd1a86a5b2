import ConsensusCore
import DiscreteEvents

/// What becomes of one copy of a faulty node's message.
struct Ruling {
  var isDropped = false
  /// How long every copy is held back at least.
  var hold = VirtualDuration.zero
  /// The rules that hold each copy back for a time of its own besides, one bit each.
  var delayingRules: UInt64 = 0
  /// How many copies more are sent.
  var extraCopies = 0
  /// The rule by which an old message goes with it, or -1.
  var replayingRule = -1
  /// The rule by which an invented message goes with it, or -1.
  var inventingRule = -1
}

// What becomes of the messages that a faulty node receives and sends.
extension FaultInjector {
  /// What a faulty node sends on a message in place of the honest code, or nil.
  mutating func answers(
    on message: R.Message, from sender: Endpoint, fingerprint: UInt64, at node: Int,
    _ moment: FaultMoment
  ) -> [FalseAnswer<R>]? {
    for rule in rules.indices {
      guard let fault = rules[rule].behaviour.answerFault, holds(rule, for: node, at: moment),
        rules[rule].kinds.covers(message.kind), rules[rule].recipients.covers(sender),
        isStruck(rule, by: node, to: sender, fingerprint, at: moment.now)
      else { continue }
      var context = forgeryContext(of: node, for: sender, rule: rule, fingerprint: fingerprint)
      if let answers = R.falseAnswers(to: message, from: sender, as: fault, in: &context) {
        noteStrike(by: rule, of: node)
        return answers
      }
    }
    return nil
  }

  /// Counts a message of a faulty node for its rules; returns the rules that do not cover it.
  mutating func countMessage(kind: UInt8, of node: Int, at moment: FaultMoment) -> UInt64 {
    var others: UInt64 = 0
    for rule in rules.indices {
      guard let numbers = rules[rule].activation.messages, holds(rule, for: node, at: moment)
      else { continue }
      if !count(rule, of: node, kind: kind, among: numbers) {
        others |= 1 << UInt64(rule)
      } else if !rules[rule].behaviour.isByzantine {
        strikeOnce(rule, at: node, moment.now)
      }
    }
    return others
  }

  private mutating func count(
    _ rule: Int, of node: Int, kind: UInt8, among numbers: ClosedRange<Int>
  ) -> Bool {
    guard rules[rule].kinds.covers(kind) else { return false }
    sent[rule * replicaCount + node] += 1
    return numbers.contains(sent[rule * replicaCount + node])
  }

  /// Applies all rules of a node to one copy, in order.
  mutating func rule(
    on message: inout R.Message, from node: Int, to recipient: Endpoint, without exempt: UInt64,
    at moment: FaultMoment
  ) -> Ruling {
    var ruling = Ruling()
    let kind = message.kind
    let fingerprint = message.fingerprint
    for rule in rules.indices where holds(rule, for: node, at: moment) {
      let fault = rules[rule]
      guard exempt >> UInt64(rule) & 1 == 0, fault.kinds.covers(kind),
        fault.recipients.covers(recipient),
        isStruck(rule, by: node, to: recipient, fingerprint, at: moment.now)
      else { continue }
      var hasEffect = true
      switch fault.behaviour {
      case .silent:
        ruling.isDropped = true
      case .delay:
        ruling.delayingRules |= 1 << UInt64(rule)
      case .slow(let span):
        ruling.hold = ruling.hold + span
      case .forge(let forgery):
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        hasEffect = R.forge(&message, as: forgery, in: &context)
      case .duplicate(let copies):
        ruling.extraCopies += copies
      case .replay:
        ruling.replayingRule = rule
        hasEffect = false
      case .mutate:
        var context = forgeryContext(
          of: node, for: recipient, rule: rule, fingerprint: fingerprint)
        hasEffect = R.mutate(&message, in: &context)
      case .invent:
        ruling.inventingRule = rule
        hasEffect = false
      case .hold, .crash, .pause:
        hasEffect = false
      }
      if hasEffect { noteStrike(by: rule, of: node) }
    }
    return ruling
  }

  /// How long one copy is held back.
  mutating func hold(
    _ ruling: Ruling, _ fingerprint: UInt64, from node: Int, to recipient: Endpoint,
    at now: VirtualTime
  ) -> VirtualDuration {
    var hold = ruling.hold
    guard ruling.delayingRules != 0 else { return hold }
    for rule in rules.indices where ruling.delayingRules >> UInt64(rule) & 1 == 1 {
      guard case .delay(let law) = rules[rule].behaviour else { continue }
      let number = UInt64(truncatingIfNeeded: rule)
      let key = mix(number, 0xDE_1A_0000 &+ UInt64(truncatingIfNeeded: node))
      let distinct = distinct(fingerprint, under: key, to: recipient, at: now)
      var draw = seed.draw(
        .fault, mix(distinct, recipient.word), number, UInt64(bitPattern: now.nanoseconds))
      hold = hold + law.sample(&draw)
    }
    return hold
  }

  // MARK: Further messages

  /// Keeps a message for replays, if there are any.
  mutating func remember(_ message: R.Message, of node: Int) {
    guard !past.isEmpty else { return }
    if past[node].count < Self.memory {
      past[node].append(message)
    } else {
      past[node][Int(message.fingerprint % UInt64(Self.memory))] = message
    }
  }

  /// An old message of the node, or nil if it sent none.
  mutating func oldMessage(
    after original: R.Message, of node: Int, for recipient: Endpoint, at now: VirtualTime
  ) -> R.Message? {
    guard !past.isEmpty, !past[node].isEmpty else { return nil }
    let number = UInt64(truncatingIfNeeded: node)
    let fingerprint = distinct(original.fingerprint, under: number, to: recipient, at: now)
    var draw = seed.draw(
      .fault, mix(fingerprint, recipient.word), number, UInt64(bitPattern: now.nanoseconds))
    return past[node][Int(draw.below(UInt64(truncatingIfNeeded: past[node].count)))]
  }

  /// A message that the node makes up, or nil.
  func invention(
    like example: R.Message, of node: Int, for recipient: Endpoint, by rule: Int,
    at now: VirtualTime
  ) -> R.Message? {
    var context = forgeryContext(
      of: node, for: recipient, rule: rule,
      fingerprint: mix(example.fingerprint, UInt64(bitPattern: now.nanoseconds)))
    return R.invent(like: example, in: &context)
  }

  // MARK: Draws

  /// Whether the copy, by its own draw, is one that the rule strikes.
  private mutating func isStruck(
    _ rule: Int, by node: Int, to recipient: Endpoint, _ fingerprint: UInt64, at now: VirtualTime
  ) -> Bool {
    let probability = rules[rule].probability
    guard probability < 1 else { return true }
    let key = mix(UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node))
    let distinct = distinct(fingerprint, under: key, to: recipient, at: now)
    var draw = seed.draw(
      .fault, key, mix(distinct, recipient.word), UInt64(bitPattern: now.nanoseconds))
    return draw.chance(probability)
  }

  /// The fingerprint of a copy for a draw: equal copies of one instant have draws of their own.
  private mutating func distinct(
    _ fingerprint: UInt64, under key: UInt64, to recipient: Endpoint, at now: VirtualTime
  ) -> UInt64 {
    let ordinal = repetitions.unicast(
      mix(mix(0xFA_17, key), fingerprint), to: recipient.word, at: now)
    return ordinal == 0 ? fingerprint : mix(fingerprint, ordinal)
  }

  private func forgeryContext(
    of node: Int, for recipient: Endpoint, rule: Int, fingerprint: UInt64
  ) -> ForgeryContext {
    let id = ReplicaID(node)
    var accomplices = ReplicaSet()
    for node in 0..<replicaCount where nodes[node].isByzantine {
      accomplices.insert(ReplicaID(node))
    }
    return ForgeryContext(
      replica: id, replicas: replicaCount, recipient: recipient,
      signer: Signer(endpoint: Endpoint(id), keys: keys), verifier: verifier,
      standing: nodes[node].standing,
      draw: seed.draw(
        .fault, UInt64(truncatingIfNeeded: rule), UInt64(truncatingIfNeeded: node), fingerprint),
      accomplices: accomplices, keys: keys)
  }
}
