import ConsensusCore
import DiscreteEvents
import Testing

@testable import HealthRecords
@testable import Simulator

@Suite("Where the time of an operation went")
struct FlowPathTests {
  private func at(_ nanoseconds: Int64) -> VirtualTime { VirtualTime(nanoseconds: nanoseconds) }

  private func job(_ input: PartyInput, _ sent: Int64, _ arrived: Int64, _ begun: Int64) -> PartyJob
  {
    PartyJob(
      party: PartyID(2), input: input, sent: at(sent), arrived: at(arrived), begun: at(begun))
  }

  private let message = PartyInput.message(
    PartyMessage(kind: 0, flow: 0, content: 0, bytes: 1), from: PartyID(1))

  private func accepted(_ submitted: Int64, _ issued: Int64) -> PartyInput {
    .accepted(
      Submission(
        ticket: 0, operation: 0, client: ClientID(0), timestamp: 1, submitted: at(submitted),
        issued: at(issued)),
      result: Digest(0))
  }

  @Test("Work, network and waiting are told apart, step by step")
  func parts() {
    var path = FlowPath(.encryption, at: at(10))
    path.reach(job(.alarm(1), 10, 10, 13))
    path.reach(job(message, 20, 50, 51), entering: .storage)
    path.reach(job(accepted(60, 64), 100, 100, 105), replicas: 6)
    #expect(path.steps.map(\.step) == [.encryption, .storage])
    let first = path.steps[0].time
    #expect(first.queueing == 3 && first.crypto == 7 && first.network == 0)
    let second = path.steps[1].time
    #expect(second.network == 30 && second.queueing == 1 + 4 + 5)
    #expect(second.crypto == 9 + 6 && second.consensus == 30)
    #expect(path.total == 95 && path.clock == at(105) && !path.isBroken)
  }

  @Test("The replicas' cryptography is not more than the time there was")
  func cap() {
    var path = FlowPath(.access, at: at(0))
    path.reach(job(accepted(0, 0), 40, 40, 40), replicas: 1_000)
    #expect(path.steps[0].time.crypto == 40 && path.steps[0].time.consensus == 0)
  }

  @Test("An instant before the clock breaks the account")
  func broken() {
    var path = FlowPath(.access, at: at(10))
    path.spend(until: at(9), on: .network)
    #expect(path.isBroken && path.total == 0)
  }
}
