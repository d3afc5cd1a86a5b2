import ConsensusCore
import DiscreteEvents
import Simulator

/// Lets a probe of some replica watch a run in which replicas of that kind run twice.
///
/// What the two copies of a twin do is told as one replica's; they are Byzantine, so that a probe
/// judges none of it.
public struct TwinProbe<Inner: Probe>: ForwardingProbe {
  /// The replica it can watch.
  public typealias Subject = TwinReplica<Inner.Subject>

  /// The probe that is told what honest nodes do.
  public var inner: Inner

  /// Wraps a probe.
  public init(_ inner: Inner) { self.inner = inner }

  /// Passes the message inside on.
  public mutating func sent(
    _ message: TwinMessage<Inner.Subject.Message>, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    inner.sent(message.message, by: replica, to: recipients, at: time)
  }

  /// Passes the message inside on.
  public mutating func handledInCalm(
    _ message: TwinMessage<Inner.Subject.Message>, from sender: Endpoint, by replica: ReplicaID
  ) {
    inner.handledInCalm(message.message, from: sender, by: replica)
  }
}
