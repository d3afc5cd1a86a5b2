import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("What the simulator records of machines and time")
struct RecorderTests {
  private static func processors(_ result: Outcome, _ node: Int) -> [VirtualDuration] {
    result.samples.map { $0.nodes[node].usage.processor }
  }

  @Test("A processor is busy while a job lasts, whose sending is paid for")
  func jobs() {
    // 10 ms, three copies at 2 ms, 5 ms, one copy: 23 ms from the start on.
    var run = ProcessorTests.busy(speed: .one)
    run.samplesEvery = ms(10)
    run.schedule = .window(warmup: .zero, duration: ms(35))
    let result = outcome(run)
    #expect(result.samples.map(\.time) == [at(10), at(20), at(30), at(35)])
    #expect(Self.processors(result, 0) == [ms(10), ms(20), ms(23), ms(23)])
    #expect(Self.processors(result, 1).allSatisfy { $0 == .zero })
    #expect(result.usage.map(\.processor) == [ms(23), .zero, .zero, .zero])
  }

  @Test("A job that the end of the run cuts counts up to the end")
  func cutJob() {
    var run = ProcessorTests.busy(speed: .one)
    run.schedule = .window(warmup: .zero, duration: ms(15))
    #expect(outcome(run).usage[0].processor == ms(15))
  }

  @Test("A pause is no work, whether it strikes in a job, before it or twice")
  func pauses() {
    func busy(_ pauses: [(Int64, Int64)]) -> [VirtualDuration] {
      var run = script(
        2,
        [
          Reaction(0, on: .start, [.charge(.execute, 2), .setTimer(.first, ms(20))]),
          Reaction(0, on: .timeout(.first), [.charge(.execute, 1)]),
        ])
      run.costs[.execute] = 5_000_000
      run.schedule = .window(warmup: .zero, duration: ms(100))
      run.samplesEvery = ms(25)
      run.faults = pauses.map { begin, span in
        rule(AdversaryTests.zero, .pause(ms(span)), AdversaryTests.during(begin))
      }
      return Self.processors(outcome(run), 0)
    }
    // A job of 10 ms at 0, and one of 5 ms at 30 ms: timers begin at the end of a job.
    #expect(busy([]) == [ms(10), ms(15), ms(15), ms(15)])
    #expect(busy([(4, 50)]) == [ms(10), ms(10), ms(15), ms(15)])
    #expect(busy([(4, 12), (6, 60)]) == [ms(10), ms(10), ms(10), ms(15)])
    #expect(busy([(15, 10)]) == [ms(10), ms(15), ms(15), ms(15)])
    // The pause that strikes in the second job begins at its end.
    #expect(busy([(32, 500)]) == [ms(10), ms(15), ms(15), ms(15)])
  }

  @Test("Links are busy while copies pass, and what still waits does not count")
  func links() {
    // 600 B take 1 ms at 4.8 Mbit/s.
    var run = script(
      4,
      [Reaction(0, on: .timeout(.first), [.send(1, .others, bytes: 0)])]
        + [Reaction(0, on: .start, [.setTimer(.first, ms(1))])])
    for node in 0..<4 { run.nodes[node].uplinkBitsPerSecond = 4_800_000 }
    run.nodes[1].downlinkBitsPerSecond = 2_400_000
    run.samplesEvery = ms(2)
    run.schedule = .window(warmup: .zero, duration: ms(9))
    let result = outcome(run)
    let uplink = result.samples.map { $0.nodes[0].usage.uplink }
    #expect(uplink == [ms(1), ms(3), ms(3), ms(3), ms(3)])
    // The first copy leaves at 2 ms and arrives at 3 ms.
    let downlink = result.samples.map { $0.nodes[1].usage.downlink }
    #expect(downlink == [ms(0), ms(1), ms(2), ms(2), ms(2)])
    #expect(result.usage[2].downlink == .zero)
  }

  @Test("Samples change no event, and the last one is that of the end")
  func passive() {
    let plain = AdversaryTests.pings([])
    var sampled = plain
    sampled.samplesEvery = VirtualDuration(nanoseconds: 1_234_567)
    let (before, after) = (outcome(plain), outcome(sampled))
    #expect(before.samples.isEmpty)
    #expect(after.samples.count == 81)
    #expect(after.samples.last?.time == after.end)
    #expect(after.samples.last?.nodes.map(\.usage) == after.usage)
    #expect(before.digest == after.digest)
    #expect(before.events == after.events)
    #expect(before.end == after.end)
    #expect(before.stopReason == after.stopReason)
  }

  @Test("A run that ends at a multiple of the period has no interval after it")
  func endsAtMultiple() {
    var run = AdversaryTests.pings([])
    run.samplesEvery = ms(33)
    #expect(outcome(run).samples.map(\.time) == [at(33), at(66), at(99)])
  }

  @Test("A run that nothing happens in any more ends where it did without samples")
  func idle() {
    var run = script(2, [Reaction(0, on: .start, [.setTimer(.first, ms(500))])])
    run.limits.time = at(40)
    run.samplesEvery = ms(10)
    let result = outcome(run)
    #expect(result.stopReason == .timeLimit)
    #expect(result.end == at(0))
    #expect(result.samples.map(\.time) == [at(0)])
  }

  @Test("Who begins to lead is counted once for each view, and a change of the leader apart")
  func elections() {
    func leads(_ node: Int, _ delay: Int64, _ view: UInt64) -> [Reaction] {
      [
        Reaction(node, on: .start, [.setTimer(.first, ms(delay))]),
        Reaction(node, on: .timeout(.first), [.milestone(.leads(view: view)), .lead(true)]),
      ]
    }
    // Replica 3 comes too late with a view that another one led.
    let result = outcome(
      script(4, leads(0, 1, 1) + leads(1, 2, 2) + leads(2, 3, 4) + leads(3, 4, 4)))
    #expect(result.elections == 3)
    #expect(result.leaderChanges == 2)
  }

  @Test("A request that the next test abandons says when")
  func abandoned() {
    var run = HarnessTests.plan(2, reactions: [])
    run.clients = [closed(1, timeout: .seconds(9))]
    let result = outcome(run)
    #expect(result.requests.map(\.isAbandoned) == [false, true, false, false])
    #expect(result.requests[1].ended == at(13_000))
    #expect(result.requests[1].ending == .open)
    #expect(result.account.inFlight == 2)
  }
}
