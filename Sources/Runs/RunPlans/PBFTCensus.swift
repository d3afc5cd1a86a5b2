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
  /// Since when each replica leads and holds requests back.
  private var heldSince: [VirtualTime?] = []

  /// Creates a census; `isolation` measures the price of marks, where there are any.
  init(isolation: IsolationClock) { self.isolation = isolation }

  var violations: [Violation] { [] }

  mutating func begin(_ setting: ProbeSetting) {
    replicas = setting.replicas
    isByzantine = Array(repeating: false, count: replicas)
    inSheet = isByzantine
    isMalicious = isByzantine
    hasProposed = isByzantine
    heldSince = Array(repeating: nil, count: replicas)
    counters.windowFull = .zero
    if Policy.hasSheet { isolation.begin(replicas: replicas) }
  }

  mutating func finish(at time: VirtualTime) {
    if Policy.hasSheet { counters.isolation = isolation.shares(at: time.nanoseconds) }
    for replica in heldSince.indices { release(replica, at: time) }
  }

  /// The replica holds no requests back any more.
  private mutating func release(_ replica: Int, at time: VirtualTime) {
    guard let since = heldSince[replica] else { return }
    heldSince[replica] = nil
    counters.windowFull = (counters.windowFull ?? .zero) + (time - since)
  }

  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    if condition == .byzantine { isByzantine[replica.index] = true }
    release(replica.index, at: time)
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
      if proposer == replica { release(replica.index, at: time) }
    case .heldRequests: heldSince[replica.index] = heldSince[replica.index] ?? time
    case .leftView(let target, let reason):
      release(replica.index, at: time)
      left(for: target, reason, at: time)
    case .enteredView(let view, let primary, _):
      release(replica.index, at: time)
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
