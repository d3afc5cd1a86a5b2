import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Processor")
struct ProcessorTests {
  /// Node 0 works 10 ms, sends to all, works 5 ms more, sends to node 1; sending costs 2 ms.
  static func busy(speed: Ratio) -> RunConfiguration<ScriptedReplica> {
    var run = script(
      4,
      [
        Reaction(
          0, on: .start,
          [
            .charge(.sign, 1), .send(1, .others, bytes: 0), .charge(.execute, 1),
            .send(2, .one(Endpoint(ReplicaID(1))), bytes: 0), .setTimer(.first, ms(3)),
          ])
      ])
    run.costs[.sign] = 10_000_000
    run.costs[.execute] = 5_000_000
    run.costs[.send] = 2_000_000
    run.nodes[0] = node(speed: speed)
    return run
  }

  @Test("Copies leave one after the other, each when its own sending is paid for")
  func copiesLeaveInSequence() {
    let (_, log) = logged(Self.busy(speed: .one))
    #expect(log.times(.ping(1), at: 1) == [13_000_000])
    #expect(log.times(.ping(1), at: 2) == [15_000_000])
    #expect(log.times(.ping(1), at: 3) == [17_000_000])
    #expect(log.times(.ping(2), at: 1) == [24_000_000])
    #expect(log.times(.timeout(.first), at: 0) == [26_000_000])
  }

  @Test("A faster node divides all of this by its speed")
  func speedScales() {
    let (_, log) = logged(Self.busy(speed: Ratio(88, over: 100)))
    #expect(log.times(.ping(1), at: 1) == [11_560_000])
    #expect(log.times(.ping(1), at: 3) == [15_080_000])
    #expect(log.times(.ping(2), at: 1) == [21_240_000])
    #expect(log.times(.timeout(.first), at: 0) == [23_240_000])
  }

  @Test("Messages wait for the processor and are handled in the order of arrival")
  func inboxIsFIFO() {
    let sends = (1...3).map { Action.send($0, .one(Endpoint(ReplicaID(1))), bytes: 0) }
    var run = script(
      3,
      [
        Reaction(0, on: .start, sends),
        Reaction(2, on: .start, [.send(9, .one(Endpoint(ReplicaID(1))), bytes: 0)]),
        Reaction(1, on: .ping(2), [.charge(.execute, 1)]),
      ])
    run.costs[.receive] = 4_000_000
    run.costs[.execute] = 1_000_000
    let (outcome, log) = logged(run)
    #expect(log.times(.ping(1), at: 1) == [1_000_000])
    #expect(log.times(.ping(2), at: 1) == [5_000_000])
    #expect(log.times(.ping(3), at: 1) == [10_000_000])
    #expect(log.times(.ping(9), at: 1) == [14_000_000])
    #expect(outcome.conservesMessages)
  }

  @Test("A timer that fires while the processor is busy waits, and can be taken back meanwhile")
  func timersAreJobs() {
    var run = script(
      2,
      [
        Reaction(
          0, on: .start, [.setTimer(.first, ms(3)), .setTimer(.second, ms(4))]),
        Reaction(1, on: .start, [.send(1, .others, bytes: 0), .setTimer(.first, ms(1))]),
        Reaction(1, on: .timeout(.first), [.send(2, .others, bytes: 0)]),
        Reaction(0, on: .ping(1), [.charge(.execute, 1)]),
        Reaction(0, on: .ping(2), [.cancelTimer(.second)]),
      ])
    run.costs[.execute] = 7_000_000
    let (_, log) = logged(run)
    #expect(log.times(.timeout(.first), at: 0) == [8_000_000])
    #expect(log.times(.timeout(.second), at: 0).isEmpty)
  }

  @Test("A set sender among its own recipients pays for no copy to itself")
  func membersLeaveOutTheSender() {
    let members = ReplicaSet([ReplicaID(0), ReplicaID(2)])
    var run = script(
      3,
      [Reaction(0, on: .start, [.send(1, .members(members), bytes: 0), .setTimer(.first, ms(1))])]
    )
    run.costs[.send] = 2_000_000
    let (outcome, log) = logged(run)
    #expect(log.times(.ping(1), at: 2) == [3_000_000])
    #expect(log.times(.ping(1), at: 1).isEmpty)
    #expect(log.times(.timeout(.first), at: 0) == [3_000_000])
    #expect(outcome.messages[4].sent == 1)
  }

  @Test("Jitter keeps jobs within its bounds, and spreads them")
  func jitterIsBounded() {
    var run = script(
      2,
      [
        Reaction(0, on: .start, [.setTimer(.first, ms(100))]),
        Reaction(
          0, on: .timeout(.first),
          [.charge(.execute, 1), .send(1, .others, bytes: 0), .setTimer(.first, ms(100))]),
      ])
    run.costs[.execute] = 10_000_000
    run.jitter = Ratio(5, over: 100)
    let (_, log) = logged(run)
    let starts = log.times(.timeout(.first), at: 0)
    let arrivals = log.times(.ping(1), at: 1)
    let spans = zip(starts, arrivals).map { $1 - $0 - 1_000_000 }
    #expect(spans.count > 80)
    #expect(spans.allSatisfy { (9_499_999...10_500_001).contains($0) })
    #expect(spans.contains { $0 < 9_700_000 } && spans.contains { $0 > 10_300_000 })
    let sum = spans.reduce(0, +)
    #expect(abs(sum / Int64(spans.count) - 10_000_000) < 150_000)
  }

  @Test("Scaling is exact to the nearest nanosecond")
  func ratiosScale() {
    for value: Int64 in [0, 1, 99, 1_000_000_007, 1 << 40] {
      for (numerator, denominator) in [(1, 1), (88, 100), (1, 3), (19, 20), (3, 1)] {
        var run = script(
          2, [Reaction(0, on: .start, [.charge(.sign, 1), .setTimer(.first, .zero)])])
        run.costs[.sign] = value
        run.nodes[0] = node(speed: Ratio(numerator, over: denominator))
        run.schedule = .window(warmup: .zero, duration: .seconds(10_000))
        run.limits.time = at(10_000_000)
        let exact = Double(value) * Double(numerator) / Double(denominator)
        let found = logged(run).1.times(.timeout(.first), at: 0)
        #expect(found.count == 1)
        #expect(abs(Double(found[0]) - exact) <= 0.5 + exact * 0x1p-32)
      }
    }
  }
}
