import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

/// Counts views, marks and turns of a PBFT run for the result files.
struct PBFTCensus<Policy: PBFTPolicy>: Probe {
  typealias Subject = PBFTReplica<Policy>

  private(set) var counters = RunCounters()
  private var replicas = 0
  private var isByzantine: [Bool] = []
  private var inSheet: [Bool] = []
  private var isMalicious: [Bool] = []
  private var hasProposed: [Bool] = []
  private var timedOutTarget = View(0)
  private var convictedTarget = View(0)
  private var hasLostMember = false
  private var isolation: IsolationClock

  /// Creates a census; `isolation` measures the price of marks, where there are any.
  init(isolation: IsolationClock) { self.isolation = isolation }

  var violations: [Violation] { [] }

  mutating func begin(_ setting: ProbeSetting) {
    replicas = setting.replicas
    isByzantine = Array(repeating: false, count: replicas)
    inSheet = isByzantine
    isMalicious = isByzantine
    hasProposed = isByzantine
    if Policy.hasSheet { isolation.begin(replicas: replicas) }
  }

  mutating func finish(at time: VirtualTime) {
    if Policy.hasSheet { counters.isolation = isolation.shares(at: time.nanoseconds) }
  }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    if condition == .byzantine { isByzantine[replica.index] = true }
    guard Policy.hasSheet, condition != .lying else { return }
    let meaning: IsolationClock.Condition =
      switch condition {
      case .byzantine, .lying: .byzantine
      case .crashed: .down
      case .restarted, .rolledBack: .up(isBlank: false)
      case .amnesiac: .up(isBlank: true)
      }
    isolation.changed(replica, to: meaning, at: time.nanoseconds)
  }

  mutating func observe(
    _ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    if Policy.hasSheet { isolation.observe(observation, by: replica, at: time.nanoseconds) }
    guard !isByzantine[replica.index] else { return }
    switch observation {
    case .accepted(_, _, _, let proposer, _):
      if !hasProposed[proposer.index] {
        hasProposed[proposer.index] = true
        counters.proposers += 1
      }
    case .leftView(let target, let reason): left(for: target, reason, at: time)
    case .enteredView(let view, let primary, _):
      counters.highestView = max(counters.highestView, view.number)
      if !hasLostMember, primary.index != Int(view.number % UInt64(replicas)) {
        counters.turnsOutOfOrder += 1
      }
    case .marked(let marking): note(marking, at: time)
    case .enteredEpoch(let epoch, _, _):
      hasLostMember = true
      counters.epochs = max(counters.epochs, epoch)
    default: break
    }
  }

  private mutating func left(for target: View, _ reason: Complaint.Reason, at time: VirtualTime) {
    if reason != .rotation, counters.firstViewChange == nil { counters.firstViewChange = time }
    if reason == .timeout, target > timedOutTarget {
      timedOutTarget = target
      counters.timeouts += 1
    }
    if reason == .evidence, target > convictedTarget {
      convictedTarget = target
      counters.convictions += 1
    }
  }

  private mutating func note(_ marking: SheetChange, at time: VirtualTime) {
    let subject = marking.subject.index
    if !inSheet[subject] {
      inSheet[subject] = true
      counters.sheetEntries += 1
    }
    guard marking.after == .malicious, !isMalicious[subject] else { return }
    isMalicious[subject] = true
    counters.malicious += 1
    if !isByzantine[subject] { counters.falseIsolations += 1 }
    if counters.firstMalicious == nil { counters.firstMalicious = time }
  }
}

/// Two probes that watch one run.
struct ProbePair<First: Probe, Second: Probe>: Probe where First.Subject == Second.Subject {
  typealias Subject = First.Subject

  var first: First
  var second: Second

  static var isEnabled: Bool { First.isEnabled || Second.isEnabled }

  var violations: [Violation] {
    first.violations.isEmpty ? second.violations : first.violations + second.violations
  }

  var leftBound: VirtualTime? {
    guard let left = first.leftBound, let other = second.leftBound else {
      return first.leftBound ?? second.leftBound
    }
    return min(left, other)
  }

  static var watchesHandling: Bool { First.watchesHandling || Second.watchesHandling }

  mutating func begin(_ setting: ProbeSetting) {
    first.begin(setting)
    second.begin(setting)
  }

  mutating func distrust(_ client: ClientID) {
    first.distrust(client)
    second.distrust(client)
  }

  mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) {
    first.handling(kind, from: sender, by: replica, standing: standing)
    second.handling(kind, from: sender, by: replica, standing: standing)
  }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    first.changed(replica, to: condition, at: time)
    second.changed(replica, to: condition, at: time)
  }

  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    first.observe(observation, by: replica, at: time)
    second.observe(observation, by: replica, at: time)
  }

  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    first.sent(message, by: replica, to: recipients, at: time)
    second.sent(message, by: replica, to: recipients, at: time)
  }

  mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    first.clientIssued(request, at: time)
    second.clientIssued(request, at: time)
  }

  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    first.clientAccepted(request, result: result, issued: issued, at: time)
    second.clientAccepted(request, result: result, issued: issued, at: time)
  }

  mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    first.calmBegan(isComplete: isComplete, at: time)
    second.calmBegan(isComplete: isComplete, at: time)
  }

  mutating func handledInCalm(
    _ message: Subject.Message, from sender: Endpoint, by replica: ReplicaID
  ) {
    first.handledInCalm(message, from: sender, by: replica)
    second.handledInCalm(message, from: sender, by: replica)
  }

  mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    first.calmEnded(wasPlain: wasPlain, at: time)
    second.calmEnded(wasPlain: wasPlain, at: time)
  }

  mutating func finish(at time: VirtualTime) {
    first.finish(at: time)
    second.finish(at: time)
  }
}
