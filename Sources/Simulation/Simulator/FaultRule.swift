import ConsensusCore
import DiscreteEvents

/// What a faulty node does.
public enum Behaviour: Hashable, Sendable {
  /// Sends nothing of what the rule covers; with a list of recipients this is selective silence.
  case silent
  /// Holds each copy back for a span drawn for it.
  case delay(Distribution)
  /// Holds each copy back for the same span, such as just under the time-out.
  case slow(by: VirtualDuration)
  /// The node falsifies its messages; ``Forgery/tamper`` also falsifies its answers (``AnswerFault/tamper``).
  case forge(Forgery)
  /// Sends each copy this many times more.
  case duplicate(copies: Int)
  /// Sends, besides each copy, an old message of its own to the same recipient.
  case replay
  /// Changes some field of each copy to a near or an extreme value, and signs it again where the
  /// node can.
  case mutate
  /// Sends, besides each copy, a message of its own making, such as a vote of an accomplice or a
  /// certificate.
  case invent
  /// Leaves clients' requests unanswered: ``AnswerFault/hold``.
  case hold
  /// Stops at the start of the rule; starts again after the span, if any. Not Byzantine.
  case crash(downFor: VirtualDuration?, disk: Disk)
  /// Does nothing for a span from the start of the rule, and loses nothing. Not Byzantine.
  case pause(VirtualDuration)

  /// Falsifies its messages or results and signs them correctly.
  public static let tamper = Behaviour.forge(.tamper)
  /// Tells one half of the recipients something else than the other half.
  public static let equivocate = Behaviour.forge(.equivocate)

  /// Whether a node that does this counts as Byzantine.
  public var isByzantine: Bool {
    switch self {
    case .crash, .pause: false
    case .silent, .delay, .slow, .forge, .duplicate, .replay, .mutate, .invent, .hold: true
    }
  }

  /// For how long a node goes down, or nil if it stays down, and what is left of its disk; nil where
  /// it does not crash.
  var outage: (downFor: VirtualDuration?, disk: Disk)? {
    switch self {
    case .crash(let downFor, let disk): (downFor, disk)
    case .silent, .delay, .slow, .forge, .duplicate, .replay, .mutate, .invent, .hold, .pause: nil
    }
  }

  /// How a node that does this treats messages that it receives, or nil where it handles them.
  var answerFault: AnswerFault? {
    switch self {
    case .forge(let forgery): forgery == .tamper ? .tamper : nil
    case .hold: .hold
    case .silent, .delay, .slow, .duplicate, .replay, .mutate, .invent, .crash, .pause: nil
    }
  }

  /// Whether a node that does this may sign with the keys of all that are Byzantine, which then all
  /// lie.
  var borrowsKeys: Bool {
    switch self {
    case .forge, .mutate, .invent, .hold: true
    case .silent, .delay, .slow, .duplicate, .replay, .crash, .pause: false
    }
  }
}

/// What a crash leaves of a node's disk.
public enum Disk: Hashable, Sendable {
  /// Everything that was persisted.
  case kept
  /// Nothing: the node comes back with amnesia.
  case lost
  /// The power fails at a write: once the rule strikes, the node makes so many more writes, and the
  /// one after them, or any that follows it in the same job, is not on the disk.
  ///
  /// What left the node before that write stays sent: a replica may rely on a record that it
  /// persisted before a message to survive once the message is out.
  case torn(afterWrites: Int)
  /// What was written before the end of the last job in which the node sent something.
  ///
  /// Later writes were on their way to the disk. A replica may rely on a record that it persisted
  /// before a message to survive once the message is out, and on no other.
  case unsynced
}

/// Whom a rule makes faulty.
public enum Culprits: Hashable, Sendable {
  /// These replicas.
  case replicas([ReplicaID])
  /// This many replicas, drawn among those no other rule names.
  case random(count: Int)
  /// One more honest member, drawn at random, each time that many more heights were decided
  /// (Paper §IV-A: "a Byzantine node comes out once every delta t").
  case arrivals(everyRounds: Int)
}

/// When a rule holds: all of its conditions at once.
public struct Activation: Hashable, Sendable {
  /// The first instant.
  public var from: VirtualTime
  /// The first instant after it.
  public var until: VirtualTime
  /// The number of heights that must have been decided before.
  public var afterRounds: Int
  /// The views or terms the node must be in, or nil for all.
  public var views: ClosedRange<UInt64>?
  /// The tests, numbered from 1, that must run or have run last, or nil for all.
  public var tests: ClosedRange<Int>?
  /// Whether the node must lead.
  public var asPrimary: Bool
  /// Whether the node misbehaves only in every other turn as leader, the first included.
  public var alternateTurns: Bool
  /// The messages of the rule's kinds, numbered from 1 as the node sends them while the rest of the
  /// condition holds, or nil for all.
  ///
  /// A crash or pause strikes after the first of them.
  public var messages: ClosedRange<Int>?

  /// Whether a crash or pause waits for more than an instant or a number of rounds.
  var waitsForStep: Bool {
    views != nil || tests != nil || asPrimary || alternateTurns || messages != nil
  }

  /// Always.
  public static let always = Activation(
    from: .zero, until: .distantFuture, afterRounds: 0, views: nil, tests: nil, asPrimary: false,
    alternateTurns: false)

  /// Creates a condition.
  public init(
    from: VirtualTime, until: VirtualTime, afterRounds: Int, views: ClosedRange<UInt64>?,
    tests: ClosedRange<Int>?, asPrimary: Bool, alternateTurns: Bool
  ) {
    self.from = from
    self.until = until
    self.afterRounds = afterRounds
    self.views = views
    self.tests = tests
    self.asPrimary = asPrimary
    self.alternateTurns = alternateTurns
  }
}

/// Whom a faulty node's misbehaviour is aimed at.
public struct RecipientFilter: Hashable, Sendable {
  /// The replicas, or nil for all.
  public var replicas: ReplicaSet?
  /// Whether copies for clients are covered.
  public var clients: Bool

  /// Everybody.
  public static let everyone = RecipientFilter(replicas: nil, clients: true)

  /// Creates a filter.
  public init(replicas: ReplicaSet?, clients: Bool) {
    self.replicas = replicas
    self.clients = clients
  }

  func covers(_ endpoint: Endpoint) -> Bool {
    guard let replica = endpoint.replica else { return clients }
    return replicas?.contains(replica) ?? true
  }
}

/// Kinds of message, by their position in the protocol's list of kinds.
public struct KindFilter: Hashable, Sendable {
  private let mask: UInt64

  /// All kinds.
  public static let all = KindFilter(mask: .max)

  /// The kinds listed, each below 64.
  public init(_ kinds: [UInt8]) {
    mask = kinds.reduce(0) { $0 | 1 << UInt64($1) }
  }

  private init(mask: UInt64) { self.mask = mask }

  /// Whether a kind is one of them.
  public func covers(_ kind: UInt8) -> Bool { mask >> UInt64(kind) & 1 == 1 }
}

/// One line of a fault schedule: who does what to which messages, when, and how often.
public struct FaultRule: Hashable, Sendable {
  /// The most rules of a run: nodes keep a bit for each.
  public static let atMost = 64

  /// Who.
  public var culprits: Culprits
  /// What.
  public var behaviour: Behaviour
  /// When.
  public var activation: Activation
  /// To which kinds of message.
  public var kinds: KindFilter
  /// Towards whom.
  public var recipients: RecipientFilter
  /// The probability that a copy the rule covers is treated so, drawn for each copy.
  public var probability: Double

  /// Creates a rule.
  public init(
    culprits: Culprits, behaviour: Behaviour, activation: Activation, kinds: KindFilter,
    recipients: RecipientFilter, probability: Double
  ) {
    precondition((0...1).contains(probability), "\(probability) is not a probability")
    self.culprits = culprits
    self.behaviour = behaviour
    self.activation = activation
    self.kinds = kinds
    self.recipients = recipients
    self.probability = probability
  }
}
