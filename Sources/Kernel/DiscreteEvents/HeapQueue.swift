/// An ``EventQueue`` made of one heap: slower, and simple enough to be trusted at sight.
///
/// It is the differential twin of the wheel: the same program of calls gives the same events in
/// the same order.
public struct HeapQueue: ~Copyable {
  private var heap = EventHeap()
  private var sequence: UInt32 = 0

  /// The instant of the last event taken.
  public private(set) var now = VirtualTime.zero

  /// Creates an empty queue.
  public init() {}

  /// The number of pending events.
  public var count: Int { heap.count }

  /// Schedules `payload` for `time`, which must not lie before ``now``.
  @inline(__always)
  public mutating func schedule(_ payload: UInt32, at time: VirtualTime) {
    precondition(time >= now, "an event was scheduled in the past")
    heap.push(
      Event(
        instant: UInt64(bitPattern: time.nanoseconds), sequence: sequence, payload: payload))
    sequence &+= 1
    if sequence == 0 { renumber() }
  }

  /// Takes the next event, or answers nil when none is pending.
  @inline(__always)
  public mutating func next() -> Event? {
    guard heap.count > 0 else { return nil }
    let event = heap.popTop()
    now = event.time
    return event
  }

  /// Takes the next event if it happens before `limit`.
  @inline(__always)
  public mutating func next(before limit: VirtualTime) -> Event? {
    heap.count > 0 && heap.top.time < limit ? next() : nil
  }

  private mutating func renumber() {
    let pending = heap.removeAll().sorted(by: <)
    for event in pending {
      heap.push(event.renumbered(sequence))
      sequence += 1
    }
  }
}
