import ConsensusCore
import DiscreteEvents

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
  public var complaints: [SignedComplaint]
  /// Proofs of misconduct.
  public var evidence: [Evidence]
  /// i, who asks.
  public var replica: ReplicaID
  /// Its signature over all of the above.
  public var signature: Signature

  /// Creates and signs a VIEW-CHANGE.
  public init(
    epoch: Int, target: View, stable: CheckpointProof, certificates: [PreparedCertificate],
    complaints: [SignedComplaint], evidence: [Evidence], replica: ReplicaID,
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
  var epoch: Int? { viewChanges.first?.epoch }

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

/// A reminder: where a replica that waits without progress stands, so that others send what it
/// lacks.
///
/// Castro's thesis §5.2 has the same message; the OSDI paper assumes eventual delivery.
public struct Status: Hashable, Sendable {
  /// The sender's membership epoch.
  public var epoch: Int
  /// The last view it installed.
  public var view: View
  /// The view it wants, if it changes views.
  public var target: View?
  /// Its last stable checkpoint.
  public var stable: SequenceNumber
  /// The last sequence number it executed.
  public var executed: SequenceNumber

  /// Creates a status.
  public init(
    epoch: Int, view: View, target: View?, stable: SequenceNumber, executed: SequenceNumber
  ) {
    self.epoch = epoch
    self.view = view
    self.target = target
    self.stable = stable
    self.executed = executed
  }
}

/// The state after a stable checkpoint, for a replica that lags behind it (PBFT §4.3, §5.3).
public struct StateTransfer<Oversight: PrimaryOversight>: Sendable {
  /// Why the state is right.
  public var proof: CheckpointProof
  /// The state; its digest is recomputed by the receiver.
  public var state: ReplicatedState<Oversight>

  /// Creates a transfer.
  public init(proof: CheckpointProof, state: ReplicatedState<Oversight>) {
    self.proof = proof
    self.state = state
  }
}

/// What PBFT replicas and their clients send each other.
public enum PBFTMessage<Oversight: PrimaryOversight>: Sendable {
  /// <REQUEST, o, t, c>, from the client or relayed by a backup.
  case request(Request)
  /// <<PRE-PREPARE, v, n, d>, m>.
  case prePrepare(Proposal, Batch)
  /// <PREPARE, v, n, d, i>.
  case prepare(Vote)
  /// <COMMIT, v, n, D(m), i>.
  case commit(Vote)
  /// <REPLY, v, t, c, i, r>.
  case reply(Reply)
  /// <CHECKPOINT, n, d, i>.
  case checkpoint(CheckpointVote)
  /// <VIEW-CHANGE, v+1, n, C, P, i>.
  indirect case viewChange(ViewChange)
  /// <NEW-VIEW, v+1, V, O>.
  indirect case newView(NewView)
  /// A reminder from a replica without progress.
  indirect case status(Status)
  /// An executed batch with the certificate that it committed, for a replica that missed it.
  indirect case committed(CommitCertificate, Batch)
  /// Asks for the body of the batch with this digest; from who missed its PRE-PREPARE in the view
  /// named, also for the proof that it was proposed there or committed.
  case fetch(SequenceNumber, Digest, missedIn: View?)
  /// The body of a batch; its digest says which. For who missed the PRE-PREPARE, with the proposal
  /// that its proposer signed.
  indirect case batch(SequenceNumber, Batch, of: Proposal?)
  /// Proof that a checkpoint is stable, for a replica that is behind it.
  indirect case stable(CheckpointProof)
  /// Asks for the state at a stable checkpoint.
  case fetchState(SequenceNumber)
  /// The state at a stable checkpoint.
  indirect case state(StateTransfer<Oversight>)
}

extension PBFTMessage: ConsensusMessage {
  /// The names of the kinds, in the order of ``kind``.
  public static var kindNames: [String] {
    [
      "request", "pre-prepare", "prepare", "commit", "reply", "checkpoint", "view-change",
      "new-view", "status", "committed", "fetch", "batch", "stable", "fetch-state", "state",
    ]
  }

  /// The position of the kind in ``kindNames``.
  @inline(__always)
  public var kind: UInt8 {
    switch self {
    case .request: 0
    case .prePrepare: 1
    case .prepare: 2
    case .commit: 3
    case .reply: 4
    case .checkpoint: 5
    case .viewChange: 6
    case .newView: 7
    case .status: 8
    case .committed: 9
    case .fetch: 10
    case .batch: 11
    case .stable: 12
    case .fetchState: 13
    case .state: 14
    }
  }

  /// A hash of the whole content.
  @inline(__always)
  public var fingerprint: UInt64 {
    switch self {
    case .request(let request): mix(request.content ^ 0x01, request.signature.tag)
    case .prePrepare(let proposal, let batch):
      mix(proposal.signature.tag ^ 0x02, batch.digest.value)
    case .prepare(let vote): mix(vote.signature.tag ^ 0x03, vote.proposalSignature.tag)
    case .commit(let vote): mix(vote.signature.tag ^ 0x04, vote.digest.value)
    case .reply(let reply):
      reply.mixingSize(
        into: mix(
          mix(reply.result.value ^ 0x05, reply.timestamp),
          mix(UInt64(truncatingIfNeeded: reply.client.index), reply.view)
            ^ UInt64(truncatingIfNeeded: reply.replica.index)))
    default: rareFingerprint
    }
  }

  private var rareFingerprint: UInt64 {
    switch self {
    case .checkpoint(let vote): mix(vote.signature.tag ^ 0x06, vote.digest.value)
    case .viewChange(let viewChange): mix(viewChange.signature.tag ^ 0x07, viewChange.content)
    case .newView(let newView): mix(newView.signature.tag ^ 0x08, newView.content)
    case .status(let status):
      mix(
        mix(status.view.number ^ 0x09, status.executed.number),
        mix(status.stable.number, status.target?.number ?? .max)
          ^ UInt64(truncatingIfNeeded: status.epoch))
    case .committed(let certificate, let batch):
      mix(mix(certificate.aggregate.tag ^ 0x0A, certificate.sequence.number), batch.digest.value)
    case .fetch(let sequence, let digest, nil): mix(sequence.number ^ 0x0B, digest.value)
    case .fetch(let sequence, let digest, let view?):
      mix(mix(sequence.number ^ 0x10B, view.number), digest.value)
    case .batch(let sequence, let batch, nil): mix(sequence.number ^ 0x0C, batch.digest.value)
    case .batch(let sequence, let batch, let proposal?):
      mix(mix(sequence.number ^ 0x10C, proposal.fingerprint), batch.digest.value)
    case .stable(let proof): mix(0x0D, proof.fingerprint)
    case .fetchState(let sequence): mix(0x0E, sequence.number)
    case .state(let transfer): mix(transfer.proof.fingerprint ^ 0x0F, transfer.state.digest.value)
    case .request, .prePrepare, .prepare, .commit, .reply: 0
    }
  }

  /// The size on the wire: the base for the message, and for what it carries a transaction size and
  /// the operation's own bytes for each request, the result's bytes in a reply, and 320 bytes (an
  /// RSA-2048 signature and its ids) for each signed vote.
  public func size(_ sizes: MessageSizes) -> ByteCount {
    let signed = ByteCount(320)
    switch self {
    case .request(let request):
      return sizes.base + sizes.transaction + ByteCount(Int(request.operationBytes))
    case .prePrepare(_, let batch), .batch(_, let batch, _): return sizes.base + batch.size(sizes)
    case .reply(let reply): return sizes.base + ByteCount(Int(reply.resultBytes))
    case .prepare, .commit, .checkpoint, .status, .fetch, .fetchState: return sizes.base
    case .viewChange(let viewChange):
      return sizes.base + signed * viewChange.signatureCount
    case .newView(let newView):
      let inside = newView.viewChanges.reduce(0) { $0 + 1 + $1.signatureCount }
      return sizes.base + signed * (inside + newView.proposals.count)
    case .committed(let certificate, let batch):
      return sizes.base + signed * certificate.signers.count + batch.size(sizes)
    case .stable(let proof): return sizes.base + signed * proof.signers.count
    case .state(let transfer):
      return sizes.base + signed * transfer.proof.signers.count
        + ByteCount(24 * transfer.state.ledger.clientCount)
        + transfer.state.ledger.additionalSize
    }
  }

  /// The reply, if this is one.
  @inline(__always)
  public var reply: Reply? {
    guard case .reply(let reply) = self else { return nil }
    return reply
  }

  /// One line for people.
  public var summary: String {
    switch self {
    case .request(let request): "REQUEST c\(request.client) t\(request.timestamp)"
    case .prePrepare(let proposal, let batch):
      "PRE-PREPARE v\(proposal.view) n\(proposal.sequence) \(proposal.digest) x\(batch.requests.count)"
    case .prepare(let vote): "PREPARE v\(vote.view) n\(vote.sequence) \(vote.digest)"
    case .commit(let vote): "COMMIT v\(vote.view) n\(vote.sequence) \(vote.digest)"
    case .reply(let reply): "REPLY v\(reply.view) c\(reply.client) t\(reply.timestamp)"
    case .checkpoint(let vote): "CHECKPOINT n\(vote.sequence) \(vote.digest)"
    case .viewChange(let viewChange):
      "VIEW-CHANGE v\(viewChange.target) h\(viewChange.stable.sequence) P\(viewChange.certificates.count)"
        + viewChange.complaints.map { " \($0.reason) of \($0.subject) in v\($0.view)" }.joined()
    case .newView(let newView): "NEW-VIEW v\(newView.view) O\(newView.proposals.count)"
    case .status(let status): "STATUS v\(status.view) n\(status.executed)"
    case .committed(let certificate, _): "COMMITTED v\(certificate.view) n\(certificate.sequence)"
    case .fetch(let sequence, let digest, let view):
      "FETCH n\(sequence) \(digest)" + (view.map { " missed in v\($0)" } ?? "")
    case .batch(let sequence, let batch, let proposal):
      "BATCH n\(sequence) \(batch.digest)" + (proposal.map { " proposed in v\($0.view)" } ?? "")
    case .stable(let proof): "STABLE n\(proof.sequence)"
    case .fetchState(let sequence): "FETCH-STATE n\(sequence)"
    case .state(let transfer): "STATE n\(transfer.proof.sequence)"
    }
  }
}

extension ViewChange {
  /// The signatures inside, without the sender's own.
  var signatureCount: Int {
    stable.signers.count + certificates.reduce(0) { $0 + 1 + $1.signers.count }
      + evidence.reduce(0) { $0 + $1.signatureCount }
  }
}

extension Batch {
  /// The size on the wire, inside a message.
  fileprivate func size(_ sizes: MessageSizes) -> ByteCount {
    sizes.transaction * requests.count + ByteCount(operationBytes)
  }
}
