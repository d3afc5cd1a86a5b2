import ConsensusCore
import DiscreteEvents
import Raft

/// Checks the Raft invariants over what all replicas of a run observe, step by step.
struct RaftHistory {
  private struct Slot: Hashable {
    var term: Term
    /// A hash of the log up to here.
    var prefix: UInt64
  }

  private struct Node {
    var log: [Slot] = []
    var term = Term.zero
    var vote: (term: Term, candidate: ReplicaID)?
    var leads = false
    var committed: UInt64 = 0
    var applied: UInt64 = 0
    var truncated: (index: UInt64, term: Term)?
    var timestamps: [ClientID: UInt64] = [:]
  }

  private(set) var violations: [String] = []
  private var nodes: [Node]
  private var leaders: [Term: ReplicaID] = [:]
  private var prefixes: [LogPosition: UInt64] = [:]
  private var committed: [Slot] = []
  /// What leaders counted: index, its slot, and the leader's term.
  private var counted: [(index: Int, slot: Slot, term: Term)] = []

  init(replicas: Int) { nodes = Array(repeating: Node(), count: replicas) }

  /// The number of entries known to be committed anywhere.
  var committedCount: Int { committed.count }

  private mutating func expect(_ isTrue: Bool, _ violation: @autoclosure () -> String) {
    if !isTrue { violations.append(violation()) }
  }

  /// A replica lost its disk, which Raft does not tolerate.
  mutating func forget(_ replica: Int) { nodes[replica] = Node() }

  mutating func note(_ observation: RaftObservation, by id: Int) {
    switch observation {
    case .enteredTerm(let term):
      expect(term > nodes[id].term, "R-6: r\(id) goes back to term \(term)")
      nodes[id].term = term
    case .voted(let term, let candidate, let candidateLast, let ownLast):
      if let old = nodes[id].vote {
        expect(
          term > old.term || (term == old.term && candidate == old.candidate),
          "R-6: r\(id) votes twice in term \(term)")
      }
      expect(candidateLast >= ownLast, "R-10: r\(id) votes for a worse log in term \(term)")
      nodes[id].vote = (term, candidate)
    case .becameLeader(let term, let last): noteLeader(term, last, id)
    case .steppedDown: nodes[id].leads = false
    case .appended(let position, let digest): noteAppended(position, digest, id)
    case .truncated(let index): noteTruncated(index.number, id)
    case .counted(let position, let term):
      expect(position.term == term, "R-8: r\(id) counts \(position) in term \(term)")
      guard let slot = slot(position.index, id) else {
        return violations.append("R-7: r\(id) counts \(position), which it does not have")
      }
      let holders = nodes.count { node in
        node.log.count >= position.index.number
          && node.log[Int(position.index.number) - 1] == slot
      }
      expect(holders > nodes.count / 2, "R-7: \(holders) replicas hold \(position)")
      counted.append((Int(position.index.number), slot, term))
    case .matched(let follower, let index):
      guard nodes[follower.index].term <= nodes[id].term, index > .zero else { return }
      expect(
        slot(index, id) != nil && slot(index, id) == slot(index, follower.index),
        "R-9: r\(follower) does not match r\(id) at \(index)")
    case .committed(let position, _, _, _): noteCommitted(position, id)
    case .applied(let position, _):
      expect(
        position.index.number == nodes[id].applied + 1,
        "R-13: r\(id) applies \(position) out of order")
      nodes[id].applied = position.index.number
    case .executed(let client, let timestamp, _):
      expect(
        timestamp > nodes[id].timestamps[client] ?? 0, "R-14: r\(id) executes c\(client) again")
      nodes[id].timestamps[client] = timestamp
    case .compacted(let position, _, _):
      expect(
        position.index.number <= nodes[id].committed
          && slot(position.index, id)?.term == position.term,
        "R-15: r\(id) takes a snapshot at \(position)")
    case .installed(let position, _): noteInstalled(position, id)
    case .restarted(let term, _, let last, let snapshot, _):
      expect(term >= nodes[id].term, "R-6: r\(id) restarts in term \(term)")
      expect(last.index.number == UInt64(nodes[id].log.count), "R-6: r\(id) lost entries")
      nodes[id].leads = false
      nodes[id].committed = snapshot.index.number
      nodes[id].applied = snapshot.index.number
      nodes[id].timestamps = [:]
    case .preCampaigned, .transferring, .recovered, .heldRequests: break
    }
  }

  private func slot(_ index: LogIndex, _ id: Int) -> Slot? {
    let log = nodes[id].log
    return index > .zero && index.number <= UInt64(log.count) ? log[Int(index.number) - 1] : nil
  }

  private mutating func noteLeader(_ term: Term, _ last: LogPosition, _ id: Int) {
    let other = leaders[term]
    expect(other == nil || other == ReplicaID(id), "R-1: r\(id) and another lead term \(term)")
    leaders[term] = ReplicaID(id)
    nodes[id].leads = true
    let log = nodes[id].log
    for entry in counted where entry.term < term {
      expect(
        entry.index <= log.count && log[entry.index - 1] == entry.slot,
        "R-4: r\(id) leads term \(term) without entry \(entry.index)")
    }
  }

  private mutating func noteAppended(_ position: LogPosition, _ digest: Digest, _ id: Int) {
    expect(
      position.index.number == UInt64(nodes[id].log.count) + 1, "R-3: r\(id) leaves a gap")
    let before = nodes[id].log.last?.prefix ?? 0
    let prefix = mix(mix(before, position.term.number), digest.value)
    let known = prefixes[position]
    expect(known == nil || known == prefix, "R-3: r\(id) has another prefix up to \(position)")
    prefixes[position] = prefix
    if let truncated = nodes[id].truncated {
      expect(
        truncated.index == position.index.number && truncated.term != position.term,
        "R-11: r\(id) truncated without a conflict at \(position)")
      nodes[id].truncated = nil
    }
    nodes[id].log.append(Slot(term: position.term, prefix: prefix))
  }

  private mutating func noteTruncated(_ index: UInt64, _ id: Int) {
    expect(!nodes[id].leads, "R-2: leader r\(id) truncates from \(index)")
    expect(index > nodes[id].committed, "R-11: r\(id) truncates committed entries")
    guard index >= 1, index <= UInt64(nodes[id].log.count) else { return }
    nodes[id].truncated = (index, nodes[id].log[Int(index) - 1].term)
    nodes[id].log.removeSubrange((Int(index) - 1)...)
  }

  private mutating func noteCommitted(_ position: LogPosition, _ id: Int) {
    let index = position.index.number
    guard let slot = slot(position.index, id) else {
      return violations.append("R-7: r\(id) commits \(position), which it does not have")
    }
    expect(index > nodes[id].committed, "R-7: the commit index of r\(id) shrinks to \(index)")
    nodes[id].committed = index
    if index <= UInt64(committed.count) {
      expect(committed[Int(index) - 1] == slot, "R-5: r\(id) commits another entry at \(index)")
    } else {
      expect(index == UInt64(committed.count) + 1, "R-13: \(index) is committed before others")
      committed.append(slot)
    }
  }

  private mutating func noteInstalled(_ position: LogPosition, _ id: Int) {
    let index = Int(position.index.number)
    guard index <= committed.count, committed[index - 1].term == position.term else {
      return violations.append("R-15: r\(id) installs a snapshot at \(position)")
    }
    if nodes[id].log.count < index || nodes[id].log[index - 1] != committed[index - 1] {
      nodes[id].log = Array(committed[..<index])
    }
    nodes[id].truncated = nil
    nodes[id].committed = position.index.number
    nodes[id].applied = position.index.number
    nodes[id].timestamps = [:]
  }
}
