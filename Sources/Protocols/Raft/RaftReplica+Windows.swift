import ConsensusCore
import DiscreteEvents

/// What a leader has sent to each follower and not heard of, and what waits for an answer.
///
/// Assumption: the paper sends at once. A window of append-entries messages per follower is what
/// implementations have; the entries that do not fit wait in the log, and requests outside it once
/// no follower has room. Only an answer opens a window again. One that lost messages filled is
/// opened by a heartbeat, which is empty while the window is full: the follower either
/// acknowledges all, or refuses and is probed.
extension RaftReplica {
  /// A new leader has heard of nobody.
  mutating func openWindows() {
    let isLimited = configuration.inFlight != nil && configuration.replicas > 1
    windows = isLimited ? Array(repeating: [], count: configuration.replicas) : []
  }

  /// Whether another message with entries may leave for a follower.
  @inline(__always)
  func hasRoom(_ follower: Int) -> Bool {
    guard let most = configuration.inFlight else { return true }
    return windows.isEmpty || windows[follower].count < most
  }

  /// Whether some follower could be sent a new entry now.
  ///
  /// Entries that a follower lacks leave as soon as its window opens, so that one with room lacks
  /// none. A follower that is probed waits for an answer as one whose window is full.
  var hasRoomAnywhere: Bool {
    progress.indices.contains { $0 != id.index && !progress[$0].isProbing && hasRoom($0) }
  }

  /// A message with entries up to `index` leaves for a follower.
  @inline(__always)
  mutating func fillWindow(of follower: Int, through index: LogIndex) {
    if !windows.isEmpty { windows[follower].append(index) }
  }

  /// Removes the messages that a follower has acknowledged from its window.
  ///
  /// An acknowledgement of `index` covers every message that ends there or before. After a probe it covers all.
  mutating func emptyWindow(of follower: Int, through index: LogIndex) {
    guard !windows.isEmpty else { return }
    if progress[follower].isProbing {
      windows[follower].removeAll(keepingCapacity: true)
    } else {
      windows[follower].removeFirst(windows[follower].prefix { $0 <= index }.count)
    }
  }

  /// The leader does not know where the follower's log agrees, and asks from `next` on.
  mutating func startProbing(_ follower: Int, from next: LogIndex) {
    progress[follower].isProbing = true
    progress[follower].next = next
    progress[follower].told = .zero
    if !windows.isEmpty { windows[follower].removeAll(keepingCapacity: true) }
  }

  /// A message with the present commit index leaves for a follower.
  @inline(__always)
  mutating func noteSent(to follower: Int) {
    progress[follower].lastSent = now
    if configuration.commitNotice == .atOnce { progress[follower].told = commitIndex }
  }

  // MARK: What waits

  /// Sends what was appended after `previous` to the followers that have all before it, and every
  /// other follower with room what it lacks.
  mutating func sendWaiting(
    after previous: LogPosition, into effects: inout Effects<RaftReplica>
  ) {
    let entries = log.run(from: previous.index.next, limit: configuration.maximumEntries)
    if !entries.isEmpty { spread(entries, after: previous, into: &effects) }
    for follower in progress.indices where follower != id.index {
      sendWaiting(to: ReplicaID(follower), into: &effects)
    }
  }

  /// Sends a follower the entries that it lacks: in one message, or with windows in as many as
  /// have room.
  mutating func sendWaiting(
    to follower: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    if effects.moreFollows { return }
    repeat {
      guard progress[follower.index].next <= log.last.index,
        windows.isEmpty || !progress[follower.index].isProbing, hasRoom(follower.index)
      else { return }
      sendAppend(to: follower, into: &effects)
    } while !windows.isEmpty
  }

  /// Appends and sends what a job of several inputs brought: to each follower in one message.
  public mutating func concludeJob(
    at now: VirtualTime, into effects: inout Effects<RaftReplica>
  ) {
    self.now = now
    guard role == .leader else { return }
    proposeHeld(sharesMessages: true, into: &effects)
    for follower in progress.indices where follower != id.index && !progress[follower].isProbing {
      sendWaiting(to: ReplicaID(follower), into: &effects)
    }
    if configuration.commitNotice == .atOnce { announceCommit(into: &effects) }
  }

  /// Sends the commit index to every follower that nothing with it has left for.
  ///
  /// One that is probed learns it with the next probe.
  mutating func announceCommit(into effects: inout Effects<RaftReplica>) {
    if effects.moreFollows { return }
    for follower in progress.indices where follower != id.index {
      guard progress[follower].told < commitIndex, !progress[follower].isProbing else { continue }
      sendAppend(to: ReplicaID(follower), into: &effects)
    }
  }
}
