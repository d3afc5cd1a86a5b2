import DiscreteEvents

/// Counts equal sends of one instant, so that each of them has draws of its own.
///
/// Draws are keyed by content, sender, instant and recipient. Two equal messages that a node sends to
/// one recipient at one instant have equal keys; their ordinal tells them apart. The first one has
/// ordinal 0, which leaves its key as it is.
///
/// The table is exact: a hash table with open addressing whose slots are valid for one instant only,
/// and which doubles when an instant fills half of it.
struct Repetitions: ~Copyable {
  /// What is counted under one key at one instant.
  private struct Slot {
    var key: UInt64 = 0
    var instant = VirtualTime(nanoseconds: -1)
    var sends: UInt32 = 0
    var hasBroadcast = false
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var mask: Int
  private var used = 0
  private var instant = VirtualTime(nanoseconds: -1)

  init() {
    mask = 255
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: Slot(), count: mask + 1)
  }

  deinit { slots.deallocate() }

  /// Counts a send to many and returns its ordinal: the number of equal messages sent before.
  @inline(__always)
  mutating func broadcast(_ message: UInt64, at now: VirtualTime) -> UInt64 {
    let slot = find(message, at: now)
    slots[slot].hasBroadcast = true
    let ordinal = slots[slot].sends
    slots[slot].sends &+= 1
    return UInt64(ordinal)
  }

  /// Counts a send to one recipient and returns its ordinal: 0 for the first copy that this recipient
  /// gets of the message, else one that no earlier copy had.
  @inline(__always)
  mutating func unicast(_ message: UInt64, to recipient: UInt64, at now: VirtualTime) -> UInt64 {
    // Finding the second slot may move the first.
    let own = find(mix(message, recipient), at: now)
    let isFirst = slots[own].sends == 0
    slots[own].sends &+= 1
    let slot = find(message, at: now)
    let ordinal = slots[slot].sends
    slots[slot].sends &+= 1
    return isFirst && !slots[slot].hasBroadcast ? 0 : UInt64(ordinal)
  }

  /// The slot of a key at an instant, which is new if the key was not yet seen at it.
  @inline(__always)
  private mutating func find(_ key: UInt64, at now: VirtualTime) -> Int {
    if instant != now {
      instant = now
      used = 0
    }
    var place = Int(truncatingIfNeeded: key >> 20) & mask
    while slots[place].instant == now {
      if slots[place].key == key { return place }
      place = (place &+ 1) & mask
    }
    slots[place] = Slot(key: key, instant: now, sends: 0, hasBroadcast: false)
    used &+= 1
    if used &* 2 > mask { return grow(finding: key) }
    return place
  }

  @inline(never)
  private mutating func grow(finding key: UInt64) -> Int {
    let old = slots
    let oldCount = mask + 1
    mask = 2 * oldCount - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: Slot(), count: mask + 1)
    var found = 0
    for index in 0..<oldCount where old[index].instant == instant {
      var place = Int(truncatingIfNeeded: old[index].key >> 20) & mask
      while slots[place].instant == instant { place = (place &+ 1) & mask }
      slots[place] = old[index]
      if old[index].key == key { found = place }
    }
    old.deallocate()
    return found
  }
}
