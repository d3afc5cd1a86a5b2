import ConsensusCore
import DiscreteEvents
import Raft

// The logs, what is committed, and what is applied.
extension RaftInvariants {
  mutating func onAppended(_ position: LogPosition, _ digest: Digest, _ replica: ReplicaID) {
    let id = replica.index
    let index = position.index.number
    guard index == nodes[id].log.last + 1 else {
      return expect(false, .r3, replica) { "left a gap before \(position)" }
    }
    let prefix = mix(
      mix(nodes[id].log.lastSlot.prefix, position.term.number), digest.value)
    let slot = RaftSlot(term: position.term, prefix: prefix)
    expect(isNewOrKnown(slot, at: position), .r3, replica) {
      "has another log up to \(position) than others"
    }
    if let truncated = nodes[id].truncated {
      nodes[id].truncated = nil
      expect(truncated.index == index && truncated.term != position.term, .r11, replica) {
        "truncated without a conflict at \(position)"
      }
    }
    nodes[id].log.append(slot)
  }

  /// Whether nobody had an entry of this index and term with another log before it.
  private mutating func isNewOrKnown(_ slot: RaftSlot, at position: LogPosition) -> Bool {
    let index = position.index.number
    if index == seen.last + 1 {
      seen.append(slot)
      return true
    }
    guard let first = seen[index] else { return true }
    if first.term == slot.term { return first == slot }
    if let other = others[position] { return other == slot.prefix }
    others[position] = slot.prefix
    return true
  }

  mutating func onTruncated(_ index: UInt64, _ replica: ReplicaID) {
    let id = replica.index
    expect(nodes[id].ledTerm == nil, .r2, replica) { "truncated its log as leader" }
    expect(index > nodes[id].committed, .r11, replica) { "truncated what is committed" }
    guard let slot = nodes[id].log[index] else { return }
    nodes[id].truncated = (index, slot.term)
    nodes[id].log.truncate(from: index)
  }

  mutating func onMatched(_ follower: ReplicaID, _ index: LogIndex, _ replica: ReplicaID) {
    let node = nodes[replica.index]
    expect(node.ledTerm != nil && node.ledTerm == node.term, .r12, replica) {
      "counted an answer although it does not lead term \(node.term)"
    }
    guard follower.index < nodes.count, honest.contains(follower), index > .zero,
      nodes[follower.index].term <= node.term
    else { return }
    let own = slot(at: index.number, of: replica)
    expect(own != nil && own == slot(at: index.number, of: follower), .r9, replica) {
      "takes replica \(follower) to agree up to \(index)"
    }
  }

  /// The entry of a replica's log; one that it compacted away is the committed one.
  func slot(at index: UInt64, of replica: ReplicaID) -> RaftSlot? {
    let log = nodes[replica.index].log
    return log[index] ?? (log.isCompacted(index) ? committed[index] : nil)
  }

  mutating func onCounted(_ position: LogPosition, _ term: Term, _ replica: ReplicaID) {
    let index = position.index.number
    expect(RaftPredicates.mayCount(position, in: term), .r8, replica) {
      "counted \(position) in term \(term)"
    }
    guard let slot = slot(at: index, of: replica) else {
      return expect(false, .r7, replica) { "counted \(position), which it does not have" }
    }
    var holders = 0
    for (id, node) in nodes.enumerated()
    where self.slot(at: index, of: ReplicaID(id)) == slot || node.lost?[index] == slot {
      holders += 1
    }
    expect(RaftPredicates.isMajority(holders, of: nodes.count), .r7, replica) {
      "counted \(position), which \(holders) replicas hold"
    }
    let entry = CountedEntry(index: index, slot: slot, term: term)
    if let last = counted.last, last.term == term {
      counted[counted.count - 1] = entry
    } else {
      counted.append(entry)
    }
  }

  func isCommitted(_ position: LogPosition, _ replica: ReplicaID) -> Bool {
    let node = nodes[replica.index]
    return position.index.number <= node.committed
      && node.log[position.index.number]?.term == position.term
  }

  mutating func onCommitted(_ position: LogPosition, _ replica: ReplicaID) {
    let id = replica.index
    let index = position.index.number
    guard let slot = nodes[id].log[index] else {
      return expect(false, .r7, replica) { "committed \(position), which it does not have" }
    }
    expect(index > nodes[id].committed, .r7, replica) { "commit index went back to \(index)" }
    nodes[id].committed = index
    guard honest.contains(replica) else { return }
    if index == committed.last + 1 {
      committed.append(slot)
    } else if index > committed.last {
      expect(false, .r13, replica) { "committed \(position) before what precedes it" }
    } else {
      expect(committed[index] == slot, .r5, replica) { "committed another entry at \(index)" }
    }
  }

  mutating func onExecuted(
    _ client: ClientID, _ timestamp: UInt64, _ result: Digest, _ replica: ReplicaID
  ) {
    let last = timestamps.set(timestamp, of: client, at: replica)
    expect(timestamp > last, .r14, replica) {
      "c\(client) t\(timestamp) took effect after t\(last)"
    }
    guard honest.contains(replica) else {
      // A leader executes before its followers do. A slow or repeating leader is no exception.
      return requests.executeUnjudged(
        client, timestamp: timestamp, result: result, at: nodes[replica.index].applied)
    }
    let problems = requests.execute(
      client, timestamp: timestamp, result: result, at: nodes[replica.index].applied)
    for problem in problems { log.report(.r14, at: replica, problem) }
  }

  /// Whether what a replica that is not judged applied at an index is committed, as far as logs show:
  /// with all that are not judged a majority has it.
  func isHeldByMajority(_ index: UInt64) -> Bool {
    let liars = nodes.indices.filter { !honest.contains(ReplicaID($0)) }
    return liars.contains { liar in
      guard let slot = slot(at: index, of: ReplicaID(liar)) else { return false }
      let holders = nodes.indices.count {
        honest.contains(ReplicaID($0)) && self.slot(at: index, of: ReplicaID($0)) == slot
      }
      return RaftPredicates.isMajority(holders + liars.count, of: nodes.count)
    }
  }

  /// A state machine that starts again from a snapshot may execute again what came after it.
  mutating func forgetTimestamps(of replica: ReplicaID) {
    timestamps.forget(replica)
  }

  // MARK: Snapshots and restarts

  /// States of so many indexes are remembered.
  private static var rememberedStates: Int { 256 }

  /// "if any two servers apply all of the log entries up through index i", their states at i are
  /// the same (Raft §5.3, §7): compared when one takes, receives or loads a snapshot there.
  mutating func onState(at position: LogPosition, _ ledger: Digest, _ replica: ReplicaID) {
    let index = position.index.number
    guard index > 0, honest.contains(replica) else { return }
    guard let known = states.last(where: { $0.index == index }) else {
      if states.count == Self.rememberedStates { states.removeFirst() }
      return states.append((index, ledger))
    }
    comparedStates += 1
    expect(known.ledger == ledger, .r5, replica) {
      "has the state \(ledger) at index \(index), others \(known.ledger)"
    }
  }

  mutating func onInstalled(_ position: LogPosition, _ replica: ReplicaID) {
    let id = replica.index
    let index = position.index.number
    if index > committed.last { adoptCommitted(position) }
    guard let slot = committed[index], slot.term == position.term else {
      return expect(false, .r15, replica) {
        "installed a snapshot at \(position), which is not committed"
      }
    }
    if nodes[id].log[index] != slot { nodes[id].log.reset(to: index, slot) }
    nodes[id].truncated = nil
    nodes[id].committed = index
    nodes[id].applied = index
    if honest.contains(replica) { requests.takeOver(through: index) }
    forgetTimestamps(of: replica)
  }

  /// Takes what a replica that is not judged committed for committed, up to a snapshot's position.
  ///
  /// A leader commits before its followers, be it one that is late or repeats itself. If others commit
  /// something else later they break R-5.
  private mutating func adoptCommitted(_ position: LogPosition) {
    let source = nodes.indices.first {
      !honest.contains(ReplicaID($0)) && isCommitted(position, ReplicaID($0))
    }
    guard let source else { return }
    while committed.last < position.index.number,
      let slot = nodes[source].log[committed.last + 1]
    {
      committed.append(slot)
    }
  }

  mutating func onRestarted(
    _ term: Term, _ vote: ReplicaID?, _ last: LogPosition, _ snapshot: LogPosition,
    _ replica: ReplicaID
  ) {
    let id = replica.index
    let node = nodes[id]
    // Raft §5.1 asks for term and vote on disk before anybody is answered, not before that.
    expect(node.savedTerm <= term && term <= node.term, .r6, replica) {
      "came back in term \(term), not \(node.term)"
    }
    if let known = node.savedVote, known.term == term {
      expect(vote == known.candidate, .r6, replica) { "forgot its vote in term \(term)" }
    }
    nodes[id].term = term
    nodes[id].vote = vote.map { (term, $0) } ?? node.savedVote
    expect(last.index.number == node.log.last, .r6, replica) {
      "came back with a log that ends at \(last), not \(node.log.last)"
    }
    expect(snapshot.index.number <= node.committed, .r15, replica) {
      "came back with a snapshot at \(snapshot), above its commit index"
    }
    nodes[id].ledTerm = nil
    nodes[id].committed = snapshot.index.number
    nodes[id].applied = snapshot.index.number
    forgetTimestamps(of: replica)
  }
}
