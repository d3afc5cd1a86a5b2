import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

/// Proofs of misconduct in a VIEW-CHANGE (Paper §III-B).
extension ViewChangeTests {
  @Test("What a backup signs in the primary's place convicts the backup, not the primary")
  func framing() {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 3), group.proposal(Digest(2), at: 1, by: 3),
      by: ReplicaID(3))
    #expect(evidence.isValid(group.verifier))
    let message = group.viewChange(3, to: 1, evidence: [evidence])
    let reaction = group.receive(2, .viewChange(message), from: 3)
    #expect(reaction.complaint() == nil && group.replicas[2].phase == .normal)
  }

  // Rule: Paper III-B-6
  @Test("Paper §III-B: one valid proof against the primary suffices to leave its view at once")
  func conviction() {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 0), group.proposal(Digest(2), at: 1, by: 0),
      by: ReplicaID(0))
    let message = group.viewChange(3, to: 1, evidence: [evidence])
    #expect(group.receive(2, .viewChange(message), from: 3).complaint() == .evidence)
  }

  @Test("A liar that signs proofs against itself for ever other views takes bounded room")
  func confessions() throws {
    for target in 1...200 as ClosedRange<UInt64> {
      let message = group.viewChange(
        3, to: target, evidence: [confession(of: 3, in: 1_000 + target)])
      #expect(group.receive(2, .viewChange(message), from: 3).rejections().isEmpty)
    }
    #expect(group.replicas[2].changes.evidence == [confession(of: 3, in: 1_001)])
    // Others' proofs have their room, and what is sent stays valid.
    group.receive(
      2, .viewChange(group.viewChange(3, to: 201, evidence: [confession(of: 1, in: 1)])), from: 3)
    group.issue(group.request(0, 1), to: [2])
    let own = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(own.evidence.map(\.subject.index) == [3, 1] && group.replicas[0].isValid(own))
  }

  @Test("Evidence that the subject did not sign is none", arguments: [-1, 1, 2])
  func falseEvidence(subject: Int) {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 3), group.proposal(Digest(2), at: 1, by: 3),
      by: ReplicaID(subject))
    #expect(!evidence.isValid(group.verifier))
  }

  @Test("A client's key convicts nobody")
  func clientEvidence() {
    let signer = Signer(endpoint: Endpoint(ClientID(0)), keys: group.keys)
    let proposals = [1, 2].map {
      Proposal(view: View(0), sequence: SequenceNumber(1), digest: Digest($0), signedBy: signer)
    }
    let evidence = Evidence.equivocation(proposals[0], proposals[1], by: ReplicaID(-1))
    #expect(!evidence.isValid(group.verifier))
  }
}
