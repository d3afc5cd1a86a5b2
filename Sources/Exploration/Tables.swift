import DiscreteEvents

/// A map from pairs of small numbers to small numbers, by open addressing.
struct PairTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt32]
  private var count = 0

  private static let vacant = UInt64.max

  init() {
    keys = Array(repeating: Self.vacant, count: 1024)
    values = Array(repeating: 0, count: 1024)
  }

  @inline(__always)
  subscript(first: UInt32, second: UInt32) -> UInt32? {
    let key = UInt64(first) << 32 | UInt64(second)
    let mask = keys.count - 1
    var place = Int(truncatingIfNeeded: mix(key, 0x51)) & mask
    while keys[place] != Self.vacant {
      if keys[place] == key { return values[place] }
      place = (place + 1) & mask
    }
    return nil
  }

  mutating func insert(_ first: UInt32, _ second: UInt32, _ value: UInt32) {
    if count * 2 >= keys.count { grow() }
    place(UInt64(first) << 32 | UInt64(second), value)
    count += 1
  }

  private mutating func place(_ key: UInt64, _ value: UInt32) {
    let mask = keys.count - 1
    var place = Int(truncatingIfNeeded: mix(key, 0x51)) & mask
    while keys[place] != Self.vacant { place = (place + 1) & mask }
    keys[place] = key
    values[place] = value
  }

  private mutating func grow() {
    let (oldKeys, oldValues) = (keys, values)
    keys = Array(repeating: Self.vacant, count: oldKeys.count * 2)
    values = Array(repeating: 0, count: oldKeys.count * 2)
    for index in oldKeys.indices where oldKeys[index] != Self.vacant {
      place(oldKeys[index], oldValues[index])
    }
  }
}

/// The global states found so far, numbered in the order of finding.
///
/// Twenty bytes a state: its key, its parent, and its share of the table of numbers.
struct StateTable: Sendable {
  private(set) var keys: [UInt64] = []
  private(set) var parents: [UInt32] = []
  private var places: [UInt32]

  private static let vacant = UInt32.max

  init() { places = Array(repeating: Self.vacant, count: 1 << 12) }

  var count: Int { keys.count }

  /// Enters a state; nil if it is known.
  @inline(__always)
  mutating func insert(_ key: UInt64, parent: UInt32) -> Int? {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: mix(key, 0x57)) & mask
    while places[place] != Self.vacant {
      if keys[Int(places[place])] == key { return nil }
      place = (place + 1) & mask
    }
    places[place] = UInt32(keys.count)
    keys.append(key)
    parents.append(parent)
    if keys.count * 2 >= places.count { grow() }
    return keys.count - 1
  }

  private mutating func grow() {
    let size = places.count * 2
    places = []
    places = Array(repeating: Self.vacant, count: size)
    let mask = size - 1
    for (number, key) in keys.enumerated() {
      var place = Int(truncatingIfNeeded: mix(key, 0x57)) & mask
      while places[place] != Self.vacant { place = (place + 1) & mask }
      places[place] = UInt32(number)
    }
  }
}
