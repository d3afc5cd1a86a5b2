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
      typicalDelay &+= typicalDelay >> 4 &+ 1
    } else {
      typicalDelay &-= (typicalDelay &+ 15) >> 4
    }
    if sequence == 0 { rebuild() }
  }

  /// The best length of a tick now: a sixteenth of the typical delay, rounded down to a power of 2.
  private var wantedTickBits: Int {
    min(max(59 - typicalDelay.leadingZeroBitCount, 0), Self.longestTickBits)
  }

  /// Whether the tick is wrong by a factor of four or more, and as many events as are pending have
  /// been scheduled since it was last changed, so that changing it is paid for.
  @inline(__always)
  var wantsOtherTick: Bool {
    sequence >= settledUntil && abs(wantedTickBits - Int(tickBits)) >= 2
  }

  /// Changes the length of the tick; ready and late are empty.
  @inline(never)
  mutating func retune() {
    tickBits = UInt64(wantedTickBits)
    base = startOfTick(base)
    rebuild()
  }

  /// Numbers all pending events anew in their order, and puts each where it belongs now.
  private mutating func rebuild() {
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
    pending.sort(by: <)
    sequence = 0
    removed = 0
    for event in pending {
      let renumbered = event.renumbered(sequence)
      sequence += 1
      if event.instant < horizon {
        late.push(renumbered)
      } else {
        wheel.insert(renumbered, base: base, tickBits: tickBits)
      }
    }
    settledUntil = sequence &+ max(sequence, 4_096)
  }
}
