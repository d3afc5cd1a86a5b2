import ConsensusCore

/// A policy for ``PBFTReplica``: besides who leads, it decides who votes.
///
/// Every default is PBFT as published: there is no sheet, and the group is fixed.
public protocol PBFTPolicy: LeaderPolicy {
  /// Creates the state of replica `owner` before anything was executed.
  init(configuration: PBFTConfiguration<Self>, owner: ReplicaID)

  // MARK: The sheet

  /// Whether a sheet is looked at before and after every round, which is work that is charged.
  static var hasSheet: Bool { get }
  /// A backup looks up who sent a proposal.
  static func lookUp(
    _ proposer: ReplicaID, by replica: inout PBFTReplica<Self>,
    into effects: inout Effects<PBFTReplica<Self>>)

  // MARK: The membership

  /// The last sequence number whose voters `replica` knows for sure.
  static func lastOfMembership(at replica: PBFTReplica<Self>) -> SequenceNumber
  /// Whether a batch at `sequence` may follow what `replica` executed, as far as its voters go.
  static func opens(_ sequence: SequenceNumber, at replica: PBFTReplica<Self>) -> Bool
  /// The change of membership that `replica` proposes at `sequence`.
  static func changeDue(
    at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> MembershipChange?
  /// Whether the batch at `sequence` may make `change`, or none if nil.
  static func permits(
    _ change: MembershipChange?, at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> Bool
  /// The checkpoint that ends a membership is stable at `replica`, and the next one is known.
  static func endMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>)
  /// The state of `replica`, handed over by others, has another membership.
  static func changedMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>)
  /// A member is up again after a crash.
  static func restarted(
    _ replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>)
}

/// PBFT as published.
extension PBFTPolicy {
  /// There is no sheet.
  @inline(__always)
  public static var hasSheet: Bool { false }
  /// Nobody is looked up.
  @inline(__always)
  public static func lookUp(
    _ proposer: ReplicaID, by replica: inout PBFTReplica<Self>,
    into effects: inout Effects<PBFTReplica<Self>>
  ) {}

  /// The group is fixed.
  @inline(__always)
  public static func lastOfMembership(at replica: PBFTReplica<Self>) -> SequenceNumber {
    SequenceNumber(.max)
  }
  /// The group is fixed.
  @inline(__always)
  public static func opens(_ sequence: SequenceNumber, at replica: PBFTReplica<Self>) -> Bool {
    true
  }
  /// The group is fixed.
  @inline(__always)
  public static func changeDue(
    at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> MembershipChange? { nil }
  /// The group is fixed.
  @inline(__always)
  public static func permits(
    _ change: MembershipChange?, at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> Bool { change == nil }
  /// The group is fixed.
  public static func endMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {}
  /// The group is fixed.
  public static func changedMembership(
    at replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {}
  /// The disk says it all.
  public static func restarted(
    _ replica: inout PBFTReplica<Self>, into effects: inout Effects<PBFTReplica<Self>>
  ) {}
}
