/// A 4-ary heap of events on raw memory.
///
/// Four children share a cache line, for which the root stands three places into an aligned block.
/// Behind the last event there are always four times ``Event/none``: a node with fewer children
/// needs no special case, and the top of an empty heap is ``Event/none``.
struct EventHeap: ~Copyable {
  private var events: UnsafeMutablePointer<Event>
  private var capacity: Int
  private(set) var count = 0

  private static let lead = 3
  private static let padding = 4

  init() {
    capacity = 60
    events = Self.allocate(capacity)
  }

  deinit { Self.deallocate(events) }

  /// The first event, or ``Event/none``.
  @inline(__always)
  var top: Event { events.pointee }

  @inline(__always)
  mutating func push(_ event: Event) {
    if count == capacity { grow() }
    let events = events
    var hole = count
    count &+= 1
    events[hole &+ Self.padding] = .none
    while hole > 0 {
      let parent = (hole &- 1) >> 2
      guard event < events[parent] else { break }
      events[hole] = events[parent]
      hole = parent
    }
    events[hole] = event
  }

  /// Removes the first event; the heap must not be empty.
  @inline(__always)
  mutating func popTop() -> Event {
    assert(count > 0, "nothing to pop")
    let events = events
    let top = events.pointee
    count &-= 1
    let moved = events[count]
    events[count] = .none
    guard count > 0 else { return top }
    var hole = 0
    while true {
      let child = hole &* 4 &+ 1
      guard child < count else { break }
      let left = events[child &+ 1] < events[child] ? child &+ 1 : child
      let right = events[child &+ 3] < events[child &+ 2] ? child &+ 3 : child &+ 2
      let least = events[right] < events[left] ? right : left
      guard events[least] < moved else { break }
      events[hole] = events[least]
      hole = least
    }
    events[hole] = moved
    return top
  }

  /// Removes all events and answers them in no particular order.
  mutating func removeAll() -> [Event] {
    let all = Array(UnsafeBufferPointer(start: events, count: count))
    events.update(repeating: .none, count: count)
    count = 0
    return all
  }

  @inline(never)
  private mutating func grow() {
    let larger = Self.allocate(capacity * 2)
    larger.update(from: events, count: count)
    Self.deallocate(events)
    events = larger
    capacity *= 2
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Event> {
    let places = lead + capacity + padding
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: places * MemoryLayout<Event>.stride, alignment: 64)
    return block.initializeMemory(as: Event.self, repeating: .none, count: places) + lead
  }

  private static func deallocate(_ events: UnsafeMutablePointer<Event>) {
    UnsafeMutableRawPointer(events - lead).deallocate()
  }
}
