import ConsensusCore
import DiscreteEvents

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

extension Evidence: FieldHashable {
  package enum Field: UInt8, StateField {
    case statements, subject, view
  }

  /// An enum has no stored properties; these are readings of its cases.
  package static var readings: FieldSet<Field> { .all }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .statements: hashStatements(into: &hasher)
    case .subject: hasher.add(subject)
    case .view: hasher.add(view)
    }
  }

  private func hashStatements(into hasher: inout StateHasher) {
    switch self {
    case .equivocation(let first, let second, let subject):
      hasher.add(UInt64(0), first, second, subject)
    case .forgedRequest(let proposal, let batch, let subject):
      hasher.add(UInt64(1), proposal, batch, subject)
    }
  }
}
