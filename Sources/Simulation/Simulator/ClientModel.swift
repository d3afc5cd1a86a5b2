import DiscreteEvents

/// One client machine: how its connections load the system and when they are content.
public struct ClientModel: Hashable, Sendable {
  /// Where requests come from.
  public enum Load: Hashable, Sendable {
    /// Each connection issues its next request when the last one ends, after a think time.
    case closed(connections: Int, thinkTime: Distribution?)
    /// Requests arrive in a Poisson process; as many client numbers as needed share the work.
    case open(ratePerSecond: Double)
    /// A party of the run's ``Workload`` submits them; each takes one of `connections`, at least 1.
    case submitted(connections: Int)

    /// Whether a party submits the requests.
    var isSubmitted: Bool { if case .submitted = self { true } else { false } }
  }

  /// Whom a new request is sent to.
  public enum Dispatch: Hashable, Sendable {
    /// Every replica.
    case multicast
    /// The leader that replies named last; replica 0 at first.
    case leader
    /// The replica with the client's number modulo n.
    case one
    /// This replica and no other, whatever happens, as a client with one endpoint.
    case member(Int)
  }

  /// Whom a client that asks one replica at a time turns to after a request that was declined, or
  /// abandoned when a test opened.
  public enum AfterDecline: String, Hashable, Sendable {
    /// A replica drawn for its next request (Raft §8).
    case draw
    /// The one that it would have turned to anyway.
    case same
  }

  /// What a client that asks one replica at a time does once that replica gives its request up: it
  /// replies "not executed" and names no leader.
  public enum AfterRejection: Hashable, Sendable {
    /// It waits on.
    case wait
    /// The request counts as declined.
    case decline
    /// It sends the request again after a pause, as when it has waited too long.
    case retry(after: VirtualDuration)
  }

  /// What a client does when it waits too long, without giving up.
  public struct Retransmission: Hashable, Sendable {
    /// Whom the request is sent to again; a client that stays with a member asks that one.
    public enum Target: Hashable, Sendable {
      /// Every replica (PBFT §4.1).
      case all
      /// The replica after the one tried last (Raft §8).
      case next
    }

    /// The time between transmissions, positive.
    public var period: VirtualDuration
    /// Whom the request is sent to again.
    public var target: Target

    /// Creates a rule of retransmission.
    public init(period: VirtualDuration, target: Target) {
      precondition(period > .zero, "a retransmission period is positive")
      self.period = period
      self.target = target
    }
  }

  /// How many replies suffice once the membership has changed.
  public enum QuorumRule: Hashable, Sendable {
    /// As many as before.
    case fixed
    /// 2f + 1 of the current members.
    case strong
    /// f + 1 of the current members.
    case weak
  }

  /// What a Byzantine client does.
  public enum Attack: UInt8, CaseIterable, Hashable, Sendable {
    /// Asks replicas with odd numbers for another operation under the same timestamp.
    case forkedRequests
    /// Signs correctly towards replicas with even numbers only.
    case badSignatures
    /// Uses every timestamp for two requests.
    case repeatedTimestamps
    /// Counts from a timestamp that leaves no room for many more.
    case hugeTimestamps
  }

  /// Where requests come from.
  public var load: Load
  /// Whom a new request is sent to.
  public var dispatch: Dispatch
  /// Equal results from distinct replicas that make a client accept.
  public var replyQuorum: Int
  /// How that number follows the membership; a CONFIG block tells clients what it tells replicas.
  public var quorumRule = QuorumRule.fixed
  /// How the client lies, if it does.
  public var attack: Attack?
  /// The age at which a request is counted as declined, or nil for never.
  public var timeout: VirtualDuration?
  /// What a client does when it waits too long, if anything.
  public var retransmission: Retransmission?
  /// Whom it turns to after a request that came to nothing, where it asks one replica at a time.
  public var afterDecline = AfterDecline.draw
  /// What it does once a replica gives its request up.
  public var afterRejection = AfterRejection.wait

  /// Whether it asks the replica that another one names as the leader.
  var followsHints: Bool {
    switch dispatch {
    case .leader, .one: true
    case .multicast, .member: false
    }
  }

  /// The time that its processor takes for each reply.
  public var work = VirtualDuration.zero

  /// Creates a client machine.
  public init(
    load: Load, dispatch: Dispatch, replyQuorum: Int, timeout: VirtualDuration?,
    retransmission: Retransmission?
  ) {
    precondition(replyQuorum > 0, "a client needs at least one reply")
    precondition(timeout ?? .seconds(1) > .zero, "a request time-out is positive")
    self.load = load
    self.dispatch = dispatch
    self.replyQuorum = replyQuorum
    self.timeout = timeout
    self.retransmission = retransmission
  }
}
