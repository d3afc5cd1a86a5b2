import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft: what may be in flight, and what waits for it")
struct RaftWindowTests {
  private func bench(
    _ inFlight: Int?, of count: Int = 3, _ configure: (inout RaftConfiguration) -> Void = { _ in }
  ) -> Bench {
    let bench = Bench(of: count) {
      $0.inFlight = inFlight
      configure(&$0)
    }
    bench.win()
    return bench
  }

  private func refuse(_ index: UInt64, at conflict: LogPosition) -> RaftMessage {
    .appendReply(
      AppendReply(
        term: Term(1), isSuccess: false, index: LogIndex(index), conflict: conflict))
  }

  private func isHolding(_ bench: Bench) -> Bool {
    bench.observations.contains { if case .heldRequests = $0 { true } else { false } }
  }

  /// Each append-entries message of the last step: its entries, and to whom it goes.
  private func appends(_ bench: Bench) -> [[Int]] {
    bench.sent.compactMap { sent in
      sent.message.asAppend.map { [$0.entries.count] + sent.to.compactMap { $0.replica?.index } }
    }
  }

  @Test("Requests wait while every window is full, and go to the follower whose answer made room")
  func fills() {
    let bench = bench(2)
    bench.receive(request(0, 1))
    #expect(appends(bench) == [[1, 1, 2]])
    bench.receive(request(1, 1))
    #expect(appends(bench) == [[1, 1, 2]] && !isHolding(bench))
    bench.receive(request(2, 1))
    #expect(appends(bench) == [] && isHolding(bench) && bench.durable.terms == [1, 1])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [[1, 1]] && !isHolding(bench) && bench.durable.terms == [1, 1, 1])
    // The other follower gets it once it has answered; one answer is for both messages.
    bench.receive(acknowledge(term: 1, 2), from: 2)
    #expect(appends(bench) == [[1, 2]])
    bench.receive(request(3, 1))
    #expect(appends(bench) == [[1, 2]], "the window of 1 is full, and that of 2 is not")
    bench.receive(acknowledge(term: 1, 2), from: 1)
    #expect(appends(bench) == [[1, 1]])
  }

  @Test("A message takes as many entries as it may, and the requests after them wait")
  func entriesOfAMessage() {
    let bench = bench(1) { $0.maximumEntries = 2 }
    for client in 0..<6 { bench.receive(request(client, 1)) }
    #expect(bench.durable.terms == [1])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [[2, 1]] && isHolding(bench))
    bench.receive(acknowledge(term: 1, 1), from: 2)
    #expect(appends(bench) == [[2, 2]] && bench.durable.terms == [1, 1, 1])
    bench.receive(acknowledge(term: 1, 3), from: 2)
    #expect(appends(bench) == [[2, 2]] && bench.durable.terms == [1, 1, 1, 1, 1])
  }

  @Test("A heartbeat to a full window is empty; a refusal or an answer opens the window")
  func lostMessages() {
    let bench = bench(1)
    bench.receive(request(0, 1))
    bench.receive(request(1, 1))
    bench.advance(.milliseconds(100))
    bench.step(.timeout(.heartbeat))
    #expect(appends(bench) == [[0, 1], [0, 2]])
    #expect(bench.appends.map(\.previous) == [at(1, 1), at(1, 1)])
    // Follower 1 never got the entry, follower 2's answer was lost.
    bench.receive(refuse(1, at: at(1, 0)), from: 1)
    #expect(appends(bench) == [[1, 1]] && bench.durable.terms == [1])
    bench.receive(acknowledge(term: 1, 1), from: 2)
    #expect(appends(bench) == [[1, 2]] && bench.durable.terms == [1, 1])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [[1, 1]])
  }

  @Test("Old answers open no window, and a new term begins with empty ones")
  func oldAnswers() {
    let bench = bench(1)
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    bench.receive(request(1, 1))
    bench.receive(request(2, 1))
    #expect(bench.durable.terms == [1, 1])
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [] && bench.durable.terms == [1, 1])
    bench.receive(append(term: 2, after: at(2, 1)), from: 2)
    bench.advance(.seconds(3))
    bench.win()
    #expect(bench.replica.standing.view == 3)
    // An entry of the new term commits what is left; then there is room again.
    bench.receive(acknowledge(term: 3, 3), from: 1)
    bench.receive(request(3, 1))
    #expect(appends(bench) == [[1, 1]])
  }

  @Test("A leader alone in its cluster has no window")
  func alone() {
    let bench = Bench(of: 1) {
      $0.inFlight = 1
      $0.initialLeader = ReplicaID(0)
    }
    bench.step(.start)
    for client in 0..<3 { bench.receive(request(client, 1)) }
    #expect(bench.durable.terms == [1, 1, 1] && bench.replies.count == 1)
  }

  // MARK: Commit at once

  @Test("A commit is told at once, once, and with the entries that wait", arguments: [nil, 1])
  func tells(inFlight: Int?) {
    let bench = bench(inFlight) { $0.commitNotice = .atOnce }
    bench.receive(request(0, 1))
    bench.receive(request(1, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == (inFlight == nil ? [[0, 1], [0, 2]] : [[1, 1], [0, 2]]))
    #expect(bench.appends.allSatisfy { $0.commit == LogIndex(1) })
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [])
    // The answer of the second follower changes nothing but its window.
    bench.receive(acknowledge(term: 1, 1), from: 2)
    #expect(appends(bench) == (inFlight == nil ? [] : [[1, 2]]))
  }

  // MARK: Company

  @Test("The first request of a batch waits for others, until the batch is full or old enough")
  func company() {
    let bench = bench(nil) {
      $0.maximumBatch = 2
      $0.batching.delay = .milliseconds(5)
    }
    bench.receive(request(0, 1))
    #expect(bench.sent.isEmpty && bench.timers.map(\.timer) == [.batch])
    #expect(bench.timers.map(\.duration) == [.milliseconds(5)])
    bench.advance(.milliseconds(3))
    bench.receive(request(1, 1))
    #expect(bench.appends.map(\.entries.requestCount) == [2])
    #expect(bench.timers.map(\.duration) == [nil], "the timer is cancelled")
    bench.receive(request(2, 1))
    bench.advance(.milliseconds(5))
    bench.step(.timeout(.batch))
    #expect(bench.appends.map(\.entries.requestCount) == [1] && !isHolding(bench))
  }

  @Test("A request that waited long enough for company goes as soon as there is room")
  func oldEnough() {
    let bench = bench(1) {
      $0.maximumBatch = 2
      $0.batching.delay = .milliseconds(5)
    }
    for client in 0..<3 { bench.receive(request(client, 1)) }
    #expect(bench.durable.terms == [1])
    bench.advance(.milliseconds(5))
    bench.step(.timeout(.batch))
    #expect(bench.sent.isEmpty && isHolding(bench))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    #expect(appends(bench) == [[1, 1]])
  }

  // MARK: Loss

  @Test(
    "Small windows lose and double no request where messages are lost", arguments: 3...5, [1, 2])
  func loss(n: Int, inFlight: Int) {
    for seed in 1...6 as ClosedRange<UInt64> {
      let cluster = RaftCluster(n, seed: seed, clients: 4) {
        $0.inFlight = inFlight
        $0.maximumBatch = 1 + Int(seed % 3)
        $0.commitNotice = seed % 2 == 0 ? .atOnce : .withNext
      }
      cluster.loss = 0.15
      cluster.jitter = seed % 3 == 0 ? 4_000_000 : 0
      cluster.start()
      cluster.run(for: .milliseconds(20))
      cluster.issue(25)
      let isServed = cluster.run(for: .seconds(200)) { cluster.unanswered == 0 }
      #expect(isServed, "seed \(seed): \(cluster.unanswered) requests wait")
      #expect(cluster.violations.isEmpty, "seed \(seed): \(cluster.violations.first ?? "")")
      #expect(cluster.replicas.map(\.ledger.executed).max() == 100)
    }
  }
}
