import ConsensusCore

/// A message on its way: one for all copies of a broadcast.
struct Envelope<R: Replica> {
  /// The message as the input it will be: handing it to a replica builds nothing.
  var input: Input<R>
  var fingerprint: UInt64
  var bytes: Int
  var from: Endpoint
  var fromNode: Int32
  var remaining: Int32
  var kind: UInt8

  var message: R.Message? {
    if case .message(let message, _) = input { message } else { nil }
  }
}

/// The messages in flight, in slots that are used again.
struct MessageArena<R: Replica>: ~Copyable {
  private(set) var slots: UnsafeMutablePointer<Envelope<R>>
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
  mutating func insert(_ envelope: Envelope<R>) -> Int? {
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

  /// Calls `body` with every envelope in use.
  func forEach(_ body: (borrowing Envelope<R>) -> Void) {
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
    let newSlots: UnsafeMutablePointer<Envelope<R>> = .allocate(capacity: larger)
    newSlots.moveInitialize(from: slots, count: used)
    slots.deallocate()
    slots = newSlots
    free.deallocate()
    free = .allocate(capacity: larger)
    capacity = larger
    return true
  }
}
