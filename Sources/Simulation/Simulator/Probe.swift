import ConsensusCore
import DiscreteEvents

/// A broken invariant.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
  /// The name of the invariant, such as `P-1`.
  public var invariant: InvariantID
  /// The replica at which it was noticed, if it belongs to one.
  public var replica: ReplicaID?
  /// When.
  public var time: VirtualTime
  /// What was found.
  public var detail: String

  /// Creates a violation.
  public init(invariant: InvariantID, replica: ReplicaID?, time: VirtualTime, detail: String) {
    self.invariant = invariant
    self.replica = replica
    self.time = time
    self.detail = detail
  }

  /// One line of text.
  public var description: String {
    let place = replica.map { " at replica \($0)" } ?? ""
    return "\(invariant)\(place), \((time - .zero).inMilliseconds): \(detail)"
  }
}

/// What happened to a node as a whole.
public enum NodeCondition: Hashable, Sendable {
  /// From now on a Byzantine rule has the node: it counts as Byzantine in censuses and traces.
  case byzantine
  /// A Byzantine rule struck for the first time: from now on judges do not believe the node.
  ///
  /// Until then a Byzantine node does what the protocol says, and is judged. Told to probes only.
  case lying
  /// The node stopped and lost its volatile state.
  case crashed
  /// The node came back with its disk.
  case restarted
  /// The node came back with what its disk held at the end of the last job in which it sent something.
  case rolledBack
  /// The node came back without its disk.
  case amnesiac
}

/// What a probe is told before the first event.
public struct ProbeSetting: Sendable {
  /// The number of replicas.
  public var replicas: Int
  /// Checks the signatures of the run.
  public var verifier: Verifier
  /// Whether a crash may lose what a node wrote since it last sent something.
  public var losesWrites = false
}

/// An observer of a run: it sees everything and changes nothing.
public protocol Probe<Subject>: Sendable {
  /// The replica it can watch.
  associatedtype Subject: Replica
  /// Whether there is anything to tell; false removes every call.
  static var isEnabled: Bool { get }
  /// Whether ``handling(_:from:by:standing:)`` is wanted, during the whole run.
  var watchesHandling: Bool { get }
  /// The run begins.
  mutating func begin(_ setting: ProbeSetting)
  /// From the beginning of the run a client lies; nothing is promised about its requests.
  mutating func distrust(_ client: ClientID)
  /// A replica begins to handle a message of a kind; what it observes and sends follows.
  mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing)
  /// The condition of a node changed; nodes that are Byzantine from the start are told first.
  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime)
  /// A replica observed an inner step in a job that began at `time`.
  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime)
  /// A replica's code sent a message, before the adversary saw it, in a job that began at `time`.
  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime)
  /// A client issued a request.
  mutating func clientIssued(_ request: Request, at time: VirtualTime)
  /// A client accepted the result of its outstanding request, which it issued at `issued`.
  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime)
  /// All faults are over and the group is at rest; one request follows, and nothing else.
  ///
  /// It is complete unless somebody waits alone for a later view and takes no part.
  mutating func calmBegan(isComplete: Bool, at time: VirtualTime)
  /// In the calm a replica begins to handle a message; what it observes and sends follows.
  mutating func handledInCalm(
    _ message: Subject.Message, from sender: Endpoint, by replica: ReplicaID)
  /// That request was answered, and the group is at rest again.
  ///
  /// It was plain unless the client had to ask again.
  mutating func calmEnded(wasPlain: Bool, at time: VirtualTime)
  /// The run ends.
  mutating func finish(at time: VirtualTime)
  /// The invariants found broken, in order.
  var violations: [Violation] { get }
  /// When the run left the bound of its theory by itself, such as by removing honest members; nothing
  /// is promised from then on. Nil for never.
  var leftBound: VirtualTime? { get }
}

extension Probe {
  /// Most runs stay within.
  public var leftBound: VirtualTime? { nil }
  /// A probe is told everything unless it says otherwise.
  public static var isEnabled: Bool { true }
  /// A probe is not told what is handled unless it asks.
  public var watchesHandling: Bool { false }
  /// Ignores the client.
  public mutating func distrust(_ client: ClientID) {}
  /// Ignores the message.
  public mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) {}
  /// Ignores the setting.
  public mutating func begin(_ setting: ProbeSetting) {}
  /// Ignores the change.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {}
  /// Ignores the observation.
  public mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {}
  /// Ignores the message.
  public mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {}
  /// Ignores the request.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {}
  /// Ignores the result.
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {}
  /// Ignores the calm.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {}
  /// Ignores the message.
  public mutating func handledInCalm(
    _ message: Subject.Message, from sender: Endpoint, by replica: ReplicaID
  ) {}
  /// Ignores its end.
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {}
  /// Ignores the end.
  public mutating func finish(at time: VirtualTime) {}
}

/// A probe that tells another one what it is told; a conformance says what it does besides or otherwise.
public protocol ForwardingProbe: Probe where Subject.Observation == Inner.Subject.Observation {
  /// The probe that is told.
  associatedtype Inner: Probe
  /// The probe that is told.
  var inner: Inner { get set }
}

extension ForwardingProbe {
  /// What the probe inside found.
  public var violations: [Violation] { inner.violations }
  /// That of the probe inside.
  public var leftBound: VirtualTime? { inner.leftBound }
  /// Whether the probe inside wants to be told.
  public var watchesHandling: Bool { inner.watchesHandling }
  /// Passes on.
  public mutating func begin(_ setting: ProbeSetting) { inner.begin(setting) }
  /// Passes on.
  public mutating func distrust(_ client: ClientID) { inner.distrust(client) }
  /// Passes on.
  public mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) { inner.handling(kind, from: sender, by: replica, standing: standing) }
  /// Passes on.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) { inner.changed(replica, to: condition, at: time) }
  /// Passes on.
  public mutating func observe(
    _ observation: Inner.Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) { inner.observe(observation, by: replica, at: time) }
  /// Passes on.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    inner.clientIssued(request, at: time)
  }
  /// Passes on.
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) { inner.clientAccepted(request, result: result, issued: issued, at: time) }
  /// Passes on.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    inner.calmBegan(isComplete: isComplete, at: time)
  }
  /// Passes on.
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    inner.calmEnded(wasPlain: wasPlain, at: time)
  }
  /// Passes on.
  public mutating func finish(at time: VirtualTime) { inner.finish(at: time) }
}

/// The probe that watches nothing and costs nothing.
public struct NoProbe<Subject: Replica>: Probe {
  /// Nothing is told.
  public static var isEnabled: Bool { false }
  /// Nothing is ever found.
  public var violations: [Violation] { [] }
  /// Creates the probe.
  public init() {}
}
