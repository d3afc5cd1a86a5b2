import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("A replica that lost its disk recovers before it votes or acknowledges")
struct RaftRecoveryTests {
  /// A replica of five that came back with a blank disk, and the number of its question.
  private func amnesiac(_ configure: (inout RaftConfiguration) -> Void = { _ in })
    -> (bench: Bench, nonce: UInt64)
  {
    let bench = Bench(0, of: 5, configure)
    bench.advance(.seconds(1))
    bench.restart(from: RaftDurable())
    return (bench, bench.question ?? 0)
  }

  private func answer(
    _ nonce: UInt64, term: UInt64, leads: Bool = false, _ position: LogPosition = .zero
  ) -> RaftMessage {
    .recoverReply(
      RecoverReply(nonce: nonce, term: Term(term), leads: leads, position: position))
  }

  /// A replica of five that recovered with answers of terms 3, 4 and 2.
  private func recovered() -> Bench {
    let (bench, nonce) = amnesiac()
    bench.receive(answer(nonce, term: 3), from: 1)
    bench.receive(answer(nonce, term: 4, leads: true), from: 2)
    bench.receive(answer(nonce, term: 2), from: 3)
    return bench
  }

  @Test("It asks all others, again after each election time-out, whether or not it hears a leader")
  func asks() {
    let (bench, nonce) = amnesiac()
    #expect(bench.names == ["recover"] && bench.sent[0].to.count == 4)
    #expect(bench.timers.contains { $0.timer == .election && $0.duration != nil })
    bench.receive(append(term: 3, after: .zero, entries([1])), from: 1)
    #expect(!bench.timers.contains { $0.timer == .election })
    bench.step(.timeout(.election))
    #expect(bench.names == ["recover"] && bench.question == nonce)
    #expect(bench.replica.role == .follower)
  }

  @Test("It grants no vote and no pre-vote, and does not campaign when asked to")
  func doesNotVote() {
    let (bench, _) = amnesiac()
    bench.receive(ask(term: 3, last: at(9, 2)), from: 1)
    #expect(bench.voteReply?.isGranted == false && bench.durable.vote == nil)
    let question = VoteRequest(term: Term(9), last: at(9, 2), isTransfer: false)
    bench.receive(.preVote(question), from: 1)
    #expect(bench.preVoteReply?.isGranted == false)
    bench.receive(.timeoutNow(Term(3)), from: 1)
    #expect(bench.sent.isEmpty && bench.replica.role == .follower)
  }

  @Test("It stores what leaders send, and its answers say that they acknowledge nothing")
  func stores() {
    let (bench, _) = amnesiac()
    bench.receive(append(term: 3, after: .zero, entries([1, 2]), commit: 1), from: 1)
    #expect(bench.durable.terms == [1, 2] && bench.committed == [at(1, 1)])
    #expect(bench.appendReply?.isSuccess == true && bench.appendReply?.isRecovering == true)
    bench.receive(append(term: 3, after: at(7, 2)), from: 1)
    #expect(bench.appendReply?.isSuccess == false && bench.appendReply?.isRecovering == true)
    let snapshot = RaftSnapshot(position: at(5, 2), ledger: Ledger(application: nil), clients: 0)
    bench.receive(
      .installSnapshot(InstallSnapshot(term: Term(3), snapshot: snapshot)), from: 1)
    #expect(bench.appendReply?.index == LogIndex(5) && bench.appendReply?.isRecovering == true)
  }

  @Test("It answers nobody who lost a disk as well")
  func doesNotAnswer() {
    let (bench, _) = amnesiac()
    #expect(bench.receive(.recover(nonce: 7), from: 1).isEmpty)
  }

  @Test("It recovers with n - majority + 1 answers, the leader's of the highest term among them")
  func recovers() {
    let bench = recovered()
    #expect(bench.hasRecovered && bench.durable.isFormatted)
    #expect(bench.durable.barredThrough == Term(4) && bench.durable.term == Term(4))
  }

  @Test("Too few answers, two of one replica, and old or foreign answers do not do")
  func tooFew() {
    let (bench, nonce) = amnesiac()
    bench.receive(answer(nonce, term: 4, leads: true), from: 2)
    bench.receive(answer(nonce, term: 3), from: 1)
    bench.receive(answer(nonce, term: 4), from: 1)
    bench.receive(answer(nonce &+ 1, term: 3), from: 3)
    #expect(!bench.hasRecovered && bench.replica.recovery != nil)
    bench.receive(answer(nonce, term: 0), from: 3)
    #expect(bench.hasRecovered)
  }

  @Test("It waits for the leader of the highest term that it was told")
  func waitsForLeader() {
    let (bench, nonce) = amnesiac()
    bench.receive(answer(nonce, term: 4, leads: true), from: 2)
    bench.receive(answer(nonce, term: 5), from: 1)
    bench.receive(answer(nonce, term: 5), from: 3)
    #expect(bench.replica.recovery != nil)
    bench.receive(answer(nonce, term: 5, leads: true), from: 3)
    #expect(bench.hasRecovered && bench.durable.barredThrough == Term(5))
  }

  @Test("It waits until its log has what that leader had committed")
  func waitsForLog() {
    let (bench, nonce) = amnesiac()
    bench.receive(answer(nonce, term: 4, leads: true, at(3, 2)), from: 2)
    bench.receive(answer(nonce, term: 3), from: 1)
    bench.receive(answer(nonce, term: 3), from: 3)
    bench.receive(append(term: 4, after: .zero, entries([1, 1, 1])), from: 2)
    #expect(bench.replica.recovery != nil, "entry 3 is of another term")
    bench.receive(append(term: 4, after: at(2, 1), entries([2])), from: 2)
    #expect(bench.hasRecovered)
    #expect(bench.appendReply?.isRecovering == false, "this is an acknowledgement")
  }

  @Test("A snapshot beyond the position does as well")
  func snapshot() {
    let (bench, nonce) = amnesiac()
    bench.receive(answer(nonce, term: 4, leads: true, at(3, 2)), from: 2)
    bench.receive(answer(nonce, term: 3), from: 1)
    bench.receive(answer(nonce, term: 3), from: 3)
    let snapshot = RaftSnapshot(position: at(5, 4), ledger: Ledger(application: nil), clients: 0)
    bench.receive(
      .installSnapshot(InstallSnapshot(term: Term(4), snapshot: snapshot)), from: 2)
    #expect(bench.hasRecovered && bench.names == ["snapshot-reply"])
  }

  @Test("It votes only in later terms than it was told, also after a restart with its disk")
  func votesLater() {
    let bench = recovered()
    for restarts in 0..<2 {
      if restarts > 0 { bench.restart(from: bench.durable) }
      bench.advance(.seconds(9))
      bench.receive(ask(term: 4, last: at(9, 3)), from: 4)
      #expect(bench.voteReply?.isGranted == false)
      let question = VoteRequest(term: Term(5), last: at(9, 3), isTransfer: false)
      bench.receive(.preVote(question), from: 4)
      #expect(bench.preVoteReply?.isGranted == true)
    }
    #expect(bench.replica.recovery == nil)
    bench.receive(ask(term: 5, last: at(9, 3)), from: 4)
    #expect(bench.voteReply?.isGranted == true)
  }

  @Test("A restart during recovery begins it anew, with another number")
  func restartsAnew() {
    let (bench, nonce) = amnesiac()
    bench.receive(append(term: 3, after: .zero, entries([1])), from: 1)
    bench.receive(answer(nonce, term: 4, leads: true), from: 2)
    bench.receive(answer(nonce, term: 3), from: 1)
    bench.advance(.seconds(1))
    bench.restart(from: bench.durable)
    #expect(bench.names == ["recover"] && bench.question != nonce)
    #expect(bench.durable.terms == [1])
    bench.receive(answer(nonce, term: 3), from: 3)
    #expect(bench.replica.recovery != nil)
  }

  @Test("A replica alone never recovers")
  func alone() {
    let bench = Bench(0, of: 1)
    bench.restart(from: RaftDurable())
    #expect(bench.sent.isEmpty)
    bench.step(.timeout(.election))
    #expect(bench.sent.isEmpty && !bench.replica.standing.leads)
  }

  @Test("One of two recovers while the other leads, and not otherwise")
  func pair() {
    for leads in [true, false] {
      let bench = Bench(0, of: 2)
      bench.restart(from: RaftDurable())
      bench.receive(answer(bench.question ?? 0, term: 4, leads: leads), from: 1)
      #expect(bench.hasRecovered == leads)
    }
  }
}

@Suite("How others treat a replica that lost its disk")
struct RaftRecoveryOfOthersTests {
  /// A leader of three with four entries, of which replica 1 acknowledged three.
  private func leader() -> Bench {
    let bench = Bench { $0.checksQuorum = true }
    bench.win()
    for timestamp in 1...4 { bench.receive(request(0, UInt64(timestamp))) }
    bench.receive(acknowledge(term: 1, 3), from: 1)
    return bench
  }

  private func refusal(_ index: UInt64, end: UInt64) -> AppendReply {
    AppendReply(
      term: Term(1), isSuccess: false, index: LogIndex(index), conflict: at(end, 0))
  }

  @Test("The second refusal of the match itself by a shorter log lowers match and next")
  func lowersMatch() {
    let bench = leader()
    #expect(bench.receive(.appendReply(refusal(3, end: 1)), from: 1).isEmpty)
    bench.receive(acknowledge(term: 1, 3), from: 1)
    #expect(bench.receive(.appendReply(refusal(3, end: 1)), from: 1).isEmpty)
    #expect(bench.replica.progress[1].match == LogIndex(3), "one may have been overtaken")
    bench.receive(.appendReply(refusal(3, end: 1)), from: 1)
    #expect(bench.replica.progress[1].match == .zero)
    #expect(bench.appends.map(\.previous) == [.zero])
    #expect(bench.appends.first?.entries.count == 4)
    #expect(bench.replica.commitIndex == LogIndex(3), "the commit index never falls")
    bench.receive(acknowledge(term: 1, 4), from: 1)
    #expect(bench.replica.progress[1].match == LogIndex(4))
  }

  @Test("A refusal of less than the match is old and changes nothing")
  func oldRefusal() {
    let bench = leader()
    #expect(bench.receive(.appendReply(refusal(2, end: 1)), from: 1).isEmpty)
    #expect(bench.replica.progress[1].match == LogIndex(3))
  }

  @Test("The answer of a follower that recovers moves next on, and neither match nor commit index")
  func recoveringAnswer() {
    let bench = leader()
    var answer = AppendReply(
      term: Term(1), isSuccess: false, index: LogIndex(4), conflict: at(1, 0))
    answer.isRecovering = true
    bench.receive(.appendReply(answer), from: 1)
    #expect(bench.appends.map(\.previous) == [.zero])
    answer = AppendReply(term: Term(1), isSuccess: true, index: LogIndex(4), conflict: .zero)
    answer.isRecovering = true
    bench.receive(.appendReply(answer), from: 1)
    #expect(bench.replica.progress[1].match == .zero)
    #expect(bench.replica.progress[1].next == LogIndex(5))
    #expect(bench.committed.isEmpty && bench.replica.commitIndex == LogIndex(3))
  }

  @Test("The answer of a follower that recovers does not count for the leader's quorum")
  func quorumCheck() {
    for isRecovering in [true, false] {
      let bench = leader()
      bench.step(.timeout(.election))
      var answer = AppendReply(
        term: Term(1), isSuccess: true, index: LogIndex(1), conflict: .zero)
      answer.isRecovering = isRecovering
      bench.receive(.appendReply(answer), from: 1)
      bench.step(.timeout(.election))
      #expect(bench.replica.standing.leads == !isRecovering)
    }
  }

  @Test("A leader names what it committed and all entries of earlier terms, and forgets the match")
  func leaderAnswers() {
    let bench = leader()
    bench.receive(.recover(nonce: 7), from: 1)
    #expect(
      bench.recoverReply
        == RecoverReply(nonce: 7, term: Term(1), leads: true, position: at(3, 1)))
    #expect(bench.replica.progress[1].match == .zero)
    let fresh = Bench()
    fresh.restart(from: disk(term: 2, log: [1, 2]))
    fresh.win()
    fresh.receive(.recover(nonce: 8), from: 1)
    #expect(fresh.recoverReply?.position == at(2, 2), "its commit index is 0 yet")
  }

  @Test("A candidate forgets the vote of a replica that lost its disk since")
  func candidateForgets() {
    let bench = Bench(0, of: 5)
    bench.step(.timeout(.election))
    bench.receive(vote(term: 1), from: 1)
    bench.receive(.recover(nonce: 7), from: 1)
    #expect(bench.recoverReply?.leads == false)
    bench.receive(vote(term: 1), from: 2)
    #expect(!bench.replica.standing.leads)
    bench.receive(vote(term: 1), from: 3)
    #expect(bench.replica.standing.leads)
  }
}

extension Bench {
  /// The number of the last step's question.
  fileprivate var question: UInt64? {
    for case .recover(let nonce) in messages { return nonce }
    return nil
  }
  fileprivate var recoverReply: RecoverReply? {
    for case .recoverReply(let answer) in messages { return answer }
    return nil
  }
  /// Whether the last step ended the recovery.
  fileprivate var hasRecovered: Bool {
    observations.contains { if case .recovered = $0 { true } else { false } }
  }
}
