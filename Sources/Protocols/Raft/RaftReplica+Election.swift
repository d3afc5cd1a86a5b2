import ConsensusCore
import DiscreteEvents

/// Leader election: Raft §5.2 and §5.4.1, pre-vote (thesis §9.6), leases and quorum checks (thesis
/// §4.2.3 and §6.2), leadership transfer (thesis §3.10).
extension RaftReplica {
  // MARK: Campaigning

  // Rule: Raft followers-2, Raft candidates-4
  mutating func onElectionTimeout(into effects: inout Effects<RaftReplica>) {
    if recovery != nil {
      askForTerms(into: &effects)
    } else if role == .leader {
      checkQuorum(into: &effects)
    } else if configuration.usesPreVote {
      becomePreCandidate(into: &effects)
    } else {
      becomeCandidate(isTransfer: false, into: &effects)
    }
  }

  // Rule: Raft candidates-4
  /// Draws the next timeout, uniform between the two of the configuration (Raft §5.2), and a whole
  /// number of ticks where clocks tick.
  ///
  /// One drawn timeout serves until the term changes or the replica campaigns, however often the
  /// timer is restarted meanwhile.
  mutating func drawElectionTimeout() {
    attempt &+= 1
    var draw = seed.draw(
      .election, UInt64(truncatingIfNeeded: id.index), term.number, attempt)
    let shortest = configuration.shortestElectionTimeout
    let range = configuration.longestElectionTimeout - shortest
    let grain = configuration.tick ?? VirtualDuration(nanoseconds: 1)
    let extra = draw.below(UInt64(range.nanoseconds / grain.nanoseconds) + 1)
    electionTimeout = shortest + grain * Int64(extra)
  }

  private mutating func becomePreCandidate(into effects: inout Effects<RaftReplica>) {
    role = .preCandidate
    leader = nil
    votes = ReplicaSet(CollectionOfOne(id))
    effects.observe(.preCampaigned(term.next))
    drawElectionTimeout()
    effects.setTimer(.election, after: electionTimeout, of: clock)
    if votes.count >= majority { return becomeCandidate(isTransfer: false, into: &effects) }
    let question = VoteRequest(term: term.next, last: log.last, isTransfer: false)
    send(.preVote(question), to: .others, into: &effects)
  }

  // Rule: Raft candidates-1
  /// Starts an election.
  ///
  /// "To begin an election, a follower increments its current term and transitions to candidate
  /// state. It then votes for itself and issues RequestVote RPCs" (Raft §5.2).
  mutating func becomeCandidate(isTransfer: Bool, into effects: inout Effects<RaftReplica>) {
    enter(term.next, into: &effects)
    role = .candidate
    record(vote: id, candidateLast: log.last, into: &effects)
    votes = ReplicaSet(CollectionOfOne(id))
    effects.setTimer(.election, after: electionTimeout, of: clock)
    if votes.count >= majority { return becomeLeader(into: &effects) }
    let request = VoteRequest(term: term, last: log.last, isTransfer: isTransfer)
    send(.vote(request), to: .others, into: &effects)
  }

  // MARK: Voting

  mutating func onPreVote(
    _ message: VoteRequest, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    // "only if the candidate's log is sufficiently up to date and the voters have not received
    // heartbeats from a valid leader for at least a baseline election timeout" (thesis §9.6).
    let isGranted =
      message.term > term && mayVote(in: message.term) && !hearsLeader && message.last >= log.last
    let answer = VoteReply(term: isGranted ? message.term : term, isGranted: isGranted)
    send(.preVoteReply(answer), to: .one(Endpoint(sender)), into: &effects)
  }

  mutating func onPreVoteReply(
    _ message: VoteReply, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard message.isGranted else {
      if message.term > term { stepDown(to: message.term, into: &effects) }
      return
    }
    guard role == .preCandidate, message.term == term.next else { return }
    votes.insert(sender)
    if votes.count >= majority { becomeCandidate(isTransfer: false, into: &effects) }
  }

  // Rule: Raft vote-1, Raft vote-2, Raft vote-3, Raft followers-2
  /// "Each server will vote for at most one candidate in a given term, on a first-come-first-served
  /// basis" (Raft §5.2), and "denies its vote if its own log is more up-to-date" (Raft §5.4.1).
  mutating func onVote(
    _ message: VoteRequest, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    if message.term > term {
      // "it does not update its term or grant its vote" (Raft §6, thesis §4.2.3).
      if configuration.checksQuorum && hearsLeader && !message.isTransfer { return }
      stepDown(to: message.term, into: &effects)
    }
    let isGranted =
      message.term == term && mayVote(in: term) && (vote == nil || vote == sender)
      && message.last >= log.last
    if isGranted {
      // Candidates and leaders voted for themselves; a pre-candidate may still vote.
      role = .follower
      if vote == nil { record(vote: sender, candidateLast: message.last, into: &effects) }
      effects.setTimer(.election, after: electionTimeout, of: clock)
    }
    let answer = VoteReply(term: term, isGranted: isGranted)
    send(.voteReply(answer), to: .one(Endpoint(sender)), into: &effects)
  }

  // Rule: Raft candidates-2
  mutating func onVoteReply(
    _ message: VoteReply, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    if message.term > term { return stepDown(to: message.term, into: &effects) }
    guard role == .candidate, message.term == term, message.isGranted else { return }
    votes.insert(sender)
    if votes.count >= majority { becomeLeader(into: &effects) }
  }

  /// Whether a leader's lease holds here: this replica leads, or heard its leader less than the
  /// shortest election timeout ago.
  private var hearsLeader: Bool {
    role == .leader || (leader != nil && silence < configuration.shortestElectionTimeout)
  }

  /// The time since a leader was heard, by the ticks since then where clocks tick.
  private var silence: VirtualDuration {
    guard let clock else { return now - lastContact }
    return clock.period * clock.ticks(after: lastContact, through: now)
  }

  // Rule: Raft state-2
  private mutating func record(
    vote candidate: ReplicaID, candidateLast: LogPosition, into effects: inout Effects<RaftReplica>
  ) {
    vote = candidate
    isStateUnsaved = true
    effects.observe(
      .voted(term, for: candidate, candidateLast: candidateLast, ownLast: log.last))
  }

  // MARK: Leading

  // Rule: Raft state-6, Raft state-7, Raft leaders-1
  private mutating func becomeLeader(into effects: inout Effects<RaftReplica>) {
    role = .leader
    leader = id
    // "initialized to leader last log index + 1" (Raft Figure 2). Nobody is probed at first, so
    // that new entries need not wait for the first heartbeat's answer.
    progress = Array(
      repeating: Progress(next: log.last.index.next, lastSent: now), count: configuration.replicas)
    openWindows()
    collectProposed()
    effects.observe(.becameLeader(term, last: log.last))
    effects.setTimer(.heartbeat, after: configuration.heartbeat, of: clock)
    if configuration.checksQuorum {
      effects.setTimer(.election, after: configuration.shortestElectionTimeout, of: clock)
    } else {
      effects.cancelTimer(.election)
    }
    if wantsNoOp {
      propose(RaftEntry(term: term, request: nil, others: []), into: &effects)
    } else if configuration.replicas > 1 {
      // "Upon election: send initial empty AppendEntries RPCs to each server" (Raft Figure 2).
      let heartbeat = AppendEntries(
        term: term, previous: log.last, commit: commitIndex, entries: .none)
      for follower in progress.indices { noteSent(to: follower) }
      send(.appendEntries(heartbeat), to: .others, into: &effects)
    }
    proposeHeld(into: &effects)
  }

  private var wantsNoOp: Bool {
    switch configuration.appendsNoOp {
    case .never: false
    case .ifUncommitted: log.last.index > commitIndex
    case .always: true
    }
  }

  /// "a leader steps down if an election timeout elapses without a successful round of heartbeats
  /// to a majority of its cluster" (thesis §6.2).
  private mutating func checkQuorum(into effects: inout Effects<RaftReplica>) {
    var active = 1
    for index in progress.indices where index != id.index {
      if progress[index].isActive { active += 1 }
      progress[index].isActive = false
    }
    if active >= majority {
      effects.setTimer(.election, after: configuration.shortestElectionTimeout, of: clock)
    } else {
      leader = nil
      stepDown(to: term, into: &effects)
    }
  }

  // Rule: Raft servers-2, Raft candidates-3
  /// Becomes a follower in `newTerm`, which is not below the current one.
  mutating func stepDown(to newTerm: Term, into effects: inout Effects<RaftReplica>) {
    let ruled = role == .leader
    if ruled {
      effects.observe(.steppedDown(term))
      holdUncommittedRequests()
      progress.removeAll()
      windows.removeAll()
      endBatchWait(into: &effects)
      transferTarget = nil
      effects.cancelTimer(.heartbeat)
      effects.cancelTimer(.transfer)
    }
    role = .follower
    if newTerm > term { enter(newTerm, into: &effects) }
    if ruled { effects.setTimer(.election, after: electionTimeout, of: clock) }
  }

  // Rule: Raft state-1
  private mutating func enter(_ newTerm: Term, into effects: inout Effects<RaftReplica>) {
    term = newTerm
    vote = nil
    leader = nil
    isStateUnsaved = true
    drawElectionTimeout()
    effects.observe(.enteredTerm(newTerm))
  }

  // Rule: Raft append-6, Raft followers-2
  /// Follows the leader of the current term, which just sent a message.
  mutating func follow(_ sender: ReplicaID, into effects: inout Effects<RaftReplica>) {
    lastContact = now
    // A replica that recovers repeats its question, whether or not it hears a leader.
    if recovery == nil { effects.setTimer(.election, after: electionTimeout, of: clock) }
    guard leader != sender else { return }
    leader = sender
    redirectHeld(into: &effects)
  }

  // MARK: Leadership transfer

  /// Hands the lead to the next replica by number (thesis §3.10); others ignore the command.
  ///
  /// The leader takes no new requests, and asks the target to campaign once the target has the
  /// whole log and all of it is committed. Assumption: the thesis does not ask for the latter; it
  /// lets the old leader answer its clients. Entries of earlier terms, which the leader cannot
  /// commit without a new one (``NoOpPolicy/never``), do not hold the transfer up.
  mutating func startTransfer(into effects: inout Effects<RaftReplica>) {
    guard role == .leader, transferTarget == nil, configuration.replicas > 1 else { return }
    let target = ReplicaID((id.index + 1) % configuration.replicas)
    transferTarget = target
    hasAskedTarget = false
    effects.observe(.transferring(to: target))
    effects.setTimer(.transfer, after: configuration.shortestElectionTimeout, of: clock)
    maybeAskTarget(into: &effects)
  }

  mutating func maybeAskTarget(into effects: inout Effects<RaftReplica>) {
    guard let target = transferTarget, !hasAskedTarget,
      commitIndex == log.last.index || log.last.term < term,
      progress[target.index].match == log.last.index
    else { return }
    hasAskedTarget = true
    send(.timeoutNow(term), to: .one(Endpoint(target)), into: &effects)
  }

  /// "If leadership transfer does not complete after about an election timeout, the prior leader
  /// aborts the transfer and resumes accepting client requests" (thesis §3.10).
  mutating func onTransferTimeout(into effects: inout Effects<RaftReplica>) {
    guard role == .leader, transferTarget != nil else { return }
    transferTarget = nil
    proposeHeld(into: &effects)
  }

  mutating func onTimeoutNow(_ leaderTerm: Term, into effects: inout Effects<RaftReplica>) {
    guard leaderTerm == term, role != .leader, mayVote(in: term.next) else { return }
    becomeCandidate(isTransfer: true, into: &effects)
  }
}
