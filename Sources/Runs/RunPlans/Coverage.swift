import ConsensusCore
import DiscreteEvents
import Faults
import PBFT
import ProofOfWork
import Raft
import Simulator

/// What runs of one protocol reached: a set of points, each a bit.
///
/// A point is (kind of message, state of the receiver, outcome) or (inner step, state). The state
/// is whether the node leads, its view or term up to 3, and whether it was restarted; the outcome is
/// what the message led to.
public struct Coverage: Hashable, Sendable {
  /// The number of points that are told apart.
  public static let points = 8192

  private var words: [UInt64]

  /// Nothing reached.
  public init() { words = Array(repeating: 0, count: Self.points / 64) }

  /// Notes a point.
  @inline(__always)
  public mutating func reach(_ point: Int) {
    words[point >> 6 & (Self.points / 64 - 1)] |= 1 << UInt64(point & 63)
  }

  /// Adds what another run reached; tells whether anything of it was new.
  @discardableResult
  public mutating func formUnion(_ other: Coverage) -> Bool {
    var isNew = false
    for index in words.indices where other.words[index] & ~words[index] != 0 {
      words[index] |= other.words[index]
      isNew = true
    }
    return isNew
  }

  /// The number of points reached.
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether a point was reached.
  public func contains(_ point: Int) -> Bool { words[point >> 6] >> UInt64(point & 63) & 1 == 1 }

  package mutating func clear() {
    for index in words.indices { words[index] = 0 }
  }
}

/// The layout of the points.
package enum CoveragePoint {
  /// States of a node.
  package static let states = 16
  /// Marks of inner steps.
  package static let marks = 64
  /// Outcomes of handling a message.
  package static let outcomes = 8
  /// Where the points of messages begin.
  package static let messages = states * marks

  package static func state(_ standing: Standing, wasRestarted: Bool) -> Int {
    Int(min(standing.view, 3)) << 2 | (standing.leads ? 2 : 0) | (wasRestarted ? 1 : 0)
  }

  package static func step(_ mark: Int, state: Int) -> Int { mark << 4 | state }

  package static func message(_ kind: UInt8, state: Int, outcome: Int) -> Int {
    messages + ((Int(kind & 31) << 4 | state) << 3 | outcome)
  }
}

/// An inner step as a small number, for coverage.
public protocol MarkedObservation: ConsensusObservation {
  /// The names of the marks, at most 64.
  static var markNames: [String] { get }
  /// The position of this step's mark in ``markNames``.
  var mark: Int { get }
}

extension PBFTObservation: MarkedObservation {
  /// The steps, then the reasons to reject a message and to leave a view.
  public static var markNames: [String] {
    [
      "accepted", "prepared", "committed", "executed", "executed-request", "entered-view",
      "took-checkpoint", "stable", "transferred", "marked", "entered-epoch",
    ] + Rejection.allCases.map { "rejected: \($0)" }
      + Complaint.Reason.allCases.map { "left-view: \($0)" } + ["held-requests"]
  }

  /// The position of the step.
  @inline(__always)
  public var mark: Int {
    switch self {
    case .accepted: 0
    case .prepared: 1
    case .committed: 2
    case .executed: 3
    case .executedRequest: 4
    case .enteredView: 5
    case .tookCheckpoint: 6
    case .stable: 7
    case .transferred: 8
    case .marked: 9
    case .enteredEpoch: 10
    case .rejected(let reason, _): 11 + Int(reason.rawValue)
    case .leftView(_, let reason):
      11 + Rejection.allCases.count + Int(reason.rawValue & 7)
    case .heldRequests: 11 + Rejection.allCases.count + Complaint.Reason.allCases.count
    }
  }
}

extension RaftObservation: MarkedObservation {
  /// The steps.
  public static var markNames: [String] {
    [
      "entered-term", "pre-campaigned", "voted", "became-leader", "stepped-down", "appended",
      "truncated", "counted", "matched", "committed", "applied", "executed", "compacted",
      "installed", "transferring", "restarted", "held-requests",
    ]
  }

  /// The position of the step.
  @inline(__always)
  public var mark: Int {
    switch self {
    case .enteredTerm: 0
    case .preCampaigned: 1
    case .voted: 2
    case .becameLeader: 3
    case .steppedDown: 4
    case .appended: 5
    case .truncated: 6
    case .counted: 7
    case .matched: 8
    case .committed: 9
    case .applied: 10
    case .executed: 11
    case .compacted: 12
    case .installed: 13
    case .transferring: 14
    case .restarted, .recovered: 15
    case .heldRequests: 16
    }
  }
}

extension MinerObservation: MarkedObservation {
  /// The steps.
  public static var markNames: [String] {
    [
      "started", "restored", "mined", "accepted", "refused", "duplicate", "orphaned",
      "tip-changed", "replayed", "returned", "confirmed", "executed", "reverted", "undone",
      "request-dropped", "reorganised",
    ]
  }

  /// The position of the step.
  @inline(__always)
  public var mark: Int {
    switch self {
    case .started: 0
    case .restored: 1
    case .mined: 2
    case .accepted: 3
    case .refused: 4
    case .duplicate: 5
    case .orphaned: 6
    case .tipChanged(_, _, _, _, _, let lost): lost > 0 ? 15 : 7
    case .replayed: 8
    case .returned: 9
    case .confirmed: 10
    case .executed: 11
    case .reverted: 12
    case .undone: 13
    case .requestDropped: 14
    }
  }
}
