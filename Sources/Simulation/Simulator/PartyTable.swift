import ConsensusCore
import DiscreteEvents

extension PartyMessage {
  /// How long after a copy left its machine it is sent again when a link lost it or was cut.
  ///
  /// Assumption: one second, the least retransmission time-out of TCP (RFC 6298 §2.4), without
  /// back-off; the connection needs no acknowledgement that could be lost itself.
  public static let retransmissionTime = VirtualDuration.seconds(1)

  /// A word for all that it says, and between whom.
  func fingerprint(from sender: Int, to recipient: Int) -> UInt64 {
    var hash = WordHash(domain: 0x9A47_0001)
    hash.combine(UInt64(kind))
    hash.combine(flow)
    hash.combine(content)
    hash.combine(UInt64(truncatingIfNeeded: bytes))
    hash.combine(UInt64(truncatingIfNeeded: sender) << 32 | UInt64(truncatingIfNeeded: recipient))
    return hash.value
  }
}

/// Messages between parties of one kind, counted; what a party tells itself is not among them.
public struct PartyMessageCounts: Hashable, Sendable {
  /// Messages handed to the network, each once.
  public var sent = 0
  /// Copies sent again because a link lost the last one or was cut.
  public var resent = 0
  /// The bytes of all copies.
  public var bytes = 0
  /// Messages that reached their receiver's processor.
  public var delivered = 0
}

/// A request that a party decided to submit and that waits for a connection.
struct PendingSubmission {
  var operation: UInt64
  var bytes: UInt32
  var ticket: UInt64
  var submitted: VirtualTime
}

/// Something of a party that an event of the queue will take further.
struct PartyEvent {
  enum Stage: UInt64 {
    /// A message leaves its sender's processor, for the first time or again.
    case departing = 1
    /// A message reaches its receiver's downlink.
    case arriving
    /// An input reaches the party's processor.
    case reaching
    /// A request is submitted.
    case submitting
  }

  enum Content {
    case input(PartyInput)
    case submission(PendingSubmission)
  }

  /// The party whose input it is, or who submits it.
  var party: Int
  var stage: Stage
  var content: Content
  /// A word for the content, in digests and keys of draws.
  var fingerprint: UInt64
  var sent: VirtualTime
  var arrived = VirtualTime.zero
  /// When the last copy left the sender's machine; 0 before the first.
  var departed = VirtualTime.zero

  /// The message, if it is one.
  var message: (content: PartyMessage, from: Int)? {
    guard case .input(.message(let message, let sender)) = content else { return nil }
    return (message, sender.index)
  }
}

/// A queue of requests that wait for a connection of their party.
struct SubmissionQueue {
  private var entries: [PendingSubmission] = []
  private var head = 0

  var isEmpty: Bool { head == entries.count }

  mutating func push(_ submission: PendingSubmission) { entries.append(submission) }

  mutating func pop() -> PendingSubmission? {
    guard head < entries.count else { return nil }
    let first = entries[head]
    head += 1
    if head == entries.count {
      entries.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 1024 && head * 2 >= entries.count {
      entries.removeFirst(head)
      head = 0
    }
    return first
  }
}

/// The parties of a run: what is under way to them, and what waits for their connections.
struct PartyTable {
  /// The number of parties; they are the first client machines.
  let count: Int
  /// The names of the kinds of message.
  let kinds: [String]
  var counts: [PartyMessageCounts]
  /// Requests that wait for a connection, by party.
  var waiting: [SubmissionQueue]
  /// What each connection has outstanding, by client number.
  var outstanding: [Submission?] = []
  private(set) var events: [PartyEvent] = []
  private var free: [Int] = []
  private let limit: Int

  init(_ machines: [ClientModel], workload: (any Workload)?, limit: Int) {
    count = machines.prefix { $0.load.isSubmitted }.count
    kinds = workload?.messageKinds ?? []
    counts = Array(repeating: PartyMessageCounts(), count: kinds.count)
    waiting = Array(repeating: SubmissionQueue(), count: count)
    self.limit = limit
  }

  subscript(slot: Int) -> PartyEvent {
    get { events[slot] }
    set { events[slot] = newValue }
  }

  /// The slot of a new event, or nil when as many are under way as may be.
  mutating func insert(_ event: PartyEvent) -> Int? {
    if let slot = free.popLast() {
      events[slot] = event
      return slot
    }
    guard events.count < limit else { return nil }
    events.append(event)
    return events.count - 1
  }

  mutating func remove(_ slot: Int) -> PartyEvent {
    free.append(slot)
    return events[slot]
  }
}
