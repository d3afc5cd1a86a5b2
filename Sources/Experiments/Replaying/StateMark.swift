import ConsensusCore
import Faults
import PBFT
import ProofOfWork
import Raft
import RunPlans
import Simulator

/// A step of a replica as diagrams show it.
struct StateMark: Hashable, Sendable {
  /// What sort of step it is.
  enum Shape: CaseIterable, Sendable {
    /// It prepared or appended something that is not final yet.
    case prepares
    /// It found a block.
    case mines
    /// Something became final.
    case decides
    /// It entered a view or term, or its chain has another tip.
    case enters
    /// It gave the view up, stepped down, or took something final back.
    case leaves
    /// It began to lead.
    case leads
    /// Something else that is rare and worth seeing.
    case notes
  }

  var shape: Shape
  var text: String
}

/// The round of a protocol that a step belongs to.
struct RoundKey: Hashable, Sendable {
  /// The view or term; 0 where there is none.
  var view: UInt64
  /// The sequence number, index or height; 0 for what is about the view alone.
  var height: UInt64
}

/// An observation that diagrams can show.
protocol DiagramObservation: ConsensusObservation {
  /// The mark, if it is worth one.
  var mark: StateMark? { get }
  /// The round it belongs to, if to one.
  ///
  /// The last round of PBFT is the sequence number in its view, or the change of views, that some
  /// honest replica took a step for last; of Raft the index in its term, or the election; of proof of
  /// work the block at the height that somebody mined or took for its tip last.
  var round: RoundKey? { get }
}

extension PBFTObservation: DiagramObservation {
  var mark: StateMark? {
    switch self {
    case .prepared(let view, let sequence, _):
      StateMark(shape: .prepares, text: "prepared n\(sequence) v\(view)")
    case .committed(_, let sequence, let digest, _, _):
      StateMark(shape: .decides, text: "n\(sequence) \(digest)")
    case .leftView(let target, _): StateMark(shape: .leaves, text: "asks for v\(target)")
    case .enteredView(let view, _, let leads):
      leads
        ? StateMark(shape: .leads, text: "leads v\(view)")
        : StateMark(shape: .enters, text: "v\(view)")
    case .transferred(let sequence, _):
      StateMark(shape: .notes, text: "takes state n\(sequence)")
    case .marked(let marking):
      StateMark(shape: .notes, text: "\(marking.subject) is \(marking.after)")
    case .enteredEpoch(let epoch, _, _): StateMark(shape: .notes, text: "epoch \(epoch)")
    case .accepted, .executed, .executedRequest, .tookCheckpoint, .stable, .heldRequests, .rejected:
      nil
    }
  }

  var round: RoundKey? {
    switch self {
    case .accepted(let view, let sequence, _, _, _), .prepared(let view, let sequence, _),
      .committed(let view, let sequence, _, _, _):
      RoundKey(view: view.number, height: sequence.number)
    case .leftView(let view, _), .enteredView(let view, _, _):
      RoundKey(view: view.number, height: 0)
    default: nil
    }
  }
}

extension RaftObservation: DiagramObservation {
  var mark: StateMark? {
    switch self {
    case .appended(let position, _): StateMark(shape: .prepares, text: "appends \(position)")
    case .committed(let position, _, _, _): StateMark(shape: .decides, text: "i\(position.index)")
    case .enteredTerm(let term): StateMark(shape: .enters, text: "term \(term)")
    case .steppedDown(let term): StateMark(shape: .leaves, text: "leaves term \(term)")
    case .truncated(let index): StateMark(shape: .leaves, text: "drops from i\(index)")
    case .becameLeader(let term, _): StateMark(shape: .leads, text: "leads term \(term)")
    case .voted(let term, let candidate, _, _):
      StateMark(shape: .notes, text: "votes r\(candidate) t\(term)")
    case .installed(let position, _): StateMark(shape: .notes, text: "snapshot \(position)")
    case .recovered(let term): StateMark(shape: .notes, text: "recovered t\(term)")
    case .preCampaigned, .counted, .matched, .applied, .executed, .compacted, .transferring,
      .restarted, .heldRequests:
      nil
    }
  }

  var round: RoundKey? {
    switch self {
    case .appended(let position, _), .committed(let position, _, _, _):
      RoundKey(view: position.term.number, height: position.index.number)
    case .enteredTerm(let term), .becameLeader(let term, _):
      RoundKey(view: term.number, height: 0)
    default: nil
    }
  }
}

extension MinerObservation: DiagramObservation {
  var mark: StateMark? {
    switch self {
    case .mined(let block): StateMark(shape: .mines, text: "mines h\(block.height)")
    case .tipChanged(_, _, let height, _, _, let lost):
      lost > 0
        ? StateMark(shape: .leaves, text: "tip h\(height), \(lost) lost")
        : StateMark(shape: .enters, text: "tip h\(height)")
    case .confirmed(let height, let digest, _):
      StateMark(shape: .decides, text: "h\(height) \(digest)")
    case .reverted(let height, _): StateMark(shape: .notes, text: "h\(height) reverted")
    default: nil
    }
  }

  var round: RoundKey? {
    switch self {
    case .mined(let block): RoundKey(view: 0, height: block.height)
    case .tipChanged(_, _, let height, _, _, _): RoundKey(view: 0, height: height)
    default: nil
    }
  }
}
