import ConsensusCore
import PBFT
import ProofOfWork
import Raft
import RunPlans

/// The view and the place in the order that an event speaks of, so far as they are known.
struct EventRound: Hashable, Sendable {
  /// The view or term.
  var view: UInt64?
  /// The sequence number, index or height.
  var sequence: UInt64?
}

/// A message that names its view or its place in the order.
protocol PlacedMessage: ConsensusMessage {
  /// The view and the place.
  var place: EventRound { get }
}

extension PBFTMessage: PlacedMessage {
  var place: EventRound {
    switch self {
    case .prePrepare(let proposal, _):
      EventRound(view: proposal.view.number, sequence: proposal.sequence.number)
    case .prepare(let vote), .commit(let vote):
      EventRound(view: vote.view.number, sequence: vote.sequence.number)
    case .committed(let certificate, _):
      EventRound(view: certificate.view.number, sequence: certificate.sequence.number)
    case .reply(let reply): EventRound(view: reply.view)
    case .viewChange(let viewChange): EventRound(view: viewChange.target.number)
    case .newView(let newView): EventRound(view: newView.view.number)
    case .status(let status): EventRound(view: status.view.number)
    case .checkpoint(let vote): EventRound(sequence: vote.sequence.number)
    case .fetch(let sequence, _, let view):
      EventRound(view: view?.number, sequence: sequence.number)
    case .batch(let sequence, _, _): EventRound(sequence: sequence.number)
    case .stable(let proof): EventRound(sequence: proof.sequence.number)
    case .fetchState(let sequence): EventRound(sequence: sequence.number)
    case .state(let transfer): EventRound(sequence: transfer.proof.sequence.number)
    case .request: EventRound()
    }
  }
}

extension RaftMessage: PlacedMessage {
  /// The term, and for entries the index before them.
  var place: EventRound {
    switch self {
    case .appendEntries(let message):
      EventRound(view: message.term.number, sequence: message.previous.index.number)
    case .appendReply(let message):
      EventRound(view: message.term.number, sequence: message.index.number)
    case .preVote(let message), .vote(let message): EventRound(view: message.term.number)
    case .preVoteReply(let message), .voteReply(let message):
      EventRound(view: message.term.number)
    case .timeoutNow(let term): EventRound(view: term.number)
    case .installSnapshot(let message): EventRound(view: message.term.number)
    case .snapshotReply(let term, let match):
      EventRound(view: term.number, sequence: match.number)
    case .recoverReply(let message): EventRound(view: message.term.number)
    case .reply(let reply): EventRound(view: reply.view)
    case .request, .recover, .forward: EventRound()
    }
  }
}

extension MinerMessage: PlacedMessage {
  var place: EventRound {
    switch self {
    case .block(let block): EventRound(sequence: block.height)
    case .tip(_, let height, _): EventRound(sequence: height)
    case .request, .reply, .getBlocks, .blocks, .transaction: EventRound()
    }
  }
}

extension ConsensusObservation {
  /// The view, term or epoch that the replica is in after the step, if the step shows it.
  var viewAfter: UInt64? {
    if case .restarted(let term, _, _, _, _) = self as? RaftObservation { return term.number }
    if self is MinerObservation { return nil }
    guard let shown = self as? any DiagramObservation else { return viewLed }
    guard let mark = shown.mark, mark.shape == .enters || mark.shape == .leads else { return nil }
    return shown.round?.view
  }

  /// The view that the replica leads from this step on, if it begins to lead.
  var viewLed: UInt64? {
    if case .leads(let view) = milestone { return view }
    return nil
  }

  /// The view and the place in the order that the step is about.
  var place: EventRound {
    if case .decided(let height, _, _, _) = milestone {
      let round = (self as? any DiagramObservation)?.round
      return EventRound(view: self is MinerObservation ? nil : round?.view, sequence: height)
    }
    guard let round = (self as? any DiagramObservation)?.round else {
      return EventRound(view: viewLed)
    }
    return EventRound(
      view: self is MinerObservation ? nil : round.view,
      sequence: round.height > 0 ? round.height : nil)
  }
}
