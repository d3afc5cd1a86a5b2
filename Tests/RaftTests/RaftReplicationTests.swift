import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft §5.3 and §5.4: log replication and safety")
struct RaftReplicationTests {
  // Rule: Raft leaders-2
  @Test("Raft §5.3: the leader appends the command as a new entry, then issues AppendEntries")
  func leaderAppends() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    #expect(bench.durable.terms == [1] && bench.records == 1)
    #expect(bench.sent.count == 1 && bench.sent[0].to.count == 2)
    #expect(bench.appends[0].previous == .zero)
    #expect(bench.appends[0].entries.first?.request == request(0, 1))
    #expect(bench.committed.isEmpty && bench.replies.isEmpty)
  }

  // Rule: Raft leaders-2, Raft leaders-6
  @Test(
    "Raft §5.3: an entry is committed once the leader has replicated it on a majority",
    arguments: 2...10)
  func commitsAtMajority(n: Int) {
    let bench = Bench(0, of: n)
    bench.win()
    bench.receive(request(0, 1))
    for peer in 1..<n {
      bench.receive(acknowledge(term: 1, 1), from: peer)
      #expect(bench.committed.count == (peer + 1 == n / 2 + 1 ? 1 : 0))
      #expect(bench.replies.count == bench.committed.count)
    }
    #expect(bench.replica.standing.executed == 1)
  }

  @Test("Raft §5.3: the leader keeps track of the highest committed index and includes it later")
  func commitIndexTravels() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.appends.isEmpty, "the commit index waits for the next message")
    bench.receive(request(0, 2))
    #expect(bench.appends[0].commit == LogIndex(1))
    let follower = Bench(1)
    follower.receive(append(term: 1, after: .zero, entries([1])), from: 0)
    #expect(follower.committed.isEmpty)
    follower.receive(append(term: 1, after: at(1, 1), commit: 1), from: 0)
    #expect(follower.committed == [at(1, 1)])
    #expect(follower.replies.isEmpty, "followers do not answer clients")
  }

  // Rule: Raft append-5
  @Test("Raft Figure 2: commitIndex = min(leaderCommit, index of last new entry)")
  func commitIsBounded() {
    let bench = Bench()
    bench.restart(from: disk(term: 1, log: [1, 1, 1]))
    bench.receive(append(term: 2, after: at(1, 1), commit: 3), from: 1)
    #expect(bench.committed == [at(1, 1)], "entries 2 and 3 were not verified by this message")
  }

  // Rule: Raft append-2
  @Test("Raft §5.3: without the preceding entry, the follower refuses the new entries")
  func consistencyCheck() {
    let bench = Bench()
    bench.restart(from: disk(term: 2, log: [1, 1, 2]))
    for previous in [at(4, 2), at(3, 1), at(9, 9)] {
      bench.receive(append(term: 3, after: previous, entries([3]), commit: 3), from: 1)
      #expect(bench.appendReply?.isSuccess == false)
      #expect(bench.durable.terms == [1, 1, 2] && bench.committed.isEmpty)
    }
  }

  // Rule: Raft append-3, Raft append-4, Raft leaders-5
  @Test(
    "Raft Figure 7: conflicting entries in follower logs are overwritten with the leader's",
    arguments: [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ] as [[UInt64]])
  func figure7(log: [UInt64]) {
    let leaderLog: [UInt64] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
    let leader = Bench { $0.maximumEntries = 3 }
    leader.restart(from: disk(term: 7, log: leaderLog))
    let follower = Bench(1)
    follower.restart(from: disk(term: 7, log: log))
    leader.win()
    var exchanges = 0
    var inbox = leader.messages.filter { $0.asAppend != nil }
    while let message = inbox.first {
      inbox.removeFirst()
      follower.receive(message, from: 0)
      for answer in follower.messages { leader.receive(answer, from: 1) }
      inbox += leader.sent.filter { $0.to.contains(Endpoint(ReplicaID(1))) }.map(\.message)
      exchanges += 1
      if exchanges > 20 { break }
    }
    #expect(exchanges < 10)
    // The new leader's no-op of term 8 follows.
    #expect(follower.durable.terms == leaderLog + [8])
    #expect(leader.durable.terms == leaderLog + [8])
  }

  // Rule: Raft leaders-5
  @Test("Raft §5.3: one refused AppendEntries is needed for each conflicting term, not entry")
  func fastBackup() {
    let follower = Bench(1)
    follower.restart(from: disk(term: 3, log: [1, 2, 2, 2, 3, 3, 3]))
    follower.receive(append(term: 5, after: at(7, 4)), from: 0)
    #expect(follower.appendReply?.conflict == at(5, 3))
    follower.receive(append(term: 5, after: at(20, 4)), from: 0)
    #expect(follower.appendReply?.conflict == at(8, 0))
    let leader = Bench(0)
    leader.restart(from: disk(term: 4, log: [1, 2, 2, 4, 4, 4, 4]))
    leader.win()
    let refusal = AppendReply(
      term: Term(5), isSuccess: false, index: LogIndex(7), conflict: at(5, 3))
    leader.receive(.appendReply(refusal), from: 1)
    #expect(leader.appends[0].previous == at(4, 4), "no entry of term 3: try before the conflict")
    let second = AppendReply(
      term: Term(5), isSuccess: false, index: LogIndex(4), conflict: at(2, 2))
    leader.receive(.appendReply(second), from: 1)
    #expect(leader.appends[0].previous == at(3, 2), "after the leader's last entry of term 2")
  }

  @Test("A refusal that was overtaken by a success, or answers another probe, changes nothing")
  func staleRefusal() {
    let leader = Bench()
    leader.win()
    for timestamp in 1...4 { leader.receive(request(0, UInt64(timestamp))) }
    leader.receive(acknowledge(term: 1, 3), from: 1)
    let refusal = AppendReply(
      term: Term(1), isSuccess: false, index: LogIndex(2), conflict: at(1, 0))
    #expect(leader.receive(.appendReply(refusal), from: 1).isEmpty)
    leader.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(3), conflict: at(2, 0))),
      from: 2)
    #expect(leader.appends.count == 1 && leader.appends[0].previous == at(1, 1))
    leader.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(2), conflict: at(1, 0))),
      from: 2)
    #expect(leader.sent.isEmpty, "the leader waits for the answer to its probe")
    leader.receive(request(0, 5))
    #expect(leader.sent[0].to.map(\.description) == ["r1"], "a probed follower gets nothing new")
    leader.receive(acknowledge(term: 1, 4), from: 2)
    #expect(leader.appends[0].previous == at(4, 1) && leader.appends[0].entries.count == 1)
  }

  @Test("A refusal with an old hint does not make the leader go back behind a known match")
  func oldHint() {
    let leader = Bench()
    leader.win()
    for timestamp in 1...4 { leader.receive(request(0, UInt64(timestamp))) }
    leader.receive(acknowledge(term: 1, 3), from: 1)
    leader.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(4), conflict: at(1, 0))),
      from: 1)
    #expect(leader.appends.map(\.previous) == [at(3, 1)])
  }

  // Rule: Raft append-3
  @Test("Raft Figure 2: entries are deleted only if they conflict, since messages can be old")
  func oldAppendDoesNotTruncate() {
    let bench = Bench()
    bench.receive(append(term: 1, after: .zero, entries([1, 1, 1])), from: 1)
    bench.receive(append(term: 1, after: .zero, entries([1])), from: 1)
    #expect(bench.durable.terms == [1, 1, 1])
    #expect(bench.appendReply?.index == LogIndex(1) && bench.records == 0)
    bench.receive(append(term: 1, after: at(2, 1), entries([1, 1], first: 3)), from: 1)
    #expect(bench.durable.terms == [1, 1, 1, 1])
    bench.receive(append(term: 2, after: at(1, 1), entries([2])), from: 2)
    #expect(bench.durable.terms == [1, 2])
  }

  // Rule: Raft leaders-7
  @Test("Raft §5.3: a leader never overwrites or deletes entries in its own log")
  func leaderAppendOnly() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(append(term: 1, after: .zero, entries([1, 1], first: 5)), from: 1)
    #expect(bench.replica.standing.leads && bench.sent.isEmpty)
    #expect(bench.durable.log[LogIndex(1)]?.request == request(0, 1))
  }

  @Test("A leader's message that contradicts committed entries is dropped, not obeyed")
  func committedEntriesStay() {
    let bench = Bench()
    bench.receive(append(term: 1, after: .zero, entries([1, 1]), commit: 2), from: 1)
    bench.receive(append(term: 2, after: .zero, entries([2])), from: 2)
    #expect(bench.sent.isEmpty && bench.durable.terms == [1, 1])
  }

  @Test("Raft §5.3: the leader retries AppendEntries indefinitely, even after it has answered")
  func retries() {
    let bench = Bench(0, of: 3)
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.replies.count == 1)
    let refusal = AppendReply(
      term: Term(1), isSuccess: false, index: LogIndex(1), conflict: at(1, 0))
    bench.receive(.appendReply(refusal), from: 2)
    for _ in 0..<5 {
      bench.advance(.milliseconds(100))
      bench.step(.timeout(.heartbeat))
      let toLagging = bench.sent.filter { $0.to.map(\.description) == ["r2"] }
      #expect(toLagging.compactMap(\.message.asAppend).first?.entries.count == 1)
    }
  }

  // Rule: Raft leaders-4, Raft state-7
  @Test("Acknowledgements of older terms and of entries that do not exist change nothing")
  func oldAcknowledgements() {
    let bench = Bench()
    bench.restart(from: disk(term: 1, log: [1]))
    bench.win()
    bench.receive(acknowledge(term: 1, 2), from: 1)
    bench.receive(acknowledge(term: 2, 50), from: 1)
    #expect(bench.sent.isEmpty && bench.committed.isEmpty)
    bench.receive(acknowledge(term: 2, 2), from: 1)
    #expect(bench.committed == [at(1, 1), at(2, 2)])
  }

  // Rule: Raft vote-3
  @Test(
    "Raft §5.4.1: the voter denies its vote if its own log is more up to date than the candidate's",
    arguments: [
      (at(3, 2), true), (at(2, 2), false), (at(4, 2), true), (at(9, 1), false), (at(1, 3), true),
      (at(0, 0), false),
    ])
  func electionRestriction(last: LogPosition, isGranted: Bool) {
    for isPreVote in [false, true] {
      let bench = Bench()
      bench.restart(from: disk(term: 3, log: [1, 1, 2]))
      let question = VoteRequest(term: Term(4), last: last, isTransfer: false)
      bench.receive(isPreVote ? .preVote(question) : .vote(question), from: 1)
      #expect((isPreVote ? bench.preVoteReply : bench.voteReply)?.isGranted == isGranted)
      #expect(bench.durable.vote == (isGranted && !isPreVote ? ReplicaID(1) : nil))
    }
  }

  // Rule: Raft leaders-6
  @Test("Raft §5.4.2: only entries from the leader's current term are committed by counting")
  func commitsCurrentTermOnly() {
    let bench = Bench { $0.appendsNoOp = .never }
    bench.restart(from: disk(term: 2, log: [1, 2]))
    bench.win()
    bench.receive(acknowledge(term: 3, 2), from: 1)
    bench.receive(acknowledge(term: 3, 2), from: 2)
    #expect(bench.committed.isEmpty)
    bench.receive(request(9, 1))
    bench.receive(acknowledge(term: 3, 3), from: 1)
    #expect(bench.committed == [at(1, 1), at(2, 2), at(3, 3)])
    #expect(bench.replies.count == 3)
  }

  // Rule: Raft leaders-6
  @Test("Raft Figure 8: an entry of an old term on a majority can still be overwritten")
  func figure8() {
    // S1 to S5 are replicas 0 to 4. (c): S1 leads term 4; S2 and S3 hold entry 2 of term 2.
    let s1 = Bench(0, of: 5) { $0.appendsNoOp = .never }
    s1.restart(from: disk(term: 3, log: [1, 2]))
    s1.win()
    #expect(s1.replica.standing.view == 4)
    s1.receive(acknowledge(term: 4, 2), from: 1)
    s1.receive(acknowledge(term: 4, 2), from: 2)
    #expect(s1.committed.isEmpty, "entry 2 is on a majority but of an old term")
    // (d): S5, which has an entry of term 3, wins with votes of S2, S3, S4 and overwrites it.
    let s5 = Bench(4, of: 5) { $0.appendsNoOp = .never }
    s5.restart(from: disk(term: 4, log: [1, 3]))
    let s2 = Bench(1, of: 5)
    s2.restart(from: disk(term: 4, log: [1, 2]))
    s5.step(.timeout(.election))
    s2.receive(s5.messages[0], from: 4)
    #expect(s2.voteReply == VoteReply(term: Term(5), isGranted: true))
    s2.receive(append(term: 5, after: at(1, 1), entries([3])), from: 4)
    #expect(s2.durable.terms == [1, 3])
    // (e): had S1 replicated an entry of term 4 first, S5 could not win, and both were committed.
    s1.receive(request(7, 1))
    s1.receive(acknowledge(term: 4, 3), from: 1)
    s1.receive(acknowledge(term: 4, 3), from: 2)
    #expect(s1.committed == [at(1, 1), at(2, 2), at(3, 4)])
    let other = Bench(1, of: 5)
    other.restart(from: disk(term: 4, log: [1, 2, 4]))
    other.receive(ask(term: 5, last: at(2, 3)), from: 4)
    #expect(other.voteReply?.isGranted == false)
  }

  // Rule: Raft leaders-6
  @Test(
    "The majority rule takes the greatest index that a majority holds, not the last acknowledged")
  func majorityIsAQuantile() {
    let bench = Bench(0, of: 4)
    bench.win()
    for timestamp in 1...9 { bench.receive(request(0, UInt64(timestamp))) }
    bench.receive(acknowledge(term: 1, 5), from: 1)
    #expect(bench.committed.isEmpty)
    bench.receive(acknowledge(term: 1, 9), from: 2)
    #expect(bench.committed.last == at(5, 1))
    bench.receive(acknowledge(term: 1, 7), from: 3)
    #expect(bench.committed.last == at(7, 1))
  }

  // Rule: Raft leaders-3, Raft leaders-4, Raft state-6
  @Test("Entries are sent on without waiting; a follower that lags gets many in one message")
  func pipelining() {
    let bench = Bench { $0.maximumEntries = 4 }
    bench.win()
    for timestamp in 1...9 {
      bench.receive(request(0, UInt64(timestamp)))
      #expect(bench.sent.count == 1 && bench.sent[0].to.count == 2)
      #expect(bench.appends[0].entries.count == 1)
    }
    let refusal = AppendReply(
      term: Term(1), isSuccess: false, index: .zero.advanced(by: 4), conflict: at(1, 0))
    bench.receive(.appendReply(refusal), from: 1)
    #expect(bench.appends[0].entries.count == 4)
    bench.receive(acknowledge(term: 1, 4), from: 1)
    #expect(bench.appends[0].previous == at(4, 1) && bench.appends[0].entries.count == 4)
    bench.receive(acknowledge(term: 1, 8), from: 1)
    #expect(bench.appends[0].previous == at(8, 1) && bench.appends[0].entries.count == 1)
    bench.receive(acknowledge(term: 1, 9), from: 1)
    #expect(bench.appends.isEmpty)
  }

  @Test(
    "A new leader's no-op follows its policy",
    arguments: [
      (NoOpPolicy.never, [], []), (.never, [1, 1], [1, 1]), (.ifUncommitted, [], []),
      (.ifUncommitted, [1, 1], [1, 1, 2]), (.always, [], [2]), (.always, [1], [1, 2]),
    ] as [(NoOpPolicy, [UInt64], [UInt64])])
  func noOp(policy: NoOpPolicy, before: [UInt64], after: [UInt64]) {
    let bench = Bench { $0.appendsNoOp = policy }
    bench.restart(from: disk(term: 1, log: before))
    bench.win()
    #expect(bench.durable.terms == after)
    #expect(bench.appends.count == 1)
    #expect(bench.appends[0].entries.first?.isOrdinary != true)
  }
}
