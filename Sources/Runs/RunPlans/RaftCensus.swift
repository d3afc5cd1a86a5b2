import ConsensusCore
import DiscreteEvents
import Raft
import Simulator

/// Counts the messages of a Raft run that replicate entries.
///
/// A heartbeat is an AppendEntries without entries, and its answer looks like any other. So each copy
/// with entries counts together with the answer that it asks for.
struct RaftCensus: Probe {
  typealias Subject = RaftReplica

  private(set) var agreementMessages = 0
  private var replicas = 0

  var violations: [Violation] { [] }

  mutating func begin(_ setting: ProbeSetting) { replicas = setting.replicas }

  mutating func observe(
    _ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime
  ) {}

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
