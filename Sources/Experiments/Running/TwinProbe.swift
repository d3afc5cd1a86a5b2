import ConsensusCore
import DiscreteEvents
import Faults
import Simulator

/// Lets a probe of some replica watch a run in which replicas of that kind run twice.
///
/// What the two copies of a twin send is not shown: they are Byzantine, and no honest node is
/// answerable for it.
struct TwinProbe<Inner: Probe>: Probe {
  typealias Subject = TwinReplica<Inner.Subject>

  private var inner: Inner
  private var byzantine = ReplicaSet()

  init(_ inner: Inner) { self.inner = inner }

  var violations: [Violation] { inner.violations }

  mutating func begin(_ setting: ProbeSetting) { inner.begin(setting) }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    if condition == .byzantine { byzantine.insert(replica) }
    inner.changed(replica, to: condition, at: time)
  }

  mutating func observe(
    _ observation: Inner.Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    inner.observe(observation, by: replica, at: time)
  }

  mutating func sent(
    _ message: TwinMessage<Inner.Subject.Message>, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    guard !byzantine.contains(replica) else { return }
    inner.sent(message.message, by: replica, to: recipients, at: time)
  }

  mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    inner.clientIssued(request, at: time)
  }

  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    inner.clientAccepted(request, result: result, issued: issued, at: time)
  }

  mutating func finish(at time: VirtualTime) { inner.finish(at: time) }
}
