import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Submissions")
struct SubmissionTests {
  @Test("A request is issued when the work before it is done, and its result comes back as a job")
  func oneRequest() {
    let (result, workload) = played(
      parties(
        1,
        [
          PartyReaction(
            on: .started, [.charge(milliseconds: 5), .submit(7), .charge(milliseconds: 4)])
        ]))
    // Issued at 5, accepted at 7, handled when the first job is over, at 9.
    #expect(workload.times(.accepted(7), at: 0) == [[7, 7, 9]])
    #expect(workload.submissions.count == 1)
    let submission = workload.submissions[0]
    #expect(submission.ticket == 7 && submission.operation == 700)
    #expect(submission.client == ClientID(0) && submission.timestamp == 1)
    #expect(submission.submitted == at(5) && submission.issued == at(5))
    #expect(result.requests.map(\.issued) == [at(5)])
    #expect(result.tests[0].accepted == 1)
    guard case .accepted(let accepted, let digest) = workload.jobs[1].input else {
      Issue.record("the second job is not the result")
      return
    }
    #expect(accepted == submission)
    #expect(digest == result.requests[0].executedResult)
  }

  @Test("Connections are the limit, and what waits for one is served in order", arguments: 1...4)
  func connections(count: Int) {
    let (result, workload) = played(
      parties(
        1, client: submitted(count), [PartyReaction(on: .started, (1...12).map { .submit($0) })]))
    #expect(workload.submissions.map(\.ticket) == Array(1...12))
    #expect(
      workload.submissions.map(\.issued) == (0..<12).map { at(Int64($0 / count) * 2) })
    #expect(workload.submissions.allSatisfy { $0.submitted == .zero })
    #expect(workload.submissions.prefix(count).map(\.client.index) == Array(0..<count))
    #expect(Set(result.requests.map(\.client.index)).count == count)
    #expect(workload.jobs.count == 13)
  }

  @Test("Clients of a party belong to it alone")
  func ownership() {
    let (_, workload) = played(
      parties(
        3, client: submitted(2), [PartyReaction(on: .started, (1...6).map { .submit($0) })]))
    for job in workload.jobs {
      guard case .accepted(let submission, _) = job.input else { continue }
      #expect(submission.client.index / 2 == job.party.index)
    }
    #expect(workload.jobs.count == 3 + 18)
  }

  @Test("A request that nobody answers is declined, and the party is told")
  func declined() {
    let (result, workload) = played(
      parties(
        1, client: submitted(timeout: ms(300)), reactions: [],
        [
          PartyReaction(on: .started, [.submit(1), .submit(2)]),
          PartyReaction(on: .declined(2), [.submit(3)]),
        ]))
    #expect(workload.times(.declined(1), at: 0) == [[300, 300, 300]])
    #expect(workload.times(.declined(2), at: 0) == [[600, 600, 600]])
    #expect(workload.times(.declined(3), at: 0) == [[900, 900, 900]])
    #expect(workload.submissions.map(\.timestamp) == [1, 2, 3])
    #expect(result.requests.count == 3)
    #expect(result.tests[0].declined == 3)
  }

  @Test("Nothing is issued at a window's end or later, and the run ends there")
  func windowEnd() {
    var run = parties(
      1,
      [
        PartyReaction(on: .started, [.submit(1)]), PartyReaction(on: .accepted(1), [.submit(1)]),
      ])
    run.schedule = .window(warmup: ms(100), duration: ms(900))
    let (result, workload) = played(run)
    #expect(workload.submissions.count == 500)
    #expect(workload.submissions.last?.issued == at(998))
    #expect(result.end == at(1000))
    #expect(result.requests.prefix(49).allSatisfy { $0.test == 0 })
    // The one accepted at 100 ms counts, for it was outstanding when the window opened.
    #expect(result.tests[0].accepted == 450)
  }

  @Test("Between tests submissions wait, and none is lost")
  func tests() {
    var run = parties(
      1,
      [
        PartyReaction(
          on: .started,
          [.alarm(1, of: 0, after: ms(60)), .alarm(2, of: 0, after: ms(150)), .submit(1)]),
        PartyReaction(on: .alarm(1), [.submit(2), .submit(3)]),
      ])
    run.schedule = .tests(
      TestPlan(tests: 2, ending: .window(ms(50), rotationDelay: nil, interval: ms(100))))
    let (result, workload) = played(run)
    #expect(workload.submissions.map(\.issued) == [at(0), at(100), at(102)])
    #expect(workload.times(.accepted(2), at: 0) == [[102, 102, 102]])
    #expect(result.tests.map(\.accepted) == [1, 2])
  }

  @Test("A request outstanding when the next test opens still comes to its end")
  func acrossTests() {
    var run = parties(
      1,
      [
        PartyReaction(on: .started, [.alarm(1, of: 0, after: ms(45))]),
        PartyReaction(on: .alarm(1), [.submit(1), .submit(2)]),
      ])
    run.network = NetworkModel(uniform: plain(.constant(ms(40))))
    run.schedule = .tests(
      TestPlan(tests: 3, ending: .window(ms(50), rotationDelay: nil, interval: ms(100))))
    let (result, workload) = played(run)
    #expect(workload.times(.accepted(1), at: 0) == [[125, 125, 125]])
    #expect(workload.submissions.map(\.issued) == [at(45), at(125)])
    #expect(workload.times(.accepted(2), at: 0) == [[205, 205, 205]])
    #expect(result.tests.map(\.requests.betweenTests) == [1, 1, 0])
  }

  @Test("A plan of first requests admits as many submissions as it asks for, in every test")
  func firstRequests() {
    var run = parties(1, [PartyReaction(on: .started, (1...9).map { .submit($0) })])
    run.schedule = .tests(TestPlan(tests: 3, ending: .firstRequests(count: 2, pause: ms(10))))
    let (result, workload) = played(run)
    #expect(
      workload.submissions.map(\.issued) == [at(0), at(2), at(14), at(16), at(28), at(30)])
    #expect(result.tests.map(\.accepted) == [2, 2, 2])
    #expect(result.stopReason == .scheduleEnded)
  }

  @Test("An execution is told once for every honest replica, after the request was issued")
  func executions() {
    var run = parties(
      2, replicas: 4, client: submitted(quorum: 2),
      [
        PartyReaction(on: .started, [.submit(1)]), PartyReaction(on: .accepted(1), [.submit(2)]),
      ])
    run.faults = [rule(.replicas([ReplicaID(2)]), .tamper)]
    let (_, workload) = played(run)
    #expect(workload.executions.count == 4 * 3)
    for submission in workload.submissions {
      let told = workload.executions.filter {
        $0.client == submission.client && $0.timestamp == submission.timestamp
      }
      #expect(told.map(\.replica.index) == [0, 1, 3])
      #expect(told.allSatisfy { $0.time == submission.issued + ms(1) && $0.result != nil })
    }
  }

  @Test("What replicas take back is told too")
  func undone() {
    let takesBack = Reaction(
      on: .request(0),
      ClientTests.honest.actions
        + [.milestone(.undone(client: ClientID(0), timestamp: 1))])
    let (_, workload) = played(
      parties(1, reactions: [takesBack], [PartyReaction(on: .started, [.submit(1)])]))
    #expect(workload.executions.map { $0.result == nil } == [false, true])
  }

  @Test("Closed loops beside the parties run as without them")
  func beside() {
    var run = parties(1, [PartyReaction(on: .started, [.submit(1)])])
    run.clients.append(closed(2))
    run.nodes.append(node())
    let (result, _) = played(run)
    #expect(result.requests.filter { $0.client == ClientID(0) }.count == 1)
    #expect(result.tests[0].accepted == 1 + 2 * 4999)
  }

  @Test("Parties submit through a replicated log as well as through one replica")
  func throughVotes() {
    var run = voting(4, clients: [submitted(3, quorum: 3)])
    run.workload = ToyWorkload([
      PartyReaction(on: .started, (1...3).map { .submit($0) }),
      PartyReaction(on: .accepted(1), [.charge(milliseconds: 1), .submit(1)]),
    ])
    run.schedule = .window(warmup: .zero, duration: .seconds(1))
    let (result, workload) = played(run)
    #expect(result.tests[0].accepted == workload.jobs.count - 1)
    #expect(workload.jobs.count > 150)
    #expect(result.requests.allSatisfy { $0.ending != .accepted || $0.isCorrect })
    #expect(workload.executions.count >= 4 * (workload.jobs.count - 1))
  }
}
