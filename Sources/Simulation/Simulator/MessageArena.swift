import ConsensusCore

/// What the simulator knows of a message on its way: one for all copies of a broadcast.
///
/// It holds no references, and the message is kept beside it: reading a field copies nothing else.
struct Envelope {
  var fingerprint: UInt64
  var bytes: Int
  var from: Endpoint
  var fromNode: Int32
  var remaining: Int32
  var kind: UInt8
}

/// The messages in flight, in slots that are used again.
struct MessageArena<R: Replica>: ~Copyable {
  private(set) var slots: UnsafeMutablePointer<Envelope>
  /// The messages of the envelopes in use, by slot.
  private(set) var messages: UnsafeMutablePointer<R.Message>
  private var free: UnsafeMutablePointer<UInt32>
  private var freeCount = 0
  private var capacity: Int
  private let limit: Int
  /// Slots that were ever in use: the largest number of messages in flight at once.
  private(set) var used = 0

  init(limit: Int) {
    self.limit = max(limit, 1)
    capacity = min(self.limit, 64)
    slots = .allocate(capacity: capacity)
    messages = .allocate(capacity: capacity)
    free = .allocate(capacity: capacity)
  }

  deinit {
    for slot in 0..<used where slots[slot].remaining > 0 {
      (messages + slot).deinitialize(count: 1)
    }
    slots.deallocate()
    messages.deallocate()
    free.deallocate()
  }

  /// Stores a message and answers its slot, or nil when the arena is full.
  @inline(__always)
  mutating func insert(_ message: R.Message, _ envelope: Envelope) -> Int? {
    let slot: Int
    if freeCount > 0 {
      freeCount &-= 1
      slot = Int(free[freeCount])
    } else {
      if used == capacity && !grow() { return nil }
      slot = used
      used &+= 1
    }
    (slots + slot).initialize(to: envelope)
    (messages + slot).initialize(to: message)
    return slot
  }

  /// Adds one copy.
  @inline(__always)
  mutating func retain(_ slot: Int) { slots[slot].remaining &+= 1 }

  /// Takes one copy away, and the message with the last.
  @inline(__always)
  mutating func release(_ slot: Int) {
    let remaining = slots[slot].remaining &- 1
    slots[slot].remaining = remaining
    guard remaining == 0 else { return }
    (messages + slot).deinitialize(count: 1)
    free[freeCount] = UInt32(truncatingIfNeeded: slot)
    freeCount &+= 1
  }

  /// Calls `body` with every envelope in use.
  func forEach(_ body: (Envelope) -> Void) {
    for slot in 0..<used where slots[slot].remaining > 0 { body(slots[slot]) }
  }

  @inline(never)
  private mutating func grow() -> Bool {
    guard capacity < limit else { return false }
    let larger = min(limit, capacity * 2)
    let newSlots: UnsafeMutablePointer<Envelope> = .allocate(capacity: larger)
    newSlots.moveInitialize(from: slots, count: used)
    slots.deallocate()
    slots = newSlots
    let newMessages: UnsafeMutablePointer<R.Message> = .allocate(capacity: larger)
    newMessages.moveInitialize(from: messages, count: used)
    messages.deallocate()
    messages = newMessages
    free.deallocate()
    free = .allocate(capacity: larger)
    capacity = larger
    return true
  }
}
