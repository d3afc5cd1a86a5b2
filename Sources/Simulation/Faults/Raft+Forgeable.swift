import ConsensusCore
import DiscreteEvents
import Raft
import Simulator

/// How Raft's messages can be falsified.
///
/// Raft tolerates crashes only (Raft §2): peers carry no signature and believe each other, so that
/// most of these forgeries are believed. They are here to show that (Paper §IV-D).
///
/// ```
/// tamper, wrongDigest   another operation in new entries or requests passed on; another result in replies;
///                       success where the log disagrees; a vote that was not granted
/// equivocate            the same towards one half
/// staleView, futureView the term before or after
/// badSignature          of the requests in new entries or passed on; nobody checks it there
/// impersonate           replies and requests only, as no other message names its sender
/// ```
extension RaftReplica: Forgeable {
  /// Falsifies one copy of an outgoing message.
  public static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool {
    guard let forged = forged(message, as: forgery, in: &context) else { return false }
    message = forged
    return true
  }

  /// Acknowledges a request at once with a made-up result when it leads and tampers; drops requests
  /// when it holds, while heartbeats go on.
  public static func falseAnswers(
    to message: Message, from sender: Endpoint, as fault: AnswerFault,
    in context: inout ForgeryContext
  ) -> [FalseAnswer<RaftReplica>]? {
    guard case .request(let request) = message else { return nil }
    switch fault {
    case .hold:
      return []
    case .tamper:
      guard context.standing.leads else { return nil }
      let reply = Reply(
        client: request.client, timestamp: request.timestamp, replica: context.replica,
        result: context.altered(request.result), resultBytes: 0, view: context.standing.view,
        leader: context.replica, isExecuted: true)
      return [FalseAnswer(.reply(reply), to: .one(Endpoint(request.client)))]
    }
  }

  private static func forged(
    _ message: Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Message? {
    switch message {
    case .request(let request):
      return request.forged(as: forgery, in: &context).map { .request($0) }
    case .reply(let reply):
      return reply.forged(as: forgery, in: &context).map { .reply($0) }
    case .appendEntries(var body):
      guard body.forge(as: forgery, in: &context) else { return nil }
      return .appendEntries(body)
    case .appendReply(var body):
      guard
        change(&body.term, as: forgery) || tampers(forgery, context) && !body.isSuccess
      else { return nil }
      body.isSuccess = body.isSuccess || tampers(forgery, context)
      return .appendReply(body)
    case .preVote(var body):
      return change(&body.term, as: forgery) ? .preVote(body) : nil
    case .vote(var body):
      return change(&body.term, as: forgery) ? .vote(body) : nil
    case .preVoteReply(let body):
      return forged(body, as: forgery, context).map { .preVoteReply($0) }
    case .voteReply(let body):
      return forged(body, as: forgery, context).map { .voteReply($0) }
    case .timeoutNow(var term):
      return change(&term, as: forgery) ? .timeoutNow(term) : nil
    case .installSnapshot(var body):
      return change(&body.term, as: forgery) ? .installSnapshot(body) : nil
    case .snapshotReply(var term, let match):
      return change(&term, as: forgery) ? .snapshotReply(term: term, match: match) : nil
    case .recover:
      return nil
    case .recoverReply(var body):
      return change(&body.term, as: forgery) ? .recoverReply(body) : nil
    case .forward(let request):
      return request.forged(as: forgery, in: &context).map { .forward($0) }
    }
  }

  private static func forged(
    _ reply: VoteReply, as forgery: Forgery, _ context: ForgeryContext
  ) -> VoteReply? {
    var forged = reply
    if change(&forged.term, as: forgery) { return forged }
    guard tampers(forgery, context), !reply.isGranted else { return nil }
    forged.isGranted = true
    return forged
  }

  private static func tampers(_ forgery: Forgery, _ context: ForgeryContext) -> Bool {
    switch forgery {
    case .tamper: true
    case .equivocate: context.isInOtherHalf
    default: false
    }
  }

  private static func change(_ term: inout Term, as forgery: Forgery) -> Bool {
    guard let other = term.forged(as: forgery) else { return false }
    term = other
    return true
  }
}

extension Term {
  /// The term before or after this one; nil for other forgeries and before term 0.
  func forged(as forgery: Forgery) -> Term? {
    switch forgery {
    case .staleView: number > 0 ? Term(number - 1) : nil
    case .futureView: next
    default: nil
    }
  }
}

extension AppendEntries {
  /// Falsifies the term or the first request; heartbeats have only a term.
  mutating func forge(as forgery: Forgery, in context: inout ForgeryContext) -> Bool {
    if let other = term.forged(as: forgery) {
      term = other
      return true
    }
    guard let first = entries.first, let request = first.request,
      let forged = request.forged(as: forgery, in: &context)
    else { return false }
    let entry = RaftEntry(term: first.term, request: forged, others: first.others)
    entries = RaftEntries(first: entry, rest: entries.rest)
    return true
  }
}
