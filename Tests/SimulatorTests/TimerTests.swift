import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Timers")
struct TimerTests {
  @Test("A timer that is set again fires once, at the last deadline")
  func restarting() {
    let run = script(
      1,
      [
        Reaction(on: .start, [.setTimer(.first, ms(10)), .setTimer(.second, ms(6))]),
        Reaction(on: .timeout(.second), [.setTimer(.first, ms(10))]),
      ])
    let (_, log) = logged(run)
    #expect(log.times(.timeout(.first), at: 0) == [16_000_000])
  }

  @Test("A timer can be moved to an earlier deadline and fires there only")
  func movingEarlier() {
    let run = script(
      1,
      [
        Reaction(on: .start, [.setTimer(.first, ms(100)), .setTimer(.second, ms(5))]),
        Reaction(on: .timeout(.second), [.setTimer(.first, ms(10))]),
      ])
    let (_, log) = logged(run)
    #expect(log.times(.timeout(.first), at: 0) == [15_000_000])
  }

  @Test("A cancelled timer does not fire, one set after that does")
  func cancelling() {
    let run = script(
      1,
      [
        Reaction(on: .start, [.setTimer(.first, ms(10)), .cancelTimer(.first)]),
        Reaction(
          on: .start, [.setTimer(.second, ms(4)), .cancelTimer(.second), .setTimer(.second, ms(9))]),
      ])
    let (_, log) = logged(run)
    #expect(log.times(.timeout(.first), at: 0).isEmpty)
    #expect(log.times(.timeout(.second), at: 0) == [9_000_000])
  }

  @Test("A clock that is fast or slow stretches the spans of its own node's timers")
  func clocks() {
    var run = script(3, [Reaction(on: .start, [.setTimer(.first, ms(10))])])
    run.nodes[1].timerScale = Ratio(900, over: 1000)
    run.nodes[2].timerScale = Ratio(1250, over: 1000)
    let (_, log) = logged(run)
    let times = (0..<3).map { log.times(.timeout(.first), at: $0) }
    #expect(times == [[10_000_000], [9_000_000], [12_500_000]])
  }

  @Test("A timer that counts ticks rings at a tick of its node's clock, however long a job takes")
  func ticks() {
    let clock = TickClock(period: ms(10), phase: ms(4))
    var run = script(
      3,
      [
        Reaction(on: .start, [.charge(.verify, 1), .setTicks(.first, 2, clock)]),
        Reaction(on: .timeout(.first), [.charge(.verify, 1), .setTicks(.first, 1, clock)]),
      ])
    run.costs[.verify] = 1_000_000
    run.nodes[1].timerScale = Ratio(1250, over: 1000)
    run.nodes[2].serviceTime = Ratio(12, over: 1)
    let (_, log) = logged(run)
    let times = (0..<3).map { node in
      log.times(.timeout(.first), at: node).prefix(4).map { $0 / 100_000 }
    }
    #expect(times[0] == [140, 240, 340, 440], "a job of 1 ms delays no tick")
    #expect(times[1] == [175, 300, 425, 550], "ticks of 12.5 ms, the first at 5 ms")
    #expect(times[2] == [140, 260, 380, 500], "jobs of 12 ms: the tick in a job rings at its end")
  }

  @Test("A timer that never expires can be asked for")
  func neverExpires() {
    let span = VirtualDuration(nanoseconds: .max)
    let (outcome, log) = logged(script(1, [Reaction(on: .start, [.setTimer(.first, span)])]))
    #expect(log.times(.timeout(.first), at: 0).isEmpty)
    #expect(outcome.stopReason == .scheduleEnded)
  }

  @Test("Ten thousand restarts of a long timer cost a handful of events")
  func restartsAreCheap() {
    let run = script(
      1,
      [
        Reaction(on: .start, [.setTimer(.second, ms(1)), .setTimer(.first, ms(2000))]),
        Reaction(
          on: .timeout(.second), [.setTimer(.first, ms(2000)), .setTimer(.second, ms(1))]),
      ])
    let (outcome, log) = logged(run)
    let ticks = log.times(.timeout(.second), at: 0).count
    #expect(ticks == 9999)
    #expect(log.times(.timeout(.first), at: 0).isEmpty)
    #expect(outcome.events < UInt64(ticks) + 20)
  }

  @Test("A timer that alternates between long and short spans reuses its events")
  func alternatingSpans() {
    let run = script(
      1,
      [
        Reaction(on: .start, [.setTimer(.first, ms(1))]),
        Reaction(on: .timeout(.first), [.setTimer(.first, ms(4000)), .setTimer(.first, ms(1))]),
      ])
    let (outcome, log) = logged(run)
    let ticks = log.times(.timeout(.first), at: 0).count
    #expect(ticks == 9999)
    #expect(outcome.events < UInt64(ticks) + 20)
  }
}
