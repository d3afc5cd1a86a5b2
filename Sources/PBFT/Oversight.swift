import ConsensusCore
import DiscreteEvents

/// Why a replica asks for a view change; covered by its signature.
public enum Complaint: UInt8, CaseIterable, Hashable, Sendable {
  /// A held request did not execute in time, seen first-hand.
  case timeout
  /// The primary signed something no correct primary signs.
  case evidence
  /// The primary is marked malicious in the sender's sheet.
  case refusal
  /// f + 1 others asked first (PBFT §4.5.2); never first-hand.
  case join
  /// The administrator commanded a rotation; never a strike.
  case rotation
}

/// One replica's complaint about one turn of one primary.
public struct SignedComplaint: Hashable, Sendable {
  /// The view that is being left.
  public let view: View
  /// The replica that should have led it.
  public let subject: ReplicaID
  /// What is held against it.
  public let reason: Complaint

  /// Creates a complaint; the VIEW-CHANGE that carries it is what is signed.
  public init(view: View, subject: ReplicaID, reason: Complaint) {
    self.view = view
    self.subject = subject
    self.reason = reason
  }

  /// A hash of the complaint.
  public var fingerprint: UInt64 {
    mix(mix(view.number, UInt64(truncatingIfNeeded: subject.index)), UInt64(reason.rawValue))
  }
}

/// What a NEW-VIEW certificate proves about a primary, ordered in a batch so that every replica's
/// sheet changes at the same point of the history.
public struct Judgement: Hashable, Sendable {
  /// What was proved.
  public enum Finding: UInt8, Hashable, Sendable {
    /// At least f + 1 replicas other than the subject timed out first-hand.
    case timedOut
    /// A transferable proof of misconduct was presented.
    case provenMalicious
  }

  /// The view in which it happened.
  public let view: View
  /// Whom it concerns.
  public let subject: ReplicaID
  /// What was proved.
  public let finding: Finding

  /// Creates a judgement.
  public init(view: View, subject: ReplicaID, finding: Finding) {
    self.view = view
    self.subject = subject
    self.finding = finding
  }

  /// A hash of the judgement.
  public var fingerprint: UInt64 {
    mix(
      mix(view.number ^ 0x10D6E, UInt64(truncatingIfNeeded: subject.index)),
      UInt64(finding.rawValue))
  }
}

/// The state of a node in a state sheet (Paper Table 1).
public enum NodeState: UInt8, Hashable, Sendable {
  /// Not in the sheet yet: it never led.
  case absent
  /// Its last turn completed a round.
  case normal
  /// Its last turn ended in a time-out.
  case unstable
  /// It may not lead any more.
  case malicious
}

/// A change of one entry of a sheet.
public struct Marking: Hashable, Sendable {
  /// Whose entry changed.
  public let subject: ReplicaID
  /// The state before.
  public let before: NodeState
  /// The state after.
  public let after: NodeState
  /// Whether a transferable proof stands behind a malicious mark.
  public let isProven: Bool
  /// The isolation area's counter after the change: turns that ended in a time-out (SC-10).
  public let unstableTotal: Int

  /// Creates a marking.
  public init(
    subject: ReplicaID, before: NodeState, after: NodeState, isProven: Bool, unstableTotal: Int
  ) {
    self.subject = subject
    self.before = before
    self.after = after
    self.isProven = isProven
    self.unstableTotal = unstableTotal
  }
}

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
