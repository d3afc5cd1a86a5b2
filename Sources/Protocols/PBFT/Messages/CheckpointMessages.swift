import ConsensusCore
import DiscreteEvents

// Checkpoints and the proof that one is stable (PBFT §4.3).

extension SignedContent {
  /// What a replica signs in a CHECKPOINT.
  public static func checkpoint(
    _ sequence: SequenceNumber, _ digest: Digest, _ replica: ReplicaID
  ) -> UInt64 {
    mix(mix(0xC4EC, sequence.number), mix(digest.value, UInt64(truncatingIfNeeded: replica.index)))
  }
}

/// A CHECKPOINT (PBFT §4.3).
public struct CheckpointVote: Hashable, Sendable {
  /// n, the last sequence number covered.
  public var sequence: SequenceNumber
  /// d, the digest of the state.
  public var digest: Digest
  /// i, who vouches.
  public var replica: ReplicaID
  /// Its signature.
  public var signature: Signature

  /// Creates a vote.
  public init(
    sequence: SequenceNumber, digest: Digest, replica: ReplicaID, signature: Signature
  ) {
    self.sequence = sequence
    self.digest = digest
    self.replica = replica
    self.signature = signature
  }
}

/// <CHECKPOINT, n, d, i>.
extension CheckpointVote {
  var messageFingerprint: UInt64 { mix(signature.tag ^ 0x06, digest.value) }

  var messageSummary: String { "CHECKPOINT n\(sequence) \(digest)" }
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

  // Rule: PBFT 4.3-4
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

/// A proof that travels alone.
extension CheckpointProof {
  var messageFingerprint: UInt64 { mix(0x0D, fingerprint) }

  /// The bytes in a message beyond the base.
  var carriedSize: ByteCount { .signedVote * signers.count }

  var messageSummary: String { "STABLE n\(sequence)" }
}

extension CheckpointVote: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(sequence, digest, replica, signature)
  }
}

extension CheckpointProof: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(sequence, digest, signers, aggregate)
  }
}
