import ConsensusCore
import DiscreteEvents

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

  /// What a replica signs in a CHECKPOINT.
  public static func checkpoint(
    _ sequence: SequenceNumber, _ digest: Digest, _ replica: ReplicaID
  ) -> UInt64 {
    mix(mix(0xC4EC, sequence.number), mix(digest.value, UInt64(truncatingIfNeeded: replica.index)))
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

/// The proof that a checkpoint is stable: CHECKPOINTs of q distinct replicas (PBFT §4.3).
public struct CheckpointProof: Hashable, Sendable {
  /// The last sequence number that the checkpoint covers.
  public let sequence: SequenceNumber
  /// The digest of the state after it.
  public let digest: Digest
  /// Whose CHECKPOINTs these are.
  public let signers: ReplicaSet
  /// Their signatures, XORed.
  public let aggregate: Signature

  /// The state before the first batch, which needs no proof.
  public static let genesis = CheckpointProof(
    sequence: .zero, digest: Digest(0), signers: ReplicaSet(), aggregate: .none)

  /// Creates a proof.
  public init(
    sequence: SequenceNumber, digest: Digest, signers: ReplicaSet, aggregate: Signature
  ) {
    self.sequence = sequence
    self.digest = digest
    self.signers = signers
    self.aggregate = aggregate
  }

  /// Tells whether q members vouch for the checkpoint; the genesis always stands.
  public func isValid(in membership: Membership, _ verifier: Verifier) -> Bool {
    guard sequence > .zero else { return self == .genesis }
    guard signers.intersection(membership.set) == signers,
      signers.count >= membership.quorum.certificate
    else { return false }
    return verifier.isValid(aggregate: aggregate, of: signers) { signer in
      SignedContent.checkpoint(sequence, digest, signer)
    }
  }

  /// Tells whether f + 1 of `membership` are among the signers, so that at least one honest replica
  /// of it vouches: enough to trust a checkpoint of a later epoch.
  public func isVouched(in membership: Membership, _ verifier: Verifier) -> Bool {
    guard signers.intersection(membership.set).count >= membership.quorum.oneHonest else {
      return false
    }
    return verifier.isValid(aggregate: aggregate, of: signers) { signer in
      SignedContent.checkpoint(sequence, digest, signer)
    }
  }

  /// A hash of the proof.
  public var fingerprint: UInt64 {
    mix(mix(sequence.number, digest.value), mix(signers.fingerprint, aggregate.tag))
  }
}

/// A transferable proof that a primary misbehaved: anybody can check it, and without the primary's
/// key nobody can make it (invariant SC-2).
public enum Evidence: Hashable, Sendable {
  /// Two proposals for one view and sequence number with different digests, both signed.
  case equivocation(Proposal, Proposal, by: ReplicaID)
  /// A signed proposal whose batch holds a request that its client did not sign.
  case forgedRequest(Proposal, Batch, by: ReplicaID)

  /// Whom the proof convicts.
  public var subject: ReplicaID {
    switch self {
    case .equivocation(_, _, let subject), .forgedRequest(_, _, let subject): subject
    }
  }

  /// The view in which it happened.
  public var view: View {
    switch self {
    case .equivocation(let proposal, _, _), .forgedRequest(let proposal, _, _): proposal.view
    }
  }

  /// The signatures in the proof.
  ///
  /// Of a batch it needs the digest of each request and the client's signature over it. It carries no
  /// operation: a liar chooses how long one is, and VIEW-CHANGEs that carried it would fill links.
  var signatureCount: Int {
    switch self {
    case .equivocation: 2
    case .forgedRequest(_, let batch, _): 1 + batch.requests.count
    }
  }

  /// Tells whether the proof convinces somebody who saw nothing else.
  public func isValid(_ verifier: Verifier) -> Bool {
    guard subject.index >= 0 else { return false }
    return switch self {
    case .equivocation(let first, let second, let subject):
      first.view == second.view && first.sequence == second.sequence
        && first.digest != second.digest && first.isSigned(by: subject, verifier)
        && second.isSigned(by: subject, verifier)
    case .forgedRequest(let proposal, let batch, let subject):
      batch.digest == proposal.digest && proposal.isSigned(by: subject, verifier)
        && !batch.isAuthentic(verifier)
    }
  }

  /// A hash of the proof.
  public var fingerprint: UInt64 {
    switch self {
    case .equivocation(let first, let second, let subject):
      mix(
        mix(first.fingerprint, second.fingerprint), UInt64(truncatingIfNeeded: subject.index))
    case .forgedRequest(let proposal, let batch, let subject):
      mix(
        mix(proposal.fingerprint, batch.digest.value),
        UInt64(truncatingIfNeeded: subject.index) ^ 0xF0)
    }
  }
}
