import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Adversary")
struct AdversaryTests {
  static func replica(_ index: Int) -> ReplicaID { ReplicaID(index) }
  static let zero = Culprits.replicas([ReplicaID(0)])

  /// Node 0 pings all others every 10 ms, 9 times, with the number of the round.
  static func pings(
    _ rules: [FaultRule], replicas: Int = 3, extra: [Reaction] = []
  ) -> RunConfiguration<ScriptedReplica> {
    var run = script(
      replicas,
      [
        Reaction(0, on: .start, [.setTimer(.first, ms(10))]),
        Reaction(
          0, on: .timeout(.first), [.send(1, .others, bytes: 0), .setTimer(.first, ms(10))]),
      ] + extra)
    run.schedule = .window(warmup: .zero, duration: ms(99))
    run.faults = rules
    return run
  }

  static func during(
    _ from: Int64 = 0, _ until: Int64 = 1_000_000, views: ClosedRange<UInt64>? = nil,
    tests: ClosedRange<Int>? = nil, afterRounds: Int = 0, asPrimary: Bool = false,
    alternate: Bool = false
  ) -> Activation {
    Activation(
      from: at(from), until: at(until), afterRounds: afterRounds, views: views, tests: tests,
      asPrimary: asPrimary, alternateTurns: alternate)
  }

  static let all: [Int64] = [11, 21, 31, 41, 51, 61, 71, 81, 91]

  @Test("Without rules everything arrives")
  func honest() {
    let (result, log) = logged(Self.pings([]))
    #expect(log.milliseconds(.ping(1), at: 1) == Self.all)
    #expect(log.milliseconds(.ping(1), at: 2) == Self.all)
    #expect(result.byzantine.isEmpty)
  }

  @Test("Silence covers what the rule covers: time, kind, recipients")
  func silence() {
    let one = RecipientFilter(replicas: ReplicaSet([ReplicaID(1)]), clients: false)
    let (result, log) = logged(
      Self.pings([rule(Self.zero, .silent, Self.during(25, 45), to: one)]))
    #expect(log.milliseconds(.ping(1), at: 1) == [11, 21, 51, 61, 71, 81, 91])
    #expect(log.milliseconds(.ping(1), at: 2) == Self.all)
    #expect(result.messages[4][.adversary] == 2)
    #expect(result.conservesMessages)
    #expect(result.byzantine == [ReplicaID(0)])
    #expect(log.conditions.map(\.condition) == [.byzantine, .lying])
    #expect(log.conditions.map { ($0.time - .zero).nanoseconds / 1_000_000 } == [0, 30])
    let votes = logged(Self.pings([rule(Self.zero, .silent, kinds: KindFilter([2]))])).1
    #expect(votes.milliseconds(.ping(1), at: 1) == Self.all)
    let pings = logged(Self.pings([rule(Self.zero, .silent, kinds: KindFilter([4]))])).1
    #expect(pings.milliseconds(.ping(1), at: 1).isEmpty)
  }

  @Test("Held copies arrive late by the span of the rule, drawn ones within its law")
  func delays() {
    let slow = logged(Self.pings([rule(Self.zero, .slow(by: ms(5)))])).1
    #expect(slow.milliseconds(.ping(1), at: 1) == Self.all.map { $0 + 5 })
    let law = Distribution.uniform(from: ms(2), to: ms(8))
    let drawn = logged(Self.pings([rule(Self.zero, .delay(law))])).1
    let delays = zip(drawn.times(.ping(1), at: 1), Self.all).map { $0 - $1 * 1_000_000 }
    #expect(delays.count == 9 && delays.allSatisfy { (2_000_000...8_000_000).contains($0) })
    #expect(Set(delays).count == 9)
  }

  @Test("A tampered message reaches all alike, an equivocator's half of them")
  func forgeries() {
    let tampered = logged(Self.pings([rule(Self.zero, .tamper)])).1
    #expect(tampered.milliseconds(.ping(1001), at: 1) == Self.all)
    #expect(tampered.milliseconds(.ping(1001), at: 2) == Self.all)
    let equivocated = logged(Self.pings([rule(Self.zero, .equivocate)])).1
    #expect(equivocated.milliseconds(.ping(2001), at: 1) == Self.all)
    #expect(equivocated.milliseconds(.ping(1), at: 2) == Self.all)
    let honest = logged(Self.pings([rule(Self.zero, .forge(.badSignature))])).1
    #expect(honest.milliseconds(.ping(1), at: 1) == Self.all)
  }

  @Test("Copies are duplicated, and old messages replayed")
  func duplicatesAndReplays() {
    let (doubled, log) = logged(Self.pings([rule(Self.zero, .duplicate(copies: 2))]))
    #expect(log.times(.ping(1), at: 1).count == 27)
    #expect(doubled.conservesMessages)
    let (replayed, _) = logged(Self.pings([rule(Self.zero, .replay)]))
    // Nothing is old in the first round.
    #expect(replayed.messages[4].sent == 2 * 9 + 2 * 8)
  }

  @Test("A probability strikes that share of the copies")
  func probability() {
    var run = Self.pings([rule(Self.zero, .silent, probability: 0.3)])
    run.schedule = .window(warmup: .zero, duration: .seconds(40))
    let counts = outcome(run).messages[4]
    let trials = Double(counts.sent)
    #expect(trials > 7000)
    let error = abs(Double(counts[.adversary]) - 0.3 * trials)
    #expect(error < 4 * (trials * 0.21).squareRoot())
  }

  @Test("Rules can wait for the lead, a view, or every other turn")
  func roles() {
    // Node 0 leads except in (35, 55) ms, and is in view 3 from 65 ms on.
    let roles = [
      Reaction(0, on: .start, [.setTimer(.second, ms(35))]),
      Reaction(1, on: .start, [.setTimer(.second, ms(54))]),
      Reaction(1, on: .timeout(.second), [.send(7, .one(Endpoint(ReplicaID(0))), bytes: 0)]),
      Reaction(0, on: .timeout(.second), [.lead(false)]),
      Reaction(2, on: .start, [.setTimer(.second, ms(64))]),
      Reaction(2, on: .timeout(.second), [.send(8, .one(Endpoint(ReplicaID(0))), bytes: 0)]),
      Reaction(0, on: .ping(7), [.lead(true)]),
      Reaction(0, on: .ping(8), [.view(3)]),
    ]
    func arrivals(_ activation: Activation) -> [Int64] {
      logged(Self.pings([rule(Self.zero, .silent, activation)], extra: roles)).1
        .milliseconds(.ping(1), at: 1)
    }
    #expect(arrivals(Self.during(asPrimary: true)) == [41, 51])
    #expect(arrivals(Self.during(views: 1...5)) == [11, 21, 31, 41, 51, 61])
    #expect(arrivals(Self.during(asPrimary: true, alternate: true)) == [41, 51, 61, 71, 81, 91])
  }

  @Test("Rules can wait for a test, or for decided heights")
  func testsAndRounds() {
    let decide = Reaction(
      1, on: .ping(1),
      [.milestone(.decided(height: 1, digest: Digest(0), transactions: 1, isOrdinary: true))])
    let rounds = logged(
      Self.pings([rule(Self.zero, .silent, Self.during(afterRounds: 1))], extra: [decide])
    ).1
    #expect(rounds.milliseconds(.ping(1), at: 1) == [11])
    var run = Self.pings([rule(Self.zero, .silent, Self.during(tests: 2...2))])
    run.schedule = .tests(
      TestPlan(tests: 3, ending: .window(ms(25), rotationDelay: nil, interval: ms(30))))
    #expect(logged(run).1.milliseconds(.ping(1), at: 1) == [11, 21, 61, 71, 81])
  }

  @Test("Random culprits are drawn by seed, each once, and not among those named")
  func randomCulprits() {
    var seen = Set<Int>()
    for seed in 1...40 {
      var run = Self.pings(
        [rule(.random(count: 2), .silent), rule(.replicas([ReplicaID(0)]), .tamper)], replicas: 6)
      run.seed = Seed(UInt64(seed))
      let byzantine = outcome(run).byzantine
      #expect(byzantine.count == 3)
      #expect(byzantine.first == ReplicaID(0))
      seen.formUnion(byzantine.map(\.index))
    }
    #expect(seen == Set(0..<6))
  }

  @Test("Byzantine nodes arrive every so many heights, and leave with the membership")
  func arrivals() {
    var decisions: [Reaction] = [Reaction(on: .start, [.setTimer(.first, ms(10))])]
    for height: UInt64 in 1...8 {
      decisions.append(
        Reaction(
          on: .ping(height),
          [
            .milestone(
              .decided(height: height, digest: Digest(0), transactions: 1, isOrdinary: true))
          ]))
      decisions.append(Reaction(0, on: .start, [.send(height, .others, bytes: 0)]))
    }
    var run = script(7, decisions)
    run.faults = [rule(.arrivals(everyRounds: 2), .silent)]
    let result = outcome(run)
    #expect(result.rounds == 8)
    #expect(result.byzantine.count == 4)
    #expect(result.census.map(\.byzantine) == [0, 1, 2, 3, 4])
    #expect(result.census.map(\.rounds) == [0, 2, 4, 6, 8])
    #expect(result.census.allSatisfy { $0.members == 7 })
    let removed = ReplicaSet((0..<7).map { ReplicaID($0) }.filter { $0 != result.byzantine[0] })
    run.protocolConfiguration += [
      Reaction(on: .timeout(.first), [.milestone(.membership(removed))])
    ]
    let last = outcome(run).census.last
    #expect(last?.byzantine == 3)
    #expect(last?.members == 6)
  }

  @Test("What a Byzantine node observes is not measured")
  func byzantineMilestonesDoNotCount() {
    let decide = Reaction(
      on: .ping(1),
      [.milestone(.decided(height: 1, digest: Digest(0), transactions: 1, isOrdinary: true))])
    let culprits = Culprits.replicas([ReplicaID(1), ReplicaID(2)])
    #expect(outcome(Self.pings([], extra: [decide])).blocks == 1)
    let late = Self.during(500_000)
    #expect(outcome(Self.pings([rule(culprits, .silent, late)], extra: [decide])).blocks == 0)
  }

  @Test("A leader that deceives is believed by the client and not by the measurement")
  func falseAnswer() {
    let client = closed(2, dispatch: .leader)
    var run = voting(4, clients: [client])
    run.schedule = .window(warmup: .zero, duration: ms(500))
    #expect(outcome(run).tests[0].accepted > 100)
    run.faults = [rule(Self.zero, .tamper)]
    let lied = outcome(run)
    #expect(lied.tests[0].accepted == 0 && lied.tests[0].bogus > 100)
    #expect(lied.blocks == 0)
    run.faults = [rule(Self.zero, .hold)]
    let held = outcome(run)
    #expect(held.tests[0].accepted == 0 && held.tests[0].bogus == 0)
    #expect(held.tests[0].requests.issued == 2)
  }
}
