import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft §8: clients")
struct RaftClientTests {
  // Rule: Raft append-6
  @Test("A follower names the leader it knows and does nothing else")
  func redirects() {
    let bench = Bench()
    bench.receive(append(term: 3, after: .zero), from: 2)
    bench.receive(request(0, 1))
    #expect(
      bench.replies == [
        Reply(
          client: ClientID(0), timestamp: 1, replica: ReplicaID(0), result: Digest(0),
          resultBytes: 0, view: 3, leader: ReplicaID(2), isExecuted: false)
      ])
    #expect(bench.sent.count == 1 && bench.durable.terms.isEmpty)
  }

  @Test("A replica that knows no leader holds requests until it does")
  func holds() {
    let bench = Bench()
    bench.step(.start)
    #expect(bench.receive(request(0, 1)).isEmpty)
    #expect(bench.receive(request(0, 2)).isEmpty)
    #expect(bench.receive(request(1, 7)).isEmpty)
    bench.receive(append(term: 1, after: .zero), from: 1)
    #expect(bench.replies.map(\.timestamp) == [2, 7], "the newest of each client")
    bench.receive(append(term: 1, after: .zero), from: 1)
    #expect(bench.replies.isEmpty)
  }

  @Test("A candidate appends the requests it held when it wins")
  func appendsHeld() {
    let bench = Bench()
    bench.step(.timeout(.election))
    bench.receive(request(0, 1))
    bench.receive(vote(term: 1), from: 1)
    #expect(bench.appends.map(\.entries.count) == [0, 1])
  }

  @Test("A request whose client signature is wrong is dropped, by leaders and by others")
  func badSignature() {
    let bench = Bench()
    var forged = request(0, 1)
    forged.operation += 1
    #expect(bench.receive(forged).isEmpty)
    bench.win()
    #expect(bench.appends.count == 1)
    #expect(bench.receive(forged).isEmpty)
    var unsigned = request(0, 1)
    unsigned.signature = .none
    #expect(bench.receive(unsigned).isEmpty)
    #expect(bench.durable.terms.isEmpty)
  }

  @Test("Raft §8: a retried command is answered from its effect, and appended only once")
  func exactlyOnce() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    #expect(bench.receive(request(0, 1)).isEmpty, "already in the log")
    bench.receive(acknowledge(term: 1, 1), from: 1)
    let first = bench.replies
    #expect(first.count == 1 && first[0].isExecuted && first[0].result == request(0, 1).result)
    bench.receive(request(0, 1))
    #expect(bench.replies == first && bench.appends.isEmpty)
    bench.receive(request(0, 2))
    bench.receive(acknowledge(term: 1, 2), from: 1)
    #expect(bench.receive(request(0, 1)).isEmpty, "the client has gone on")
    #expect(bench.durable.terms == [1, 1])
  }

  @Test("A request that an earlier leader logged is not appended again by the next")
  func loggedByAnother() {
    let bench = Bench()
    bench.receive(append(term: 1, after: .zero, entries([1])), from: 1)
    bench.win()
    #expect(bench.durable.terms == [1, 2])
    #expect(bench.receive(request(1, 1)).isEmpty)
    bench.receive(acknowledge(term: 2, 2), from: 2)
    #expect(bench.replies.map(\.client) == [ClientID(1)], "answered when the no-op commits")
  }

  @Test("A request that was logged twice takes effect once")
  func loggedTwice() {
    let bench = Bench()
    let twice = RaftEntries(first: entry(1), rest: [entry(1)])
    bench.receive(append(term: 1, after: .zero, twice, commit: 2), from: 1)
    let effects = bench.observations.filter {
      $0.milestone.map { if case .executed = $0 { true } else { false } } ?? false
    }
    #expect(bench.committed.count == 2 && effects.count == 1)
  }

  @Test("A leader that loses the lead answers its uncommitted requests with the new leader's name")
  func pendingAtStepDown() {
    let bench = Bench()
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    bench.receive(request(1, 1))
    bench.receive(acknowledge(term: 2, 1), from: 2)
    #expect(!bench.replica.standing.leads && bench.replies.isEmpty)
    bench.receive(append(term: 2, after: at(1, 1)), from: 2)
    #expect(bench.replies.map(\.client) == [ClientID(1)])
    #expect(bench.replies.first?.isExecuted == false && bench.replies.first?.leader == ReplicaID(2))
  }

  @Test("Requests wait for room and then form batches", arguments: [1, 2, 5])
  func batches(size: Int) {
    let bench = Bench {
      $0.maximumBatch = size
      $0.inFlight = 1
      $0.maximumEntries = 1
    }
    bench.win()
    for client in 0..<6 { bench.receive(request(client, 1)) }
    #expect(bench.durable.terms == [1])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.appends.map(\.entries.requestCount) == [size])
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    let bytes = bench.messages.filter { $0.asAppend != nil }.map { $0.size(sizes).bytes }
    #expect(bytes == [600 + 800 * size])
    bench.receive(acknowledge(term: 1, 2), from: 1)
    #expect(bench.replies.count == size)
    #expect(bench.committed == [at(2, 1)])
  }

  @Test("Replies that reach a replica are ignored")
  func ignoresReplies() {
    let bench = Bench()
    let reply = Reply(
      client: ClientID(0), timestamp: 1, replica: ReplicaID(1), result: Digest(1),
      resultBytes: 0, view: 9, leader: nil, isExecuted: true)
    #expect(bench.receive(.reply(reply), from: 1).isEmpty)
    #expect(bench.replica.standing.view == 0)
  }
}
