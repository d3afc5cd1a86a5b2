import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

/// PBFT §4.2-4.3: a certificate holds the messages of a quorum of distinct members, and of nobody else.
@Suite("Certificates")
struct CertificateTests {
  private let group = PBFTTests.group(7)
  private static let everybody = Membership(replicas: 7)
  /// Replicas 5 and 6 are members no more; three of five are honest at least, and four are a quorum.
  private static let five = everybody.applying(
    MembershipChange(removed: ReplicaSet([ReplicaID(5), ReplicaID(6)]), cleared: ReplicaSet()),
    at: .zero, proposedBy: ReplicaID(0), in: View(0))

  /// Who signs, in whose membership, and whether that proves something.
  static let cases: [(signers: [Int], membership: Membership, proves: Bool)] = [
    ([0, 1, 2, 3, 4], everybody, true), ([2, 3, 4, 5, 6], everybody, true),
    ([0, 1, 2, 3, 4, 5, 6], everybody, true), ([1, 2, 3, 4], everybody, false),
    ([0], everybody, false), ([], everybody, false),
    ([0, 1, 2, 3], five, true), ([0, 1, 2], five, false), ([0, 1, 5, 6], five, false),
    ([0, 1, 2, 3, 5], five, false),
  ]

  @Test("COMMITs of q members, and of them only, prove that a batch committed", arguments: cases)
  func committed(signers: [Int], membership: Membership, proves: Bool) {
    let batch = group.batch([])
    let signatures = signers.map { group.commitVote(batch, at: 1, by: $0).signature.tag }
    let certificate = CommitCertificate(
      view: View(0), sequence: SequenceNumber(1), digest: batch.digest,
      signers: ReplicaSet(signers.map { ReplicaID($0) }),
      aggregate: Signature(tag: signatures.reduce(0, ^)))
    #expect(certificate.isValid(in: membership, group.verifier) == proves)
  }

  // Rule: PBFT 4.4-6, PBFT 4.4-10
  @Test(
    "The PRE-PREPARE of a member and PREPAREs of q - 1 others prove that a batch prepared",
    arguments: cases)
  func prepared(signers: [Int], membership: Membership, proves: Bool) {
    guard let proposer = signers.first else { return }
    let certificate = group.certificate(
      group.batch([]), at: 1, proposer: proposer, by: Array(signers.dropFirst()))
    #expect(certificate.isValid(in: membership, group.verifier) == proves)
  }

  @Test("The proposer's own PREPARE does not count beside its PRE-PREPARE")
  func ownPrepare() {
    let certificate = group.certificate(group.batch([]), at: 1, proposer: 0, by: [0, 1, 2, 3])
    #expect(!certificate.isValid(in: Self.everybody, group.verifier))
  }

  // Rule: PBFT 4.3-4
  @Test("CHECKPOINTs of q members, and of them only, prove a stable checkpoint", arguments: cases)
  func stable(signers: [Int], membership: Membership, proves: Bool) {
    let proof = group.proof(Digest(7), at: 4, by: signers)
    #expect(proof.isValid(in: membership, group.verifier) == proves)
  }

  @Test("A signature that is missing from the aggregate proves nothing")
  func missing() {
    let whole = group.certificate(group.batch([]), at: 1, proposer: 0, by: [1, 2, 3, 4])
    let lacking = group.certificate(group.batch([]), at: 1, proposer: 0, by: [1, 2, 3])
    let certificate = PreparedCertificate(
      proposal: whole.proposal, proposer: whole.proposer, signers: whole.signers,
      aggregate: lacking.aggregate)
    #expect(whole.isValid(in: Self.everybody, group.verifier))
    #expect(!certificate.isValid(in: Self.everybody, group.verifier))
  }
}
