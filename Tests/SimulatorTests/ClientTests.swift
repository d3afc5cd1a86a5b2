import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Clients")
struct ClientTests {
  /// Every replica answers every request at once, and reports its execution.
  static let honest = Reaction(
    on: .request(0), [.reply(wrong: false, executed: true, leader: 0, reportsExecution: true)])

  static func run(
    _ replicas: Int, _ client: ClientModel, _ reactions: [Reaction] = [honest]
  ) -> RunConfiguration<ScriptedReplica> {
    var run = script(replicas, reactions)
    run.clients = [client]
    run.nodes.append(node())
    run.schedule = .window(warmup: .zero, duration: ms(1000))
    return run
  }

  // Rule: PBFT 4.1-1
  @Test("A closed loop issues the next request when the last one is answered")
  func closedLoop() {
    let result = outcome(Self.run(1, closed(3)))
    // 2 ms a round trip; at 1 s the window is over.
    #expect(result.requests.count == 3 * 500)
    #expect(result.tests[0].accepted == 3 * 499)
    #expect(result.tests[0].latencies.allSatisfy { $0 == 2_000_000 })
    #expect(result.tests[0].requests.inFlight == 3)
    #expect(result.requests.prefix(3).map(\.client.index) == [0, 1, 2])
  }

  @Test("A think time passes between an answer and the next request")
  func thinkTime() {
    let result = outcome(Self.run(1, closed(1, thinkTime: .constant(ms(8)))))
    let issues = result.requests.map { $0.issued.nanoseconds }
    #expect(issues == (0..<100).map { Int64($0) * 10_000_000 })
  }

  // Rule: Paper III-C-1
  @Test("Multicast reaches all replicas, one reaches its own")
  func dispatch() {
    #expect(outcome(Self.run(4, closed(1))).messages[0].sent % 4 == 0)
    let (result, log) = logged(Self.run(3, closed(3, dispatch: .one)))
    #expect(result.tests[0].accepted == 3 * 499)
    for replica in 0..<3 {
      #expect(log.times(.request(1), at: replica).count == 1)
    }
  }

  // Rule: PBFT 4.1-2, Paper III-C-5
  @Test("A quorum is of equal results from distinct replicas", arguments: 1...4)
  func quorum(size: Int) {
    // Replica 3 lies; the others answer after 1, 2 and 3 ms of work.
    var reactions = (0..<3).map { replica in
      Reaction(
        replica, on: .request(0),
        [
          .charge(.execute, replica + 1),
          .reply(wrong: false, executed: true, leader: nil, reportsExecution: true),
        ])
    }
    let lie = Action.reply(wrong: true, executed: true, leader: nil, reportsExecution: false)
    reactions.append(Reaction(3, on: .request(0), [lie, lie, lie, lie]))
    var run = Self.run(4, closed(1, quorum: size, timeout: ms(100)), reactions)
    run.costs[.execute] = 1_000_000
    run.schedule = .window(warmup: .zero, duration: ms(90))
    let first = outcome(run).requests[0]
    switch size {
    case 1:
      #expect(first.ending == .accepted && !first.isCorrect)
      #expect(first.latency == ms(2))
    case 4:
      #expect(first.ending == .open)
    default:
      #expect(first.isCorrect)
      #expect(first.latency == ms(2 + Int64(size)))
    }
  }

  @Test("A replica that changes its answer has one vote, its last")
  func changedVotes() {
    func reply(wrong: Bool) -> Action {
      .reply(wrong: wrong, executed: true, leader: nil, reportsExecution: !wrong)
    }
    let fickle = Reaction(
      0, on: .request(0), [reply(wrong: true), .charge(.execute, 1), reply(wrong: false)])
    let wrong = Reaction(1, on: .request(0), [.charge(.execute, 5), reply(wrong: true)])
    let right = Reaction(1, on: .request(0), [.charge(.execute, 5), reply(wrong: false)])
    for (other, isAccepted) in [(wrong, false), (right, true)] {
      var run = Self.run(2, closed(1, quorum: 2), [fickle, other])
      run.costs[.execute] = 1_000_000
      let first = outcome(run).requests[0]
      #expect((first.ending == .accepted) == isAccepted)
      #expect(first.isCorrect == isAccepted)
    }
  }

  @Test("A result that no honest replica executed is bogus")
  func bogusResults() {
    let liar = Reaction(
      on: .request(0), [.reply(wrong: true, executed: true, leader: 0, reportsExecution: false)])
    let result = outcome(Self.run(1, closed(1), [liar]))
    #expect(result.tests[0].accepted == 0)
    #expect(result.tests[0].bogus == 499)
  }

  @Test("A request is declined at the time-out and a new one takes its place at once")
  func timeouts() {
    let result = outcome(Self.run(1, closed(2, timeout: ms(300)), []))
    #expect(result.tests[0].requests.issued == 8)
    #expect(result.tests[0].declined == 6)
    #expect(result.tests[0].requests.inFlight == 2)
    #expect(result.requests.map(\.timestamp) == [1, 1, 2, 2, 3, 3, 4, 4])
    #expect(result.requests[2].issued == at(300))
  }

  @Test("A late answer to a declined request is ignored")
  func lateAnswers() {
    var run = Self.run(1, closed(1, timeout: ms(15)))
    run.network = NetworkModel(uniform: plain(.constant(ms(10))))
    let result = outcome(run)
    #expect(result.tests[0].accepted == 0)
    #expect(result.tests[0].declined == 66)
  }

  // Rule: PBFT 4.1-3
  @Test("Retransmission goes to all replicas, or to the next one in turn")
  func retransmission() {
    for target in [ClientModel.Retransmission.Target.all, .next] {
      let client = closed(
        1, dispatch: .leader, timeout: nil,
        retransmission: ClientModel.Retransmission(period: ms(100), target: target))
      // Only replica 2 answers.
      let answer = Reaction(2, on: .request(0), Self.honest.actions)
      let (result, log) = logged(Self.run(3, client, [answer]))
      #expect(log.milliseconds(.request(1), at: 0) == (target == .all ? [1, 101] : [1]))
      #expect(log.milliseconds(.request(1), at: 1) == [101])
      #expect(log.milliseconds(.request(1), at: 2) == (target == .all ? [101] : [201]))
      #expect(result.requests[0].latency == (target == .all ? ms(102) : ms(202)))
    }
  }

  @Test("A redirection sends the request to the leader named, and later requests too")
  func redirection() {
    let refuse = Reaction(
      0, on: .request(0),
      [.reply(wrong: false, executed: false, leader: 2, reportsExecution: false)]
    )
    let serve = Reaction(
      2, on: .request(0), [.reply(wrong: false, executed: true, leader: 2, reportsExecution: true)])
    let (result, log) = logged(Self.run(3, closed(1, dispatch: .leader), [refuse, serve]))
    #expect(result.requests[0].latency == ms(4))
    #expect(result.requests[1].latency == ms(2))
    #expect(log.times(.request(2), at: 0).isEmpty)
    #expect(log.times(.request(1), at: 1).isEmpty)
  }

  @Test("Two replicas that point at each other do not keep a request bouncing for ever")
  func redirectionsEnd() {
    let away = { (other: Int) in
      Action.reply(wrong: false, executed: false, leader: other, reportsExecution: false)
    }
    let result = outcome(
      Self.run(
        2, closed(1, dispatch: .leader, timeout: nil),
        [Reaction(0, on: .request(0), [away(1)]), Reaction(1, on: .request(0), [away(0)])]))
    #expect(result.messages[0].sent == 3)
  }

  @Test("An open loop keeps its rate whatever the system does, and reuses client numbers")
  func openLoop() {
    let open = ClientModel(
      load: .open(ratePerSecond: 500), dispatch: .multicast, replyQuorum: 1, timeout: ms(50),
      retransmission: nil)
    var run = Self.run(1, open)
    run.schedule = .window(warmup: .zero, duration: .seconds(10))
    let served = outcome(run)
    run.protocolConfiguration = []
    let ignored = outcome(run)
    #expect(abs(served.requests.count - 5000) < 4 * 71)
    #expect(served.requests.map(\.issued) == ignored.requests.map(\.issued))
    #expect((served.requests.map(\.client.index).max() ?? 0) < 12)
    #expect((ignored.requests.map(\.client.index).max() ?? 0) > 12)
    #expect(ignored.tests[0].accepted == 0)
  }

  // Rule: PBFT 4.1-1, PBFT 4.1-2
  @Test("Clients sign what they send, and nobody is fooled by a reply in another's name")
  func repliesCountForTheirSender() {
    // Quorum 2 of 2, but replica 1 stays silent: replica 0 cannot stand in for it.
    let twice = Reaction(0, on: .request(0), Self.honest.actions + Self.honest.actions)
    let result = outcome(Self.run(2, closed(1, quorum: 2), [twice]))
    #expect(result.requests.count == 1)
    #expect(result.requests[0].ending == .open)
    let (_, log) = logged(Self.run(1, closed(1)))
    #expect(log.issued.count == 500)
    #expect(log.accepted.count == 499)
  }
}
