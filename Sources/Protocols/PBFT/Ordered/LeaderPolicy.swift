import ConsensusCore
import DiscreteEvents

/// Who leads, and when a replica leaves its primary.
///
/// Every default is PBFT as published: the primary of view v is v mod n, and only the timer and proofs
/// end a view. A policy states what it changes, and costs nothing where it is silent. ``PBFTPolicy``
/// adds who votes.
///
/// Two kinds of rules are kept apart:
/// - The **succession** says who is next. It is a function of the executed batches, equal at all
///   replicas; the policy learns of them in ``completed(_:)``, ``judged(_:)`` and ``applied(_:)``, in
///   the same order everywhere. Its state is part of checkpoints.
/// - The **trigger** says when this replica leaves. It is local, may differ between replicas, and only
///   votes for a view change.
///
/// Quorums never depend on a policy (SC-8), except through the agreed membership.
public protocol LeaderPolicy: Sendable {
  /// The policy's parameters.
  associatedtype Options: Sendable

  // MARK: The succession

  /// The sequence numbers of one turn within a view; nil if only a view change moves the lead.
  var turnLength: UInt64? { get }
  /// Whether `primary` may lead `membership`.
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool
  /// Who proposes `sequence` in `view`, given the state after the sequence number before and, for
  /// the first new sequence number of the view, what its NEW-VIEW found.
  func proposer(
    of sequence: SequenceNumber, in view: View, of membership: Membership, judged: [Judgement]
  ) -> ReplicaID
  /// The view to ask for after `view`.
  func nextView(after view: View, in membership: Membership) -> View

  // MARK: What executes

  /// Whether what NEW-VIEW certificates prove is ordered in batches.
  var takesJudgements: Bool { get }
  /// A batch that `primary` proposed executed (event E2).
  mutating func completed(_ primary: ReplicaID) -> SheetChange?
  /// An ordered judgement executed (events E3 and E4).
  mutating func judged(_ judgement: Judgement) -> SheetChange?
  /// A change of membership executed.
  mutating func applied(_ change: MembershipChange) -> [SheetChange]
  /// Takes over the ordered part of another replica's state.
  mutating func adopt(_ other: Self)
  /// A hash of the ordered part of the state, for checkpoints.
  var fingerprint: UInt64 { get }

  // MARK: The trigger

  /// The complaint with which this replica leaves its primary now that `executed` batches did
  /// execute; nil to stay.
  mutating func complaint(after executed: SequenceNumber, at now: VirtualTime) -> Complaint.Reason?
  /// This replica itself saw `primary` fail; a mark that others need not share.
  mutating func suspected(
    _ primary: ReplicaID, reason: Complaint.Reason, in view: View
  ) -> SheetChange?
  /// Whether backups judge by marks of their own, so that honest ones may refuse an honest proposal.
  var marksLocally: Bool { get }
}

/// PBFT as published.
extension LeaderPolicy {
  /// Only a view change moves the lead (PBFT §4.4).
  @inline(__always)
  public var turnLength: UInt64? { nil }
  /// Everybody may lead.
  @inline(__always)
  public func admits(_ primary: ReplicaID, in membership: Membership) -> Bool { true }
  // Rule: PBFT 4.4-3
  /// The views follow each other (PBFT §4.4).
  public func nextView(after view: View, in membership: Membership) -> View { view.next }

  /// Nothing is judged.
  public var takesJudgements: Bool { false }
  /// Nothing is recorded.
  @inline(__always)
  public mutating func completed(_ primary: ReplicaID) -> SheetChange? { nil }
  /// Nothing is recorded.
  public mutating func judged(_ judgement: Judgement) -> SheetChange? { nil }
  /// Nothing changes.
  public mutating func applied(_ change: MembershipChange) -> [SheetChange] { [] }
  /// There is nothing to take over.
  public mutating func adopt(_ other: Self) {}
  /// There is nothing to hash.
  public var fingerprint: UInt64 { 0 }

  /// A primary that makes progress stays.
  @inline(__always)
  public mutating func complaint(
    after executed: SequenceNumber, at now: VirtualTime
  ) -> Complaint.Reason? { nil }
  /// Nothing is recorded.
  public mutating func suspected(
    _ primary: ReplicaID, reason: Complaint.Reason, in view: View
  ) -> SheetChange? { nil }
  /// Nobody marks.
  public var marksLocally: Bool { false }
}
