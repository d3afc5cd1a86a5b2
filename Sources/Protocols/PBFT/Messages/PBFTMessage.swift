import ConsensusCore
import DiscreteEvents

/// What PBFT replicas and their clients send each other.
public enum PBFTMessage<Policy: LeaderPolicy>: Sendable {
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
  indirect case state(StateTransfer<Policy>)
}

/// The kinds, and what each takes from what it carries: a payload owns its fingerprint, size and
/// summary, in the file of its family.
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
    case .request(let request): request.messageFingerprint
    case .prePrepare(let proposal, let batch): proposal.messageFingerprint(with: batch)
    case .prepare(let vote): vote.prepareFingerprint
    case .commit(let vote): vote.commitFingerprint
    case .reply(let reply): reply.messageFingerprint
    default: rareFingerprint
    }
  }

  private var rareFingerprint: UInt64 {
    switch self {
    case .checkpoint(let vote): vote.messageFingerprint
    case .viewChange(let viewChange): viewChange.messageFingerprint
    case .newView(let newView): newView.messageFingerprint
    case .status(let status): status.messageFingerprint
    case .committed(let certificate, let batch): certificate.messageFingerprint(with: batch)
    case .fetch(let sequence, let digest, let view):
      FetchMessage.fingerprint(sequence, digest, missedIn: view)
    case .batch(let sequence, let batch, let proposal):
      batch.messageFingerprint(at: sequence, of: proposal)
    case .stable(let proof): proof.messageFingerprint
    case .fetchState(let sequence): FetchMessage.fingerprint(ofStateAt: sequence)
    case .state(let transfer): transfer.messageFingerprint
    case .request, .prePrepare, .prepare, .commit, .reply: 0
    }
  }

  /// The requests that it carries.
  public var requestCount: Int {
    switch self {
    case .request: 1
    case .prePrepare(_, let batch), .batch(_, let batch, _), .committed(_, let batch):
      batch.requests.count
    case .reply, .prepare, .commit, .checkpoint, .status, .fetch, .fetchState, .viewChange,
      .newView, .stable, .state:
      0
    }
  }

  /// The size on the wire: the base for the message, and for what it carries a transaction size and
  /// the operation's own bytes for each request, the result's bytes in a reply, and 320 bytes (an
  /// RSA-2048 signature and its ids) for each signed vote.
  public func size(_ sizes: MessageSizes) -> ByteCount {
    switch self {
    case .prepare, .commit, .checkpoint, .status, .fetch, .fetchState: sizes.base
    case .request(let request): sizes.base + request.carriedSize(sizes)
    case .prePrepare(_, let batch), .batch(_, let batch, _): sizes.base + batch.carriedSize(sizes)
    case .reply(let reply): sizes.base + reply.carriedSize
    case .viewChange(let viewChange): sizes.base + viewChange.carriedSize
    case .newView(let newView): sizes.base + newView.carriedSize
    case .committed(let certificate, let batch):
      sizes.base + certificate.carriedSize + batch.carriedSize(sizes)
    case .stable(let proof): sizes.base + proof.carriedSize
    case .state(let transfer): sizes.base + transfer.carriedSize
    }
  }

  /// The reply, if this is one.
  @inline(__always)
  public var reply: Reply? {
    guard case .reply(let reply) = self else { return nil }
    return reply
  }

  /// One line of a trace.
  public var summary: String {
    switch self {
    case .request(let request): request.messageSummary
    case .prePrepare(let proposal, let batch): proposal.messageSummary(with: batch)
    case .prepare(let vote): "PREPARE \(vote.messageSummary)"
    case .commit(let vote): "COMMIT \(vote.messageSummary)"
    case .reply(let reply): reply.messageSummary
    case .checkpoint(let vote): vote.messageSummary
    case .viewChange(let viewChange): viewChange.messageSummary
    case .newView(let newView): newView.messageSummary
    case .status(let status): status.messageSummary
    case .committed(let certificate, _): certificate.messageSummary
    case .fetch(let sequence, let digest, let view):
      FetchMessage.summary(sequence, digest, missedIn: view)
    case .batch(let sequence, let batch, let proposal):
      batch.messageSummary(at: sequence, of: proposal)
    case .stable(let proof): proof.messageSummary
    case .fetchState(let sequence): FetchMessage.summary(ofStateAt: sequence)
    case .state(let transfer): transfer.messageSummary
    }
  }
}

extension ByteCount {
  /// A signed vote inside a message: an RSA-2048 signature and its ids.
  static var signedVote: ByteCount { ByteCount(320) }
}

extension PBFTMessage: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(UInt64(kind))
    switch self {
    case .request(let request): hasher.add(request)
    case .prePrepare(let proposal, let batch):
      hasher.add(proposal, batch)
    case .prepare(let vote), .commit(let vote): hasher.add(vote)
    case .reply(let reply): hasher.add(reply)
    case .checkpoint(let vote): hasher.add(vote)
    case .viewChange(let viewChange): hasher.add(viewChange)
    case .newView(let newView): hasher.add(newView)
    case .status(let status): hasher.add(status)
    case .committed(let certificate, let batch):
      hasher.add(certificate, batch)
    case .fetch(let sequence, let digest, let view):
      hasher.add(sequence, digest, view)
    case .batch(let sequence, let batch, let proposal):
      hasher.add(sequence, batch, proposal)
    case .stable(let proof): hasher.add(proof)
    case .fetchState(let sequence): hasher.add(sequence)
    case .state(let transfer): hasher.add(transfer)
    }
  }
}
