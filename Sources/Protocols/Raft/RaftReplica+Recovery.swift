import ConsensusCore
import DiscreteEvents

/// How a replica comes back whose disk was lost.
///
/// Raft keeps term, vote and log on disk (Raft Figure 2); a replica that forgot them may vote twice,
/// and entries that it acknowledged may be gone. It therefore neither votes, nor campaigns, nor
/// acknowledges until it has recovered:
///
/// 1. It asks all others for their terms, with a number that no earlier question had. It asks again
///    after each election time-out.
/// 2. It waits for `n - majority + 1` others that are not recovering themselves. Let T be the
///    highest term that they told it.
/// 3. It waits for the answer of the leader of T, which names a position P of its log: what it had
///    committed, and all entries of earlier terms.
/// 4. It follows leaders as usual until its log contains P. Then it has recovered, and it votes only
///    in terms later than T, also after further restarts.
///
/// Why that is safe. Let A be the replica and S the others that answered. A majority, A aside, has at
/// least `majority - 1` of the `n - 1` others and S has `n - majority + 1`, so that they share a
/// member.
///
/// - *Entries.* Let A have acknowledged an entry of term t before the loss, or appended it as leader,
///   and let it be committed with A's copy counted. The leader of t was elected before. A member of
///   S voted for it, and hence t <= T. If t = T, the leader of T counted A's copy before its answer,
///   so that P covers the entry, or it did not count it at all: it forgets A's acknowledgements when
///   it answers. If t < T, the leader of T has had the entry since its election (Raft §5.4.3), so
///   that P covers it as an entry of an earlier term. A holds it again before it votes.
/// - *Votes.* Let a leader of term t have been elected with A's vote before the loss. Then t <= T as
///   above, and A does not vote in t again.
/// - From then on A's log and disk are as good as those of any other replica.
///
/// Deviation: messages that A sent before the loss and that are still on their way, and votes that a
/// candidate outside S has counted already, take effect as if A remembered them. They may break R-1,
/// only a replacement of A under a new name rules that out (Raft §6, out of scope).
///
/// A replica alone never recovers, as there is nobody to ask. One of two recovers only while the
/// other leads, which a leader that checks its quorum does for one election time-out: alone it can
/// neither commit nor be elected.
extension RaftReplica {
  /// What a replica that lost its disk has been told since its restart.
  struct Recovery: Sendable {
    /// The number of the question; answers with another number are old.
    let nonce: UInt64
    /// By replica, the answer of the latest term.
    var answers: [RecoverReply?]
  }

  /// Whether the replica may vote in this term and may campaign for it.
  func mayVote(in term: Term) -> Bool { recovery == nil && term > barredThrough }

  /// Begins to recover after a restart with a blank disk.
  mutating func startRecovery(into effects: inout Effects<RaftReplica>) {
    var draw = seed.draw(
      .election, UInt64(truncatingIfNeeded: id.index), .max, UInt64(bitPattern: now.nanoseconds))
    recovery = Recovery(
      nonce: draw.next(), answers: Array(repeating: nil, count: configuration.replicas))
    askForTerms(into: &effects)
  }

  /// Asks all others, until the replica has recovered.
  mutating func askForTerms(into effects: inout Effects<RaftReplica>) {
    guard let recovery else { return }
    effects.setTimer(.election, after: electionTimeout, of: clock)
    guard configuration.replicas > 1 else { return }
    send(.recover(nonce: recovery.nonce), to: .others, into: &effects)
  }

  /// Tells a replica that lost its disk this replica's term, and forgets what it promised.
  mutating func onRecover(
    _ nonce: UInt64, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard recovery == nil else { return }
    if role == .candidate || role == .preCandidate { votes.remove(sender) }
    if role == .leader { progress[sender.index].match = .zero }
    let answer = RecoverReply(
      nonce: nonce, term: term, leads: role == .leader, position: positionToRecover)
    send(.recoverReply(answer), to: .one(Endpoint(sender)), into: &effects)
  }

  /// The last position that a leader committed or has from an earlier term.
  ///
  /// The commit index alone would not do: a new leader does not know yet what its predecessors
  /// committed (Raft §8).
  private var positionToRecover: LogPosition {
    let index = max(commitIndex, log.lastIndex(before: term))
    return LogPosition(index: index, term: log.term(at: index) ?? .zero)
  }

  mutating func onRecoverReply(
    _ message: RecoverReply, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard let recovery, message.nonce == recovery.nonce else { return }
    if message.term > term { stepDown(to: message.term, into: &effects) }
    let known = recovery.answers[sender.index]
    // Of one term the answer of its leader counts, and of those the first.
    let isNews =
      known.map {
        message.term > $0.term || message.term == $0.term && message.leads && !$0.leads
      } ?? true
    guard isNews else { return }
    self.recovery?.answers[sender.index] = message
    maybeRecover(into: &effects)
  }

  /// Ends the recovery if enough others answered and the log has what the leader named.
  mutating func maybeRecover(into effects: inout Effects<RaftReplica>) {
    guard let answers = recovery?.answers.compactMap({ $0 }),
      answers.count >= configuration.replicas - majority + 1,
      let highest = answers.map(\.term).max(),
      let leader = answers.first(where: { $0.leads && $0.term == highest }),
      holds(leader.position)
    else { return }
    recovery = nil
    barredThrough = highest
    maybeSaveState(into: &effects)
    effects.persist(.recovered(through: highest))
    effects.observe(.recovered(through: highest))
    effects.setTimer(.election, after: electionTimeout, of: clock)
  }

  /// Whether the log contains the position, be it in its compacted part.
  private func holds(_ position: LogPosition) -> Bool {
    position.index < log.compacted.index || log.term(at: position.index) == position.term
  }
}

extension RaftReplica.Recovery: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(nonce, answers)
  }
}
