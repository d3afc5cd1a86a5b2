import ConsensusCore
import DiscreteEvents
import Simulator

/// A probe beside another one that notes what a run reaches.
struct CoverageProbe<Inner: Probe>: ForwardingProbe
where Inner.Subject.Observation: MarkedObservation {
  typealias Subject = Inner.Subject

  var inner: Inner
  var coverage: Coverage
  /// The state of each node when it began its present job.
  private var states: [Int]
  private var restarted = ReplicaSet()
  private var judged: ReplicaSet
  /// The message that is being handled, by whom, and what it led to so far.
  private var handled = -1
  private var handler = ReplicaID(0)
  private var outcome = 0

  init(_ inner: Inner, replicas: Int, into coverage: consuming Coverage) {
    self.inner = inner
    self.coverage = coverage
    states = Array(repeating: 0, count: replicas)
    judged = ReplicaSet(firstReplicas: replicas)
  }

  static var watchesHandling: Bool { true }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    if condition == .byzantine { judged.remove(replica) }
    switch condition {
    case .restarted, .rolledBack, .amnesiac: restarted.insert(replica)
    case .byzantine, .lying, .crashed: break
    }
    inner.changed(replica, to: condition, at: time)
  }

  @inline(__always)
  mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) {
    close()
    guard judged.contains(replica) else { return }
    let state = CoveragePoint.state(standing, wasRestarted: restarted.contains(replica))
    states[replica.index] = state
    handled = CoveragePoint.message(kind, state: state, outcome: 0)
    handler = replica
    outcome = 0
  }

  /// Notes what the last message led to.
  @inline(__always)
  private mutating func close() {
    guard handled >= 0 else { return }
    coverage.reach(handled | outcome)
    handled = -1
  }

  @inline(__always)
  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    if judged.contains(replica) {
      coverage.reach(CoveragePoint.step(observation.mark & 63, state: states[replica.index]))
      if handled >= 0, handler == replica { outcome |= 1 }
    }
    inner.observe(observation, by: replica, at: time)
  }

  @inline(__always)
  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    if handled >= 0, handler == replica { outcome |= outcome & 2 == 0 ? 2 : 4 }
    inner.sent(message, by: replica, to: recipients, at: time)
  }

  mutating func handledInCalm(
    _ message: Subject.Message, from sender: Endpoint, by replica: ReplicaID
  ) {
    inner.handledInCalm(message, from: sender, by: replica)
  }

  mutating func finish(at time: VirtualTime) {
    close()
    inner.finish(at: time)
  }
}
