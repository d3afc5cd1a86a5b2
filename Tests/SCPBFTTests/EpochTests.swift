import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@Suite("CONFIG blocks at the end of an epoch")
struct EpochTests {
  /// What backup 1 of seven, whose sheet is empty, makes of a first batch that removes `member`, or
  /// that carries a request if nil.
  private func reaction(
    to member: Int?, marking: StateSheetPolicy.MarkingRule
  ) -> Reaction<CheckedPBFT> {
    let group = Group<CheckedPBFT>(
      7,
      PBFTConfiguration(
        replicas: 7, checkpointInterval: 4, window: 8, batchLimit: 1, viewTimeout: .seconds(10),
        retransmission: .seconds(1), rotation: .onSuspicion, relaysFirstReceipt: false,
        epochLength: 1, policy: sheetOptions(marking), application: nil))
    let change = member.map {
      MembershipChange(removed: ReplicaSet([ReplicaID($0)]), cleared: ReplicaSet())
    }
    let batch = Batch(
      proposer: ReplicaID(0), view: View(0), requests: change == nil ? [group.request(0, 1)] : [],
      judgements: [], changes: change.map { [$0] } ?? [])
    let proposal = Proposal(
      view: View(0), sequence: SequenceNumber(1), digest: batch.digest, signedBy: group.signer(0))
    return group.receive(1, .prePrepare(proposal, batch), from: 0)
  }

  private func rejectsContent(_ reaction: Reaction<CheckedPBFT>) -> Bool {
    reaction.observations.contains {
      if case .rejected(.invalidContent, _) = $0 { true } else { false }
    }
  }

  @Test("A change that the agreed sheet does not make is evidence against its proposer")
  func certified() {
    let reaction = reaction(to: 2, marking: .certified)
    #expect(rejectsContent(reaction) && reaction.kinds.contains("view-change"))
  }

  @Test("A change that a literal sheet does not bear out is rejected, and no evidence")
  func literal() {
    let reaction = reaction(to: 2, marking: .literal)
    #expect(rejectsContent(reaction) && reaction.kinds.isEmpty)
  }

  @Test("Requests may take the place of a change", arguments: [true, false])
  func requests(isLiteral: Bool) {
    let reaction = reaction(to: nil, marking: isLiteral ? .literal : .certified)
    #expect(!rejectsContent(reaction) && reaction.kinds == ["prepare"])
  }
}
