import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Crashes")
struct CrashTests {
  /// Node 0 pings node 1 every 10 ms; node 1 persists 5 and sets a timer of 33 ms at its start.
  static func run(_ behaviour: Behaviour, from instant: Int64) -> RunConfiguration<ScriptedReplica>
  {
    var run = AdversaryTests.pings(
      [
        rule(
          .replicas([ReplicaID(1)]), behaviour, AdversaryTests.during(instant))
      ], replicas: 2,
      extra: [
        Reaction(
          1, on: .start, [.persist(5), .setTimer(.second, ms(33)), .setTimer(.progress, ms(75))])
      ])
    run.continuesAfterViolation = false
    return run
  }

  @Test("A crashed node gets nothing, forgets its timers, and stays honest")
  func crash() {
    let (result, log) = logged(Self.run(.crash(downFor: nil, disk: .kept), from: 15))
    #expect(log.milliseconds(.ping(1), at: 1) == [11])
    #expect(log.times(.timeout(.second), at: 1).isEmpty)
    #expect(result.messages[4][.crashed] == 8)
    #expect(result.conservesMessages)
    #expect(result.byzantine.isEmpty)
    #expect(log.conditions.map(\.condition) == [.crashed])
  }

  @Test("A node comes back with its disk, or with an empty one", arguments: [Disk.kept, .lost])
  func restart(disk: Disk) {
    let (result, log) = logged(Self.run(.crash(downFor: ms(40), disk: disk), from: 15))
    let records: [UInt64] = disk == .kept ? [5] : []
    #expect(log.milliseconds(.restarted(records), at: 1) == [55])
    #expect(log.milliseconds(.ping(1), at: 1) == [11, 61, 71, 81, 91])
    #expect(log.times(.timeout(.second), at: 1).isEmpty)
    #expect(log.times(.timeout(.progress), at: 1).isEmpty)
    #expect(log.times(.start, at: 1).count == 1)
    let conditions: [NodeCondition] = [.crashed, disk == .kept ? .restarted : .amnesiac]
    #expect(log.conditions.map(\.condition) == conditions)
    #expect(result.conservesMessages)
  }

  /// Node 1 persists 6 and pings back on the ping of 31 ms, and persists 7 on that of 41 ms.
  private static func writes(_ rules: [FaultRule]) -> RunConfiguration<ScriptedReplica> {
    AdversaryTests.pings(
      rules, replicas: 2,
      extra: [
        Reaction(
          1, on: .start, [.persist(5), .setTimer(.second, ms(31)), .setTimer(.progress, ms(41))]),
        Reaction(
          1, on: .timeout(.second), [.persist(6), .send(9, .others, bytes: 0), .persist(8)]),
        Reaction(1, on: .timeout(.progress), [.persist(7)]),
      ])
  }

  @Test(
    "Without its unsynced writes a node comes back with what it had when it last sent something",
    arguments: [(20, []), (35, [5, 6, 8]), (45, [5, 6, 8])] as [(Int64, [UInt64])])
  func unsynced(instant: Int64, records: [UInt64]) {
    let crash = Behaviour.crash(downFor: ms(40), disk: .unsynced)
    let culprit = Culprits.replicas([ReplicaID(1)])
    let (result, log) = logged(
      Self.writes([rule(culprit, crash, AdversaryTests.during(instant))]))
    #expect(log.milliseconds(.restarted(records), at: 1) == [instant + 40])
    #expect(log.conditions.map(\.condition) == [.crashed, .rolledBack])
    #expect(result.byzantine.isEmpty)
  }

  @Test("A node that crashes twice loses its unsynced writes each time")
  func unsyncedTwice() {
    let crash = Behaviour.crash(downFor: ms(2), disk: .unsynced)
    let culprit = Culprits.replicas([ReplicaID(1)])
    let (_, log) = logged(
      Self.writes([
        rule(culprit, crash, AdversaryTests.during(35)),
        rule(culprit, .crash(downFor: ms(2), disk: .kept), AdversaryTests.during(45)),
      ]))
    #expect(log.milliseconds(.restarted([5, 6, 8]), at: 1) == [37, 47])
  }

  @Test("What waits in the inbox of a node that crashes is lost with it")
  func inboxIsLost() {
    var run = Self.run(.crash(downFor: nil, disk: .kept), from: 50)
    run.costs[.receive] = 25_000_000
    let (result, log) = logged(run)
    // Handled at 11, 36, 61; at 50 the pings of 31 and 41 wait.
    #expect(log.milliseconds(.ping(1), at: 1) == [11, 36])
    #expect(result.messages[4].delivered == 2)
    #expect(result.messages[4][.crashed] == 7)
    #expect(result.conservesMessages)
  }

  @Test("A node that is down at the start begins by restarting")
  func downAtTheStart() {
    let (_, log) = logged(Self.run(.crash(downFor: ms(20), disk: .kept), from: 0))
    #expect(log.times(.start, at: 1).isEmpty)
    #expect(log.milliseconds(.restarted([]), at: 1) == [20])
  }

  @Test("A paused node handles everything after the pause, in order")
  func pause() {
    let (result, log) = logged(Self.run(.pause(ms(30)), from: 15))
    #expect(log.milliseconds(.ping(1), at: 1) == [11, 45, 45, 45, 51, 61, 71, 81, 91])
    #expect(log.milliseconds(.timeout(.second), at: 1) == [45])
    #expect(result.byzantine.isEmpty)
  }

  @Test("A crash can wait for decided heights")
  func crashAfterRounds() {
    var run = Self.run(.crash(downFor: nil, disk: .kept), from: 0)
    run.faults[0].activation.afterRounds = 1
    run.protocolConfiguration.append(
      Reaction(
        1, on: .ping(1),
        [.milestone(.decided(height: 1, digest: Digest(0), transactions: 1, isOrdinary: true))]))
    #expect(logged(run).1.milliseconds(.ping(1), at: 1) == [11])
  }

  /// Node 0 leads from the beginning and has nothing to do but what `extra` gives it.
  private static func idle(
    _ activation: Activation, _ extra: [Reaction] = []
  ) -> (Outcome, LogProbe<ScriptedReplica>) {
    var run = script(2, extra)
    run.faults = [rule(AdversaryTests.zero, .crash(downFor: nil, disk: .kept), activation)]
    return logged(run)
  }

  @Test("A crash 'as primary' of a primary that is idle strikes when its time comes")
  func idlePrimary() {
    let (result, log) = Self.idle(AdversaryTests.during(500, asPrimary: true))
    #expect(log.conditions.map(\.time) == [at(500)])
    #expect(result.strikes == [1])
  }

  @Test("A crash in a test strikes when the test opens, and not before")
  func inATest() {
    var run = script(2, [])
    run.schedule = .tests(
      TestPlan(tests: 4, ending: .window(ms(100), rotationDelay: nil, interval: ms(200))))
    run.faults = [
      rule(
        AdversaryTests.zero, .crash(downFor: nil, disk: .kept), AdversaryTests.during(tests: 3...3))
    ]
    let (result, log) = logged(run)
    #expect(log.conditions.map(\.time) == [at(400)])
    #expect(result.strikes == [1])
  }

  @Test("A rule that never had an effect is known: no strike is counted")
  func zeroStrikes() {
    var run = Self.run(.crash(downFor: nil, disk: .kept), from: 50)
    run.faults += [
      rule(.replicas([ReplicaID(1)]), .crash(downFor: nil, disk: .kept), AdversaryTests.during(80)),
      rule(.replicas([ReplicaID(1)]), .silent),
      rule(AdversaryTests.zero, .silent, kinds: KindFilter([1])),
      rule(AdversaryTests.zero, .slow(by: ms(1))),
    ]
    let result = outcome(run)
    // A node that is down cannot crash, one that sends nothing cannot be silent.
    #expect(result.strikes == [1, 0, 0, 0, 9])
  }
}
