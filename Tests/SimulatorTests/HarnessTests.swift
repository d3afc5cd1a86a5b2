import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport
import Testing

@Suite("Harness")
struct HarnessTests {
  static func plan(_ tests: Int, reactions: [Reaction]) -> RunConfiguration<ScriptedReplica> {
    var run = ClientTests.run(2, closed(1, timeout: .seconds(10)), reactions)
    run.schedule = .tests(
      TestPlan(
        tests: tests,
        ending: .window(.seconds(10), rotationDelay: ms(2500), interval: .seconds(13))))
    return run
  }

  @Test("Tests open every interval, and clients are silent in between")
  func windows() {
    let result = outcome(Self.plan(3, reactions: [ClientTests.honest]))
    #expect(result.tests.map(\.number) == [1, 2, 3])
    #expect(result.tests.map(\.start) == [at(0), at(13_000), at(26_000)])
    #expect(result.tests.map(\.end) == [at(10_000), at(23_000), at(36_000)])
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.end == at(39_000))
    for test in result.tests {
      #expect(test.accepted == 4999)
      // What was issued last is answered at the end of the window, which is not part of it.
      #expect(test.requests.betweenTests == 1)
      #expect(test.requests.issued == 5000)
    }
    for request in result.requests {
      #expect(request.issued.nanoseconds % 13_000_000_000 < 10_000_000_000)
    }
  }

  @Test("A request declined at the very end of the window is counted and not issued again")
  func declinedAtTheEnd() {
    let result = outcome(Self.plan(2, reactions: []))
    for test in result.tests {
      #expect(test.requests.issued == 1)
      #expect(test.declined == 1)
    }
  }

  @Test("What is outstanding when the next test opens is abandoned, and issued anew")
  func abandoned() {
    var run = Self.plan(2, reactions: [])
    run.clients = [closed(1, timeout: .seconds(9))]
    let result = outcome(run)
    #expect(result.tests.map(\.requests.issued) == [2, 2])
    #expect(result.tests.map(\.declined) == [1, 1])
    #expect(result.tests.map(\.requests.inFlight) == [1, 1])
  }

  @Test("Requests of an open loop that are outstanding when the next test opens are forgotten")
  func openLoopIsAbandoned() {
    var run = Self.plan(2, reactions: [])
    run.clients = [
      ClientModel(
        load: .open(ratePerSecond: 20), dispatch: .one, replyQuorum: 1, timeout: .seconds(9),
        retransmission: nil)
    ]
    let result = outcome(run)
    for (request, start) in result.requests.map({ ($0, at($0.test == 1 ? 0 : 13_000)) }) {
      let isEarly = request.issued - start <= .seconds(4)
      #expect(request.ending == (isEarly ? .declined : .open))
    }
    #expect(result.tests.allSatisfy { $0.declined > 40 && $0.requests.inFlight > 60 })
  }

  @Test("The lead is rotated only at replicas whose view has not moved since the test began")
  func rotation() {
    // Replica 1 moves to view 1 by itself in the first test.
    let (_, log) = logged(
      Self.plan(
        2,
        reactions: [
          Reaction(1, on: .start, [.setTimer(.first, ms(500))]),
          Reaction(1, on: .timeout(.first), [.view(1)]),
        ]))
    #expect(log.milliseconds(.rotate, at: 0) == [12_500, 25_500])
    #expect(log.milliseconds(.rotate, at: 1) == [25_500])
  }

  @Test("A test names the replica that leads at its start, the one in the latest view first")
  func primaries() {
    let result = outcome(
      Self.plan(
        2, reactions: [Reaction(1, on: .rotate, [.lead(true), .view(7)])]))
    #expect(result.tests.map(\.primary) == [ReplicaID(0), ReplicaID(1)])
    #expect(result.tests.map(\.view) == [0, 7])
  }

  @Test("Blocks are ordinary heights first decided inside a window")
  func blocks() {
    func decided(_ height: UInt64, ordinary: Bool = true) -> Action {
      .milestone(
        .decided(height: height, digest: Digest(1), transactions: 5, isOrdinary: ordinary))
    }
    let result = outcome(
      Self.plan(
        2,
        reactions: [
          Reaction(on: .start, [.setTimer(.second, ms(1))]),
          Reaction(
            0, on: .timeout(.second), [decided(1), decided(2, ordinary: false), decided(70)]),
          Reaction(1, on: .timeout(.second), [decided(1)]),
          Reaction(0, on: .rotate, [decided(3)]),
          Reaction(1, on: .start, [.setTimer(.first, ms(14_000))]),
          Reaction(1, on: .timeout(.first), [decided(3), decided(4), decided(4)]),
        ]))
    #expect(result.tests.map(\.blocks) == [2, 1])
    #expect(result.tests.map(\.transactions) == [10, 5])
    #expect(result.blocks == 4)
    #expect(result.rounds == 5)
  }

  @Test("A test of first requests ends when they are confirmed and issues no more")
  func firstRequests() {
    var run = ClientTests.run(1, closed(3, timeout: nil))
    run.schedule = .tests(
      TestPlan(tests: 4, ending: .firstRequests(count: 5, pause: ms(10))))
    let result = outcome(run)
    #expect(result.tests.map(\.requests.issued) == [5, 5, 5, 5])
    #expect(result.tests.map(\.accepted) == [5, 5, 5, 5])
    #expect(result.tests.map(\.start) == [at(0), at(14), at(28), at(42)])
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.end == at(46))
  }

  @Test("What is accepted in the warm-up is not measured")
  func warmup() {
    var run = ClientTests.run(1, closed(1))
    run.schedule = .window(warmup: ms(501), duration: ms(100))
    let result = outcome(run)
    #expect(result.tests.count == 1)
    #expect(result.tests[0].start == at(501))
    #expect(result.tests[0].accepted == 50)
    #expect(result.end == at(601))
  }

  @Test("A run of blocks ends with the last of them")
  func blockSchedule() {
    var run = voting(4, clients: [closed(2, quorum: 3)])
    run.schedule = .blocks(25)
    let result = outcome(run)
    #expect(result.blocks == 25)
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.tests[0].blocks == 25)
  }

  @Test("Limits of time and events end a run")
  func limits() {
    var run = ClientTests.run(1, closed(1))
    run.limits.time = at(100)
    #expect(outcome(run).stopReason == .timeLimit)
    #expect(outcome(run).end <= at(100))
    run.limits.events = 77
    #expect(outcome(run).stopReason == .eventLimit)
    #expect(outcome(run).events == 77)
    run = script(1, [])
    run.schedule = .blocks(1)
    #expect(outcome(run).stopReason == .idle)
  }

  @Test("A probe is told everything, and its first violation stops the run unless told to go on")
  func probes() {
    let run = ClientTests.run(2, closed(1))
    var simulation = Simulation(
      run, probe: LogProbe<ScriptedReplica>(patience: 40), trace: NoTrace<ScriptedReplica>())
    let result = simulation.run()
    #expect(result.stopReason == .violation)
    #expect(result.violations.map(\.invariant) == ["X-1"])
    #expect(simulation.probe.observations.count == 40)
    #expect(simulation.probe.replicas == 2)
    #expect(simulation.probe.sent > 5)
    #expect(simulation.probe.finished == result.end)
    var patient = run
    patient.continuesAfterViolation = true
    var second = Simulation(
      patient, probe: LogProbe<ScriptedReplica>(patience: 40), trace: NoTrace<ScriptedReplica>())
    let whole = second.run()
    #expect(whole.stopReason == .scheduleEnded)
    #expect(whole.violations.count == 1)
    #expect(second.probe.observations.count > 40)
  }
}
