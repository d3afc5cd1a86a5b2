import DiscreteEvents

/// A map from pairs of small numbers to words, by open addressing.
struct PairTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt64]
  private var count = 0

  private static let vacant = UInt64.max

  init() {
    keys = Array(repeating: Self.vacant, count: 1024)
    values = Array(repeating: 0, count: 1024)
  }

  @inline(__always)
  subscript(first: UInt32, second: UInt32) -> UInt64? {
    let key = UInt64(first) << 32 | UInt64(second)
    let mask = keys.count - 1
    var place = Int(truncatingIfNeeded: mix(key, 0x51)) & mask
    while keys[place] != Self.vacant {
      if keys[place] == key { return values[place] }
      place = (place + 1) & mask
    }
    return nil
  }

  mutating func insert(_ first: UInt32, _ second: UInt32, _ value: UInt64) {
    if count * 2 >= keys.count { grow() }
    place(UInt64(first) << 32 | UInt64(second), value)
    count += 1
  }

  private mutating func place(_ key: UInt64, _ value: UInt64) {
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

/// A number for each replica.
struct StateKey: Hashable, Comparable, Sendable {
  var low: UInt64 = 0
  var high: UInt64 = 0

  @inline(__always)
  var place: Int { Int(truncatingIfNeeded: mix(low, high ^ 0x57)) }

  static func < (left: StateKey, right: StateKey) -> Bool {
    left.high == right.high ? left.low < right.low : left.high < right.high
  }
}

/// A set of keys that numbers them in the order of finding, by open addressing.
struct KeyTable: Sendable {
  private(set) var keys: [StateKey] = []
  private var places: [UInt32]

  private static let vacant = UInt32.max

  init() { places = Array(repeating: Self.vacant, count: 1 << 12) }

  var count: Int { keys.count }

  /// Enters a key; nil if it is known.
  @inline(__always)
  mutating func insert(_ key: StateKey) -> Int? {
    let mask = places.count - 1
    var place = key.place & mask
    while places[place] != Self.vacant {
      if keys[Int(places[place])] == key { return nil }
      place = (place + 1) & mask
    }
    places[place] = UInt32(keys.count)
    keys.append(key)
    if keys.count * 2 >= places.count { grow() }
    return keys.count - 1
  }

  private mutating func grow() {
    let size = places.count * 2
    places = []
    places = Array(repeating: Self.vacant, count: size)
    let mask = size - 1
    for (number, key) in keys.enumerated() {
      var place = key.place & mask
      while places[place] != Self.vacant { place = (place + 1) & mask }
      places[place] = UInt32(number)
    }
  }
}
