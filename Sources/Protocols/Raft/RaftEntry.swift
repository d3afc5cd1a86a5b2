import ConsensusCore
import DiscreteEvents

/// A Raft term: a logical clock in which at most one leader rules (Raft §5.1).
///
/// Term 0 has no leader.
public struct Term: Ordinal {
  /// The number of the term.
  public let number: UInt64

  /// Creates term `number`.
  @inline(__always)
  public init(_ number: UInt64) { self.number = number }
}

/// The place of an entry in the log: the first is 1, 0 means "before all" (Raft §5.3).
public struct LogIndex: Ordinal {
  /// The number.
  public let number: UInt64

  /// Creates index `number`.
  @inline(__always)
  public init(_ number: UInt64) { self.number = number }

  /// The index before this one; 0 has none and stays 0.
  @inline(__always)
  public var previous: LogIndex { LogIndex(number == 0 ? 0 : number - 1) }

  /// The index `count` places further on; `count` is not negative.
  @inline(__always)
  public func advanced(by count: Int) -> LogIndex {
    LogIndex(number &+ UInt64(truncatingIfNeeded: count))
  }
}

// Rule: Raft vote-3
/// The index and term of one entry.
///
/// The greater of two last positions belongs to the log that is more up to date (Raft §5.4.1): the
/// later term wins, then the greater index.
public struct LogPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The place of the entry.
  public let index: LogIndex
  /// The term in which a leader appended it.
  public let term: Term

  /// The position before the first entry.
  public static let zero = LogPosition(index: .zero, term: .zero)

  /// Creates a position.
  @inline(__always)
  public init(index: LogIndex, term: Term) {
    self.index = index
    self.term = term
  }

  /// Orders by term, then by index.
  @inline(__always)
  public static func < (left: LogPosition, right: LogPosition) -> Bool {
    (left.term, left.index) < (right.term, right.index)
  }

  /// `index@term`.
  public var description: String { "\(index)@\(term)" }
}

/// A block of the replicated log: the requests it orders and the term of the leader that made it.
public struct RaftEntry: Hashable, Sendable {
  /// The term in which a leader appended the entry.
  public let term: Term
  /// The first request; nil makes the entry a no-op, which changes nothing when applied.
  public let request: Request?
  /// The requests that follow when the leader batches, empty with batches of one.
  public let others: [Request]
  /// A hash of the requests and their signatures, whatever the term; equal for all no-ops.
  public let digest: Digest

  /// Creates an entry of one request and those that follow it, or a no-op.
  public init(term: Term, request: Request?, others: [Request]) {
    self.term = term
    self.request = request
    self.others = request == nil ? [] : others
    var hash = WordHash(domain: 0x4AF7_B10C)
    if let request {
      hash.combine(mix(request.content, request.signature.tag))
      for other in others { hash.combine(mix(other.content, other.signature.tag)) }
    }
    digest = Digest(hash.value)
  }

  /// Whether the entry orders requests; a no-op does not.
  @inline(__always)
  public var isOrdinary: Bool { request != nil }

  /// The number of requests in the entry.
  @inline(__always)
  public var requestCount: Int { request == nil ? 0 : 1 + others.count }

  /// The size of all operations beyond ``MessageSizes/transaction`` each, in bytes.
  public var operationBytes: Int {
    others.reduce(Int(request?.operationBytes ?? 0)) { $0 + Int($1.operationBytes) }
  }
}

/// Consecutive entries of a log; one entry, the usual case, needs no allocation.
public struct RaftEntries: Hashable, Sendable {
  /// The first entry, nil when there are none.
  public let first: RaftEntry?
  /// The entries after the first.
  public let rest: [RaftEntry]

  /// No entries: the content of a heartbeat.
  public static let none = RaftEntries(first: nil, rest: [])

  /// Creates a run of entries; without a first entry it is empty.
  public init(first: RaftEntry?, rest: [RaftEntry]) {
    self.first = first
    self.rest = first == nil ? [] : rest
  }

  /// Whether there are no entries.
  @inline(__always)
  public var isEmpty: Bool { first == nil }

  /// The number of entries.
  @inline(__always)
  public var count: Int { first == nil ? 0 : 1 + rest.count }

  /// The number of requests in all entries.
  public var requestCount: Int { rest.reduce(first?.requestCount ?? 0) { $0 + $1.requestCount } }

  /// The size of all operations beyond ``MessageSizes/transaction`` each, in bytes.
  public var operationBytes: Int {
    rest.reduce(first?.operationBytes ?? 0) { $0 + $1.operationBytes }
  }

  /// Calls `body` with every entry in order.
  @inline(__always)
  public func forEach(_ body: (RaftEntry) -> Void) {
    guard let first else { return }
    body(first)
    for entry in rest { body(entry) }
  }

  /// The entry `offset` places after the first, if there is one.
  @inline(__always)
  public func entry(_ offset: Int) -> RaftEntry? {
    if offset == 0 { return first }
    return rest.indices.contains(offset - 1) ? rest[offset - 1] : nil
  }

  /// The entries without the first `count`.
  public func dropFirst(_ count: Int) -> RaftEntries {
    guard count > 0 else { return self }
    guard count < self.count else { return .none }
    return RaftEntries(first: rest[count - 1], rest: Array(rest[count...]))
  }
}

extension Term: WordHashable {
  package var stateWord: UInt64 { number }
}

extension LogIndex: WordHashable {
  package var stateWord: UInt64 { number }
}

extension LogPosition: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(index, term)
  }
}

extension RaftEntry: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(term, request, others, digest)
  }
}

extension RaftEntries: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(first, rest)
  }
}
