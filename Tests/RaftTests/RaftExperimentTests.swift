import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("The experiment's closed forms: messages, latency, work")
struct RaftExperimentTests {
  @Test("A fault-free block takes exactly 2(n-1) messages", arguments: [3, 4, 5, 7, 10], [1, 10])
  func messages(n: Int, clients: Int) {
    let cluster = RaftCluster(n, clients: clients)
    cluster.start()
    cluster.run(for: .milliseconds(50))
    // The election: n-1 requests, votes, first heartbeats and their answers.
    #expect(cluster.messageCounts.reduce(0, +) == 4 * (n - 1))
    cluster.issue(200 / clients)
    let isDone = cluster.run(for: .seconds(10)) { cluster.unanswered == 0 }
    #expect(isDone)
    cluster.run(for: .milliseconds(20))
    let blocks = cluster.history.committedCount
    #expect(blocks == 200)
    #expect(cluster.messages("append-entries") == (n - 1) * (blocks + 1))
    #expect(cluster.messages("append-reply") == (n - 1) * (blocks + 1))
    #expect(cluster.messageCounts.reduce(0, +) == 4 * (n - 1) + 2 * (n - 1) * blocks)
    #expect(cluster.violations.isEmpty)
  }

  @Test("The client waits exactly four link delays", arguments: [1, 7, 20])
  func latency(milliseconds: Int64) {
    let cluster = RaftCluster(4, clients: 5)
    cluster.delay = .milliseconds(milliseconds)
    cluster.start()
    cluster.run(for: .milliseconds(milliseconds * 5))
    cluster.issue(20)
    let isDone = cluster.run(for: .seconds(10)) { cluster.unanswered == 0 }
    #expect(isDone && cluster.latencies.count == 100)
    #expect(cluster.latencies.allSatisfy { $0 == 4 * milliseconds * 1_000_000 })
  }

  @Test("An idle cluster sends one heartbeat per follower in 100 ms, and followers catch up by it")
  func idle() {
    let cluster = RaftCluster(4, clients: 1)
    cluster.start()
    cluster.run(for: .milliseconds(50))
    cluster.issue(1)
    cluster.run(for: .milliseconds(10))
    #expect(cluster.replicas.map(\.standing.executed) == [1, 0, 0, 0])
    cluster.run(for: .milliseconds(120))
    #expect(cluster.replicas.map(\.standing.executed) == [1, 1, 1, 1])
    let before = cluster.messages("append-entries")
    cluster.run(for: .seconds(10))
    #expect((297...300).contains(cluster.messages("append-entries") - before))
    #expect(cluster.leaders.count == 1 && cluster.messages("pre-vote") == 0)
  }

  @Test("The leader's work per block is the 40.3 ms of the experiment", arguments: [4, 7])
  func work(n: Int) {
    var costs = WorkCosts()
    costs[.send] = 4_000_000
    costs[.receive] = 1_200_000
    costs[.sign] = 22_000_000
    costs[.verify] = 200_000
    costs[.checkRequest] = 200_000
    costs[.execute] = 300_000
    costs[.reply] = 1_000_000
    let bench = Bench(0, of: n, costs: costs)
    bench.win()
    bench.receive(request(0, 1))
    var leader = costs[.receive] + bench.work
    for peer in 1..<n {
      bench.receive(acknowledge(term: 1, 1), from: peer)
      leader += costs[.receive] + bench.work
    }
    #expect(leader == 1_400_000 + 22_000_000 + Int64(n - 1) * 5_200_000 + 300_000 + 1_000_000)
    let follower = Bench(1, of: n, costs: costs)
    follower.receive(append(term: 1, after: .zero, entries([1])), from: 0)
    #expect(follower.work == 200_000 + 4_000_000)
    follower.receive(append(term: 1, after: at(1, 1), entries([1], first: 2), commit: 1), from: 0)
    #expect(follower.work == 200_000 + 4_000_000 + 300_000)
    follower.receive(append(term: 1, after: at(2, 1), commit: 1), from: 0)
    #expect(follower.work == 4_000_000, "heartbeats are not verified")
  }

  @Test("The same seed gives the same run, another seed another")
  func determinism() {
    let runs = [5, 5, 6].map { seed -> [Int] in
      let cluster = RaftCluster(5, seed: UInt64(seed), clients: 3) { $0.initialLeader = nil }
      cluster.jitter = 3_000_000
      cluster.loss = 0.05
      cluster.start()
      cluster.issue(20)
      cluster.run(for: .seconds(5))
      return [cluster.steps] + cluster.messageCounts + cluster.latencies.map { Int($0) }
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0] != runs[2])
  }
}
