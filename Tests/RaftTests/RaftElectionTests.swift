import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft §5.1 and §5.2: terms and elections")
struct RaftElectionTests {
  // Rule: Raft servers-2
  @Test(
    "Raft §5.1: if one server's current term is smaller, it updates its term to the larger value",
    arguments: [
      append(term: 5, after: .zero), ask(term: 5), vote(term: 5, false),
      .appendReply(
        AppendReply(term: Term(5), isSuccess: false, index: .zero, conflict: .zero)),
      .installSnapshot(InstallSnapshot(term: Term(5), snapshot: .initial(application: nil))),
      .snapshotReply(term: Term(5), match: .zero),
      .preVoteReply(VoteReply(term: Term(5), isGranted: false)),
    ], [false, true])
  func updatesTerm(message: RaftMessage, leads: Bool) {
    let bench = Bench { $0.checksQuorum = false }
    bench.step(.start)
    if leads { bench.win() }
    bench.receive(message, from: 1)
    #expect(bench.replica.standing.view == 5)
    #expect(!bench.replica.standing.leads)
    #expect(bench.durable.term == Term(5))
    #expect(bench.durable.vote == (message.asVote == nil ? nil : ReplicaID(1)))
  }

  // Rule: Raft servers-2
  @Test("Raft §5.1: a leader or candidate whose term is out of date reverts to follower at once")
  func candidateReverts() {
    let bench = Bench()
    bench.step(.timeout(.election))
    bench.receive(vote(term: 9, false), from: 1)
    #expect(bench.replica.role == .follower)
    bench.receive(vote(term: 1), from: 1)
    bench.receive(vote(term: 1), from: 2)
    #expect(!bench.replica.standing.leads)
  }

  // Rule: Raft append-1, Raft vote-1
  @Test("Raft §5.1: a server that receives a request with a stale term number rejects it")
  func rejectsStaleTerm() {
    let bench = Bench()
    bench.restart(from: disk(term: 4, log: [1, 2]))
    bench.receive(append(term: 3, after: at(2, 2), entries([3]), commit: 2), from: 1)
    #expect(bench.appendReply?.isSuccess == false)
    #expect(bench.appendReply?.term == Term(4))
    bench.receive(ask(term: 3, last: at(9, 3)), from: 2)
    #expect(bench.voteReply == VoteReply(term: Term(4), isGranted: false))
    bench.receive(
      .installSnapshot(
        InstallSnapshot(
          term: Term(3),
          snapshot: RaftSnapshot(position: at(9, 3), ledger: Ledger(application: nil), clients: 0))),
      from: 1)
    #expect(bench.durable.terms == [1, 2])
    #expect(bench.committed.isEmpty && bench.timers.isEmpty)
  }

  // Rule: Raft followers-1
  @Test("Raft §5.2: when servers start up, they begin as followers")
  func startsAsFollower() {
    let bench = Bench()
    #expect(bench.step(.start).isEmpty)
    #expect(bench.replica.standing == Standing(leads: false, view: 0, executed: 0))
    #expect(bench.timers.count == 1)
  }

  @Test("Assumption: the initial leader campaigns at once when the run starts")
  func initialLeader() {
    for n in 1...5 {
      let cluster = RaftCluster(n)
      cluster.start()
      cluster.run(for: .milliseconds(2))
      #expect(cluster.leader == 0)
      #expect(cluster.replicas[0].standing.view == 1)
    }
  }

  // Rule: Raft leaders-1
  @Test("Raft §5.2: a leader sends periodic heartbeats to maintain its authority")
  func heartbeats() {
    let bench = Bench()
    bench.win()
    #expect(bench.appends.count == 1 && bench.appends[0].entries.isEmpty)
    bench.advance(.milliseconds(100))
    bench.step(.timeout(.heartbeat))
    #expect(bench.appends.count == 2)
    #expect(bench.appends.allSatisfy { $0.entries.isEmpty && $0.term == Term(1) })
    #expect(bench.work == 0, "heartbeats are not signed")
    bench.step(.timeout(.heartbeat))
    #expect(bench.appends.isEmpty, "nobody is idle")
  }

  // Rule: Raft followers-2, Raft candidates-1
  @Test(
    "Raft §5.2: to begin an election, a follower increments its term, votes for itself and asks")
  func campaigns() {
    let bench = Bench()
    bench.restart(from: disk(term: 2, log: [1, 2, 2]))
    bench.step(.timeout(.election))
    #expect(bench.durable.term == Term(3) && bench.durable.vote == ReplicaID(0))
    #expect(bench.sent.count == 1 && bench.sent[0].to.map(\.description) == ["r1", "r2"])
    #expect(
      bench.messages[0].asVote
        == VoteRequest(term: Term(3), last: at(3, 2), isTransfer: false))
  }

  // Rule: Raft candidates-2
  @Test(
    "Raft §5.2: a candidate wins if it receives votes from a majority of the full cluster",
    arguments: 1...10)
  func winsWithMajority(n: Int) {
    let bench = Bench(0, of: n)
    bench.step(.timeout(.election))
    var granted = 1
    for peer in 1..<max(n, 1) {
      if granted < n / 2 + 1 { #expect(!bench.replica.standing.leads) }
      bench.receive(vote(term: 1), from: peer)
      granted += 1
      #expect(bench.replica.standing.leads == (granted >= n / 2 + 1))
    }
    #expect(bench.replica.standing.leads)
  }

  // Rule: Raft candidates-2
  @Test("Raft §5.2: votes of one server, refused votes and votes of other terms do not add up")
  func countsVotersOnce() {
    let bench = Bench(0, of: 5)
    bench.step(.timeout(.election))
    bench.step(.timeout(.election))
    bench.receive(vote(term: 2), from: 1)
    bench.receive(vote(term: 2), from: 1)
    bench.receive(vote(term: 2, false), from: 2)
    bench.receive(vote(term: 1), from: 3)
    bench.receive(vote(term: 2), from: 0)
    bench.receive(vote(term: 2), from: 7)
    #expect(!bench.replica.standing.leads)
    bench.receive(vote(term: 2), from: 4)
    #expect(bench.replica.standing.leads)
  }

  // Rule: Raft vote-2
  @Test(
    "Raft §5.2: each server votes for at most one candidate in a given term, first come first served"
  )
  func votesOnce() {
    let bench = Bench(0, of: 5)
    bench.receive(ask(term: 1), from: 1)
    #expect(bench.voteReply?.isGranted == true)
    bench.receive(ask(term: 1), from: 2)
    #expect(bench.voteReply?.isGranted == false)
    bench.receive(ask(term: 1), from: 1)
    #expect(bench.voteReply?.isGranted == true, "the same candidate may ask again")
    bench.receive(ask(term: 2), from: 2)
    #expect(bench.voteReply?.isGranted == true)
  }

  // Rule: Raft state-1, Raft state-2
  @Test("Raft Figure 2: term and vote are updated on stable storage before responding")
  func restartKeepsVote() {
    let bench = Bench(0, of: 5)
    bench.receive(ask(term: 3), from: 1)
    #expect(bench.records == 1)
    bench.restart(from: bench.durable)
    bench.receive(ask(term: 3), from: 2)
    #expect(bench.voteReply == VoteReply(term: Term(3), isGranted: false))
    bench.receive(ask(term: 3), from: 1)
    #expect(bench.voteReply?.isGranted == true)
  }

  // Rule: Raft state-1, Raft state-2, Raft state-3
  @Test("Raft Figure 2: what a message promises is written before the message leaves")
  func writesFirst() {
    var costs = WorkCosts()
    costs[.persist] = 5
    let bench = Bench(0, of: 3, costs: costs)
    bench.receive(ask(term: 3), from: 1)
    #expect(bench.sent.map(\.workBefore) == [5], "one write for term and vote")
    bench.receive(append(term: 4, after: .zero, entries([4, 4])), from: 1)
    #expect(bench.sent.map(\.workBefore) == [10], "one for the term and one for both entries")
    bench.receive(append(term: 4, after: at(2, 4)), from: 1)
    #expect(bench.sent.map(\.workBefore) == [0])
    bench.step(.timeout(.election))
    #expect(bench.sent.map(\.workBefore) == [5])
    bench.receive(vote(term: 5), from: 1)
    #expect(bench.names == ["append-entries"] && bench.sent[0].workBefore == 5, "the no-op")
    bench.receive(vote(term: 9, false), from: 1)
    #expect(bench.records == 1 && bench.sent.isEmpty && bench.durable.term == Term(9))
  }

  @Test("A replica that lost its disk does not vote again in the same term")
  func amnesia() {
    let bench = Bench(0, of: 5)
    bench.receive(ask(term: 3), from: 1)
    bench.restart(from: RaftDurable())
    bench.receive(ask(term: 3), from: 2)
    #expect(bench.voteReply?.isGranted == false)
  }

  // Rule: Raft candidates-3
  @Test("Raft §5.2: a candidate that hears a legitimate leader of its term returns to follower")
  func recognisesLeader() {
    let bench = Bench()
    bench.step(.timeout(.election))
    bench.receive(append(term: 1, after: .zero), from: 2)
    #expect(bench.replica.role == .follower)
    #expect(bench.appendReply?.isSuccess == true)
    bench.step(.timeout(.election))
    bench.receive(append(term: 1, after: .zero), from: 2)
    #expect(bench.replica.role == .candidate, "a leader of an older term is not legitimate")
    #expect(bench.appendReply?.term == Term(2) && bench.appendReply?.isSuccess == false)
  }

  // Rule: Raft candidates-4
  @Test("Raft §5.2: without a winner, each candidate times out and starts a new election")
  func splitVote() {
    let bench = Bench(0, of: 5)
    bench.step(.timeout(.election))
    bench.receive(vote(term: 1, false), from: 1)
    bench.step(.timeout(.election))
    #expect(bench.messages[0].asVote?.term == Term(2))
  }

  // Rule: Raft candidates-4
  @Test("Raft §5.2: election timeouts are chosen randomly from a fixed interval")
  func timeoutsAreRandom() {
    var all: [Int64] = []
    for id in 0..<5 {
      let bench = Bench(id, of: 5)
      for _ in 0..<200 {
        bench.step(.timeout(.election))
        for change in bench.timers where change.timer == .election {
          if let duration = change.duration { all.append(duration.nanoseconds) }
        }
      }
    }
    #expect(all.count == 1000)
    #expect(Set(all).count > 990)
    #expect(all.allSatisfy { (1_000_000_000...2_000_000_000).contains($0) })
    let mean = all.reduce(0, +) / 1000
    // The standard deviation of the mean of 1000 uniform values is 9 ms.
    #expect((1_455_000_000...1_545_000_000).contains(mean))
  }

  // Rule: Raft followers-2
  @Test("Raft §5.2: a granted vote and a leader's message restart the timer, others do not")
  func timerRestarts() {
    let bench = Bench(0, of: 5)
    bench.restart(from: disk(term: 2, log: [1, 2]))
    bench.receive(ask(term: 2, last: at(1, 1)), from: 1)
    #expect(bench.timers.isEmpty)
    bench.receive(append(term: 1, after: .zero), from: 1)
    #expect(bench.timers.isEmpty)
    bench.receive(ask(term: 2, last: at(2, 2)), from: 1)
    #expect(bench.timers.count == 1)
    bench.receive(append(term: 2, after: at(2, 2)), from: 1)
    #expect(bench.timers.count == 1)
  }

  @Test("Raft §5.2: after a crash of the leader another is elected", arguments: [3, 4, 5, 7])
  func reelection(n: Int) {
    let cluster = RaftCluster(n)
    cluster.start()
    cluster.run(for: .milliseconds(500))
    cluster.crash(0)
    let isElected = cluster.run(for: .seconds(8)) { cluster.leader != nil }
    #expect(isElected)
    #expect(cluster.violations.isEmpty)
  }

  @Test("A message that claims to come from the replica itself or from nobody changes nothing")
  func ignoresStrangers() {
    let bench = Bench()
    for sender in [0, 3, 99] {
      #expect(bench.receive(ask(term: 5), from: sender).isEmpty)
    }
    bench.step(.message(ask(term: 5), from: Endpoint(ClientID(0))))
    #expect(bench.sent.isEmpty && bench.replica.standing.view == 0)
  }
}
