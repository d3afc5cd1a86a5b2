import ConsensusCore

// Rule: Raft state-3
/// The log of one replica: consecutive entries above a compacted prefix (Raft §5.3, §7).
///
/// Terms never decrease along a log, which makes the searches by term binary.
public struct RaftLog: Hashable, Sendable {
  /// The last position of the compacted prefix; its entries are gone.
  public private(set) var compacted = LogPosition.zero
  private var entries: [RaftEntry] = []

  /// Creates an empty log.
  public init() {}

  /// The position of the last entry, or of the compacted prefix when there is none above it.
  @inline(__always)
  public var last: LogPosition {
    guard let entry = entries.last else { return compacted }
    return LogPosition(index: compacted.index.advanced(by: entries.count), term: entry.term)
  }

  /// The entry at `index`, unless it is compacted or not there yet.
  @inline(__always)
  public subscript(index: LogIndex) -> RaftEntry? {
    guard index > compacted.index, index <= last.index else { return nil }
    return entries[offset(of: index)]
  }

  /// The term at `index`, unless it is below the compacted prefix's end or above the last entry.
  @inline(__always)
  public func term(at index: LogIndex) -> Term? {
    index == compacted.index ? compacted.term : self[index]?.term
  }

  /// Adds an entry at the end.
  @inline(__always)
  mutating func append(_ entry: RaftEntry) { entries.append(entry) }

  /// Removes the entry at `index` and all that follow; the compacted prefix stays.
  mutating func truncate(from index: LogIndex) {
    guard index > compacted.index, index <= last.index else { return }
    entries.removeSubrange(offset(of: index)...)
  }

  /// Forgets the entries up to and with `index`, as far as they are in the log.
  mutating func compact(through index: LogIndex) {
    guard index > compacted.index, let term = term(at: index) else { return }
    entries.removeFirst(offset(of: index) + 1)
    compacted = LogPosition(index: index, term: term)
  }

  /// Forgets everything; the next entry follows `position`.
  mutating func reset(to position: LogPosition) {
    entries.removeAll()
    compacted = position
  }

  /// At most `limit` entries from `index` on.
  @inline(__always)
  func run(from index: LogIndex, limit: Int) -> RaftEntries {
    guard let first = self[index] else { return .none }
    let start = offset(of: index) + 1
    let end = min(entries.count, start + limit - 1)
    return RaftEntries(first: first, rest: end > start ? Array(entries[start..<end]) : [])
  }

  /// The first index in the log whose term is that of the entry at `index`.
  func firstIndex(ofTermAt index: LogIndex) -> LogIndex {
    guard let term = self[index]?.term else { return index }
    return compacted.index.advanced(by: count { $0 < term }).next
  }

  /// The last index in the log with the given term, if there is one.
  func lastIndex(of term: Term) -> LogIndex? {
    let index = compacted.index.advanced(by: count { $0 <= term })
    return self.term(at: index) == term ? index : nil
  }

  /// The last index whose term is earlier than the given one; the end of the compacted prefix if no
  /// entry above it is.
  func lastIndex(before term: Term) -> LogIndex {
    compacted.index.advanced(by: count { $0 < term })
  }

  /// The number of entries at the start whose terms satisfy `isBefore`, by binary search.
  private func count(_ isBefore: (Term) -> Bool) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(entries[middle].term) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  private func offset(of index: LogIndex) -> Int {
    Int(truncatingIfNeeded: index.number &- compacted.index.number &- 1)
  }
}

extension RaftLog: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(compacted, entries)
  }
}
