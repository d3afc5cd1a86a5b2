import ConsensusCore
import DiscreteEvents

// The three phases and their certificates (PBFT §4.2).

/// The hashes that the signatures of PBFT's messages cover; a domain word keeps kinds apart.
public enum SignedContent {
  /// What the proposer of a PRE-PREPARE signs.
  @inline(__always)
  public static func proposal(_ view: View, _ sequence: SequenceNumber, _ digest: Digest) -> UInt64
  {
    mix(mix(0x9E9A_4E00 ^ view.number, sequence.number), digest.value)
  }

  /// What a backup signs in a PREPARE.
  @inline(__always)
  public static func prepare(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, _ replica: ReplicaID
  ) -> UInt64 {
    mix(proposal(view, sequence, digest) ^ 0x11, UInt64(truncatingIfNeeded: replica.index))
  }

  /// What a replica signs in a COMMIT.
  @inline(__always)
  public static func commit(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, _ replica: ReplicaID
  ) -> UInt64 {
    mix(proposal(view, sequence, digest) ^ 0x22, UInt64(truncatingIfNeeded: replica.index))
  }
}

/// A PRE-PREPARE without its batch: what the proposer signed.
public struct Proposal: Hashable, Sendable {
  /// v.
  public let view: View
  /// n.
  public let sequence: SequenceNumber
  /// d.
  public let digest: Digest
  /// The proposer's signature over v, n and d.
  public let signature: Signature

  /// Creates a proposal signed elsewhere.
  @inline(__always)
  public init(view: View, sequence: SequenceNumber, digest: Digest, signature: Signature) {
    self.view = view
    self.sequence = sequence
    self.digest = digest
    self.signature = signature
  }

  /// Creates and signs a proposal.
  public init(view: View, sequence: SequenceNumber, digest: Digest, signedBy signer: Signer) {
    self.init(
      view: view, sequence: sequence, digest: digest,
      signature: signer.sign(SignedContent.proposal(view, sequence, digest)))
  }

  /// Tells whether `proposer` signed this.
  @inline(__always)
  public func isSigned(by proposer: ReplicaID, _ verifier: Verifier) -> Bool {
    verifier.isValid(
      signature, of: Endpoint(proposer), over: SignedContent.proposal(view, sequence, digest))
  }

  /// A hash of the proposal.
  public var fingerprint: UInt64 {
    mix(SignedContent.proposal(view, sequence, digest), signature.tag)
  }
}

/// <<PRE-PREPARE, v, n, d>, m>.
extension Proposal {
  @inline(__always)
  func messageFingerprint(with batch: Batch) -> UInt64 {
    mix(signature.tag ^ 0x02, batch.digest.value)
  }

  func messageSummary(with batch: Batch) -> String {
    "PRE-PREPARE v\(view) n\(sequence) \(digest) x\(batch.requests.count)"
  }
}

/// A PREPARE or COMMIT: one replica's vote for a batch at a sequence number (PBFT §4.2).
public struct Vote: Hashable, Sendable {
  /// v.
  public var view: View
  /// n.
  public var sequence: SequenceNumber
  /// d.
  public var digest: Digest
  /// i, who votes.
  public var replica: ReplicaID
  /// The voter's signature.
  public var signature: Signature
  /// In a PREPARE, the proposer's signature over v, n and d, so that two PREPAREs can prove that
  /// the proposer equivocated.
  ///
  /// Deviation: PBFT §4.2 does not carry it.
  public var proposalSignature: Signature

  /// Creates a vote.
  @inline(__always)
  public init(
    view: View, sequence: SequenceNumber, digest: Digest, replica: ReplicaID, signature: Signature,
    proposalSignature: Signature
  ) {
    self.view = view
    self.sequence = sequence
    self.digest = digest
    self.replica = replica
    self.signature = signature
    self.proposalSignature = proposalSignature
  }
}

/// <PREPARE, v, n, d, i> and <COMMIT, v, n, D(m), i>.
extension Vote {
  @inline(__always)
  var prepareFingerprint: UInt64 { mix(signature.tag ^ 0x03, proposalSignature.tag) }

  @inline(__always)
  var commitFingerprint: UInt64 { mix(signature.tag ^ 0x04, digest.value) }

  var messageSummary: String { "v\(view) n\(sequence) \(digest)" }
}

// Rule: PBFT 4.4-6
/// A prepared certificate: a PRE-PREPARE and the PREPAREs of q - 1 distinct backups (PBFT §4.2).
public struct PreparedCertificate: Hashable, Sendable {
  /// What was prepared.
  public let proposal: Proposal
  /// Who signed the PRE-PREPARE.
  public let proposer: ReplicaID
  /// The backups whose PREPAREs these are.
  public let signers: ReplicaSet
  /// Their signatures, XORed.
  public let aggregate: Signature

  /// Creates a certificate.
  public init(
    proposal: Proposal, proposer: ReplicaID, signers: ReplicaSet, aggregate: Signature
  ) {
    self.proposal = proposal
    self.proposer = proposer
    self.signers = signers
    self.aggregate = aggregate
  }

  // Rule: PBFT 4.2-8, PBFT 4.4-10
  /// Tells whether the certificate proves that its batch prepared in `membership`.
  public func isValid(in membership: Membership, _ verifier: Verifier) -> Bool {
    guard membership.set.contains(proposer), !signers.contains(proposer),
      signers.intersection(membership.set) == signers,
      signers.count >= membership.quorum.certificate - 1,
      proposal.isSigned(by: proposer, verifier)
    else { return false }
    return verifier.isValid(aggregate: aggregate, of: signers) { signer in
      SignedContent.prepare(proposal.view, proposal.sequence, proposal.digest, signer)
    }
  }

  /// A hash of the certificate.
  public var fingerprint: UInt64 {
    mix(
      mix(proposal.fingerprint, UInt64(truncatingIfNeeded: proposer.index)),
      mix(signers.fingerprint, aggregate.tag))
  }
}

/// A commit certificate: the COMMITs of q distinct replicas for one batch (PBFT §4.2).
public struct CommitCertificate: Hashable, Sendable {
  /// v.
  public let view: View
  /// n.
  public let sequence: SequenceNumber
  /// d.
  public let digest: Digest
  /// Whose COMMITs these are.
  public let signers: ReplicaSet
  /// Their signatures, XORed.
  public let aggregate: Signature

  /// Creates a certificate.
  public init(
    view: View, sequence: SequenceNumber, digest: Digest, signers: ReplicaSet, aggregate: Signature
  ) {
    self.view = view
    self.sequence = sequence
    self.digest = digest
    self.signers = signers
    self.aggregate = aggregate
  }

  /// Tells whether the certificate proves that the batch committed in `membership`.
  public func isValid(in membership: Membership, _ verifier: Verifier) -> Bool {
    guard signers.intersection(membership.set) == signers,
      signers.count >= membership.quorum.certificate
    else { return false }
    return verifier.isValid(aggregate: aggregate, of: signers) { signer in
      SignedContent.commit(view, sequence, digest, signer)
    }
  }
}

/// An executed batch with the certificate that it committed.
extension CommitCertificate {
  func messageFingerprint(with batch: Batch) -> UInt64 {
    mix(mix(aggregate.tag ^ 0x0A, sequence.number), batch.digest.value)
  }

  /// The bytes in a message beyond the base and the batch.
  var carriedSize: ByteCount { .signedVote * signers.count }

  var messageSummary: String { "COMMITTED v\(view) n\(sequence)" }
}

extension Proposal: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, sequence, digest, signature)
  }
}

extension Vote: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, sequence, digest, replica, signature, proposalSignature)
  }
}

extension PreparedCertificate: FieldHashable {
  package enum Field: UInt8, StateField {
    case proposal, proposer, signers, aggregate
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .proposal: hasher.add(proposal)
    case .proposer: hasher.add(proposer)
    case .signers: hasher.add(signers)
    case .aggregate: hasher.add(aggregate)
    }
  }
}

extension CommitCertificate: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, sequence, digest, signers, aggregate)
  }
}
