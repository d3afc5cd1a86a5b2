import ConsensusCore
import DiscreteEvents
import PBFT

/// The node state information sheet (Paper §III-B, Table 1) with the counters of the isolation
/// area.
///
/// Legal transitions of an entry; nothing else occurs (invariant SC-1):
/// ```
/// absent    -completed-> normal       absent   -timed out-> unstable
/// normal    -timed out-> unstable     unstable -completed-> normal
/// unstable  -timed out in its next turn too-> malicious
/// any       -proof-> malicious        malicious -CONFIG-> normal
/// ```
public struct StateSheet: Hashable, Sendable {
  /// What the sheet knows about one node.
  public struct Entry: Hashable, Sendable {
    /// The node's state.
    public internal(set) var state = NodeState.absent
    /// Turns in a row that ended in a time-out; a completed round sets it to 0.
    public internal(set) var strikes = 0
    /// All turns that ever ended in a time-out: the isolation area's counter.
    public internal(set) var unstableTotal = 0
    /// Whether a transferable proof stands behind a malicious mark.
    public internal(set) var isProven = false
    /// The last view in which a turn of this node was judged, so that no turn counts twice.
    var lastJudged: View?
  }

  /// The entries by replica.
  public private(set) var entries: [Entry]
  private let strikeLimit: Int

  // Rule: Paper III-B-1
  /// An empty sheet for `replicas` nodes; the `strikeLimit`-th time-out in a row makes a node
  /// malicious (2 in the paper).
  public init(replicas: Int, strikeLimit: Int) {
    entries = Array(repeating: Entry(), count: replicas)
    self.strikeLimit = strikeLimit
  }

  // MARK: Paper §III-B: the isolation area

  /// The state of `replica`.
  @inline(__always)
  public func state(of replica: ReplicaID) -> NodeState { entries[replica.index].state }

  // Rule: Paper III-B-8
  /// The replicas in the isolation area: malicious, or unstable at some time (Paper §III-B).
  public var isolationArea: ReplicaSet {
    ReplicaSet(
      entries.indices.map { ReplicaID($0) }.filter {
        state(of: $0) == .malicious || entries[$0.index].unstableTotal > 0
      })
  }

  /// The members of `set` that are malicious.
  public func maliciousCount(in set: ReplicaSet) -> Int {
    var count = 0
    for index in entries.indices
    where entries[index].state == .malicious && set.contains(ReplicaID(index)) {
      count += 1
    }
    return count
  }

  // MARK: Paper §III-B: changes of an entry

  // Rule: Paper III-B-3, Paper III-B-5
  /// E1, E2: the node completed a round.
  mutating func complete(_ replica: ReplicaID) -> SheetChange? {
    change(replica) { entry in
      guard entry.state != .malicious else { return }
      entry.state = .normal
      entry.strikes = 0
    }
  }

  // Rule: Paper III-B-4, Paper III-B-5, Paper III-B-8
  /// E3: the node's turn in `view` ended in a time-out; nil for turns judged before.
  mutating func timeOut(_ replica: ReplicaID, in view: View) -> SheetChange? {
    guard isNew(replica, view) else { return nil }
    let limit = strikeLimit
    return change(replica) { entry in
      entry.lastJudged = view
      entry.strikes += 1
      entry.unstableTotal += 1
      guard entry.state != .malicious else { return }
      entry.state = entry.strikes >= limit ? .malicious : .unstable
    }
  }

  // Rule: Paper III-B-6
  /// E4: somebody proved that the node misbehaved.
  mutating func convict(_ replica: ReplicaID, in view: View, isProven: Bool) -> SheetChange? {
    change(replica) { entry in
      entry.lastJudged = max(entry.lastJudged ?? view, view)
      entry.state = .malicious
      entry.isProven = entry.isProven || isProven
    }
  }

  /// A CONFIG block clears a mark that has no proof: the administrator's pardon.
  mutating func pardon(_ replica: ReplicaID) -> SheetChange? {
    change(replica) { entry in
      entry.state = .normal
      entry.strikes = 0
      entry.unstableTotal = 0
    }
  }

  /// A hash of the sheet.
  public var fingerprint: UInt64 {
    var hash = WordHash(domain: 0x5EE7)
    for entry in entries {
      hash.combine(UInt64(entry.state.rawValue) | (entry.isProven ? 0x100 : 0))
      hash.combine(UInt64(truncatingIfNeeded: entry.strikes))
      hash.combine(UInt64(truncatingIfNeeded: entry.unstableTotal))
      hash.combine(entry.lastJudged.map { $0.number &+ 1 } ?? 0)
    }
    return hash.value
  }

  private func isNew(_ replica: ReplicaID, _ view: View) -> Bool {
    replica.index < entries.count && entries[replica.index].lastJudged.map { $0 < view } ?? true
  }

  private mutating func change(
    _ replica: ReplicaID, _ body: (inout Entry) -> Void
  ) -> SheetChange? {
    guard replica.index < entries.count else { return nil }
    let before = entries[replica.index].state
    let strikes = entries[replica.index].strikes
    body(&entries[replica.index])
    let entry = entries[replica.index]
    assert(entry.state != .absent, "SC-1: no entry disappears")
    assert(entry.state == .malicious || entry.strikes < strikeLimit, "SC-1: enough strikes isolate")
    assert(entry.strikes <= entry.unstableTotal, "SC-10: the counter holds every strike")
    guard entry.state != before || entry.strikes > strikes else { return nil }
    return SheetChange(
      subject: replica, before: before, after: entry.state, isProven: entry.isProven,
      unstableTotal: entry.unstableTotal)
  }
}
