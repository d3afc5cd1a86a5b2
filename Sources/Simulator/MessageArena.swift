import ConsensusCore

/// A message on its way: one for all copies of a broadcast.
struct Envelope<Message> {
  var message: Message
  var fingerprint: UInt64
  var bytes: Int
  var from: Endpoint
  var fromNode: Int32
  var remaining: Int32
  var kind: UInt8
}

/// The messages in flight, in slots that are used again.
struct MessageArena<Message>: ~Copyable {
  private(set) var slots: UnsafeMutablePointer<Envelope<Message>>
  private var free: UnsafeMutablePointer<UInt32>
  private var freeCount = 0
  private var capacity: Int
  private let limit: Int
  /// Slots that were ever in use: the largest number of messages in flight at once.
  private(set) var used = 0

  init(limit: Int) {
    self.limit = max(limit, 1)
    capacity = min(self.limit, 256)
    slots = .allocate(capacity: capacity)
    free = .allocate(capacity: capacity)
  }

  deinit {
    for slot in 0..<used where slots[slot].remaining > 0 { (slots + slot).deinitialize(count: 1) }
    slots.deallocate()
    free.deallocate()
  }

  /// Stores an envelope and answers its slot, or nil when the arena is full.
  @inline(__always)
  mutating func insert(_ envelope: consuming Envelope<Message>) -> Int? {
    if freeCount > 0 {
      freeCount &-= 1
      let slot = Int(free[freeCount])
      (slots + slot).initialize(to: envelope)
      return slot
    }
    if used == capacity && !grow() { return nil }
    let slot = used
    used &+= 1
    (slots + slot).initialize(to: envelope)
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
    (slots + slot).deinitialize(count: 1)
    vacate(slot)
  }

  /// Takes one copy of the message out, moving it when it is the last.
  @inline(__always)
  mutating func take(_ slot: Int) -> Message {
    slots[slot].remaining &-= 1
    guard slots[slot].remaining == 0 else { return slots[slot].message }
    let envelope = (slots + slot).move()
    vacate(slot)
    return envelope.message
  }

  /// Calls `body` with every envelope in use.
  func forEach(_ body: (borrowing Envelope<Message>) -> Void) {
    for slot in 0..<used where slots[slot].remaining > 0 { body(slots[slot]) }
  }

  @inline(__always)
  private mutating func vacate(_ slot: Int) {
    slots[slot].remaining = 0
    free[freeCount] = UInt32(truncatingIfNeeded: slot)
    freeCount &+= 1
  }

  @inline(never)
  private mutating func grow() -> Bool {
    guard capacity < limit else { return false }
    let larger = min(limit, capacity * 2)
    let newSlots: UnsafeMutablePointer<Envelope<Message>> = .allocate(capacity: larger)
    newSlots.moveInitialize(from: slots, count: used)
    slots.deallocate()
    slots = newSlots
    free.deallocate()
    free = .allocate(capacity: larger)
    capacity = larger
    return true
  }
}
