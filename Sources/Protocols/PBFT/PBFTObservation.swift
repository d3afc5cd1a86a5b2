import ConsensusCore

/// The inner steps of a PBFT replica that its invariants speak of.
public enum PBFTObservation: Sendable {
  /// Accepted a PRE-PREPARE of `proposer`.
  case accepted(View, SequenceNumber, Digest, proposer: ReplicaID, lowWatermark: SequenceNumber)
  /// prepared(d, v, n) became true (PBFT §4.2).
  case prepared(View, SequenceNumber, Digest)
  /// committed-local(d, v, n) became true (PBFT §4.2).
  case committed(View, SequenceNumber, Digest, transactions: Int, isOrdinary: Bool)
  /// Executed a batch.
  case executed(SequenceNumber, Digest)
  /// A request took effect.
  case executedRequest(Request, result: Digest, SequenceNumber)
  /// Sent VIEW-CHANGE for a view.
  case leftView(target: View, reason: Complaint.Reason)
  /// Installed a view.
  case enteredView(View, primary: ReplicaID, leads: Bool)
  /// Took a checkpoint.
  case tookCheckpoint(SequenceNumber, Digest)
  /// A checkpoint became stable.
  case stable(SequenceNumber, Digest)
  /// Took over the state at a stable checkpoint.
  case transferred(SequenceNumber, Digest)
  /// Changed an entry of its state sheet.
  case marked(SheetChange)
  /// A new membership took effect after `start`.
  case enteredEpoch(Int, members: ReplicaSet, start: SequenceNumber)
  /// Leads and holds requests back that the window, or what may be in flight, has no room for.
  case heldRequests
  /// Dropped a message for the reason.
  case rejected(Rejection, from: Endpoint)

  /// Why a message was not acted on (invariant P-15; the counts are reported).
  public enum Rejection: UInt8, Hashable, Sendable, CaseIterable {
    /// The signature is not the claimed signer's.
    case badSignature
    /// The sender has no vote.
    case notAMember
    /// The proposer does not lead that view and sequence number.
    case notThePrimary
    /// The sequence number is outside the watermarks.
    case outsideWindow
    /// Another proposal was accepted for that view and sequence number.
    case conflicting
    /// The digest is not the batch's.
    case wrongDigest
    /// The contents break a rule: client signature, judgements, membership change.
    case invalidContent
    /// The proposer is marked malicious.
    case malicious
    /// A certificate inside does not prove what it says.
    case badCertificate
    /// A NEW-VIEW is not what its VIEW-CHANGEs imply.
    case badNewView
    /// Too many early messages of one sender.
    case tooEarly
  }
}

extension PBFTObservation: ConsensusObservation {
  /// The step in the terms all protocols share.
  @inline(__always)
  public var milestone: Milestone? {
    switch self {
    case .committed(_, let sequence, let digest, let transactions, let isOrdinary):
      .decided(
        height: sequence.number, digest: digest, transactions: transactions, isOrdinary: isOrdinary)
    case .executedRequest(let request, let result, _):
      .executed(client: request.client, timestamp: request.timestamp, result: result)
    case .enteredView(let view, _, leads: true): .leads(view: view.number)
    case .enteredEpoch(_, let members, _): .membership(members)
    default: nil
    }
  }

  /// A view is left with the VIEW-CHANGE that is saved next.
  public var awaitsWrite: Bool {
    if case .leftView = self { return true }
    return false
  }

  /// One line of text.
  public var summary: String {
    switch self {
    case .accepted(let view, let sequence, let digest, let proposer, _):
      "accepted v\(view) n\(sequence) \(digest) of \(proposer)"
    case .prepared(let view, let sequence, let digest):
      "prepared v\(view) n\(sequence) \(digest)"
    case .committed(let view, let sequence, let digest, _, _):
      "committed-local v\(view) n\(sequence) \(digest)"
    case .executed(let sequence, let digest): "executed n\(sequence) \(digest)"
    case .executedRequest(let request, _, let sequence):
      "applied c\(request.client) t\(request.timestamp) at n\(sequence)"
    case .leftView(let target, let reason): "asks for v\(target), reason \(reason)"
    case .enteredView(let view, let primary, _): "entered v\(view), primary \(primary)"
    case .tookCheckpoint(let sequence, let digest): "checkpoint n\(sequence) \(digest)"
    case .stable(let sequence, let digest): "stable n\(sequence) \(digest)"
    case .transferred(let sequence, let digest): "took state n\(sequence) \(digest)"
    case .marked(let marking):
      "marked \(marking.subject): \(marking.before) -> \(marking.after)"
    case .enteredEpoch(let epoch, let members, let start):
      "epoch \(epoch) after n\(start): \(members.members.map(\.description).joined(separator: ","))"
    case .heldRequests: "holds requests back: the window, or what may be in flight, is full"
    case .rejected(let rejection, let sender): "dropped a message of \(sender): \(rejection)"
    }
  }
}
