import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("State transfer over epochs")
struct EpochTransferTests {
  /// The state after CONFIG blocks that leave the members below `left`, at most f at a time.
  private static func state(of group: PlainGroup, shrunkTo left: Int) -> ReplicatedState<
    NoOversight
  > {
    var state = group.replicas[0].state
    while state.membership.members.count > left {
      let members = state.membership.members
      let leave = min(members.count - left, max(1, state.membership.quorum.faults))
      let change = MembershipChange(
        removed: ReplicaSet(members.suffix(leave)), cleared: ReplicaSet())
      state.apply(
        Batch(
          proposer: ReplicaID(0), view: View(0), requests: [], judgements: [], changes: [change]))
      state.enterNextEpoch()
    }
    return state
  }

  /// What replica 1 of `count` makes of the state of a group that shrank to `left` members,
  /// with the proof of a quorum of them.
  private static func isTaken(by count: Int, from left: Int) -> Bool {
    let group = PBFTTests.group(count)
    let state = state(of: group, shrunkTo: left)
    let signers = Array(0..<state.membership.quorum.certificate)
    let transfer = StateTransfer<NoOversight>(
      proof: group.proof(state.digest, at: state.executed.number, by: signers), state: state)
    let reaction = group.receive(1, .state(transfer), from: 0)
    let isTaken = group.replicas[1].state.executed == state.executed
    #expect(reaction.rejections() == (isTaken ? [] : [.badCertificate]))
    #expect(group.replicas[1].membership == (isTaken ? state.membership : .init(replicas: count)))
    return isTaken
  }

  @Test(
    "A replica that missed epochs finds back as long as their last quorum exceeds the f that it knows",
    arguments: 4...16)
  func limit(count: Int) {
    let faults = Quorum(replicas: count).faults
    for left in 1..<count {
      let isLarge = Quorum(replicas: left).certificate > faults
      #expect(Self.isTaken(by: count, from: left) == isLarge, "from \(count) to \(left)")
    }
  }

  @Test(
    "Ten members find back to five, and not to four", arguments: [(9, true), (5, true), (4, false)])
  func ten(left: Int, finds: Bool) {
    #expect(Self.isTaken(by: 10, from: left) == finds)
  }
}
