import ConsensusCore
import DiscreteEvents

/// What waits for the processor of a replica or party, in one word.
struct InboxEntry {
  /// What waits.
  enum Kind: UInt8 {
    case message = 0
    case timer = 1
    case rotate = 2
    case start = 3
    case restarted = 4
    case party = 5
  }

  let word: UInt64

  /// An entry; `value` is the envelope's or party event's slot or the timer's number.
  @inline(__always)
  init(_ kind: Kind, value: Int, generation: UInt32) {
    word =
      UInt64(kind.rawValue) << 61 | UInt64(generation & 0x0FFF_FFFF) << 32
      | UInt64(truncatingIfNeeded: value)
  }

  @inline(__always)
  init(word: UInt64) { self.word = word }

  @inline(__always)
  var kind: Kind { Kind(packed: word >> 61) }

  @inline(__always)
  var value: Int { Int(word & 0xFFFF_FFFF) }

  /// Whether the timer was neither set nor stopped since the entry was made.
  @inline(__always)
  func isCurrent(_ generation: UInt32) -> Bool {
    word >> 32 & 0x0FFF_FFFF == UInt64(generation & 0x0FFF_FFFF)
  }
}

/// A queue of inputs in a ring that doubles when it is full; its owner frees it.
struct Inbox {
  private var base: UnsafeMutablePointer<UInt64>?
  private var capacity = 0
  private var head = 0
  private(set) var count = 0

  @inline(__always)
  mutating func push(_ entry: InboxEntry) {
    if count == capacity { grow() }
    guard let base else { return }
    base[(head &+ count) & (capacity &- 1)] = entry.word
    count &+= 1
  }

  @inline(__always)
  mutating func pop() -> InboxEntry? {
    guard count > 0, let base else { return nil }
    let word = base[head]
    head = (head &+ 1) & (capacity &- 1)
    count &-= 1
    return InboxEntry(word: word)
  }

  /// Calls `body` with every entry, the oldest first.
  func forEach(_ body: (InboxEntry) -> Void) {
    guard let base else { return }
    for index in 0..<count { body(InboxEntry(word: base[(head + index) & (capacity - 1)])) }
  }

  mutating func free() {
    base?.deallocate()
    base = nil
  }

  @inline(never)
  private mutating func grow() {
    let larger = max(16, capacity * 2)
    let ring: UnsafeMutablePointer<UInt64> = .allocate(capacity: larger)
    if let base {
      for index in 0..<count {
        (ring + index).initialize(to: base[(head + index) & (capacity - 1)])
      }
      base.deallocate()
    }
    (ring + count).initialize(repeating: 0, count: larger - count)
    base = ring
    capacity = larger
    head = 0
  }
}

/// The machine that a replica or the clients of one machine run on.
struct NodeState {
  /// When the processor is free.
  var busyUntil = VirtualTime.zero
  /// Inputs that wait for the processor.
  var inbox = Inbox()
  /// Whether an event will look at the inbox.
  var isWakePending = false
  /// Whether the node is down.
  var isDown = false { didSet { isOrdinary = !isDown && host < 0 } }
  /// Whether the node is up and has a core of its own.
  private(set) var isOrdinary = true
  /// The time of all jobs, the one in progress included.
  var jobNanoseconds: Int64 = 0
  /// The last pause of the processor.
  var restsFrom = VirtualTime.zero
  var restsUntil = VirtualTime.zero
  var uplink = LinkState()
  var downlink = LinkState()
  /// Rates in bits per second; 0 when the link takes no time.
  let uplinkRate: Int64
  let downlinkRate: Int64
  /// What service times are multiplied by.
  let serviceTime: Ratio
  /// What the spans of timers are multiplied by.
  let timerScale: Ratio
  /// Whether a job takes all that waits.
  let drains: Bool
  /// The host whose cores the machine shares; -1 for a core of its own.
  let host: Int
  /// The time of a client machine's processor for each reply, in nanoseconds.
  let replyWork: Int64
  /// Whether the machine waits for a core of its host.
  var waitsForCore = false
  /// Whether a core of its host does its job.
  var holdsCore = false
  /// The number of times the replica was started, less one.
  var incarnation: UInt64 = 0
  /// The instant of the node's last event, and how many it had at that instant.
  private var instant = VirtualTime(nanoseconds: -1)
  private var eventsOfInstant: UInt32 = 0

  /// The most events of one node at one instant; a run with more never gets on.
  static var eventsAtOneInstant: UInt32 { 1_000_000 }

  /// Counts an event of the node; false if it had too many at this instant.
  @inline(__always)
  mutating func countEvent(at now: VirtualTime) -> Bool {
    eventsOfInstant = instant == now ? eventsOfInstant &+ 1 : 1
    instant = now
    return eventsOfInstant <= Self.eventsAtOneInstant
  }

  /// Whether an input can be handled at once, ahead of no other.
  @inline(__always)
  func isFree(at now: VirtualTime) -> Bool {
    busyUntil <= now && inbox.count == 0
  }

  init(_ model: NodeModel, replyWork: VirtualDuration) {
    self.replyWork = replyWork.nanoseconds
    host = model.host ?? -1
    isOrdinary = model.host == nil
    uplinkRate = model.uplinkBitsPerSecond ?? 0
    downlinkRate = model.downlinkBitsPerSecond ?? 0
    serviceTime = model.serviceTime
    timerScale = model.timerScale
    drains = model.drains
  }
}
