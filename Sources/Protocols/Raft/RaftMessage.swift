import ConsensusCore
import DiscreteEvents

/// What Raft's replicas and clients send each other (Raft Figure 2; thesis §3.10, §9.6).
///
/// The sender is known from the channel, hence no message names its leader or candidate.
/// Assumption: replicas trust each other's content, since Raft tolerates crashes only (Raft §2). The
/// block signature of the experiment's leader is charged as work but not carried or checked.
public enum RaftMessage: Sendable {
  /// A client's request.
  case request(Request)
  /// An answer to a client.
  case reply(Reply)
  /// New entries, or a heartbeat.
  case appendEntries(AppendEntries)
  /// The answer to ``appendEntries(_:)``.
  case appendReply(AppendReply)
  /// The question whether the sender could win an election.
  case preVote(VoteRequest)
  /// The answer to ``preVote(_:)``.
  case preVoteReply(VoteReply)
  /// The request for a vote.
  case vote(VoteRequest)
  /// The answer to ``vote(_:)``.
  case voteReply(VoteReply)
  /// The leader of this term asks the receiver to campaign at once.
  case timeoutNow(Term)
  /// A snapshot in place of entries the leader no longer has.
  case installSnapshot(InstallSnapshot)
  /// The answer to ``installSnapshot(_:)``: the receiver's log agrees up to this position's index.
  case snapshotReply(term: Term, match: LogIndex)
  /// The sender lost its disk and asks for terms; the number tells its questions apart.
  case recover(nonce: UInt64)
  /// The answer to ``recover(nonce:)``.
  case recoverReply(RecoverReply)
  /// A client's request that the sender took and passes on (``RequestHandling/forward``).
  case forward(Request)
}

/// The AppendEntries RPC's arguments (Raft §5.3).
public struct AppendEntries: Hashable, Sendable {
  /// The leader's term.
  public var term: Term
  /// The position of the entry that precedes the new ones.
  public var previous: LogPosition
  /// The leader's commit index.
  public var commit: LogIndex
  /// The new entries, none for a heartbeat.
  public var entries: RaftEntries

  /// Creates the arguments.
  public init(term: Term, previous: LogPosition, commit: LogIndex, entries: RaftEntries) {
    self.term = term
    self.previous = previous
    self.commit = commit
    self.entries = entries
  }
}

/// The AppendEntries RPC's result (Raft §5.3).
public struct AppendReply: Hashable, Sendable {
  /// The follower's term.
  public var term: Term
  /// Whether the follower had the preceding entry.
  public var isSuccess: Bool
  /// The last index at which the logs agree by this message; if refused, the preceding index that
  /// the follower lacks.
  public var index: LogIndex
  /// If refused: the term of the follower's entry there, and the first index it stores for that
  /// term; term 0 and the index after its last entry if it has none (Raft §5.3, at the end).
  public var conflict: LogPosition
  /// Whether the follower recovers from the loss of its disk, so that this acknowledges nothing.
  public var isRecovering = false

  /// Creates a result of a follower that does not recover.
  public init(term: Term, isSuccess: Bool, index: LogIndex, conflict: LogPosition) {
    self.term = term
    self.isSuccess = isSuccess
    self.index = index
    self.conflict = conflict
  }
}

/// The RequestVote RPC's arguments (Raft §5.2), also of a pre-vote (thesis §9.6).
public struct VoteRequest: Hashable, Sendable {
  /// The term the candidate wants to lead.
  public var term: Term
  /// The last position of the candidate's log.
  public var last: LogPosition
  /// Whether the leader itself asked for this election, so that its lease does not count.
  public var isTransfer: Bool

  /// Creates the arguments.
  public init(term: Term, last: LogPosition, isTransfer: Bool) {
    self.term = term
    self.last = last
    self.isTransfer = isTransfer
  }
}

/// The RequestVote RPC's result (Raft §5.2), also of a pre-vote.
public struct VoteReply: Hashable, Sendable {
  /// The voter's term; of a granted pre-vote, the term that was asked about.
  public var term: Term
  /// Whether the vote is granted.
  public var isGranted: Bool

  /// Creates a result.
  public init(term: Term, isGranted: Bool) {
    self.term = term
    self.isGranted = isGranted
  }
}

/// The InstallSnapshot RPC's arguments (Raft §7).
///
/// Deviation: the snapshot travels in one message instead of chunks; its size counts.
public struct InstallSnapshot: Hashable, Sendable {
  /// The leader's term.
  public var term: Term
  /// The snapshot.
  public var snapshot: RaftSnapshot

  /// Creates the arguments.
  public init(term: Term, snapshot: RaftSnapshot) {
    self.term = term
    self.snapshot = snapshot
  }
}

/// What a replica tells another that lost its disk.
public struct RecoverReply: Hashable, Sendable {
  /// The number of the question.
  public var nonce: UInt64
  /// The sender's term.
  public var term: Term
  /// Whether the sender leads its term.
  public var leads: Bool
  /// The last position that the sender committed or has from a term before its own.
  public var position: LogPosition

  /// Creates an answer.
  public init(nonce: UInt64, term: Term, leads: Bool, position: LogPosition) {
    self.nonce = nonce
    self.term = term
    self.leads = leads
    self.position = position
  }
}

extension RaftMessage: ConsensusMessage {
  /// The kinds of message, in the order of ``kind``.
  public static let kindNames = [
    "request", "reply", "append-entries", "append-reply", "pre-vote", "pre-vote-reply", "vote",
    "vote-reply", "timeout-now", "install-snapshot", "snapshot-reply", "recover", "recover-reply",
    "forward",
  ]

  /// The position of this message's kind in ``kindNames``.
  public var kind: UInt8 {
    switch self {
    case .request: 0
    case .reply: 1
    case .appendEntries: 2
    case .appendReply: 3
    case .preVote: 4
    case .preVoteReply: 5
    case .vote: 6
    case .voteReply: 7
    case .timeoutNow: 8
    case .installSnapshot: 9
    case .snapshotReply: 10
    case .recover: 11
    case .recoverReply: 12
    case .forward: 13
    }
  }

  /// The requests that it carries.
  public var requestCount: Int {
    switch self {
    case .request, .forward: 1
    case .appendEntries(let message): message.entries.requestCount
    case .reply, .installSnapshot, .appendReply, .preVote, .preVoteReply, .vote, .voteReply,
      .timeoutNow, .snapshotReply, .recover, .recoverReply:
      0
    }
  }

  /// The size on the wire: requests, also those in entries, count as transactions with their operations'
  /// own bytes, and so do a snapshot's clients, each of which leaves its last effect in the state machine.
  public func size(_ sizes: MessageSizes) -> ByteCount {
    switch self {
    case .request(let request), .forward(let request): sizes.base + request.carriedSize(sizes)
    case .reply(let reply): sizes.base + reply.carriedSize
    case .appendEntries(let message):
      sizes.base + sizes.transaction * message.entries.requestCount
        + ByteCount(message.entries.operationBytes)
    case .installSnapshot(let message):
      sizes.base + sizes.transaction * message.snapshot.clients
        + message.snapshot.ledger.additionalSize
    case .appendReply, .preVote, .preVoteReply, .vote, .voteReply, .timeoutNow, .snapshotReply,
      .recover, .recoverReply:
      sizes.base
    }
  }

  /// The reply to a client, if this is one.
  public var reply: Reply? {
    guard case .reply(let reply) = self else { return nil }
    return reply
  }

  /// A hash of the whole content.
  public var fingerprint: UInt64 {
    var hash = WordHash(domain: 0x4AF7_0000 | UInt64(kind))
    switch self {
    case .request(let request), .forward(let request):
      hash.combine(mix(request.content, request.signature.tag))
    case .reply(let reply):
      hash.combine(mix(UInt64(truncatingIfNeeded: reply.client.index), reply.timestamp))
      hash.combine(mix(UInt64(truncatingIfNeeded: reply.replica.index), reply.result.value))
      hash.combine(mix(reply.view, reply.leader.map { Endpoint($0).word } ?? .max))
      hash.combine(reply.isExecuted ? 1 : 0)
      if reply.resultBytes > 0 { hash.combine(UInt64(reply.resultBytes)) }
    case .appendEntries(let message):
      hash.combine(mix(message.term.number, message.commit.number))
      hash.combine(message.previous)
      message.entries.forEach { hash.combine(mix($0.term.number, $0.digest.value)) }
    case .appendReply(let message):
      hash.combine(mix(message.term.number, message.index.number))
      hash.combine(message.conflict)
      hash.combine(message.isSuccess ? 1 : 0)
      if message.isRecovering { hash.combine(1) }
    case .preVote(let message), .vote(let message):
      hash.combine(mix(message.term.number, message.isTransfer ? 1 : 0))
      hash.combine(message.last)
    case .preVoteReply(let message), .voteReply(let message):
      hash.combine(mix(message.term.number, message.isGranted ? 1 : 0))
    case .timeoutNow(let term):
      hash.combine(term.number)
    case .installSnapshot(let message):
      hash.combine(mix(message.term.number, message.snapshot.ledger.digest.value))
      hash.combine(message.snapshot.position)
    case .snapshotReply(let term, let match):
      hash.combine(mix(term.number, match.number))
    case .recover(let nonce):
      hash.combine(nonce)
    case .recoverReply(let message):
      hash.combine(mix(message.term.number, message.nonce))
      hash.combine(message.position)
      hash.combine(message.leads ? 1 : 0)
    }
    return hash.value
  }

  /// One line of text that says what the message is.
  public var summary: String {
    switch self {
    case .request(let request): "request c\(request.client) t=\(request.timestamp)"
    case .reply(let reply):
      "reply c\(reply.client) t=\(reply.timestamp) "
        + (reply.isExecuted ? "executed" : "ask \(reply.leader.map { "r\($0)" } ?? "anyone")")
    case .appendEntries(let message):
      "append-entries term=\(message.term) after \(message.previous) "
        + "entries=\(message.entries.count) commit=\(message.commit)"
    case .appendReply(let message):
      "append-reply term=\(message.term) "
        + (message.isSuccess
          ? "match=\(message.index)" : "refused=\(message.index) conflict=\(message.conflict)")
        + (message.isRecovering ? " recovering" : "")
    case .preVote(let message): "pre-vote term=\(message.term) last=\(message.last)"
    case .preVoteReply(let message):
      "pre-vote-reply term=\(message.term) \(message.isGranted ? "granted" : "refused")"
    case .vote(let message):
      "vote term=\(message.term) last=\(message.last)\(message.isTransfer ? " transfer" : "")"
    case .voteReply(let message):
      "vote-reply term=\(message.term) \(message.isGranted ? "granted" : "refused")"
    case .timeoutNow(let term): "timeout-now term=\(term)"
    case .installSnapshot(let message):
      "install-snapshot term=\(message.term) at \(message.snapshot.position)"
    case .snapshotReply(let term, let match): "snapshot-reply term=\(term) match=\(match)"
    case .recover: "recover"
    case .recoverReply(let message):
      "recover-reply term=\(message.term)"
        + (message.leads ? " leads, position=\(message.position)" : "")
    case .forward(let request): "forward c\(request.client) t=\(request.timestamp)"
    }
  }
}

extension WordHash {
  @inline(__always)
  fileprivate mutating func combine(_ position: LogPosition) {
    combine(mix(position.index.number, position.term.number))
  }
}

extension AppendEntries: FieldHashable {
  package enum Field: UInt8, StateField {
    case term, previous, commit, entries, usableCommit
  }

  package static var readings: FieldSet<Field> { [.usableCommit] }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .term: hasher.add(term)
    case .previous: hasher.add(previous)
    case .commit: hasher.add(commit)
    case .entries: hasher.add(entries)
    case .usableCommit: hasher.add(min(commit, previous.index.advanced(by: entries.count)))
    }
  }
}

extension AppendReply: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(term, isSuccess, index, conflict, isRecovering)
  }
}

extension VoteRequest: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(term, last, isTransfer)
  }
}

extension VoteReply: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(term, isGranted)
  }
}

extension InstallSnapshot: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(term, snapshot)
  }
}

extension RecoverReply: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(nonce, term, leads, position)
  }
}

extension RaftMessage: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(UInt64(kind))
    switch self {
    case .request(let request), .forward(let request): hasher.add(request)
    case .reply(let reply): hasher.add(reply)
    case .appendEntries(let message): hasher.add(message)
    case .appendReply(let message): hasher.add(message)
    case .preVote(let message), .vote(let message): hasher.add(message)
    case .preVoteReply(let message), .voteReply(let message): hasher.add(message)
    case .timeoutNow(let term): hasher.add(term)
    case .installSnapshot(let message): hasher.add(message)
    case .snapshotReply(let term, let match):
      hasher.add(term, match)
    case .recover(let nonce): hasher.add(nonce)
    case .recoverReply(let message): hasher.add(message)
    }
  }
}
