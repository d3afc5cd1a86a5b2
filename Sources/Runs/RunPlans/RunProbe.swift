import ConsensusCore
import DiscreteEvents
import Simulator

/// The parts of what watches a run.
struct RunProbeParts: OptionSet, Sendable {
  let rawValue: UInt8
  static var census: Self { Self(rawValue: 1) }
  static var judge: Self { Self(rawValue: 2) }
  static var coverage: Self { Self(rawValue: 4) }
}

/// What watches a run: its census, its judge and a note of what it reaches, each of which may be idle.
///
/// One type serves all runs of a protocol, since the compiler makes the simulator anew for each type of
/// probe. The parts are not optional: a change of a part in an optional copies it.
struct RunProbe<Census: Probe, Judge: Probe>: Probe
where Census.Subject == Judge.Subject, Judge.Subject.Observation: MarkedObservation {
  typealias Subject = Judge.Subject

  var census: Census
  var judge: Judge
  var coverage: CoverageNotes
  /// The parts that are told.
  let parts: RunProbeParts

  var watchesHandling: Bool { parts.contains(.coverage) }

  var violations: [Violation] {
    census.violations.isEmpty ? judge.violations : census.violations + judge.violations
  }

  var leftBound: VirtualTime? {
    guard let left = census.leftBound, let other = judge.leftBound else {
      return census.leftBound ?? judge.leftBound
    }
    return min(left, other)
  }

  mutating func begin(_ setting: ProbeSetting) {
    if parts.contains(.census) { census.begin(setting) }
    if parts.contains(.judge) { judge.begin(setting) }
  }

  mutating func distrust(_ client: ClientID) {
    if parts.contains(.census) { census.distrust(client) }
    if parts.contains(.judge) { judge.distrust(client) }
  }

  mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) {
    if parts.contains(.coverage) { coverage.handling(kind, by: replica, standing: standing) }
  }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    if parts.contains(.coverage) { coverage.changed(replica, to: condition) }
    if parts.contains(.census) { census.changed(replica, to: condition, at: time) }
    if parts.contains(.judge) { judge.changed(replica, to: condition, at: time) }
  }

  @inline(__always)
  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    if parts.contains(.coverage) { coverage.observe(observation.mark, by: replica) }
    if parts.contains(.census) { census.observe(observation, by: replica, at: time) }
    if parts.contains(.judge) { judge.observe(observation, by: replica, at: time) }
  }

  @inline(__always)
  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    if parts.contains(.coverage) { coverage.sent(by: replica) }
    if parts.contains(.census) { census.sent(message, by: replica, to: recipients, at: time) }
    if parts.contains(.judge) { judge.sent(message, by: replica, to: recipients, at: time) }
  }

  mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    if parts.contains(.census) { census.clientIssued(request, at: time) }
    if parts.contains(.judge) { judge.clientIssued(request, at: time) }
  }

  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    if parts.contains(.census) {
      census.clientAccepted(request, result: result, issued: issued, at: time)
    }
    if parts.contains(.judge) {
      judge.clientAccepted(request, result: result, issued: issued, at: time)
    }
  }

  mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    if parts.contains(.census) { census.calmBegan(isComplete: isComplete, at: time) }
    if parts.contains(.judge) { judge.calmBegan(isComplete: isComplete, at: time) }
  }

  mutating func handledInCalm(
    _ message: Subject.Message, from sender: Endpoint, by replica: ReplicaID
  ) {
    if parts.contains(.census) { census.handledInCalm(message, from: sender, by: replica) }
    if parts.contains(.judge) { judge.handledInCalm(message, from: sender, by: replica) }
  }

  mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    if parts.contains(.census) { census.calmEnded(wasPlain: wasPlain, at: time) }
    if parts.contains(.judge) { judge.calmEnded(wasPlain: wasPlain, at: time) }
  }

  mutating func finish(at time: VirtualTime) {
    if parts.contains(.coverage) { coverage.finish() }
    if parts.contains(.census) { census.finish(at: time) }
    if parts.contains(.judge) { judge.finish(at: time) }
  }
}
