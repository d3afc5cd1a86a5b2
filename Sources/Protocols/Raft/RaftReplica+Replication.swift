import ConsensusCore
import DiscreteEvents

/// Log replication: Raft §5.3, the commit rule of §5.4.2, and log compaction (§7).
extension RaftReplica {
  // MARK: Leader

  // Rule: Raft leaders-2, Raft leaders-7
  /// Appends an entry to the leader's log and sends it to every follower that has kept up.
  mutating func propose(_ entry: RaftEntry, into effects: inout Effects<RaftReplica>) {
    let previous = log.last
    append(entry, into: &effects)
    spread(RaftEntries(first: entry, rest: []), after: previous, into: &effects)
    if configuration.replicas == 1 { maybeCommit(matched: log.last.index, into: &effects) }
  }

  /// Appends an entry to the leader's log.
  mutating func append(_ entry: RaftEntry, into effects: inout Effects<RaftReplica>) {
    let entries = RaftEntries(first: entry, rest: [])
    // Assumption: one block signature per proposal, not repeated when an entry is sent again.
    if entry.isOrdinary { effects.charge(.sign) }
    effects.persist(.entries(from: log.last.index.next, entries))
    log.append(entry)
    effects.observe(.appended(log.last, digest: entry.digest))
    if let request = entry.request { note(request) }
    for request in entry.others { note(request) }
  }

  /// Sends the last entries of the log to every follower that has all before them, and room.
  mutating func spread(
    _ entries: RaftEntries, after previous: LogPosition, into effects: inout Effects<RaftReplica>
  ) {
    let index = previous.index.next
    let next = previous.index.advanced(by: entries.count).next
    var followers = ReplicaSet()
    for follower in progress.indices where follower != id.index {
      guard !progress[follower].isProbing, progress[follower].next == index, hasRoom(follower)
      else { continue }
      progress[follower].next = next
      noteSent(to: follower)
      fillWindow(of: follower, through: next.previous)
      followers.insert(ReplicaID(follower))
    }
    guard !followers.isEmpty else { return }
    let message = AppendEntries(
      term: term, previous: previous, commit: commitIndex, entries: entries)
    send(.appendEntries(message), to: .members(followers), into: &effects)
  }

  // Rule: Raft leaders-1
  /// Sends a heartbeat, or what a follower lacks, to every follower that got nothing for a while;
  /// where clocks tick, to every follower.
  mutating func onHeartbeatTimeout(into effects: inout Effects<RaftReplica>) {
    guard role == .leader else { return }
    if clock != nil { return sendHeartbeats(into: &effects) }
    var shortest = configuration.heartbeat
    for follower in progress.indices where follower != id.index {
      let idle = now - progress[follower].lastSent
      if idle < configuration.heartbeat {
        shortest = min(shortest, configuration.heartbeat - idle)
      } else {
        sendAppend(to: ReplicaID(follower), into: &effects)
      }
    }
    effects.setTimer(.heartbeat, after: shortest)
  }

  private mutating func sendHeartbeats(into effects: inout Effects<RaftReplica>) {
    for follower in progress.indices where follower != id.index {
      sendAppend(to: ReplicaID(follower), into: &effects)
    }
    effects.setTimer(.heartbeat, after: configuration.heartbeat, of: clock)
  }

  // Rule: Raft leaders-3
  /// Sends the entries that come next for one follower, or a snapshot if they are compacted; none
  /// while its window is full.
  mutating func sendAppend(
    to follower: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    let next = progress[follower.index].next
    noteSent(to: follower.index)
    guard let term = log.term(at: next.previous) else {
      startProbing(follower.index, from: snapshot.position.index.next)
      let message = InstallSnapshot(term: self.term, snapshot: snapshot)
      return send(.installSnapshot(message), to: .one(Endpoint(follower)), into: &effects)
    }
    var entries = RaftEntries.none
    if progress[follower.index].isProbing {
      entries = log.run(from: next, limit: configuration.maximumEntries)
    } else if hasRoom(follower.index) {
      entries = log.run(from: next, limit: configuration.maximumEntries)
      let end = next.previous.advanced(by: entries.count)
      progress[follower.index].next = end.next
      if !entries.isEmpty { fillWindow(of: follower.index, through: end) }
    }
    let message = AppendEntries(
      term: self.term, previous: LogPosition(index: next.previous, term: term),
      commit: commitIndex, entries: entries)
    send(.appendEntries(message), to: .one(Endpoint(follower)), into: &effects)
  }

  mutating func onAppendReply(
    _ message: AppendReply, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    if message.term > term { return stepDown(to: message.term, into: &effects) }
    guard role == .leader, message.term == term, message.index <= log.last.index else { return }
    if message.isRecovering {
      // What it acknowledged before is void, and it does not count as a member that is up.
      progress[sender.index].match = .zero
      if message.isSuccess { return onStored(message.index, by: sender, into: &effects) }
    } else {
      progress[sender.index].isActive = true
    }
    if message.isSuccess {
      onMatch(message.index, of: sender, into: &effects)
    } else {
      onRefusal(message, of: sender, into: &effects)
    }
  }

  mutating func onSnapshotReply(
    _ replyTerm: Term, match: LogIndex, from sender: ReplicaID,
    into effects: inout Effects<RaftReplica>
  ) {
    if replyTerm > term { return stepDown(to: replyTerm, into: &effects) }
    guard role == .leader, replyTerm == term, match <= log.last.index else { return }
    progress[sender.index].isActive = true
    onMatch(match, of: sender, into: &effects)
  }

  // Rule: Raft state-7, Raft leaders-4
  /// A follower's log agrees with the leader's up to `index`.
  private mutating func onMatch(
    _ index: LogIndex, of follower: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    let known = progress[follower.index].match
    guard index >= known else { return }
    progress[follower.index].isDoubted = false
    emptyWindow(of: follower.index, through: index)
    if progress[follower.index].isProbing {
      progress[follower.index].isProbing = false
      progress[follower.index].next = index.next
    } else if progress[follower.index].next <= index {
      progress[follower.index].next = index.next
    }
    if index > known {
      progress[follower.index].match = index
      effects.observe(.matched(follower, through: index))
      maybeCommit(matched: index, into: &effects)
    }
    sendWaiting(to: follower, into: &effects)
    if !held.isEmpty { proposeHeld(into: &effects) }
    if configuration.commitNotice == .atOnce { announceCommit(into: &effects) }
    maybeAskTarget(into: &effects)
  }

  /// A follower that recovers has stored entries up to `index`: it gets the next.
  private mutating func onStored(
    _ index: LogIndex, by follower: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    let next = progress[follower.index].next
    emptyWindow(of: follower.index, through: index)
    progress[follower.index].next =
      progress[follower.index].isProbing ? index.next : max(next, index.next)
    progress[follower.index].isProbing = false
    sendWaiting(to: follower, into: &effects)
    if !windows.isEmpty, !held.isEmpty { proposeHeld(into: &effects) }
  }

  // Rule: Raft leaders-5
  /// "After a rejection, the leader decrements nextIndex and retries" (Raft §5.3), by whole terms.
  ///
  /// A leader sends nothing that precedes a known match. A refusal of less than the match is
  /// therefore old. One of the match itself by a log that ends or differs before it may have been
  /// overtaken by the acknowledgement, where messages overtake each other. A second without an
  /// acknowledgement between shows that the match was wrong, such as after the loss of a disk: it
  /// falls to where the logs may agree. If both were old, entries are sent again, no more; the
  /// commit index never falls.
  private mutating func onRefusal(
    _ message: AppendReply, of follower: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    let state = progress[follower.index]
    let contradicts = message.index == state.match && message.conflict.index <= state.match
    let isStale =
      (message.index <= state.match && !contradicts)
      || (state.isProbing && message.index != state.next.previous)
    guard !isStale else { return }
    if contradicts && !state.isDoubted {
      progress[follower.index].isDoubted = true
      return
    }
    if contradicts { progress[follower.index].match = message.conflict.index.previous }
    var next = message.conflict.index
    if message.conflict.term > .zero, let last = log.lastIndex(of: message.conflict.term) {
      next = last.next
    }
    startProbing(
      follower.index, from: max(progress[follower.index].match.next, min(next, message.index)))
    sendAppend(to: follower, into: &effects)
  }

  // Rule: Raft leaders-6
  /// Commits what a majority has, if the last of it is of the current term.
  ///
  /// "Only log entries from the leader's current term are committed by counting replicas; once an
  /// entry from the current term has been committed in this way, then all prior entries are
  /// committed indirectly because of the Log Matching Property" (Raft §5.4.2).
  mutating func maybeCommit(
    matched: LogIndex, into effects: inout Effects<RaftReplica>
  ) {
    guard matched > commitIndex, holders(of: commitIndex.next) >= majority else { return }
    var index = matched
    if holders(of: matched) < majority {
      index = commitIndex
      for state in progress where state.match > index && holders(of: state.match) >= majority {
        index = state.match
      }
    }
    guard index > commitIndex, log.term(at: index) == term else { return }
    effects.observe(.counted(LogPosition(index: index, term: term), in: term))
    commit(through: index, into: &effects)
  }

  /// The number of replicas that hold the entry at `index` durably, as far as the leader knows.
  private func holders(of index: LogIndex) -> Int {
    var count = 1
    for follower in progress.indices where follower != id.index {
      if progress[follower].match >= index { count += 1 }
    }
    return count
  }

  // MARK: Follower

  // Rule: Raft append-1, Raft append-2, Raft append-5, Raft candidates-3
  mutating func onAppendEntries(
    _ message: AppendEntries, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard message.term >= term else {
      return refuse(message.previous.index, at: log.last, from: sender, into: &effects)
    }
    // Two leaders in one term: not among trusted peers.
    if message.term == term && role == .leader { return }
    stepDown(to: message.term, into: &effects)
    follow(sender, into: &effects)
    // Each entry carries the signature made when it was proposed.
    if !message.entries.isEmpty { effects.charge(.verify, count: message.entries.count) }

    let previous = message.previous
    guard previous.index <= log.last.index else {
      let end = LogPosition(index: log.last.index.next, term: .zero)
      return refuse(previous.index, at: end, from: sender, into: &effects)
    }
    // Below the compacted prefix's end everything is committed and hence agrees.
    if let own = log.term(at: previous.index), own != previous.term {
      let first = LogPosition(index: log.firstIndex(ofTermAt: previous.index), term: own)
      return refuse(previous.index, at: first, from: sender, into: &effects)
    }
    guard store(message.entries, after: previous.index, into: &effects) else { return }
    let match = previous.index.advanced(by: message.entries.count)
    maybeRecover(into: &effects)
    var answer = AppendReply(term: term, isSuccess: true, index: match, conflict: .zero)
    answer.isRecovering = recovery != nil
    send(.appendReply(answer), to: .one(Endpoint(sender)), into: &effects)
    // "set commitIndex = min(leaderCommit, index of last new entry)" (Raft Figure 2).
    let commit = min(message.commit, match)
    if commit > commitIndex { self.commit(through: commit, into: &effects) }
  }

  private mutating func refuse(
    _ index: LogIndex, at conflict: LogPosition, from sender: ReplicaID,
    into effects: inout Effects<RaftReplica>
  ) {
    var answer = AppendReply(term: term, isSuccess: false, index: index, conflict: conflict)
    answer.isRecovering = recovery != nil
    send(.appendReply(answer), to: .one(Endpoint(sender)), into: &effects)
  }

  // Rule: Raft append-3, Raft append-4
  /// Appends the entries that are not yet in the log; false if they contradict committed ones.
  ///
  /// "If an existing entry conflicts with a new one (same index but different terms), delete the
  /// existing entry and all that follow it" (Raft Figure 2); otherwise nothing is deleted, since
  /// the message may be an old one.
  private mutating func store(
    _ entries: RaftEntries, after previous: LogIndex, into effects: inout Effects<RaftReplica>
  ) -> Bool {
    var known = 0
    while let entry = entries.entry(known) {
      let index = previous.advanced(by: known + 1)
      if index > log.compacted.index {
        guard let own = log.term(at: index) else { break }
        if own != entry.term {
          guard index > commitIndex else { return false }
          log.truncate(from: index)
          effects.observe(.truncated(from: index))
          break
        }
      }
      known += 1
    }
    guard known < entries.count else { return true }
    let new = entries.dropFirst(known)
    effects.persist(.entries(from: log.last.index.next, new))
    var offset = 0
    while let entry = new.entry(offset) {
      log.append(entry)
      effects.observe(.appended(log.last, digest: entry.digest))
      offset += 1
    }
    return true
  }

  /// Replaces the state by the leader's snapshot unless it brings nothing new (Raft §7).
  mutating func onInstallSnapshot(
    _ message: InstallSnapshot, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard message.term >= term else {
      let answer = RaftMessage.snapshotReply(term: term, match: .zero)
      return send(answer, to: .one(Endpoint(sender)), into: &effects)
    }
    if message.term == term && role == .leader { return }
    stepDown(to: message.term, into: &effects)
    follow(sender, into: &effects)
    let position = message.snapshot.position
    if position.index > commitIndex {
      if let own = log.term(at: position.index), own != position.term {
        effects.observe(.truncated(from: commitIndex.next))
      }
      snapshot = message.snapshot
      effects.persist(.installed(snapshot))
      log.install(position)
      ledger = snapshot.ledger
      clients = snapshot.clients
      commitIndex = position.index
      appliedIndex = position.index
      effects.observe(.installed(position, ledger: ledger.digest))
      replyToTaken(into: &effects)
    }
    maybeRecover(into: &effects)
    guard recovery == nil else {
      var answer = AppendReply(term: term, isSuccess: true, index: commitIndex, conflict: .zero)
      answer.isRecovering = true
      return send(.appendReply(answer), to: .one(Endpoint(sender)), into: &effects)
    }
    let answer = RaftMessage.snapshotReply(term: term, match: commitIndex)
    send(answer, to: .one(Endpoint(sender)), into: &effects)
  }
}
