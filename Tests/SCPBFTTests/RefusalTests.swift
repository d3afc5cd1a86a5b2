import ConsensusCore
import DiscreteEvents
import SCPBFT
import TestSupport
import Testing

@testable import PBFT

@Suite("Paper §III-C: a backup looks the proposer up")
struct RefusalTests {
  /// What backup 1 of four makes of a proposal of replica 0, after it marked others for this reason.
  private func reaction(marked: [Int], for reason: Complaint.Reason) -> Reaction<CheckedPBFT> {
    let group = Group<CheckedPBFT>(
      4,
      PBFTConfiguration(
        replicas: 4, checkpointInterval: 4, window: 8, batchLimit: 1, viewTimeout: .seconds(10),
        retransmission: .seconds(1), rotation: .onSuspicion, relaysFirstReceipt: false,
        epochLength: nil, policy: sheetOptions(.literal), application: nil))
    for index in marked {
      _ = group.replicas[1].state.policy.suspected(
        ReplicaID(index), reason: reason, in: View(0))
    }
    let batch = Batch(
      proposer: ReplicaID(0), view: View(0), requests: [group.request(0, 1)], judgements: [],
      changes: [])
    let proposal = Proposal(
      view: View(0), sequence: SequenceNumber(1), digest: batch.digest, signedBy: group.signer(0))
    return group.receive(1, .prePrepare(proposal, batch), from: 0)
  }

  // Rule: Paper III-C-3
  @Test("Paper §III-C step 3: a proposal of a malicious primary gets no PREPARE, and ends its view")
  func refusesTheMalicious() {
    let reaction = reaction(marked: [0], for: .evidence)
    #expect(reaction.kinds == ["view-change"])
    #expect(
      reaction.observations.contains {
        if case .rejected(.malicious, _) = $0 { true } else { false }
      })
    #expect(
      reaction.observations.contains {
        if case .leftView(_, .refusal) = $0 { true } else { false }
      })
  }

  // Rule: Paper III-C-3
  @Test("An unknown and an unstable primary get their PREPARE")
  func votesForOthers() {
    #expect(reaction(marked: [], for: .timeout).kinds == ["prepare"])
    #expect(reaction(marked: [0], for: .timeout).kinds == ["prepare"])
  }

  @Test("Where more than f are marked a malicious primary gets its PREPARE (SC-5)")
  func votesInTheFallback() {
    #expect(reaction(marked: [0, 3], for: .evidence).kinds == ["prepare"])
  }
}
