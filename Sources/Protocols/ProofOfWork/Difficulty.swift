import DiscreteEvents

/// How hard a block is to mine: the mean number of hashes until one meets the target.
///
/// It stands for the target: a hash meets it with probability 1 / ``hashes``. Six leading zero
/// hexadecimal digits are 2^24 hashes (Paper §IV-D, Model §2.7).
public struct Difficulty: Hashable, Comparable, Sendable {
  /// The mean number of hashes per block, at least 1.
  public let hashes: UInt64

  /// Creates a difficulty of `hashes` per block; 0 counts as 1.
  @inline(__always)
  public init(hashes: UInt64) { self.hashes = max(1, hashes) }

  /// Orders by the number of hashes.
  @inline(__always)
  public static func < (left: Difficulty, right: Difficulty) -> Bool { left.hashes < right.hashes }

  /// The mean time that a miner needs for one block, or nil if it does not mine.
  ///
  /// The span is rounded down to whole nanoseconds and limited to 2^56 ns (2.3 years), so that no
  /// sum with a virtual time overflows.
  ///
  /// - Parameter hashRate: The miner's hashes per second.
  /// - Returns: The mean of the exponential law of the miner's race, or nil.
  public func meanInterval(hashRate: UInt64) -> VirtualDuration? {
    guard hashRate > 0 else { return nil }
    let nanoseconds = UInt128(hashes) * 1_000_000_000 / UInt128(hashRate)
    return VirtualDuration(
      nanoseconds: Int64(truncatingIfNeeded: min(max(nanoseconds, 1), 1 << 56)))
  }
}

/// The work of a whole chain: the sum of its blocks' difficulties, in hashes.
///
/// 128 bits cannot overflow: 2^64 blocks of the greatest difficulty fit.
public struct ChainWork: Hashable, Comparable, Sendable {
  /// The mean number of hashes that mining the chain took.
  public let hashes: UInt128

  /// The work of a chain of only the genesis block.
  public static let zero = ChainWork(hashes: 0)

  /// Creates a work of `hashes`.
  @inline(__always)
  public init(hashes: UInt128) { self.hashes = hashes }

  /// Orders by the number of hashes.
  @inline(__always)
  public static func < (left: ChainWork, right: ChainWork) -> Bool { left.hashes < right.hashes }

  /// The work of a chain extended by one block.
  @inline(__always)
  public static func + (work: ChainWork, difficulty: Difficulty) -> ChainWork {
    ChainWork(hashes: work.hashes + UInt128(difficulty.hashes))
  }
}

/// The rule that adapts the difficulty to the hash power (Bitcoin: every 2016 blocks, 10 minutes).
///
/// Deviation: Bitcoin measures a window of N blocks over N - 1 intervals, an old mistake; here the
/// window spans exactly N intervals, the first from the genesis block.
public struct Retargeting: Hashable, Sendable {
  /// A single adjustment changes the difficulty at most by this factor, up or down.
  public static let clampFactor: Int64 = 4

  /// Blocks between two adjustments, at least 1 (`retarget-interval`).
  public let interval: UInt64
  /// The wanted mean time between blocks, positive (`target-interval`).
  public let targetInterval: VirtualDuration

  /// Creates a rule that adapts every `interval` blocks towards `targetInterval`.
  public init(interval: UInt64, targetInterval: VirtualDuration) {
    precondition(interval > 0, "retarget interval is \(interval) blocks; it must be positive")
    precondition(
      targetInterval > .zero,
      "target interval is \(targetInterval.nanoseconds) ns; it must be positive")
    self.interval = interval
    self.targetInterval = targetInterval
  }

  /// Tells whether the block that follows one at `parentHeight` starts a new window.
  @inline(__always)
  public func adjusts(after parentHeight: UInt64) -> Bool {
    parentHeight > 0 && parentHeight.isMultiple(of: interval)
  }

  /// The difficulty of the next window.
  ///
  /// - Parameters:
  ///   - difficulty: The difficulty of the window that ended.
  ///   - elapsed: The time its blocks took by their timestamps.
  /// - Returns: `difficulty` x wanted time / elapsed time, within a factor of 4 either way.
  public func difficulty(after difficulty: Difficulty, elapsed: VirtualDuration) -> Difficulty {
    let expected = targetInterval * Int64(clamping: interval)
    let lowest = max(1, expected.nanoseconds / Self.clampFactor)
    let highest = (expected * Self.clampFactor).nanoseconds
    let actual = min(max(elapsed.nanoseconds, lowest), highest)
    let hashes =
      UInt128(difficulty.hashes) * UInt128(expected.nanoseconds.magnitude)
      / UInt128(actual.magnitude)
    return Difficulty(hashes: UInt64(clamping: hashes))
  }
}
