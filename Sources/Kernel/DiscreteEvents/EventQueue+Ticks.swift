extension EventQueue {
  /// Makes the first tick of the wheel the current one; answers false when the wheel is empty.
  mutating func openNextTick() -> Bool {
    if wantsOtherTick { retune() }
    while let index = wheel.firstOccupied {
      guard index >= 256 else {
        open(index)
        return true
      }
      cascade(index)
    }
    return false
  }

  /// Opens the tick in slot `index` of level 0.
  private mutating func open(_ index: Int) {
    let tick = (base &>> tickBits) & ~255 | UInt64(index)
    base = tick &<< tickBits
    horizon = base &+ (1 &<< tickBits)
    let slot = wheel.detach(index)
    ready = run.load(slot, tickBits: tickBits)
    wheel.recycle(slot)
  }

  /// Moves the events of a slot of a higher level down, to where they belong as seen from the tick
  /// of the earliest of them; ticks in between hold nothing.
  private mutating func cascade(_ index: Int) {
    let slot = wheel.detach(index)
    var earliest = UInt64.max
    slot.forEach { earliest = min(earliest, $0.instant) }
    base = startOfTick(earliest)
    slot.forEach { wheel.insert($0, base: base, tickBits: tickBits) }
    wheel.recycle(slot)
  }

  /// Where the tick that an instant lies in starts.
  @inline(__always)
  func startOfTick(_ instant: UInt64) -> UInt64 { (instant &>> tickBits) &<< tickBits }
}
