import ConsensusCore
import DiscreteEvents

/// One replica's complaint about one turn of one primary.
public struct Complaint: Hashable, Sendable {
  /// Why a replica asks for a view change; covered by its signature.
  public enum Reason: UInt8, CaseIterable, Hashable, Sendable {
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
    /// The sender's policy wants another primary although this one makes progress; never a strike.
    case slow
  }

  /// The view that is being left.
  public let view: View
  /// The replica that should have led it.
  public let subject: ReplicaID
  /// What is held against it.
  public let reason: Reason

  /// Creates a complaint; the VIEW-CHANGE that carries it is what is signed.
  public init(view: View, subject: ReplicaID, reason: Reason) {
    self.view = view
    self.subject = subject
    self.reason = reason
  }

  /// A hash of the complaint.
  public var fingerprint: UInt64 {
    mix(mix(view.number, UInt64(truncatingIfNeeded: subject.index)), UInt64(reason.rawValue))
  }
}

extension Complaint.Reason: WordHashable {
  package var stateWord: UInt64 { UInt64(rawValue) }
}

extension Complaint: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, subject, reason)
  }
}
