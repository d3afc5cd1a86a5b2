import DiscreteEvents
import PairingCrypto

/// What one operation of each kind costs, in whole picoseconds.
///
/// Picoseconds, because a byte is hashed or sealed in less than a nanosecond.
public struct OperationCosts: Equatable, Sendable {
  private var picoseconds = InlineArray<17, Int64>(repeating: 0)

  /// The largest cost of one operation: an hour.
  public static let limit: Int64 = 3_600_000_000_000_000

  /// Costs of zero.
  public static let free = OperationCosts()

  /// Creates costs of zero.
  public init() {}

  /// The cost of one operation in picoseconds: 0 to an hour.
  public subscript(operation: CountedOperation) -> Int64 {
    get { picoseconds[operation.rawValue] }
    set {
      precondition(
        (0...Self.limit).contains(newValue), "\(newValue) ps for \(operation.name)")
      picoseconds[operation.rawValue] = newValue
    }
  }

  /// The time of all operations of a tally, one after the other.
  ///
  /// The sum is exact; it is rounded once, to the nearest nanosecond and half a nanosecond up, and
  /// saturates at the longest span. So parts of a tally can come to a nanosecond more or less
  /// than the whole. No count may be negative.
  public func cost(of tally: OperationTally) -> VirtualDuration {
    var sum: Int128 = 0
    for operation in CountedOperation.allCases {
      let count = tally[operation]
      precondition(count >= 0, "\(count) times \(operation.name)")
      sum += Int128(count) * Int128(self[operation])
    }
    return VirtualDuration(nanoseconds: Int64(clamping: (sum + 500) / 1_000))
  }

  /// Whether all costs are the same.
  public static func == (a: Self, b: Self) -> Bool {
    CountedOperation.allCases.allSatisfy { a[$0] == b[$0] }
  }
}
