import ConsensusCore
import DiscreteEvents
import Notation
import Raft
import Simulator

/// What clients of Raft ask of replicas that cannot be carried out.
extension RunPlan {
  /// Reports clients that stay with a replica which there is not, or which may never serve them.
  func checkMembers(_ reader: MappingReader) {
    guard reader.isSound("replicas", "clients") else { return }
    for case .member(let member)? in clients.map(\.dispatch) {
      guard member < replicas else {
        return reader.error(
          "'member: \(member)' is none of the \(replicas) replicas, which are 0 to \(replicas - 1)",
          at: "clients", hint: "write 'member: \(replicas - 1)' or less, or more 'replicas'")
      }
      checkHealedMember(member, reader)
    }
  }

  /// Reports a client of whom no progress could be demanded after the healing.
  private func checkHealedMember(_ member: Int, _ reader: MappingReader) {
    guard case .healing = schedule, reader.isSound("schedule", "faults", "raft") else { return }
    if self[RaftConfiguration.self].requests == .redirect {
      reader.error(
        "a client with 'member: \(member)' is served only while that replica leads, and 'heal-at' "
          + "demands that clients are served", at: "clients",
        hint: "write 'raft: { requests: forward }', or leave 'member' out")
    } else if faults.contains(where: { mayStrike(member, $0) }) {
      reader.error(
        "a client with 'member: \(member)' may find it faulty, and 'heal-at' demands that clients are "
          + "served", at: "clients", hint: "let it stay with a replica that no fault may strike")
    }
  }

  private func mayStrike(_ member: Int, _ fault: Fault) -> Bool {
    switch fault.culprits {
    case .replicas(let named): named.contains { $0.index == member }
    case .random, .arrivals: true
    }
  }

  /// Reports a patience of replicas that no client learns of.
  func checkPatience(_ reader: MappingReader) {
    guard let patience = self[RaftConfiguration.self].requestTimeout,
      reader.isSound("clients", "raft")
    else { return }
    guard clients.contains(where: { $0.dispatch != .multicast }) else {
      return reader.error(
        "clients that ask every replica do not heed one that gives up, as 'request-timeout' asks for",
        at: "raft", hint: "leave 'clients.dispatch: multicast' out")
    }
    let longest = clients.map(\.timeout).max() ?? .zero
    guard patience >= longest, !clients.isEmpty else { return }
    reader.error(
      "no client waits for the end of 'request-timeout': the longest 'clients.timeout' is "
        + "\(longest.inMilliseconds)", at: "raft",
      hint: "write a shorter 'raft.request-timeout' or a longer 'clients.timeout'")
  }
}
