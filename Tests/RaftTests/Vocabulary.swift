import ConsensusCore
import DiscreteEvents
import Raft

/// The keys of every test in this target.
let testKeys = Seed(0x7E57)

func request(_ client: Int, _ timestamp: UInt64, bytes: UInt32 = 0) -> Request {
  let id = ClientID(client)
  return Request(
    client: id, timestamp: timestamp, operation: timestamp &* 31, operationBytes: bytes,
    signedBy: Signer(endpoint: Endpoint(id), keys: testKeys))
}

func at(_ index: UInt64, _ term: UInt64) -> LogPosition {
  LogPosition(index: LogIndex(index), term: Term(term))
}

extension LogPosition {
  /// The place at which the entry here executes.
  var sequence: SequenceNumber { SequenceNumber(index.number) }
}

/// An entry whose only request is determined by its place in a test.
func entry(_ term: UInt64, _ timestamp: UInt64 = 1) -> RaftEntry {
  RaftEntry(term: Term(term), request: request(Int(term), timestamp), others: [])
}

/// Entries with these terms; timestamps count from `first`.
func entries(_ terms: [UInt64], first: UInt64 = 1) -> RaftEntries {
  let all = terms.enumerated().map { entry($1, first + UInt64($0)) }
  return RaftEntries(first: all.first, rest: Array(all.dropFirst()))
}

/// A disk with this log.
func disk(term: UInt64, vote: Int? = nil, log terms: [UInt64]) -> RaftDurable {
  var durable = RaftDurable.formatted
  durable.apply(.state(term: Term(term), vote: vote.map { ReplicaID($0) }))
  durable.apply(.entries(from: LogIndex(1), entries(terms)))
  return durable
}

func append(
  term: UInt64, after previous: LogPosition, _ new: RaftEntries = .none, commit: UInt64 = 0
) -> RaftMessage {
  .appendEntries(
    AppendEntries(
      term: Term(term), previous: previous, commit: LogIndex(commit), entries: new))
}

func ask(term: UInt64, last: LogPosition = .zero, isTransfer: Bool = false) -> RaftMessage {
  .vote(VoteRequest(term: Term(term), last: last, isTransfer: isTransfer))
}

func vote(term: UInt64, _ isGranted: Bool = true) -> RaftMessage {
  .voteReply(VoteReply(term: Term(term), isGranted: isGranted))
}

func acknowledge(term: UInt64, _ match: UInt64) -> RaftMessage {
  .appendReply(
    AppendReply(term: Term(term), isSuccess: true, index: LogIndex(match), conflict: .zero))
}

extension RaftDurable {
  /// The terms of the log's entries.
  var terms: [UInt64] {
    var result: [UInt64] = []
    var index = log.compacted.index.next
    while let entry = log[index] {
      result.append(entry.term.number)
      index = index.next
    }
    return result
  }
}

extension RaftMessage {
  var asAppend: AppendEntries? {
    if case .appendEntries(let message) = self { message } else { nil }
  }
  var asAppendReply: AppendReply? {
    if case .appendReply(let message) = self { message } else { nil }
  }
  var asVote: VoteRequest? { if case .vote(let message) = self { message } else { nil } }
  var asVoteReply: VoteReply? { if case .voteReply(let message) = self { message } else { nil } }
  var asPreVoteReply: VoteReply? {
    if case .preVoteReply(let message) = self { message } else { nil }
  }
  var name: String { RaftMessage.kindNames[Int(kind)] }
}
