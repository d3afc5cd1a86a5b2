/// The pending events of a run, in a total order: by instant, then in the order of scheduling.
///
/// A radix wheel. Virtual time is cut into *ticks* of 2^``tickBits`` nanoseconds, and three places
/// hold events by how soon they are due:
///
///     schedule ──> wheel: 8 levels x 256 slots, unordered, later ticks
///        │            │  the next tick, sorted in one pass
///        │            v
///        │          ready: a sorted run, the current tick ──┐
///        └────────> late: a heap, what was scheduled for    ├──> next
///                   the current tick once it was opened ────┘
///
/// **The wheel.** An event's slot is told by the number of its tick: the level is the highest byte
/// in which it differs from the current tick's, the slot is that byte. So the events of a level
/// come before those of the next level, and the slots of a level come in order. When the next
/// occupied slot is on level 0 it is one tick, which becomes the ready run. On a higher level its
/// events move down (``cascade(_:)``), each at most seven times in its life. A bit per slot
/// finds the next one, and slots are lists of chunks from a free list, in scheduling order.
///
/// **The tick** follows the workload (``retune()``): a sixteenth of the typical delay, so that few
/// events are late, or up to all of it when so few are pending that ticks would hold one or none.
/// A wheel with fixed slots is fast only for the delays that happen to suit them.
///
/// Invariants, which together give the total order:
/// - every event on the wheel is due at ``horizon`` or later, everything in ready and late before;
/// - ``base`` is the start of a tick and no event on the wheel lies before it. It moves only past
///   slots that are empty, so that no event's level or slot changes by its moving, save those of
///   the slot that cascades;
/// - the slots of a level keep the order of scheduling, so that equal instants need no sorting;
/// - ready and late are each in order by instant and sequence number, and the sooner of their
///   heads is next.
///
/// Scheduling and taking are amortised O(1) for delays of any smooth law and for equal delays, and
/// never worse than O(log count). The kernel works on raw pointers: checked subscripts would cost
/// a fifth of its speed. ``HeapQueue`` is the simple twin that tests compare it with.
public struct EventQueue: ~Copyable {
  /// The instant of the last event taken.
  public internal(set) var now = VirtualTime.zero

  /// The next event of the current tick; ``Event/none`` ends the run.
  var ready: UnsafeMutablePointer<Event>
  /// Where the ready run is built; see ``load(_:)``.
  var run = SortedRun()
  var late = EventHeap()

  /// Events due before this instant are late; the rest belongs on the wheel.
  var horizon: UInt64 = 0
  /// What the wheel's slots are counted from: the start of a tick.
  var base: UInt64 = 0
  /// The binary logarithm of the length of a tick in nanoseconds.
  var tickBits: UInt64 = 16
  var wheel = Wheel()

  /// The number the next event gets; ``removed`` less than it are pending.
  var sequence: UInt32 = 0
  var removed: UInt32 = 0
  /// About the median of the delays, in nanoseconds.
  var typicalDelay: UInt64 = 1 << 20
  /// When ``sequence`` has come this far the tick may be changed again.
  var settledUntil: UInt32 = 0

  /// Creates an empty queue at the start of virtual time.
  public init() { ready = run.start }

  /// Creates an empty queue whose sequence numbers begin late, to test that they may run out.
  init(startingSequence: UInt32) {
    self.init()
    sequence = startingSequence
    removed = startingSequence
  }

  /// The number of pending events.
  public var count: Int { Int(sequence &- removed) }

  /// Schedules `payload` for `time`, which must not lie before ``now``.
  @inline(__always)
  public mutating func schedule(_ payload: UInt32, at time: VirtualTime) {
    precondition(time >= now, "an event was scheduled in the past")
    let instant = UInt64(bitPattern: time.nanoseconds)
    insert(Event(instant: instant, sequence: sequence, payload: payload))
    sequence &+= 1
    if sequence & 63 == 0 { keepHouse(instant) }
  }

  /// Puts an event where it belongs.
  @inline(__always)
  mutating func insert(_ event: Event) {
    if event.instant < horizon {
      late.push(event)
    } else {
      wheel.insert(event, base: base, tickBits: tickBits)
    }
  }

  /// Takes the next event, or answers nil when none is pending.
  @inline(__always)
  public mutating func next() -> Event? { next(beforeInstant: .max) }

  /// Takes the next event if it happens before `limit`, and leaves it otherwise.
  @inline(__always)
  public mutating func next(before limit: VirtualTime) -> Event? {
    next(beforeInstant: UInt64(bitPattern: limit.nanoseconds))
  }

  @inline(__always)
  private mutating func next(beforeInstant limit: UInt64) -> Event? {
    let event = ready.pointee
    guard event < late.top, event.instant < limit else { return nextLate(before: limit) }
    ready += 1
    return taken(event)
  }

  /// The rest of taking: a late event comes first, or the tick is over.
  @inline(never)
  private mutating func nextLate(before limit: UInt64) -> Event? {
    while true {
      if late.top < ready.pointee {
        return late.top.instant < limit ? taken(late.popTop()) : nil
      }
      let event = ready.pointee
      if event.instant != Event.none.instant {
        guard event.instant < limit else { return nil }
        ready += 1
        return taken(event)
      }
      guard openNextTick() else { return nil }
    }
  }

  @inline(__always)
  private mutating func taken(_ event: Event) -> Event {
    now = event.time
    removed &+= 1
    return event
  }
}
