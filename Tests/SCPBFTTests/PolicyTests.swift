import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator
import Testing

/// Leads from the last member to the first, and leaves every primary after `rounds` batches.
private struct ShortTerms: PBFTPolicy {
  typealias Options = UInt64
  private let rounds: UInt64

  init(configuration: PBFTConfiguration<Self>, owner: ReplicaID) { rounds = configuration.policy }

  func proposer(
    of sequence: SequenceNumber, in view: View, of membership: Membership, judged: [Judgement]
  ) -> ReplicaID {
    membership.members.reversed()[Int(view.number) % membership.members.count]
  }

  mutating func complaint(
    after executed: SequenceNumber, at now: VirtualTime
  ) -> Complaint.Reason? { executed.number % rounds == 0 ? .slow : nil }
}

@Suite("A policy decides who leads and when to leave")
struct PolicyTests {
  @Test(
    "A policy's own order of proposers and its own trigger are carried out, and nobody is marked",
    arguments: [4, 7], [2, 5] as [UInt64])
  func shortTerms(replicas: Int, rounds: UInt64) {
    let (_, probe) = logged(
      run(replicas, ShortTerms.self, rounds, interval: 4, schedule: .blocks(60)))
    var proposed: UInt64 = 0
    for case (1, let step) in probe.log {
      switch step {
      case .accepted(let view, let sequence, _, let proposer, _) where sequence.number > proposed:
        proposed = sequence.number
        #expect(view.number == (proposed - 1) / rounds)
        #expect(proposer.index == replicas - 1 - Int(view.number) % replicas)
      case .leftView(_, let reason): #expect(reason == .slow)
      case .marked: Issue.record("A complaint of a policy is no strike")
      default: break
      }
    }
    #expect(proposed >= 60)
  }
}
