import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

/// What a schedule asks for, what becomes of requests, and how a run ends that cannot go on.
@Suite("Fulfilment and accounts")
struct FulfilmentTests {
  /// Answers after 30 ms of work each.
  static let slow = Reaction(
    on: .request(0),
    [
      .charge(.execute, 30),
      .reply(wrong: false, executed: true, leader: 0, reportsExecution: true),
    ])

  private static func tests(
    _ count: Int, window: Int64, interval: Int64, _ client: ClientModel,
    _ reactions: [Reaction] = [ClientTests.honest]
  ) -> RunConfiguration<ScriptedReplica> {
    var run = ClientTests.run(1, client, reactions)
    run.costs[.execute] = 1_000_000
    run.schedule = .tests(
      TestPlan(
        tests: count, ending: .window(ms(window), rotationDelay: nil, interval: ms(interval))))
    return run
  }

  @Test("Windows that touch lose no request: it belongs to the one in which it completes")
  func touchingWindows() {
    // One answer every 30 ms; four of ten connections wait across the seam at any time.
    let touching = outcome(
      Self.tests(4, window: 100, interval: 100, closed(10), [Self.slow]))
    #expect(touching.tests.map(\.accepted) == [3, 3, 3, 4])
    #expect(touching.account.inFlight == 10)
    #expect(touching.account.betweenTests == 0)
    // The tenth in the queue has waited for nine others, across three windows.
    #expect(touching.tests[3].latencies.max() == 302_000_000)
    let apart = outcome(Self.tests(4, window: 100, interval: 101, closed(10), [Self.slow]))
    #expect(apart.account.inFlight > 20)
  }

  @Test("What completes at the seam of two windows belongs to the second")
  func seam() {
    // Round trips of 2 ms: the fiftieth answer comes at 100 ms.
    let result = outcome(Self.tests(3, window: 100, interval: 100, closed(1)))
    #expect(result.tests.map(\.accepted) == [49, 50, 50])
    // At the end of the last window the run is over.
    #expect(result.account.inFlight == 1)
    let declining = outcome(
      Self.tests(3, window: 100, interval: 100, closed(1, timeout: ms(100)), []))
    #expect(declining.tests.map(\.requests.declined) == [0, 1, 1])
  }

  @Test("A think time goes on across a seam, and an open loop keeps its rate")
  func seamOfOtherLoads() {
    let thinking = outcome(
      Self.tests(3, window: 100, interval: 100, closed(1, thinkTime: .constant(ms(73)))))
    #expect(thinking.requests.map(\.issued) == [at(0), at(75), at(150), at(225)])
    var open = Self.tests(40, window: 100, interval: 100, closed(1))
    open.clients = [
      ClientModel(
        load: .open(ratePerSecond: 100), dispatch: .one, replyQuorum: 1, timeout: nil,
        retransmission: nil)
    ]
    let result = outcome(open)
    // 400 expected; four standard deviations.
    #expect((320...480).contains(result.account.issued))
    #expect(result.account.accepted + result.account.betweenTests >= result.account.issued - 1)
  }

  @Test("A declined request gives its place in a test to another", arguments: [1, 3])
  func declinedMakesRoom(connections: Int) {
    var run = ClientTests.run(
      1, closed(connections, timeout: ms(50)),
      [
        // The first request of each client is never answered.
        Reaction(
          on: .request(0), [.reply(wrong: false, executed: true, leader: 0, reportsExecution: true)]
        )
      ])
    run.network.changes = NetworkChange.partition(
      .nodes([NodeID(0)]), from: .nodes([NodeID(1)]), at: at(0), until: at(40))
    run.schedule = .tests(
      TestPlan(tests: 2, ending: .firstRequests(count: 3, pause: ms(10))))
    let result = outcome(run)
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.closedTests == 2)
    #expect(result.tests.map(\.accepted) == [3, 3])
    #expect(result.tests.map(\.declined) == [connections, 0])
  }

  @Test("An open loop goes on after declined requests, and has one stream of arrivals a test")
  func openLoopWithAQuota() {
    var run = ClientTests.run(1, closed(1))
    run.clients = [
      ClientModel(
        load: .open(ratePerSecond: 100), dispatch: .one, replyQuorum: 1, timeout: ms(20),
        retransmission: nil)
    ]
    run.network.changes = NetworkChange.partition(
      .nodes([NodeID(0)]), from: .nodes([NodeID(1)]), at: at(0), until: at(500))
    run.schedule = .tests(TestPlan(tests: 20, ending: .firstRequests(count: 40, pause: .zero)))
    run.limits.time = at(100_000)
    let result = outcome(run)
    #expect(result.stopReason == .scheduleEnded)
    // 40 arrivals at 100 a second take 0.4 s, in the last test as in the others.
    let last = result.tests[19]
    let span = (last.end - last.start).nanoseconds
    #expect((200_000_000...700_000_000).contains(span), "\(span)")
  }

  @Test("Every request is accepted, bogus, declined, between tests or in flight", arguments: 1...20)
  func account(seed: UInt64) {
    var run = ClientTests.run(3, closed(4, timeout: ms(37)))
    run.seed = Seed(seed)
    let law = Distribution.exponential(minimum: .zero, mean: ms(9))
    run.network = NetworkModel(
      uniform: LinkLaw(latency: law, loss: 0.2, duplication: 0.1, isFIFO: false))
    let interval: Int64 = seed % 2 == 0 ? 100 : 130
    run.schedule = .tests(
      TestPlan(tests: 6, ending: .window(ms(100), rotationDelay: nil, interval: ms(interval))))
    run.faults = [rule(.replicas([ReplicaID(1)]), .silent, probability: 0.5)]
    let result = outcome(run)
    #expect(result.account.isBalanced)
    #expect(result.account.issued == result.requests.count)
    let isBalanced = result.tests.allSatisfy { $0.requests.isBalanced }
    #expect(isBalanced)
    #expect(result.account.declined > 0)
    // Where windows touch nothing ends between them.
    #expect(interval == 100 ? result.account.betweenTests == 0 : result.account.betweenTests > 0)
    #expect(result.tests.reduce(0) { $0 + $1.requests.issued } == result.account.issued)
  }

  @Test(
    "A node that asks for more than a million effects in one step ends the run, and is named",
    arguments: [
      Action.send(1, .one(Endpoint(ReplicaID(0))), bytes: 1), .setTimer(.first, ms(1)),
      .cancelTimer(.first), .persist(1), .milestone(.leads(view: 0)),
    ])
  func runaway(action: Action) {
    let times = Effects<ScriptedReplica>.limit + 1
    let result = outcome(
      ClientTests.run(3, closed(1), [Reaction(2, on: .request(0), [.again(times, action)])]))
    #expect(result.stopReason == .runawayStep(node: 2))
    #expect(result.end == at(1))
    // Nothing of the step was carried out.
    #expect(result.messages[4].sent == 0)
  }

  @Test("A node may ask for a million effects in one step")
  func crowdedStep() {
    // One observation is the replica's own.
    let times = Effects<ScriptedReplica>.limit - 1
    let result = outcome(
      ClientTests.run(
        3, closed(1),
        [
          ClientTests.honest,
          Reaction(
            2, on: .request(0), [.again(times, .cancelTimer(.first)), .again(times, .persist(1))]),
        ]))
    #expect(result.stopReason == .scheduleEnded)
  }

  @Test("A node with a million events at one instant ends the run, and is named")
  func standstill() {
    var run = ClientTests.run(1, closed(1))
    run.network = NetworkModel(uniform: plain(.constant(.zero)))
    run.limits.events = 100_000_000
    let result = outcome(run)
    #expect(result.stopReason == .standstill(node: 0))
    #expect(result.end == .zero)
    #expect(result.events < 2_000_100)
    // A crowd at one instant is no standstill.
    var crowd = ClientTests.run(1, closed(2000))
    crowd.schedule = .window(warmup: .zero, duration: ms(20))
    #expect(outcome(crowd).stopReason == .scheduleEnded)
  }
}

/// Whom clients turn to that ask one replica at a time.
@Suite("Servers after a decline")
struct ServerChoiceTests {
  /// Replica 0 never answers; the others do, and name 2 as leader.
  private static let others = (1..<4).map {
    Reaction(
      $0, on: .request(0), [.reply(wrong: false, executed: true, leader: 2, reportsExecution: true)]
    )
  }

  private static func run(
    _ dispatch: ClientModel.Dispatch, _ choice: ClientModel.AfterDecline
  ) -> Outcome {
    var client = closed(1, dispatch: dispatch, timeout: ms(50))
    client.afterDecline = choice
    return outcome(ClientTests.run(4, client, others))
  }

  @Test(
    "Raft §8: clients try again with randomly-chosen servers",
    arguments: [ClientModel.Dispatch.leader, .one])
  func draws(dispatch: ClientModel.Dispatch) {
    let result = Self.run(dispatch, .draw)
    #expect(result.account.accepted > 300)
    // A server that serves is kept.
    #expect(result.account.declined < 8)
  }

  @Test(
    "With 'same' a client asks the dead server for ever",
    arguments: [ClientModel.Dispatch.leader, .one])
  func same(dispatch: ClientModel.Dispatch) {
    let result = Self.run(dispatch, .same)
    #expect(result.account.accepted == 0 && result.account.declined == 19)
  }

  @Test("A request abandoned when a test opens is one that came to nothing")
  func abandoned() {
    var run = ClientTests.run(
      4, closed(1, dispatch: .leader, timeout: .seconds(10)), Self.others)
    run.schedule = .tests(
      TestPlan(tests: 30, ending: .window(ms(100), rotationDelay: nil, interval: ms(110))))
    let last = outcome(run).tests.suffix(10)
    #expect(last.allSatisfy { $0.accepted > 0 })
  }
}

/// Copies have fates of their own.
@Suite("Draws of equal copies")
struct RepetitionTests {
  private static func law(loss: Double) -> LinkLaw {
    LinkLaw(
      latency: .uniform(from: ms(1), to: ms(8)), loss: loss, duplication: 0, isFIFO: false)
  }

  @Test("Of ten copies of a message each is lost and delayed on its own")
  func duplicates() {
    var fates: [Int] = []
    var instants = 0
    for seed in 1...40 {
      var run = AdversaryTests.pings([rule(AdversaryTests.zero, .duplicate(copies: 9))])
      run.seed = Seed(UInt64(seed))
      run.network = NetworkModel(uniform: Self.law(loss: 0.5))
      let (_, log) = logged(run)
      let times = log.times(.ping(1), at: 1)
      for start in AdversaryTests.all.dropLast().map({ ($0 - 1) * 1_000_000 }) {
        let copies = times.filter { $0 >= start && $0 < start + 9_000_000 }
        fates.append(copies.count)
        instants += Set(copies).count
      }
    }
    // Binomial: mean 5, variance 2.5, over 320 messages; four standard errors.
    let mean = Double(fates.reduce(0, +)) / Double(fates.count)
    #expect(abs(mean - 5) < 4 * (2.5 / Double(fates.count)).squareRoot(), "\(mean)")
    #expect(!fates.contains { $0 == 10 } || fates.count { $0 == 10 } < 4)
    #expect(Set(fates).count > 6)
    #expect(instants == fates.reduce(0, +))
  }

  @Test("Held copies are held for times of their own")
  func delays() {
    let held = Behaviour.delay(.uniform(from: ms(0), to: ms(8)))
    let run = AdversaryTests.pings([
      rule(AdversaryTests.zero, .duplicate(copies: 4)), rule(AdversaryTests.zero, held),
    ])
    let times = logged(run).1.times(.ping(1), at: 1)
    #expect(Set(times).count == times.count && times.count > 40)
  }

  @Test("Equal messages of one job, and of several jobs at one instant, have draws of their own")
  func equalMessages() {
    var run = script(
      2,
      [
        Reaction(
          0, on: .start,
          [
            .send(1, .others, bytes: 0), .send(1, .others, bytes: 0),
            .send(1, .one(Endpoint(ReplicaID(1))), bytes: 0), .setTimer(.first, .zero),
          ]),
        Reaction(0, on: .timeout(.first), [.send(1, .one(Endpoint(ReplicaID(1))), bytes: 0)]),
      ])
    run.network = NetworkModel(uniform: Self.law(loss: 0))
    let times = logged(run).1.times(.ping(1), at: 1)
    #expect(times.count == 4 && Set(times).count == 4)
  }

  @Test("A rule strikes each of several equal messages by a draw of its own")
  func strikes() {
    var counts: Set<Int> = []
    for seed in 1...20 {
      var run = script(
        2, [Reaction(0, on: .start, (0..<10).map { _ in .send(1, .others, bytes: 0) })])
      run.seed = Seed(UInt64(seed))
      run.faults = [rule(AdversaryTests.zero, .silent, probability: 0.5)]
      counts.insert(logged(run).1.times(.ping(1), at: 1).count)
    }
    #expect(counts.count > 3, "\(counts)")
  }
}
