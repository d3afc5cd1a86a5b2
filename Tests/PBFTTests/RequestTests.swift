import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT §4.1, §4.4: requests, replies and the request timer")
struct RequestTests {
  let group = PBFTTests.group()

  // Rule: PBFT 4.1-7, PBFT 4.2-13
  @Test("PBFT §4.1: every replica replies to the client with v, t, c, i, r")
  func replies() {
    group.complete(1)
    #expect(group.replies.map(\.replica.index).sorted() == [0, 1, 2, 3])
    #expect(
      group.replies.allSatisfy { $0.timestamp == 1 && $0.result == group.request(0, 1).result })
  }

  // Rule: PBFT 4.1-5
  @Test(
    "PBFT §4.1: \"if the request has already been processed, the replicas simply re-send the reply\""
  )
  func retransmission() {
    group.complete(1)
    let reaction = group.step(
      2, .message(.request(group.request(0, 1)), from: Endpoint(ClientID(0))))
    #expect(reaction.kinds == ["reply"])
    #expect(group.pending.isEmpty && group.executed == [1, 1, 1, 1])
  }

  // Rule: PBFT 4.1-8
  @Test("PBFT §4.1: \"discarding requests whose timestamp is lower than that in the last reply\"")
  func oldRequest() {
    group.complete(2)
    let reaction = group.step(
      0, .message(.request(group.request(0, 1)), from: Endpoint(ClientID(0))))
    #expect(reaction.kinds.isEmpty)
  }

  // Rule: PBFT 4.1-8
  @Test("PBFT §4.1: exactly once: a request ordered twice takes effect once")
  func exactlyOnce() {
    let first = group.batch([group.request(0, 1)])
    group.commitAt(1, first, at: 1)
    group.commitAt(1, first, at: 2)
    #expect(group.replicas[1].standing.executed == 2)
    #expect(group.replicas[1].state.ledger.executed == 1)
  }

  // Rule: PBFT 4.1-5, PBFT 4.2-13
  @Test("PBFT §4.1: a request ordered twice is answered twice, with one result")
  func answeredAgain() {
    let first = group.batch([group.request(0, 1)])
    group.commitAt(1, first, at: 1)
    group.commitAt(1, first, at: 2)
    #expect(group.replies.map(\.timestamp) == [1, 1])
    #expect(Set(group.replies.map(\.result)) == [group.request(0, 1).result])
    // Only the last request of a client has a stored reply.
    group.commitAt(1, group.batch([group.request(0, 2)]), at: 3)
    group.commitAt(1, first, at: 4)
    #expect(group.replicas[1].standing.executed == 4)
    #expect(group.replies.map(\.timestamp) == [1, 1, 2])
  }

  // Rule: PBFT 4.1-4
  @Test("A request that its client did not sign is dropped")
  func forged() {
    var forged = group.request(0, 1)
    forged.operation = 5
    let reaction = group.step(0, .message(.request(forged), from: Endpoint(ClientID(0))))
    #expect(reaction.rejections() == [.badSignature] && reaction.kinds.isEmpty)
  }

  // Rule: PBFT 4.1-6
  @Test("PBFT §4.1: a backup relays a retransmission to the primary, and only that")
  func relay() {
    let message = Plain.Message.request(group.request(0, 1))
    let client = Endpoint(ClientID(0))
    #expect(group.step(2, .message(message, from: client)).kinds.isEmpty)
    let reaction = group.step(2, .message(message, from: client))
    #expect(reaction.kinds == ["request"])
    guard case .one(let target) = reaction.sends[0].recipients else {
      Issue.record("not sent to one")
      return
    }
    #expect(target == Endpoint(ReplicaID(0)))
    // What a replica relays is not relayed again.
    #expect(group.receive(3, message, from: 2).kinds.isEmpty)
    #expect(group.receive(3, message, from: 2).kinds.isEmpty)
  }

  // Rule: PBFT 4.4-1
  @Test(
    "PBFT §4.4: \"a backup starts a timer when it receives a request and the timer is not already running\""
  )
  func timerStarts() {
    let issue = { (client: Int, timestamp: UInt64) in
      group.step(
        1, .message(.request(group.request(client, timestamp)), from: Endpoint(ClientID(client))))
    }
    #expect(issue(0, 1).change(of: .request) == .some(.seconds(10)))
    #expect(issue(1, 1).change(of: .request) == nil)
    // Nor when the only client gives up and asks for something newer.
    let alone = PBFTTests.group()
    alone.issue(alone.request(0, 1), to: [1])
    let reaction = alone.step(
      1, .message(.request(alone.request(0, 2)), from: Endpoint(ClientID(0))))
    #expect(reaction.change(of: .request) == nil && alone.runs(.request, at: 1))
  }

  // Rule: PBFT 4.4-2
  @Test("PBFT §4.4: the timer stops when nothing is awaited, and restarts if something is")
  func timerStops() {
    group.issue(group.request(0, 1))
    group.issue(group.request(1, 1), to: [1])
    group.now = .zero + .seconds(3)
    group.settle()
    #expect(!group.runs(.request, at: 2) && !group.runs(.request, at: 0))
    #expect(group.deadlines[1][0] == .zero + .seconds(13))
  }

  @Test("PBFT §4.4: the primary suspects nobody")
  func primaryHasNoTimer() {
    group.issue(group.request(0, 1), to: [0])
    #expect(!group.runs(.request, at: 0))
  }

  @Test("PBFT §4.4: a primary that repeats old requests gains no time")
  func staleBatches() {
    let old = group.batch([group.request(0, 1)])
    group.commitAt(1, old, at: 1)
    group.issue(group.request(1, 1), to: [1])
    let deadline = group.deadlines[1][0]
    group.now = .zero + .seconds(5)
    group.commitAt(1, old, at: 2)
    #expect(group.replicas[1].standing.executed == 2)
    #expect(deadline != nil && group.deadlines[1][0] == deadline)
  }

  @Test("A proposal of an executed request makes nobody wait for it")
  func staleIsNotHeld() {
    let old = group.batch([group.request(0, 1)])
    group.commitAt(1, old, at: 1)
    #expect(!group.runs(.request, at: 1))
    group.receive(1, group.prePrepare(old, at: 2), from: 0)
    #expect(!group.runs(.request, at: 1))
  }

  // Rule: PBFT 4.2-1
  @Test("Batches take requests in the order of arrival, up to the limit")
  func batches() {
    let group = PlainGroup(4, configuration(window: 32, batch: 3))
    for client in 0..<8 { group.issue(group.request(client, 1)) }
    group.settle()
    #expect(group.executed == [8, 8, 8, 8])
    // A new request of a client replaces its older one.
    group.issue(group.request(0, 2), to: [1])
    group.issue(group.request(0, 3), to: [1])
    #expect(group.replicas[1].requests.count == 1)
  }
}

@Suite("The queue of held requests")
struct RequestQueueTests {
  let group = PBFTTests.group()

  // Rule: PBFT 4.1-9
  @Test("Against a plain model, over random histories", arguments: 0..<30 as Range<UInt64>)
  func model(seed: UInt64) {
    var draw = Seed(seed).draw(.workload, 2)
    var queue = RequestQueue()
    var model: [(request: Request, arrival: Int64, isProposed: Bool)] = []
    var stamps = [UInt64](repeating: 0, count: 12)
    for step in 0..<600 as Range<Int64> {
      let client = Int(draw.below(12))
      switch draw.below(6) {
      case 0, 1, 2:
        stamps[client] += 1
        let request = group.request(client, stamps[client])
        let isFirst = queue.hold(request, at: VirtualTime(nanoseconds: step))
        let isAgain = queue.hold(request, at: VirtualTime(nanoseconds: step))
        #expect(isFirst && !isAgain)
        model.removeAll { $0.request.client.index == client }
        model.append((request, step, false))
      case 3:
        queue.drop(ClientID(client), upTo: stamps[client])
        model.removeAll { $0.request.client.index == client }
      case 4:
        let taken = queue.takeUnproposed(limit: 3, .immediate)
        var expected: [Request] = []
        for index in model.indices where !model[index].isProposed && expected.count < 3 {
          model[index].isProposed = true
          expected.append(model[index].request)
        }
        #expect(taken == expected)
      default:
        guard draw.below(8) == 0 else { break }
        queue.forgetProposals()
        for index in model.indices { model[index].isProposed = false }
      }
      #expect(queue.count == model.count)
      #expect(queue.oldestArrival?.nanoseconds == model.first?.arrival)
    }
  }
}
