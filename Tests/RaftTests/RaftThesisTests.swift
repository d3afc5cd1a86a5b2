import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Ongaro's thesis: pre-vote, leases, quorum checks, leadership transfer")
struct RaftThesisTests {
  private func preVote(_ term: UInt64, _ last: LogPosition) -> RaftMessage {
    .preVote(VoteRequest(term: Term(term), last: last, isTransfer: false))
  }

  @Test("Thesis §9.6: a candidate increments its term only if a majority would vote for it")
  func preVoteKeepsTerm() {
    let bench = Bench(0, of: 5) { $0.usesPreVote = true }
    bench.step(.start)
    for _ in 0..<3 { bench.step(.timeout(.election)) }
    #expect(bench.names == ["pre-vote"] && bench.records == 0)
    #expect(bench.replica.standing.view == 0)
    let yes = RaftMessage.preVoteReply(VoteReply(term: Term(1), isGranted: true))
    let no = RaftMessage.preVoteReply(VoteReply(term: Term(0), isGranted: false))
    bench.receive(no, from: 1)
    bench.receive(yes, from: 2)
    bench.receive(yes, from: 2)
    #expect(bench.sent.isEmpty)
    bench.receive(yes, from: 3)
    #expect(bench.names == ["vote"] && bench.durable.term == Term(1))
  }

  @Test("Thesis §9.6: voters deny a pre-vote while they hear a leader, and change nothing by it")
  func preVoteLease() {
    let bench = Bench()
    bench.receive(append(term: 2, after: .zero), from: 1)
    bench.advance(.milliseconds(999))
    bench.receive(preVote(3, at(9, 2)), from: 2)
    #expect(bench.preVoteReply == VoteReply(term: Term(2), isGranted: false))
    bench.advance(.milliseconds(1))
    bench.receive(preVote(3, at(9, 2)), from: 2)
    #expect(bench.preVoteReply == VoteReply(term: Term(3), isGranted: true))
    #expect(bench.records == 0 && bench.timers.isEmpty)
    bench.receive(preVote(2, at(9, 2)), from: 2)
    #expect(bench.preVoteReply?.isGranted == false, "the term is not new")
    #expect(bench.replica.standing.view == 2 && bench.durable.vote == nil)
  }

  @Test("A leader that hears a majority grants no pre-vote")
  func leaderDeniesPreVote() {
    let bench = Bench()
    bench.win()
    bench.advance(.seconds(5))
    bench.receive(preVote(9, at(9, 8)), from: 2)
    #expect(bench.preVoteReply == VoteReply(term: Term(1), isGranted: false))
    #expect(bench.replica.standing.leads)
  }

  @Test("Thesis §9.6: a partitioned server does not disrupt the cluster when it rejoins")
  func rejoinDoesNotDisturb() {
    for usesPreVote in [true, false] {
      let cluster = RaftCluster(5) {
        $0.usesPreVote = usesPreVote
        $0.checksQuorum = usesPreVote
      }
      cluster.start()
      cluster.run(for: .seconds(1))
      cluster.isolate(4)
      cluster.run(for: .seconds(20))
      cluster.heal()
      cluster.run(for: .seconds(10))
      let term = cluster.leader.map { cluster.replicas[$0].standing.view } ?? 0
      #expect((term == 1 && cluster.leader == 0) == usesPreVote)
      #expect(cluster.violations.isEmpty)
    }
  }

  @Test("Thesis §4.2.3: a server that hears a leader ignores vote requests and their terms")
  func leaseRefusesVotes() {
    let bench = Bench()
    bench.receive(append(term: 2, after: .zero), from: 1)
    bench.advance(.milliseconds(999))
    #expect(bench.receive(ask(term: 8, last: at(9, 7)), from: 2).isEmpty)
    #expect(bench.replica.standing.view == 2)
    bench.advance(.milliseconds(1))
    bench.receive(ask(term: 8, last: at(9, 7)), from: 2)
    #expect(bench.voteReply == VoteReply(term: Term(8), isGranted: true))
  }

  @Test("Thesis §3.10: a vote request of a transfer is answered in spite of the lease")
  func transferBypassesLease() {
    let bench = Bench()
    bench.receive(append(term: 2, after: .zero), from: 1)
    bench.receive(ask(term: 3, last: at(9, 2), isTransfer: true), from: 2)
    #expect(bench.voteReply == VoteReply(term: Term(3), isGranted: true))
  }

  @Test("Thesis §6.2: a leader steps down without a majority's answers for an election timeout")
  func checkQuorum() {
    let bench = Bench(0, of: 5)
    bench.win()
    bench.step(.timeout(.election))
    #expect(bench.replica.standing.leads, "all count as active at first")
    bench.receive(acknowledge(term: 1, 0), from: 1)
    bench.receive(acknowledge(term: 1, 0), from: 2)
    bench.step(.timeout(.election))
    #expect(bench.replica.standing.leads)
    bench.receive(acknowledge(term: 1, 0), from: 1)
    bench.receive(acknowledge(term: 1, 0), from: 1)
    bench.step(.timeout(.election))
    #expect(!bench.replica.standing.leads && bench.replica.standing.view == 1)
    let timers = bench.timers.filter { $0.timer == .election && $0.duration != nil }
    #expect(timers.count == 1)
  }

  @Test("A leader cut off from all steps down within two timeouts; without the check it never does")
  func isolatedLeader() {
    for checks in [true, false] {
      let cluster = RaftCluster(3) { $0.checksQuorum = checks }
      cluster.start()
      cluster.run(for: .seconds(1))
      cluster.isolate(0)
      cluster.run(for: .seconds(2))
      #expect(cluster.replicas[0].standing.leads != checks)
    }
  }

  @Test("RL-1: with one working link per follower lost, pre-vote and quorum checks find a leader")
  func partialPartition() {
    // Replica 0 leads but reaches only replica 1; replica 2 is the only one that reaches three.
    let cluster = RaftCluster(5, clients: 1)
    cluster.start()
    cluster.run(for: .seconds(1))
    for other in 2..<5 {
      cluster.isCut[0][other] = true
      cluster.isCut[other][0] = true
    }
    cluster.run(for: .seconds(10))
    cluster.issue(3)
    cluster.run(for: .seconds(10))
    #expect(cluster.unanswered == 0 && cluster.leader != 0)
    let terms = cluster.leaders.count
    cluster.run(for: .seconds(20))
    #expect(cluster.leaders.count == terms, "the new leader is not disturbed")
    #expect(cluster.violations.isEmpty)
  }

  @Test("Thesis §3.10: the leader waits for the target's log, then sends TimeoutNow")
  func transferWaits() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    #expect(bench.step(.command(.rotate)).isEmpty)
    bench.receive(acknowledge(term: 1, 1), from: 2)
    #expect(bench.names == ["reply"], "committed, but the target, replica 1, lags")
    bench.receive(request(1, 1))
    #expect(bench.sent.isEmpty, "new requests wait")
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.names == ["timeout-now"] && bench.sent[0].to.map(\.description) == ["r1"])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.sent.isEmpty, "asked once")
    bench.receive(ask(term: 2, last: at(1, 1), isTransfer: true), from: 1)
    #expect(bench.voteReply?.isGranted == true)
    bench.receive(append(term: 2, after: at(1, 1)), from: 1)
    #expect(bench.replies.map(\.isExecuted) == [false])
    #expect(bench.replies.first?.leader == ReplicaID(1))
  }

  @Test("Thesis §3.10: after an election timeout the leader resumes accepting requests")
  func transferAborts() {
    let bench = Bench()
    bench.win()
    bench.step(.command(.rotate))
    #expect(bench.names == ["timeout-now"])
    bench.receive(request(0, 1))
    #expect(bench.sent.isEmpty)
    bench.step(.timeout(.transfer))
    #expect(bench.appends.first?.entries.first?.request == request(0, 1))
    bench.step(.timeout(.transfer))
    #expect(bench.sent.isEmpty)
  }

  @Test("Followers and candidates ignore the command to rotate")
  func followersDoNotRotate() {
    let bench = Bench()
    bench.step(.start)
    #expect(bench.step(.command(.rotate)).isEmpty && bench.timers.isEmpty)
    bench.step(.timeout(.election))
    #expect(bench.step(.command(.rotate)).isEmpty && bench.timers.isEmpty)
  }

  @Test("TimeoutNow of another term is ignored; of this term it starts an election without asking")
  func timeoutNow() {
    let bench = Bench { $0.usesPreVote = true }
    bench.receive(append(term: 2, after: .zero), from: 1)
    #expect(bench.receive(.timeoutNow(Term(1)), from: 1).isEmpty)
    #expect(bench.receive(.timeoutNow(Term(3)), from: 1).isEmpty)
    bench.receive(.timeoutNow(Term(2)), from: 1)
    #expect(bench.messages[0].asVote?.isTransfer == true && bench.durable.term == Term(3))
  }

  @Test("Paper §IV-D: the lead rotates 0, 1, 2, 3, 0 under load and nothing is lost")
  func rotation() {
    let cluster = RaftCluster(4, clients: 10)
    cluster.start()
    cluster.run(for: .milliseconds(10))
    cluster.issue(400)
    for turn in 0..<5 {
      #expect(cluster.leader == turn % 4)
      cluster.run(for: .milliseconds(200))
      #expect(cluster.leader == turn % 4)
      cluster.command(.rotate, to: turn % 4)
      cluster.run(for: .milliseconds(50))
    }
    let isDone = cluster.run(for: .seconds(10)) { cluster.unanswered == 0 }
    #expect(isDone)
    #expect(cluster.latencies.count == 4000)
    #expect(cluster.leaders.map(\.replica) == [0, 1, 2, 3, 0, 1])
    // No client waited for its own time-out.
    #expect((cluster.latencies.max() ?? 0) < cluster.retry.nanoseconds)
    #expect(cluster.violations.isEmpty)
  }
}
