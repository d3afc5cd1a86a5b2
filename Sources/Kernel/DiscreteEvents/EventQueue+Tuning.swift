extension EventQueue {
  private static let longestTickBits = 40

  /// What is done for one event in 64: the typical delay is learnt from it, and the sequence
  /// numbers begin again when they have run out.
  ///
  /// A step up for a longer delay and a step down for a shorter one settle where both are equally
  /// frequent: at the median, which a few long timers do not move.
  @inline(never)
  mutating func keepHouse(_ instant: UInt64) {
    let delay = instant &- UInt64(bitPattern: now.nanoseconds)
    if delay > typicalDelay {
      typicalDelay &+= (typicalDelay &+ 127) >> 7 &+ 1
    } else {
      typicalDelay &-= (typicalDelay &+ 127) >> 7
    }
    if sequence == 0 { renumber() }
  }

  /// The best length of a tick now: a sixteenth of the typical delay, or more, up to all of it,
  /// when so few events are pending that a tick would hold less than about ten.
  private var wantedTickBits: Int {
    let share = min(max(UInt32.bitWidth - (sequence &- removed).leadingZeroBitCount - 4, 0), 4)
    return min(max(63 - typicalDelay.leadingZeroBitCount - share, 0), Self.longestTickBits)
  }

  /// Whether the tick is wrong by a factor of four or more, and so many events have been scheduled
  /// since it was last changed that changing it costs little for each.
  @inline(__always)
  var wantsOtherTick: Bool {
    sequence >= settledUntil && abs(wantedTickBits - Int(tickBits)) >= 2
  }

  /// Changes the length of the tick; ready and late are empty.
  @inline(never)
  mutating func retune() {
    let pending = removeAll()
    tickBits = UInt64(wantedTickBits)
    base = startOfTick(base)
    for event in pending { insert(event) }
    settledUntil = sequence &+ UInt32(clamping: pending.count * 16 + 4_096)
  }

  /// Numbers all pending events anew, from 0 in their order.
  private mutating func renumber() {
    let pending = removeAll().sorted(by: <)
    sequence = 0
    removed = 0
    settledUntil = 0
    for event in pending {
      insert(event.renumbered(sequence))
      sequence += 1
    }
  }

  /// Takes all pending events out, in no particular order.
  private mutating func removeAll() -> [Event] {
    var pending = late.removeAll()
    while ready.pointee.instant != Event.none.instant {
      pending.append(ready.pointee)
      ready += 1
    }
    while let index = wheel.firstOccupied {
      let slot = wheel.detach(index)
      slot.forEach { pending.append($0) }
      wheel.recycle(slot)
    }
    return pending
  }
}
