import ConsensusCore
import DiscreteEvents

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
public struct SheetChange: Hashable, Sendable {
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

  /// Creates a change.
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

extension Judgement.Finding: WordHashable {
  package var stateWord: UInt64 { UInt64(rawValue) }
}

extension Judgement: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, subject, finding)
  }
}
