import ConsensusCore
import DiscreteEvents
import Raft
import Simulator

/// Counts the messages of a Raft run that replicate entries, and how long requests waited for room.
///
/// A heartbeat is an AppendEntries without entries, as is one that only tells the commit index at
/// once, and its answer looks like any other. So each copy with entries counts together with the
/// answer that it asks for.
struct RaftCensus: Probe {
  typealias Subject = RaftReplica

  private(set) var agreementMessages = 0
  /// How long leaders held requests back, together; nil without windows.
  private(set) var windowFull: VirtualDuration?
  private var replicas = 0
  /// Since when each replica leads and holds requests back.
  private var heldSince: [VirtualTime?] = []

  /// Creates a census of a run with or without windows.
  init(hasWindows: Bool) { windowFull = hasWindows ? .zero : nil }

  var violations: [Violation] { [] }

  mutating func begin(_ setting: ProbeSetting) {
    replicas = setting.replicas
    heldSince = Array(repeating: nil, count: replicas)
  }

  mutating func finish(at time: VirtualTime) {
    for replica in heldSince.indices { release(replica, at: time) }
  }

  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
    release(replica.index, at: time)
  }

  mutating func observe(
    _ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    guard windowFull != nil else { return }
    switch observation {
    case .heldRequests: heldSince[replica.index] = heldSince[replica.index] ?? time
    case .appended, .steppedDown, .restarted: release(replica.index, at: time)
    case .enteredTerm, .preCampaigned, .voted, .becameLeader, .truncated, .counted, .matched,
      .committed, .applied, .executed, .compacted, .installed, .transferring, .recovered:
      break
    }
  }

  /// The replica holds no requests back any more.
  private mutating func release(_ replica: Int, at time: VirtualTime) {
    guard let since = heldSince[replica] else { return }
    heldSince[replica] = nil
    windowFull = windowFull.map { $0 + (time - since) }
  }

  mutating func sent(
    _ message: RaftMessage, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    guard case .appendEntries(let message) = message, !message.entries.isEmpty else { return }
    let copies =
      switch recipients {
      case .others: replicas - 1
      case .members(let members): members.count
      case .one: 1
      }
    agreementMessages += 2 * copies
  }
}
