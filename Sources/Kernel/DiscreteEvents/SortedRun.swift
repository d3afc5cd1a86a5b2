/// The events of one tick, brought into order.
///
/// Small ticks are sorted by insertion. Larger ones are first spread over as many buckets as there
/// are events, by the bits of the instant that differ within a tick, after which insertion has
/// almost nothing to do. Spreading keeps the order within a bucket, so that equal instants, which
/// arrive in order, cost nothing. If insertion nevertheless takes too many moves, a sort of
/// n log n steps ends the work.
struct SortedRun: ~Copyable {
  private static let small = 16
  private static let mostBucketBits: UInt64 = 12
  private static let mostBuckets = 1 << Int(mostBucketBits)
  private static let movesPerEvent = 8

  /// ``Event/first``, then the events, then ``Event/none``.
  private var storage: UnsafeMutablePointer<Event>
  private var capacity: Int
  /// Where buckets begin; initialised up to the number of buckets when they are counted.
  private let offsets: UnsafeMutablePointer<UInt32>

  /// Creates a small run, which grows with the ticks: most runs of a fuzzer never need more.
  init() {
    capacity = 62
    storage = Self.allocate(capacity)
    offsets = .allocate(capacity: Self.mostBuckets)
  }

  deinit {
    storage.deallocate()
    offsets.deallocate()
  }

  /// Where the events begin.
  @inline(__always)
  var start: UnsafeMutablePointer<Event> { storage + 1 }

  /// Copies the events of a slot here in order, with ``Event/none`` behind them; answers where
  /// they begin.
  mutating func load(_ slot: Slot, tickBits: UInt64) -> UnsafeMutablePointer<Event> {
    let count = slot.count
    if count > capacity { reserve(count) }
    start[count] = .none
    if count <= Self.small {
      copy(slot)
    } else {
      let bucketBits = min(UInt64(64 - count.leadingZeroBitCount), tickBits, Self.mostBucketBits)
      let buckets = Buckets(shift: tickBits - bucketBits, mask: (1 << bucketBits) - 1)
      if countEvents(of: slot, by: buckets) { copy(slot) } else { spread(slot, over: buckets) }
    }
    sort(count)
    return start
  }

  private func copy(_ slot: Slot) {
    var place = start
    slot.forEach { event in
      place.pointee = event
      place += 1
    }
  }

  /// Counts how many events belong to each bucket; answers whether they are in order already.
  private func countEvents(of slot: Slot, by buckets: Buckets) -> Bool {
    let sizes = offsets
    sizes.initialize(repeating: 0, count: buckets.count)
    var last = Event.first
    var inOrder = true
    slot.forEach { event in
      sizes[buckets[event]] &+= 1
      inOrder = inOrder && last < event
      last = event
    }
    return inOrder
  }

  /// Copies the counted events bucket by bucket.
  private func spread(_ slot: Slot, over buckets: Buckets) {
    let offsets = offsets
    let start = start
    var sum: UInt32 = 0
    for bucket in 0..<buckets.count {
      let size = offsets[bucket]
      offsets[bucket] = sum
      sum &+= size
    }
    slot.forEach { event in
      let offset = offsets + buckets[event]
      start[Int(truncatingIfNeeded: offset.pointee)] = event
      offset.pointee &+= 1
    }
  }

  /// Sorts by insertion as long as that is cheap.
  private func sort(_ count: Int) {
    var budget = count &* Self.movesPerEvent
    var next = start + 1
    let end = start + count
    while next < end {
      let event = next.pointee
      if event < (next - 1).pointee {
        var hole = next
        repeat {
          hole.pointee = (hole - 1).pointee
          hole -= 1
        } while event < (hole - 1).pointee
        hole.pointee = event
        budget &-= next - hole
        guard budget >= 0 else {
          var events = UnsafeMutableBufferPointer(start: start, count: count)
          events.sort(by: <)
          return
        }
      }
      next += 1
    }
  }

  @inline(never)
  private mutating func reserve(_ count: Int) {
    storage.deallocate()
    capacity = max(count, 2 * capacity)
    storage = Self.allocate(capacity)
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Event> {
    let storage = UnsafeMutablePointer<Event>.allocate(capacity: capacity + 2)
    storage.initialize(to: .first)
    (storage + 1).initialize(repeating: .none, count: capacity + 1)
    return storage
  }
}

/// How the instants of a tick are divided: by their highest bits.
private struct Buckets {
  let shift: UInt64
  let mask: UInt64

  @inline(__always)
  var count: Int { Int(truncatingIfNeeded: mask) + 1 }

  /// The bucket of an event.
  @inline(__always)
  subscript(event: Event) -> Int { Int(truncatingIfNeeded: event.instant &>> shift & mask) }
}
