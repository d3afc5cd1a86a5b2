import ConsensusCore
import DiscreteEvents
import Raft
import Simulator

// One field of a Raft message changed. Raft tolerates no Byzantine replica, so this shows what it
// costs, and that no input stops an honest replica's process.
extension RaftReplica {
  /// Changes some field of an outgoing message.
  public static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool {
    context.maybeDivide()
    switch message {
    case .request(let request): message = .request(context.mutated(request))
    case .reply(let reply): message = .reply(context.mutated(reply))
    case .appendEntries(var body):
      switch context.choose(4) {
      case 0: body.term = context.mutated(body.term)
      case 1: body.previous = context.mutated(body.previous)
      case 2: body.commit = context.mutated(body.commit)
      default: body.entries = context.mutated(body.entries)
      }
      message = .appendEntries(body)
    case .appendReply(var body):
      switch context.choose(4) {
      case 0: body.term = context.mutated(body.term)
      case 1: body.index = context.mutated(body.index)
      case 2: body.conflict = context.mutated(body.conflict)
      default: body.isSuccess.toggle()
      }
      message = .appendReply(body)
    case .preVote(let body): message = .preVote(context.mutated(body))
    case .vote(let body): message = .vote(context.mutated(body))
    case .preVoteReply(let body): message = .preVoteReply(context.mutated(body))
    case .voteReply(let body): message = .voteReply(context.mutated(body))
    case .timeoutNow(let term): message = .timeoutNow(context.mutated(term))
    case .installSnapshot(var body):
      body.term = context.mutated(body.term)
      message = .installSnapshot(body)
    case .snapshotReply(let term, let match):
      message =
        context.choose(2) == 0
        ? .snapshotReply(term: context.mutated(term), match: match)
        : .snapshotReply(term: term, match: context.mutated(match))
    case .recover(let nonce): message = .recover(nonce: context.mutated(nonce))
    case .recoverReply(var body):
      switch context.choose(4) {
      case 0: body.nonce = context.mutated(body.nonce)
      case 1: body.term = context.mutated(body.term)
      case 2: body.leads.toggle()
      default: body.position = context.mutated(body.position)
      }
      message = .recoverReply(body)
    case .forward(let request): message = .forward(context.mutated(request))
    }
    return true
  }

  /// A vote that was not asked for, or a call to campaign.
  public static func invent(
    like example: Message, in context: inout ForgeryContext
  ) -> Message? {
    let term = Term(context.standing.view &+ context.draw.below(3))
    switch context.choose(3) {
    case 0: return .voteReply(VoteReply(term: term, isGranted: true))
    case 1: return .timeoutNow(term)
    default:
      return .appendReply(
        AppendReply(
          term: term, isSuccess: true,
          index: LogIndex(context.standing.executed &+ context.draw.below(8)), conflict: .zero))
    }
  }
}

extension ForgeryContext {
  mutating func mutated(_ term: Term) -> Term { Term(mutated(term.number)) }

  mutating func mutated(_ index: LogIndex) -> LogIndex { LogIndex(mutated(index.number)) }

  mutating func mutated(_ position: LogPosition) -> LogPosition {
    choose(2) == 0
      ? LogPosition(index: mutated(position.index), term: position.term)
      : LogPosition(index: position.index, term: mutated(position.term))
  }

  mutating func mutated(_ request: VoteRequest) -> VoteRequest {
    var body = request
    switch choose(3) {
    case 0: body.term = mutated(body.term)
    case 1: body.last = mutated(body.last)
    default: body.isTransfer.toggle()
    }
    return body
  }

  mutating func mutated(_ reply: VoteReply) -> VoteReply {
    var body = reply
    if choose(2) == 0 { body.term = mutated(body.term) } else { body.isGranted.toggle() }
    return body
  }

  mutating func mutated(_ entries: RaftEntries) -> RaftEntries {
    guard let first = entries.first else { return entries }
    switch choose(3) {
    case 0: return .none
    case 1:
      let entry = RaftEntry(
        term: mutated(first.term), request: first.request, others: first.others)
      return RaftEntries(first: entry, rest: entries.rest)
    default:
      let entry = RaftEntry(
        term: first.term, request: first.request.map { mutated($0) }, others: first.others)
      return RaftEntries(first: entry, rest: entries.rest)
    }
  }
}
