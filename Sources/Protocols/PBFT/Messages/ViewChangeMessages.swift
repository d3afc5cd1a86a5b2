import ConsensusCore
import DiscreteEvents

// From one view to the next (PBFT §4.4).

// Rule: PBFT 4.4-5
/// A VIEW-CHANGE (PBFT §4.4).
public struct ViewChange: Hashable, Sendable {
  /// The sender's membership epoch.
  public var epoch: Int
  /// v + 1, the view asked for.
  public var target: View
  /// n and C: the sender's last stable checkpoint and its proof.
  public var stable: CheckpointProof
  /// P: the highest-view prepared certificate of every sequence number above it.
  public var certificates: [PreparedCertificate]
  /// What the sender holds against the primaries it leaves behind (Model §4.2).
  public var complaints: [Complaint]
  /// Proofs of misconduct.
  public var evidence: [Evidence]
  /// i, who asks.
  public var replica: ReplicaID
  /// Its signature over all of the above.
  public var signature: Signature

  /// Creates and signs a VIEW-CHANGE.
  public init(
    epoch: Int, target: View, stable: CheckpointProof, certificates: [PreparedCertificate],
    complaints: [Complaint], evidence: [Evidence], replica: ReplicaID,
    signedBy signer: Signer
  ) {
    self.epoch = epoch
    self.target = target
    self.stable = stable
    self.certificates = certificates
    self.complaints = complaints
    self.evidence = evidence
    self.replica = replica
    signature = .none
    signature = signer.sign(content)
  }

  /// The hash of what the sender signs.
  public var content: UInt64 {
    var hash = WordHash(domain: 0x71E3)
    hash.combine(UInt64(truncatingIfNeeded: epoch))
    hash.combine(target.number)
    hash.combine(stable.fingerprint)
    for certificate in certificates { hash.combine(certificate.fingerprint) }
    for complaint in complaints { hash.combine(complaint.fingerprint) }
    for proof in evidence { hash.combine(proof.fingerprint) }
    hash.combine(UInt64(truncatingIfNeeded: replica.index))
    return hash.value
  }
}

/// <VIEW-CHANGE, v+1, n, C, P, i>.
extension ViewChange {
  var messageFingerprint: UInt64 { mix(signature.tag ^ 0x07, content) }

  /// The bytes in a message beyond the base.
  var carriedSize: ByteCount { .signedVote * signatureCount }

  /// The signatures inside, without the sender's own.
  var signatureCount: Int {
    stable.signers.count + certificates.reduce(0) { $0 + 1 + $1.signers.count }
      + evidence.reduce(0) { $0 + $1.signatureCount }
  }

  var messageSummary: String {
    "VIEW-CHANGE v\(target) h\(stable.sequence) P\(certificates.count)"
      + complaints.map { " \($0.reason) of \($0.subject) in v\($0.view)" }.joined()
  }
}

// Rule: PBFT 4.4-13
/// A NEW-VIEW (PBFT §4.4).
public struct NewView: Hashable, Sendable {
  /// v + 1.
  public var view: View
  /// V: the VIEW-CHANGEs of q replicas.
  public var viewChanges: [ViewChange]
  /// O: what is proposed again, null in the gaps.
  public var proposals: [Proposal]
  /// The new primary.
  public var replica: ReplicaID
  /// Its signature.
  public var signature: Signature

  /// Creates and signs a NEW-VIEW.
  public init(
    view: View, viewChanges: [ViewChange], proposals: [Proposal], replica: ReplicaID,
    signedBy signer: Signer
  ) {
    self.view = view
    self.viewChanges = viewChanges
    self.proposals = proposals
    self.replica = replica
    signature = .none
    signature = signer.sign(content)
  }

  /// The epoch whose members asked for the view; nil if nobody did.
  package var epoch: Int? { viewChanges.first?.epoch }

  /// The hash of what the new primary signs.
  public var content: UInt64 {
    var hash = WordHash(domain: 0x9EE1)
    hash.combine(view.number)
    for viewChange in viewChanges { hash.combine(viewChange.signature.tag) }
    for proposal in proposals { hash.combine(proposal.fingerprint) }
    hash.combine(UInt64(truncatingIfNeeded: replica.index))
    return hash.value
  }
}

/// <NEW-VIEW, v+1, V, O>.
extension NewView {
  var messageFingerprint: UInt64 { mix(signature.tag ^ 0x08, content) }

  /// The bytes in a message beyond the base.
  var carriedSize: ByteCount {
    let inside = viewChanges.reduce(0) { $0 + 1 + $1.signatureCount }
    return .signedVote * (inside + proposals.count)
  }

  var messageSummary: String { "NEW-VIEW v\(view) O\(proposals.count)" }
}

extension ViewChange: FieldHashable {
  package enum Field: UInt8, StateField {
    case epoch, target, stable, certificates, complaints, evidence, replica, signature
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .epoch: hasher.add(epoch)
    case .target: hasher.add(target)
    case .stable: hasher.add(stable)
    case .certificates: hasher.add(certificates)
    case .complaints: hasher.add(complaints)
    case .evidence: hasher.add(evidence)
    case .replica: hasher.add(replica)
    case .signature: hasher.add(signature)
    }
  }
}

extension NewView: FieldHashable {
  package enum Field: UInt8, StateField {
    case view, viewChanges, proposals, replica, signature
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .view: hasher.add(view)
    case .viewChanges: hasher.add(viewChanges)
    case .proposals: hasher.add(proposals)
    case .replica: hasher.add(replica)
    case .signature: hasher.add(signature)
    }
  }
}
