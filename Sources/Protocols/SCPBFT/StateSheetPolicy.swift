import ConsensusCore
import PBFT

/// sc-PBFT: PBFT whose replicas keep a state sheet of every primary and isolate the bad ones
/// (Paper §III-B, §III-C).
public typealias CheckedPBFT = PBFTReplica<StateSheetPolicy>

/// PBFT as published.
public typealias ClassicPBFT = PBFTReplica<RoundRobin>

/// The paper's checking, marking and isolation of primaries, as a policy of PBFT.
///
/// With certified marking the sheet is a function of the executed batches: equal at all honest
/// replicas, covered by checkpoints, and changed by NEW-VIEW certificates only.
///
/// Deviation: the paper marks locally, at each backup's own timer (Paper §III-B). Sheets then
/// differ between honest replicas by themselves, and with them the choice of the next primary.
/// ``MarkingRule/literal`` is that rule as printed, behind one switch, but for two points.
///
/// Deviation: the paper marks a node as malicious "if the view-change is passed by the whole backup
/// nodes" (Paper §III-B). A literal sheet convicts when its replica itself leaves the view over
/// evidence, before anything has passed, and the whole is a quorum: unanimity would give each
/// Byzantine backup a veto.
public struct StateSheetPolicy: EpochPolicy {
  /// Who decides about an entry of the sheet.
  public enum MarkingRule: Hashable, Sendable {
    /// The NEW-VIEW certificate, at the batch that carries its judgement.
    case certified
    /// Each replica's own timer and eyes, at once (Paper §III-B as printed).
    case literal
  }

  /// How malicious primaries are kept from leading.
  public enum Exclusion: Hashable, Sendable {
    /// View changes pass over them.
    case skip
    /// They are elected and refused by a view change (Paper §III-C step 3).
    ///
    /// Where the proposer changes with the sequence number, turns pass over them anyway. The rules
    /// differ there only where the next view is theirs: each refusal costs a view.
    case refuse
  }

  /// The rules and thresholds.
  public struct Options: Hashable, Sendable {
    /// Who decides about an entry.
    public var marking: MarkingRule
    /// How exclusion works.
    public var exclusion: Exclusion
    /// Time-outs in consecutive turns that make a node malicious; 2 in the paper.
    public var strikes: Int
    /// Unstable marks in total after which a node is "aged" and reported, A (Paper §III-B).
    public var agedThreshold: Int
    /// Whether a CONFIG block pardons marks without proof instead of removing their nodes.
    public var expires: Bool
    /// Whether CONFIG may shrink the group below four replicas.
    public var allowsShrinking: Bool

    /// Creates options; every knob is spelled out.
    public init(
      marking: MarkingRule, exclusion: Exclusion, strikes: Int, agedThreshold: Int, expires: Bool,
      allowsShrinking: Bool
    ) {
      self.marking = marking
      self.exclusion = exclusion
      self.strikes = strikes
      self.agedThreshold = agedThreshold
      self.expires = expires
      self.allowsShrinking = allowsShrinking
    }
  }

  /// The sheet is looked at before every round.
  @inline(__always)
  public static var hasSheet: Bool { true }

  /// The sheet.
  public private(set) var sheet: StateSheet
  private let options: Options
  /// The sequence numbers of one turn within a view, if the lead rotates.
  public let turnLength: UInt64?

  /// Creates an empty sheet, which is the same at every replica.
  public init(configuration: PBFTConfiguration<Self>, owner: ReplicaID) {
    self.init(
      configuration.policy, replicas: configuration.replicas, turnLength: configuration.turnLength)
  }

  /// Creates the empty sheet of a group of `replicas`.
  public init(_ options: Options, replicas: Int, turnLength: UInt64? = nil) {
    self.options = options
    self.turnLength = turnLength
    sheet = StateSheet(replicas: replicas, strikeLimit: options.strikes)
  }

  // MARK: Paper §III-C: who may lead

  // Rule: Paper III-C-2
  /// View changes pass over malicious primaries, or run into them and refuse.
  public func nextView(after view: View, in membership: Membership) -> View {
    options.exclusion == .skip ? nextAdmitted(after: view, in: membership) : view.next
  }

  /// Whether certificates are turned into judgements.
  public var takesJudgements: Bool { options.marking == .certified }

  /// A literal sheet is this replica's own.
  public var marksLocally: Bool { options.marking == .literal }

  // Rule: Paper III-C-2, Paper III-C-3
  /// Everybody but the malicious may lead; an unstable node gets its next turn.
  ///
  /// When more than f members are marked, marks are worth nothing, since at most f can be faulty
  /// within the fault bound, and everybody may lead: else nobody honest might be left.
  @inline(__always)
  public func admits(_ primary: ReplicaID, in membership: Membership) -> Bool {
    sheet.state(of: primary) != .malicious
      || sheet.maliciousCount(in: membership.set) > membership.quorum.faults
  }

  /// Whether the replica has an entry.
  public func knows(_ primary: ReplicaID) -> Bool { sheet.state(of: primary) != .absent }

  // MARK: Paper §III-B: marking

  /// E2.
  ///
  /// The literal rule marks at execution too: that is when a backup sees the round complete.
  public mutating func completed(_ primary: ReplicaID) -> SheetChange? {
    sheet.complete(primary)
  }

  // Rule: Paper III-B-4, Paper III-B-7
  /// E3 and E4.
  public mutating func judged(_ judgement: Judgement) -> SheetChange? {
    guard options.marking == .certified else { return nil }
    return switch judgement.finding {
    case .timedOut: sheet.timeOut(judgement.subject, in: judgement.view)
    case .provenMalicious:
      sheet.convict(judgement.subject, in: judgement.view, isProven: true)
    }
  }

  /// The literal rule: this replica's own timer or eyes mark at once.
  ///
  /// Whoever only joins others marks nothing, which is one way in which literal sheets come to
  /// differ.
  public mutating func suspected(
    _ primary: ReplicaID, reason: Complaint.Reason, in view: View
  ) -> SheetChange? {
    guard options.marking == .literal else { return nil }
    return switch reason {
    case .timeout: sheet.timeOut(primary, in: view)
    case .evidence: sheet.convict(primary, in: view, isProven: false)
    case .refusal, .join, .rotation, .slow: nil
    }
  }

  // MARK: Paper §III-B: the report of the isolation area

  // Rule: Paper III-B-10
  /// The nodes that the isolation area holds for the administrator: malicious or aged, at most f at
  /// a time, worst first by number (invariant SC-9).
  public func report(in membership: Membership) -> MembershipChange? {
    var removed = ReplicaSet()
    var cleared = ReplicaSet()
    for member in membership.members where isReportable(member) {
      if options.expires, !sheet.entries[member.index].isProven {
        cleared.insert(member)
      } else if removed.count < mayRemove(from: membership) {
        removed.insert(member)
      }
    }
    guard !removed.isEmpty || !cleared.isEmpty else { return nil }
    assert(removed.count <= membership.quorum.faults, "SC-9: at most f leave at a time")
    assert(removed.intersection(cleared).isEmpty)
    return MembershipChange(removed: removed, cleared: cleared)
  }

  /// Whether a CONFIG block may make `change`, or an ordinary batch stand in its place.
  ///
  /// An agreed sheet demands just what it reports. Deviation: literal sheets differ between replicas
  /// (Paper §III-B as printed), so that a backup permits what its own sheet bears out: no change, or
  /// the removal of at most f members that its own sheet reports. A quorum must permit it, and thus
  /// f + 1 honest replicas at least. The order decides about the membership, never a sheet.
  public func permits(_ change: MembershipChange?, in membership: Membership) -> Bool {
    guard options.marking == .literal else { return change == report(in: membership) }
    guard let change else { return true }
    let members = membership.set
    let named = change.removed.members + change.cleared.members
    return !named.isEmpty && named.allSatisfy { members.contains($0) && isReportable($0) }
      && (options.expires ? change.removed.isEmpty : change.cleared.isEmpty)
      && change.removed.count <= mayRemove(from: membership)
  }

  /// A CONFIG block executed: pardons take effect; removals are the membership's business.
  public mutating func applied(_ change: MembershipChange) -> [SheetChange] {
    change.cleared.members.compactMap { sheet.pardon($0) }
  }

  // MARK: Beyond PBFT §4.3: the sheet in a transferred state

  /// Takes over an agreed sheet.
  ///
  /// A literal sheet is nobody else's business.
  public mutating func adopt(_ other: StateSheetPolicy) {
    if options.marking == .certified { sheet = other.sheet }
  }

  /// The sheet's hash if it is agreed on; literal sheets are not part of the agreed state.
  public var fingerprint: UInt64 { options.marking == .certified ? sheet.fingerprint : 0 }

  // Rule: Paper III-B-9
  private func isReportable(_ member: ReplicaID) -> Bool {
    sheet.state(of: member) == .malicious
      || sheet.entries[member.index].unstableTotal >= options.agedThreshold
  }

  private func mayRemove(from membership: Membership) -> Int {
    let floor = options.allowsShrinking ? 1 : 4
    return max(0, min(membership.quorum.faults, membership.members.count - floor))
  }
}
