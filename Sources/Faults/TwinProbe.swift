import ConsensusCore
import DiscreteEvents
import Simulator

/// Lets a probe of some replica watch a run in which replicas of that kind run twice.
///
/// What the two copies of a twin do is told as one replica's; they are Byzantine, so that a probe
/// judges none of it.
public struct TwinProbe<Inner: Probe>: Probe {
  /// The replica it can watch.
  public typealias Subject = TwinReplica<Inner.Subject>

  /// The probe that is told what honest nodes do.
  public private(set) var inner: Inner

  /// Wraps a probe.
  public init(_ inner: Inner) { self.inner = inner }

  /// What the probe inside found.
  public var violations: [Violation] { inner.violations }

  /// That of the probe inside.
  public var leftBound: VirtualTime? { inner.leftBound }

  /// Whether the probe inside wants to be told.
  public static var watchesHandling: Bool { Inner.watchesHandling }

  /// Passes on.
  public mutating func begin(_ setting: ProbeSetting) { inner.begin(setting) }

  /// Passes on.
  public mutating func distrust(_ client: ClientID) { inner.distrust(client) }

  /// Passes on.
  public mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) {
    inner.handling(kind, from: sender, by: replica, standing: standing)
  }

  /// Passes on.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    inner.changed(replica, to: condition, at: time)
  }

  /// Passes on.
  public mutating func observe(
    _ observation: Inner.Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    inner.observe(observation, by: replica, at: time)
  }

  /// Passes on.
  public mutating func sent(
    _ message: TwinMessage<Inner.Subject.Message>, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    inner.sent(message.message, by: replica, to: recipients, at: time)
  }

  /// Passes on.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    inner.clientIssued(request, at: time)
  }

  /// Passes on.
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    inner.clientAccepted(request, result: result, issued: issued, at: time)
  }

  /// Passes on.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    inner.calmBegan(isComplete: isComplete, at: time)
  }

  /// Passes on.
  public mutating func handledInCalm(
    _ message: TwinMessage<Inner.Subject.Message>, from sender: Endpoint, by replica: ReplicaID
  ) {
    inner.handledInCalm(message.message, from: sender, by: replica)
  }

  /// Passes on.
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    inner.calmEnded(wasPlain: wasPlain, at: time)
  }

  /// Passes on.
  public mutating func finish(at time: VirtualTime) { inner.finish(at: time) }
}
