import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft as etcd serves clients: requests passed on and given up")
struct RaftForwardingTests {
  private static func forwarding(
    _ id: Int = 0, timeout: VirtualDuration? = nil, held: Int? = nil
  ) -> Bench {
    Bench(id) {
      $0.requests = .forward
      $0.requestTimeout = timeout
      $0.inFlight = held
    }
  }

  /// A follower of replica 2 in term 3.
  private static func follower(timeout: VirtualDuration? = nil) -> Bench {
    let bench = forwarding(timeout: timeout)
    bench.receive(append(term: 3, after: .zero), from: 2)
    return bench
  }

  private func entry(_ term: UInt64, of request: Request) -> RaftEntries {
    RaftEntries(first: RaftEntry(term: Term(term), request: request, others: []), rest: [])
  }

  @Test("A follower passes a request on, and replies itself once it has applied the entry")
  func passesOn() throws {
    let bench = Self.follower()
    bench.receive(request(0, 1))
    #expect(bench.names == ["forward"])
    #expect(bench.sent.first?.to == [Endpoint(ReplicaID(2))])
    bench.receive(append(term: 3, after: .zero, entry(3, of: request(0, 1))), from: 2)
    #expect(bench.replies.isEmpty, "not committed")
    bench.receive(append(term: 3, after: at(1, 3), commit: 1), from: 2)
    let reply = try #require(bench.replies.first)
    #expect(bench.replies.count == 1 && reply.isExecuted && reply.leader == ReplicaID(2))
    #expect(reply.result == request(0, 1).result)
    bench.receive(append(term: 3, after: at(1, 3), commit: 1), from: 2)
    #expect(bench.replies.isEmpty, "owed once")
  }

  @Test("The leader appends what is passed on once and does not reply")
  func leaderIsSilent() {
    let bench = Self.forwarding()
    bench.win()
    bench.receive(.forward(request(0, 1)), from: 1)
    #expect(bench.appends.map(\.entries.count) == [1])
    #expect(bench.receive(.forward(request(0, 1)), from: 2).isEmpty, "already in the log")
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.committed == [at(1, 1)] && bench.replies.isEmpty)
    #expect(bench.receive(.forward(request(0, 1)), from: 2).isEmpty, "already applied")
    #expect(bench.durable.terms == [1])
  }

  @Test("A client that asks the leader itself is answered by the leader")
  func leaderReplies() {
    let bench = Self.forwarding()
    bench.win()
    bench.receive(.forward(request(0, 1)), from: 1)
    bench.receive(request(0, 1))
    #expect(bench.sent.isEmpty)
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(bench.replies.map(\.client) == [ClientID(0)])
  }

  @Test("A repeated request is answered by whichever replica is asked, once that has applied it")
  func repeated() {
    let bench = Self.follower()
    bench.receive(append(term: 3, after: .zero, entry(3, of: request(0, 2)), commit: 1), from: 2)
    #expect(bench.replies.isEmpty, "another replica was asked")
    bench.receive(request(0, 2))
    #expect(bench.replies.map(\.isExecuted) == [true] && bench.sent.count == 1)
    #expect(bench.receive(request(0, 1)).isEmpty, "the client has gone on")
  }

  @Test("A request that is passed on to a replica that lost the lead goes to the next leader")
  func laterLeader() {
    let bench = Self.follower()
    bench.receive(.forward(request(0, 1)), from: 1)
    #expect(bench.names == ["forward"] && bench.sent[0].to == [Endpoint(ReplicaID(2))])
    #expect(bench.receive(.forward(request(0, 1)), from: 2).isEmpty, "not back to its sender")
    bench.step(.timeout(.election))
    #expect(bench.receive(.forward(request(0, 1)), from: 1).isEmpty, "nobody is known to lead")
    bench.receive(append(term: 5, after: .zero), from: 1)
    #expect(bench.names.contains("forward"))
  }

  @Test("A leader that steps down passes its uncommitted requests on and still replies")
  func stepsDown() {
    let bench = Self.forwarding()
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(.forward(request(1, 1)), from: 1)
    bench.receive(append(term: 2, after: .zero), from: 2)
    #expect(bench.names.count(where: { $0 == "forward" }) == 2 && bench.replies.isEmpty)
    let both = RaftEntries(
      first: RaftEntry(term: Term(2), request: request(1, 1), others: [request(0, 1)]), rest: [])
    bench.receive(append(term: 2, after: .zero, both, commit: 1), from: 2)
    #expect(bench.replies.map(\.client) == [ClientID(0)], "the other was asked of replica 1")
  }

  @Test("A request whose effect comes with a snapshot is answered")
  func snapshot() {
    let bench = Self.follower()
    bench.receive(request(0, 1))
    var ledger = Ledger(application: nil)
    _ = ledger.execute(request(0, 1), at: SequenceNumber(4))
    let snapshot = RaftSnapshot(position: at(4, 3), ledger: ledger, clients: 1)
    bench.receive(.installSnapshot(InstallSnapshot(term: Term(3), snapshot: snapshot)), from: 2)
    #expect(bench.replies.map(\.isExecuted) == [true])
  }

  @Test("A wrong signature is not passed on, and nothing is taken where clients are redirected")
  func refuses() {
    let bench = Self.follower()
    var forged = request(0, 1)
    forged.operation += 1
    #expect(bench.receive(forged).isEmpty)
    let redirecting = Bench()
    redirecting.win()
    #expect(redirecting.receive(.forward(request(0, 1)), from: 1).isEmpty)
    #expect(redirecting.durable.terms.isEmpty)
  }

  // MARK: Requests that are given up

  @Test("A request that is not applied in time is answered as not executed, without a leader")
  func givesUp() {
    let bench = Self.follower(timeout: .seconds(7))
    bench.receive(request(0, 1))
    #expect(bench.timers.map(\.timer) == [.request])
    #expect(bench.timers.first?.duration == .seconds(7))
    bench.advance(.seconds(1))
    bench.receive(request(1, 1))
    #expect(bench.timers.isEmpty, "one timer for all")
    bench.advance(.seconds(6))
    bench.step(.timeout(.request))
    #expect(bench.replies.map(\.client) == [ClientID(0)])
    #expect(bench.replies.first?.isExecuted == false && bench.replies.first?.leader == nil)
    #expect(bench.timers.first?.duration == .seconds(1))
    // It is applied later after all.
    bench.receive(append(term: 3, after: .zero, entry(3, of: request(0, 1)), commit: 1), from: 2)
    #expect(bench.replies.isEmpty)
  }

  @Test("A request that was applied is not given up, and a repeated one has its whole time again")
  func isInTime() {
    let bench = Self.follower(timeout: .seconds(7))
    bench.receive(request(0, 1))
    bench.receive(append(term: 3, after: .zero, entry(3, of: request(0, 1)), commit: 1), from: 2)
    bench.advance(.seconds(2))
    bench.receive(request(0, 2))
    bench.advance(.seconds(5))
    bench.step(.timeout(.request))
    #expect(bench.sent.isEmpty)
    #expect(bench.timers.first?.duration == .seconds(2))
    bench.advance(.seconds(2))
    bench.step(.timeout(.request))
    #expect(bench.replies.map(\.timestamp) == [2])
    bench.receive(request(0, 2))
    #expect(bench.timers.first?.duration == .seconds(7))
  }

  @Test("What a replica held is forgotten with its time", arguments: [false, true])
  func forgetsHeld(forwards: Bool) {
    let bench = Bench {
      $0.requests = forwards ? .forward : .redirect
      $0.requestTimeout = .seconds(3)
    }
    bench.step(.start)
    bench.receive(request(0, 1))
    #expect(bench.replica.held.count == 1)
    bench.advance(.seconds(3))
    bench.step(.timeout(.request))
    #expect(bench.replica.held.isEmpty && bench.replies.map(\.isExecuted) == [false])
    bench.receive(append(term: 1, after: .zero), from: 1)
    #expect(bench.names == ["append-reply"])
  }

  @Test("A client that was told of the leader is not told that its request was given up")
  func redirected() {
    let bench = Bench { $0.requestTimeout = .seconds(3) }
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(append(term: 2, after: .zero), from: 2)
    #expect(bench.replies.map(\.leader) == [ReplicaID(2)])
    bench.advance(.seconds(3))
    bench.step(.timeout(.request))
    #expect(bench.sent.isEmpty && bench.timers.isEmpty)
  }

  @Test("A fast clock that runs out early gives up the oldest request and goes on")
  func fastClock() {
    let bench = Self.follower(timeout: .seconds(7))
    bench.receive(request(0, 1))
    bench.advance(.seconds(6))
    bench.step(.timeout(.request))
    #expect(bench.replies.map(\.client) == [ClientID(0)] && bench.timers.isEmpty)
  }
}
