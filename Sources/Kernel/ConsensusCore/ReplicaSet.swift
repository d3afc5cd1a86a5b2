import DiscreteEvents

/// A set of replicas as 256 bits: iterated in ascending order, copied without allocation.
///
/// Voting protocols here take at most ``capacity`` replicas; a scenario with more is refused.
public struct ReplicaSet: Hashable, Sendable {
  /// The largest number of replicas a set can hold; identifiers are below it.
  public static let capacity = 256

  @usableFromInline var words: (UInt64, UInt64, UInt64, UInt64)

  /// Creates an empty set.
  @inline(__always)
  public init() { words = (0, 0, 0, 0) }

  /// The replicas 0 ..< `count`.
  public init(firstReplicas count: Int) {
    self.init()
    for index in 0..<count { insert(ReplicaID(index)) }
  }

  /// Creates a set of the given replicas.
  public init(_ replicas: some Sequence<ReplicaID>) {
    self.init()
    for replica in replicas { insert(replica) }
  }

  /// The number of replicas in the set.
  @inline(__always)
  public var count: Int {
    words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount
      + words.3.nonzeroBitCount
  }

  /// Whether no replica is in the set.
  @inline(__always)
  public var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

  /// Tells whether `replica` is in the set.
  @inline(__always)
  public func contains(_ replica: ReplicaID) -> Bool {
    word(at: replica.index >> 6) & bit(replica) != 0
  }

  /// Adds `replica` and returns whether it was absent.
  @inlinable
  @inline(__always)
  @discardableResult
  public mutating func insert(_ replica: ReplicaID) -> Bool {
    let mask = bit(replica)
    switch replica.index >> 6 {
    case 0: return Self.set(mask, in: &words.0)
    case 1: return Self.set(mask, in: &words.1)
    case 2: return Self.set(mask, in: &words.2)
    case 3: return Self.set(mask, in: &words.3)
    default: return false
    }
  }

  /// Removes `replica`, if present.
  public mutating func remove(_ replica: ReplicaID) {
    let mask = ~bit(replica)
    switch replica.index >> 6 {
    case 0: words.0 &= mask
    case 1: words.1 &= mask
    case 2: words.2 &= mask
    case 3: words.3 &= mask
    default: break
    }
  }

  /// The replicas in both sets.
  public func intersection(_ other: ReplicaSet) -> ReplicaSet {
    var result = self
    result.words.0 &= other.words.0
    result.words.1 &= other.words.1
    result.words.2 &= other.words.2
    result.words.3 &= other.words.3
    return result
  }

  /// Calls `body` for every replica of the set in ascending order.
  @inline(__always)
  public func forEach(_ body: (ReplicaID) -> Void) {
    for index in 0..<4 {
      var remaining = word(at: index)
      while remaining != 0 {
        body(ReplicaID(index << 6 + remaining.trailingZeroBitCount))
        remaining &= remaining - 1
      }
    }
  }

  /// The replicas in ascending order.
  public var members: [ReplicaID] {
    var result: [ReplicaID] = []
    forEach { result.append($0) }
    return result
  }

  /// A hash of the set that is the same in every process.
  public var fingerprint: UInt64 {
    mix(mix(words.0, words.1), mix(words.2 ^ 1, words.3))
  }

  /// Two sets are equal when they hold the same replicas.
  public static func == (left: ReplicaSet, right: ReplicaSet) -> Bool { left.words == right.words }

  /// Feeds the members to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }

  @inlinable
  @inline(__always)
  func bit(_ replica: ReplicaID) -> UInt64 {
    1 &<< UInt64(truncatingIfNeeded: replica.index & 63)
  }

  @inlinable
  @inline(__always)
  static func set(_ mask: UInt64, in word: inout UInt64) -> Bool {
    let isNew = word & mask == 0
    word |= mask
    return isNew
  }

  @inline(__always)
  private func word(at index: Int) -> UInt64 {
    switch index {
    case 0: words.0
    case 1: words.1
    case 2: words.2
    case 3: words.3
    default: 0
    }
  }
}

extension ReplicaSet: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    for index in 0..<4 { hasher.add(word(at: index)) }
  }
}
