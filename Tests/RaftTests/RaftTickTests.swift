import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft's clock in ticks")
struct RaftTickTests {
  private static let tick = VirtualDuration.milliseconds(100)

  /// A bench whose clock ticks every 100 ms and whose time-outs are 10 to 19 ticks.
  private func bench(
    _ id: Int = 0, phase: TickPhase = .together, preVote: Bool = false
  ) -> Bench {
    Bench(id, of: 3) {
      $0.tick = Self.tick
      $0.tickPhase = phase
      $0.heartbeat = Self.tick * 2
      $0.shortestElectionTimeout = .seconds(1)
      $0.longestElectionTimeout = .milliseconds(1_900)
      $0.usesPreVote = preVote
    }
  }

  private func change(_ timer: RaftReplica.Timer, _ bench: Bench) throws -> (
    ticks: Int64, TickClock
  ) {
    let change = try #require(bench.timers.last { $0.timer == timer && $0.duration != nil })
    let clock = try #require(change.countsTicks ? bench.clock : nil)
    let nanoseconds = try #require(change.duration).nanoseconds
    #expect(nanoseconds % clock.period.nanoseconds == 0)
    return (nanoseconds / clock.period.nanoseconds, clock)
  }

  @Test("A clock's ticks are those after an instant: what is left of an interval counts as one")
  func clock() {
    let clock = TickClock(period: .milliseconds(100), phase: .milliseconds(30))
    func ring(_ count: Int64, after milliseconds: Int64) -> Int64 {
      let instant = VirtualTime.zero + .milliseconds(milliseconds)
      let ring = clock.tick(count, after: instant)
      #expect(clock.ticks(after: instant, through: ring) == count)
      let justBefore = VirtualTime(nanoseconds: ring.nanoseconds - 1)
      #expect(clock.ticks(after: instant, through: justBefore) == count - 1)
      return (ring - .zero).nanoseconds / 1_000_000
    }
    #expect([0, 29, 30, 31, 129, 130].map { ring(1, after: $0) } == [30, 30, 130, 130, 130, 230])
    #expect(
      [0, 29, 30, 31, 129, 130].map { ring(10, after: $0) } == [930, 930, 1030, 1030, 1030, 1130])
  }

  @Test("Election time-outs are drawn uniformly among the whole numbers of ticks")
  func uniform() throws {
    var counts = [Int64: Int]()
    for id in 0..<3 {
      let bench = bench(id)
      for _ in 0..<1_000 {
        bench.step(.timeout(.election))
        counts[try change(.election, bench).ticks, default: 0] += 1
      }
    }
    #expect(counts.keys.sorted() == Array(10...19))
    // The standard deviation of each count is 16.4.
    #expect(counts.values.allSatisfy { abs($0 - 300) < 66 })
  }

  @Test("All timers count ticks: of elections, heartbeats, quorum checks, transfers and recovery")
  func allTimers() throws {
    let bench = bench()
    bench.step(.start)
    #expect((10...19).contains(try change(.election, bench).ticks))
    bench.win()
    #expect(try change(.heartbeat, bench).ticks == 2)
    #expect(try change(.election, bench).ticks == 10)
    bench.step(.timeout(.election))
    #expect(bench.replica.standing.leads == true)
    #expect(try change(.election, bench).ticks == 10)
    bench.step(.command(.rotate))
    #expect(try change(.transfer, bench).ticks == 10)
    bench.restart(from: RaftDurable())
    #expect((10...19).contains(try change(.election, bench).ticks))
  }

  @Test("Heartbeats come by the clock to every follower, whether or not it got something else")
  func heartbeats() throws {
    let bench = bench()
    bench.win()
    bench.advance(.milliseconds(199))
    bench.receive(request(0, 1))
    #expect(bench.appends.count == 1)
    bench.advance(.milliseconds(1))
    bench.step(.timeout(.heartbeat))
    #expect(bench.sent.map { $0.to.map(\.description) } == [["r1"], ["r2"]])
    #expect(try change(.heartbeat, bench).ticks == 2)
  }

  @Test("A granted vote restarts the count, a granted pre-vote does not")
  func restartsCount() throws {
    let bench = bench(preVote: true)
    bench.step(.start)
    bench.receive(
      .preVote(VoteRequest(term: Term(1), last: .zero, isTransfer: false)), from: 1)
    #expect(bench.preVoteReply?.isGranted == true)
    #expect(bench.timers.isEmpty)
    bench.receive(ask(term: 1), from: 1)
    #expect(bench.voteReply?.isGranted == true)
    #expect((10...19).contains(try change(.election, bench).ticks))
  }

  @Test("A lease lasts for the least time-out in ticks of the replica's own clock")
  func lease() {
    let bench = bench(preVote: true)
    bench.advance(.milliseconds(75))
    bench.receive(append(term: 1, after: .zero), from: 1)
    let question = RaftMessage.preVote(VoteRequest(term: Term(2), last: .zero, isTransfer: false))
    bench.advance(.milliseconds(924))
    bench.receive(question, from: 2)
    #expect(bench.preVoteReply?.isGranted == false, "nine ticks, at 999 ms")
    bench.advance(.milliseconds(1))
    bench.receive(question, from: 2)
    #expect(bench.preVoteReply?.isGranted == true, "the tenth, 925 ms after the leader's message")
  }

  @Test("Offsets are drawn for each replica and start; together there are none")
  func phases() throws {
    func clock(_ id: Int, _ phase: TickPhase, seed: UInt64) throws -> TickClock {
      var configuration = RaftConfiguration(replicas: 3)
      configuration.tick = Self.tick
      configuration.tickPhase = phase
      return try #require(configuration.clock(of: ReplicaID(id), seed: Seed(seed)))
    }
    var drawn: Set<Int64> = []
    var sum: Int64 = 0
    for id in 0..<3 {
      for seed in 0..<300 {
        #expect(try clock(id, .together, seed: UInt64(seed)).phase == .zero)
        let phase = try clock(id, .random, seed: UInt64(seed)).phase.nanoseconds
        drawn.insert(phase)
        sum += phase
      }
    }
    #expect(drawn.count == 900)
    // The standard deviation of the mean of 900 uniform values is 0.96 ms.
    #expect(abs(sum / 900 - 50_000_000) < 3_900_000)
  }
}
