import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import Raft

@Suite("Raft executes an application")
struct RaftApplicationTests {
  private let application = CountingApplication(work: 1_000, admission: 30, resultBytes: 40)

  private func bench(threshold: Int? = nil) -> Bench {
    Bench {
      $0.application = application
      $0.snapshotThreshold = threshold
    }
  }

  @Test("The leader pays admission and execution, and answers after each execution")
  func work() {
    let bench = bench()
    bench.win()
    bench.receive(request(0, 1))
    #expect(bench.work == 30)
    bench.receive(request(1, 1))
    bench.receive(acknowledge(term: 1, 2), from: 1)
    #expect(bench.work == 2_000)
    let answers = bench.sent.filter { $0.message.reply != nil }
    #expect(answers.map(\.workBefore) == [1_000, 2_000])
    #expect(bench.replies.allSatisfy { $0.resultBytes == 40 })
    #expect(bench.replica.ledger.counting?.executed == 2)
    #expect(bench.replica.ledger.counting?.lastPosition == SequenceNumber(2))
  }

  @Test("Raft §8: a retransmitted request executes once and its answer has the same size")
  func retransmission() {
    let bench = bench()
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    let first = bench.replies
    bench.receive(request(0, 1))
    #expect(bench.replies == first && first.count == 1)
    #expect(bench.replica.ledger.counting?.executed == 1)
  }

  @Test("Raft §7: a restart takes the application from the snapshot and executes the log again")
  func restart() {
    let bench = bench(threshold: 4)
    bench.receive(append(term: 1, after: .zero, entries([1, 1, 1, 1, 1]), commit: 4), from: 1)
    bench.receive(append(term: 1, after: at(5, 1), commit: 5), from: 1)
    let ledger = bench.replica.ledger
    #expect(ledger.counting?.executed == 5)
    bench.restart(from: bench.durable)
    #expect(bench.replica.ledger.counting?.executed == 4)
    bench.receive(append(term: 1, after: at(5, 1), commit: 5), from: 1)
    #expect(bench.replica.ledger == ledger)
  }

  @Test("Without a snapshot on disk a restart begins with the application of the configuration")
  func restartWithoutSnapshot() {
    let bench = bench()
    bench.receive(append(term: 1, after: .zero, entries([1, 1]), commit: 2), from: 1)
    let ledger = bench.replica.ledger
    bench.restart(from: bench.durable)
    #expect(bench.replica.ledger.counting?.executed == 0)
    bench.receive(append(term: 1, after: at(2, 1), commit: 2), from: 1)
    #expect(bench.replica.ledger == ledger && ledger.counting?.executed == 2)
    bench.restart(from: RaftDurable())
    #expect(bench.replica.ledger == Ledger(application: application))
  }

  @Test("Raft §7: a snapshot brings the application, and weighs what it does")
  func install() throws {
    let leader = bench(threshold: 2)
    leader.win()
    for timestamp in 1...3 { leader.receive(request(0, UInt64(timestamp))) }
    leader.receive(acknowledge(term: 1, 3), from: 1)
    leader.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(2), conflict: at(1, 0))),
      from: 2)
    let message = try #require(leader.messages.first { $0.name == "install-snapshot" })
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    #expect(message.size(sizes) == ByteCount(600 + 800 + 40 + 64))
    let follower = bench()
    follower.receive(message, from: 1)
    #expect(follower.replica.ledger == leader.replica.ledger)
    #expect(follower.replica.ledger.counting?.executed == 3 && follower.work == 0)
    follower.restart(from: follower.durable)
    #expect(follower.replica.ledger == leader.replica.ledger)
  }

  @Test(
    "A replica that was away catches up with the application, with its disk or without",
    arguments: [false, true])
  func catchesUp(losingDisk: Bool) {
    let cluster = RaftCluster(3, clients: 2) {
      $0.snapshotThreshold = 10
      $0.application = CountingApplication()
    }
    cluster.start()
    cluster.run(for: .milliseconds(10))
    cluster.crash(2)
    cluster.issue(50)
    cluster.run(for: .seconds(2))
    cluster.restart(2, losingDisk: losingDisk)
    cluster.run(for: .seconds(3))
    #expect(cluster.messages("install-snapshot") > 0)
    let applications = cluster.replicas.compactMap(\.ledger.counting)
    #expect(applications.count == 3 && applications.allSatisfy { $0.executed == 100 })
    #expect(Set(applications.map(\.digest)).count == 1)
    #expect(cluster.replicas.allSatisfy { $0.ledger.digest == $0.ledger.recomputedDigest })
    #expect(cluster.violations.isEmpty)
  }

  @Test("Requests, entries and replies grow by the bytes of operations and results")
  func sizes() {
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    let (first, second) = (request(0, 1, bytes: 1_000), request(1, 1, bytes: 24))
    #expect(RaftMessage.request(first).size(sizes) == ByteCount(2_400))
    let entry = RaftEntry(term: Term(1), request: first, others: [second, second])
    let other = RaftEntry(term: Term(1), request: second, others: [])
    let noOp = RaftEntry(term: Term(1), request: nil, others: [])
    let all = append(term: 1, after: .zero, RaftEntries(first: entry, rest: [noOp, other]))
    #expect(all.size(sizes) == ByteCount(600 + 4 * 800 + 1_072))
    let bench = bench()
    bench.win()
    bench.receive(first)
    #expect(bench.sent.first?.message.size(sizes) == ByteCount(600 + 800 + 1_000))
    bench.receive(acknowledge(term: 1, 1), from: 1)
    let reply = bench.messages.first { $0.reply != nil }
    #expect(reply?.size(sizes) == ByteCount(640))
  }

  @Test("Without operations and results of their own, all hashes are those of before")
  func hashes() {
    let request = Request(
      client: ClientID(2), timestamp: 3, operation: 4, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(2)), keys: Seed(5)))
    func reply(_ bytes: UInt32) -> RaftMessage {
      .reply(
        Reply(
          client: ClientID(2), timestamp: 3, replica: ReplicaID(1), result: request.result,
          resultBytes: bytes, view: 6, leader: ReplicaID(0), isExecuted: true))
    }
    #expect(RaftMessage.request(request).fingerprint == 13_433_340_542_372_371_962)
    #expect(reply(0).fingerprint == 5_749_316_670_819_382_131)
    #expect(reply(1).fingerprint != reply(0).fingerprint)
    let entry = RaftEntry(term: Term(1), request: request, others: [])
    #expect(entry.digest.value == 18_105_376_112_648_227_030)
  }
}
