import ConsensusCore
import Simulator

/// Notes what a run reaches.
struct CoverageNotes: Sendable {
  private(set) var coverage = Coverage()
  /// The state of each node when it began its present job.
  private var states: [Int]
  private var restarted = ReplicaSet()
  private var judged: ReplicaSet
  /// The message that is being handled, by whom, and what it led to so far.
  private var handled = -1
  private var handler = ReplicaID(0)
  private var outcome = 0

  init(replicas: Int) {
    states = Array(repeating: 0, count: replicas)
    judged = ReplicaSet(firstReplicas: replicas)
  }

  /// What Byzantine replicas reach is not noted.
  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition) {
    switch condition {
    case .byzantine: judged.remove(replica)
    case .restarted, .rolledBack, .amnesiac: restarted.insert(replica)
    case .lying, .crashed: break
    }
  }

  /// A message begins to be handled; what is noted until the next one is its outcome.
  mutating func handling(_ kind: UInt8, by replica: ReplicaID, standing: Standing) {
    finish()
    guard judged.contains(replica) else { return }
    let state = CoveragePoint.state(standing, wasRestarted: restarted.contains(replica))
    states[replica.index] = state
    handled = CoveragePoint.message(kind, state: state, outcome: 0)
    handler = replica
    outcome = 0
  }

  /// Notes an inner step by its mark.
  mutating func observe(_ mark: Int, by replica: ReplicaID) {
    guard judged.contains(replica) else { return }
    coverage.reach(CoveragePoint.step(mark & 63, state: states[replica.index]))
    if handled >= 0, handler == replica { outcome |= 1 }
  }

  /// A message was sent.
  mutating func sent(by replica: ReplicaID) {
    if handled >= 0, handler == replica { outcome |= outcome & 2 == 0 ? 2 : 4 }
  }

  /// Notes what the last message led to.
  mutating func finish() {
    guard handled >= 0 else { return }
    coverage.reach(handled | outcome)
    handled = -1
  }
}
