import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport
import Testing

@Suite("Clients that stay with a replica, and replicas that give requests up")
struct StayingClientTests {
  private static func rejecting(_ replica: Int? = nil) -> Reaction {
    Reaction(
      replica, on: .request(0),
      [.reply(wrong: false, executed: false, leader: nil, reportsExecution: false)])
  }

  @Test("A client that stays asks its replica again and again, whoever is named as the leader")
  func stays() {
    let client = closed(
      1, dispatch: .member(1), timeout: ms(350),
      retransmission: ClientModel.Retransmission(period: ms(100), target: .next))
    let refuse = Reaction(
      1, on: .request(0),
      [.reply(wrong: false, executed: false, leader: 2, reportsExecution: false)])
    let (result, log) = logged(ClientTests.run(3, client, [refuse]))
    #expect(log.milliseconds(.request(1), at: 1) == [1, 101, 201, 301])
    #expect(log.milliseconds(.request(2), at: 1) == [351, 451, 551, 651])
    for other in [0, 2] {
      #expect(log.times(.request(1), at: other).isEmpty)
      #expect(log.times(.request(2), at: other).isEmpty)
    }
    #expect(result.tests[0].declined == 2)
  }

  @Test("A client that stays is answered by its replica, and asks it again after the answer")
  func isServed() {
    let serve = Reaction(
      2, on: .request(0), [.reply(wrong: false, executed: true, leader: 0, reportsExecution: true)])
    let result = outcome(ClientTests.run(3, closed(1, dispatch: .member(2)), [serve]))
    #expect(result.tests[0].accepted == 499)
  }

  @Test("A request that its replica gives up is waited for, declined, or sent again after a pause")
  func rejections() {
    var client = closed(1, dispatch: .member(0), timeout: ms(400))
    let cases: [(ClientModel.AfterRejection, at: [Int64], declined: Int)] = [
      (.wait, [1], 2), (.decline, [1], 499), (.retry(after: ms(90)), [1, 93, 185, 277, 369], 2),
    ]
    for (policy, times, declined) in cases {
      client.afterRejection = policy
      let (result, log) = logged(ClientTests.run(2, client, [Self.rejecting()]))
      #expect(log.milliseconds(.request(1), at: 0) == times, "\(policy)")
      #expect(result.tests[0].declined == declined, "\(policy)")
    }
  }

  @Test("A client that does not stay asks the next replica after the pause, and is served there")
  func asksTheNext() {
    var client = closed(1, dispatch: .leader)
    client.afterRejection = .retry(after: ms(50))
    let serve = Reaction(
      1, on: .request(0), [.reply(wrong: false, executed: true, leader: 1, reportsExecution: true)])
    let result = outcome(ClientTests.run(3, client, [Self.rejecting(0), serve]))
    #expect(result.requests[0].latency == ms(54))
    #expect(result.requests[1].latency == ms(2))
  }

  @Test("One that gives up is not heeded by clients of all, nor by one that asked another since")
  func staleRejections() {
    var client = closed(1, timeout: ms(400))
    client.afterRejection = .decline
    #expect(outcome(ClientTests.run(2, client, [Self.rejecting(0)])).tests[0].declined == 2)
    // Replica 0 gives up only after the client has turned to replica 1.
    client = closed(
      1, dispatch: .leader, timeout: ms(400),
      retransmission: ClientModel.Retransmission(period: ms(100), target: .next))
    client.afterRejection = .decline
    let late = Reaction(0, on: .request(1), [.charge(.execute, 150)] + Self.rejecting().actions)
    var run = ClientTests.run(2, client, [late])
    run.costs[.execute] = 1_000_000
    #expect(outcome(run).requests[0].ending == .declined)
    #expect(outcome(run).requests[1].issued == at(400))
  }
}
