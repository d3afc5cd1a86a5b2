/// A list of chunks that is appended to at its end.
struct Slot {
  /// The first chunk, nil when the slot is empty.
  var first: Chunk?
  /// Where the next event goes.
  ///
  /// It stands on a chunk boundary when the last chunk is full, and in
  /// an empty slot too, so that one test tells both.
  var cursor: UnsafeMutablePointer<Event>

  @inline(__always)
  var needsChunk: Bool { UInt(bitPattern: cursor) & UInt(Chunk.size - 1) == 0 }

  /// The number of events.
  var count: Int {
    guard var chunk = first else { return 0 }
    var total = 0
    while let next = chunk.next {
      total += Chunk.capacity
      chunk = next
    }
    return total + (cursor - chunk.events)
  }

  /// Calls `body` with each event, in the order they were appended in.
  @inline(__always)
  func forEach(_ body: (Event) -> Void) {
    var current = first
    while let chunk = current {
      current = chunk.next
      let end = current == nil ? cursor : chunk.end
      var event = chunk.events
      while event < end {
        body(event.pointee)
        event += 1
      }
    }
  }
}

/// The slots of an ``EventQueue``, which explains how they are used.
struct Wheel: ~Copyable {
  private static let slotCount = 8 * 256
  private static let wordCount = slotCount / 64

  private let slots: UnsafeMutablePointer<Slot>
  /// One bit per slot: whether it holds events.
  private let occupied: UnsafeMutablePointer<UInt64>
  private let empty: Slot
  private var pool = ChunkPool()

  init() {
    let table = UnsafeMutableRawPointer.allocate(
      byteCount: Self.slotCount * MemoryLayout<Slot>.stride, alignment: Chunk.size)
    empty = Slot(first: nil, cursor: table.assumingMemoryBound(to: Event.self))
    slots = table.initializeMemory(as: Slot.self, repeating: empty, count: Self.slotCount)
    occupied = .allocate(capacity: Self.wordCount)
    occupied.initialize(repeating: 0, count: Self.wordCount)
  }

  deinit {
    slots.deallocate()
    occupied.deallocate()
  }

  /// Puts an event into the slot of its tick, as seen from `base`, which does not lie after it.
  @inline(__always)
  mutating func insert(_ event: Event, base: UInt64, tickBits: UInt64) {
    // The lowest bit changes nothing but the case of no difference, which is level 0 too.
    let difference = (event.instant ^ base) &>> tickBits | 1
    let levelBits = UInt64(truncatingIfNeeded: 63 &- difference.leadingZeroBitCount) & 56
    let digit = event.instant &>> (tickBits &+ levelBits) & 255
    append(event, to: Int(truncatingIfNeeded: levelBits << 5 | digit))
  }

  @inline(__always)
  private mutating func append(_ event: Event, to index: Int) {
    let slot = slots + index
    if slot.pointee.needsChunk { addChunk(to: index) }
    slot.pointee.cursor.initialize(to: event)
    slot.pointee.cursor += 1
  }

  @inline(never)
  private mutating func addChunk(to index: Int) {
    let slot = slots + index
    let chunk = pool.take()
    if slot.pointee.first == nil {
      slot.pointee.first = chunk
      occupied[index >> 6] |= 1 << UInt64(index & 63)
    } else {
      Chunk(start: UnsafeMutableRawPointer(slot.pointee.cursor) - Chunk.size).next = chunk
    }
    slot.pointee.cursor = chunk.events
  }

  /// The index of the first slot that holds events; its level is a 256th of it.
  @inline(__always)
  var firstOccupied: Int? {
    for word in 0..<Self.wordCount where occupied[word] != 0 {
      return word << 6 | occupied[word].trailingZeroBitCount
    }
    return nil
  }

  /// Takes all events out of a slot; give its chunks back with ``recycle(_:)``.
  @inline(__always)
  mutating func detach(_ index: Int) -> Slot {
    let slot = slots[index]
    slots[index] = empty
    occupied[index >> 6] &= ~(1 << UInt64(index & 63))
    return slot
  }

  /// Gives the memory of a detached slot back.
  @inline(__always)
  mutating func recycle(_ slot: Slot) {
    var current = slot.first
    while let chunk = current {
      current = chunk.next
      pool.put(chunk)
    }
  }
}
