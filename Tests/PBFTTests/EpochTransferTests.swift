import ConsensusCore
import DiscreteEvents
import SCPBFT
import TestSupport
import Testing

@testable import PBFT

@Suite("State transfer over epochs")
struct EpochTransferTests {
  private typealias EpochGroup = Group<CheckedPBFT>

  private static func group(_ replicas: Int) -> EpochGroup {
    let options = StateSheetPolicy.Options(
      marking: .certified, exclusion: .skip, strikes: 2, agedThreshold: 5, expires: false,
      allowsShrinking: true)
    return EpochGroup(
      replicas,
      PBFTConfiguration(
        replicas: replicas, checkpointInterval: 4, window: 8, batchLimit: 1,
        viewTimeout: .seconds(10), retransmission: .seconds(1), rotation: .onSuspicion,
        relaysFirstReceipt: false, epochLength: nil, policy: options, application: nil))
  }

  /// The state after CONFIG blocks that leave the members below `left`, at most f at a time.
  private static func state(of group: EpochGroup, shrunkTo left: Int) -> ReplicatedState<
    StateSheetPolicy
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
    let group = Self.group(count)
    let state = state(of: group, shrunkTo: left)
    let signers = Array(0..<state.membership.quorum.certificate)
    let transfer = StateTransfer<StateSheetPolicy>(
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

  /// The NEW-VIEW of seven members for view 3, and the state of the six that are left, whose epoch
  /// began in view 0.
  private static func lateView(of group: EpochGroup) -> (NewView, StateTransfer<StateSheetPolicy>) {
    let state = state(of: group, shrunkTo: 6)
    let asking = (0..<5).map { group.viewChange($0, to: 3) }
    return (
      group.newView(3, asking, by: 3),
      StateTransfer(
        proof: group.proof(state.digest, at: state.executed.number, by: Array(2..<6)), state: state)
    )
  }

  @Test("A member led beyond an epoch's first view by the old ones asks the new ones for the next")
  func lateView() {
    let group = Self.group(7)
    let (newView, transfer) = Self.lateView(of: group)
    #expect(group.receive(1, .newView(newView), from: 3).viewChange() == nil)
    #expect(group.replicas[1].view == View(3))
    let asked = group.receive(1, .state(transfer), from: 2).viewChange()
    #expect(asked?.target == View(4) && asked?.epoch == 1)
    let again = group.restart(1).viewChange()
    #expect(again?.target == View(4) && again?.epoch == 1)
  }

  @Test("It does so after a power failure, too, which left the epoch on disk and no VIEW-CHANGE")
  func tornLateView() {
    let group = Self.group(7)
    let (newView, transfer) = Self.lateView(of: group)
    var durable = PBFTDurable<StateSheetPolicy>()
    for record: PBFTDurable<StateSheetPolicy>.Record in [
      .entered(newView), .state(transfer.state), .stable(transfer.proof),
    ] {
      durable.apply(record)
    }
    let asked = group.step(1, .restarted(durable)).viewChange()
    #expect(asked?.target == View(4) && asked?.epoch == 1)
    // What it asked the old members for, it asks the new ones for.
    durable.apply(.changing(group.viewChange(1, to: 5)))
    let again = Self.group(7).step(1, .restarted(durable)).viewChange()
    #expect(again?.target == View(5) && again?.epoch == 1)
  }

  @Test("The first view of an epoch needs no NEW-VIEW of its own")
  func firstView() {
    let group = Self.group(7)
    let transfer = Self.lateView(of: group).1
    #expect(group.receive(1, .state(transfer), from: 2).viewChange() == nil)
    #expect(group.replicas[1].membership.epoch == 1 && group.replicas[1].view == View(0))
    #expect(group.restart(1).viewChange() == nil)
  }
}
