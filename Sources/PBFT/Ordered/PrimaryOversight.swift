import ConsensusCore
import DiscreteEvents

/// The seam between PBFT and sc-PBFT: PBFT asks who may lead and tells what primaries did.
///
/// Unless a method says otherwise it is called at execution, hence in the same order at every
/// replica, and must be a deterministic function of those calls.
public protocol PrimaryOversight: Sendable {
  /// The policy's parameters.
  associatedtype Options: Sendable
  /// Whether looking at the sheet is work that is charged.
  static var isActive: Bool { get }

  /// Creates the state of a replica before anything was executed.
  init(options: Options, owner: ReplicaID, replicas: Int)

  /// Whether view changes pass over primaries that are not admitted, or run into them and refuse.
  var skips: Bool { get }
  /// Whether `primary` may lead `membership`.
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool
  /// Whether `primary` has an entry.
  func knows(_ primary: ReplicaID) -> Bool
  /// Whether NEW-VIEW certificates are to be turned into judgements in batches.
  var takesJudgements: Bool { get }
  /// A batch that `primary` proposed executed (event E2).
  mutating func completed(_ primary: ReplicaID) -> Marking?
  /// An ordered judgement executed (events E3 and E4).
  mutating func judged(_ judgement: Judgement) -> Marking?
  /// This replica itself saw `primary` fail; called at once, outside the order (literal marking).
  mutating func suspected(_ primary: ReplicaID, reason: Complaint, in view: View) -> Marking?
  /// The change of membership that the next epoch block must make, or nil.
  func report(in membership: Membership) -> MembershipChange?
  /// Whether the batch at the end of an epoch may make `change`, or none if nil.
  func permits(_ change: MembershipChange?, in membership: Membership) -> Bool
  /// A membership change executed.
  mutating func applied(_ change: MembershipChange) -> [Marking]
  /// Takes over the ordered part of another replica's state.
  mutating func adopt(_ other: Self)
  /// A hash of the ordered part of the state, for checkpoints.
  var fingerprint: UInt64 { get }
}

/// PBFT as published: nobody is watched, everybody may lead.
public struct NoOversight: PrimaryOversight {
  /// There is nothing to set.
  public struct Options: Sendable {
    /// Creates the empty options.
    public init() {}
  }

  /// No sheet is looked at.
  public static var isActive: Bool { false }

  /// Creates the empty policy.
  public init(options: Options, owner: ReplicaID, replicas: Int) {}

  /// There is nobody to pass over.
  public var skips: Bool { true }
  /// Everybody may lead.
  @inline(__always)
  public func admits(_ primary: ReplicaID, in membership: Membership) -> Bool { true }
  /// Everybody counts as known.
  public func knows(_ primary: ReplicaID) -> Bool { true }
  /// Nothing is judged.
  public var takesJudgements: Bool { false }
  /// Nothing is recorded.
  public mutating func completed(_ primary: ReplicaID) -> Marking? { nil }
  /// Nothing is recorded.
  public mutating func judged(_ judgement: Judgement) -> Marking? { nil }
  /// Nothing is recorded.
  public mutating func suspected(_ primary: ReplicaID, reason: Complaint, in view: View) -> Marking?
  { nil }
  /// Nobody is ever removed.
  public func report(in membership: Membership) -> MembershipChange? { nil }
  /// Nobody is ever removed.
  public func permits(_ change: MembershipChange?, in membership: Membership) -> Bool {
    change == nil
  }
  /// Nothing changes.
  public mutating func applied(_ change: MembershipChange) -> [Marking] { [] }
  /// There is nothing to take over.
  public mutating func adopt(_ other: NoOversight) {}
  /// There is nothing to hash.
  public var fingerprint: UInt64 { 0 }
}
