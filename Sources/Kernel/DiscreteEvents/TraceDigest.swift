/// A running hash over every event of a run: two runs with equal digests did the same things at
/// the same instants in the same order.
public struct TraceDigest: Hashable, Sendable, CustomStringConvertible {
  /// The digest so far.
  public private(set) var value: UInt64 = 0x1234_5678_9ABC_DEF1

  /// An empty digest.
  public init() {}

  /// A digest that was written down.
  package init(value: UInt64) { self.value = value }

  /// Adds one event: when it happened, to whom, and what it was.
  @inline(__always)
  public mutating func combine(time: VirtualTime, target: UInt64, content: UInt64) {
    value = mix(
      value ^ UInt64(bitPattern: time.nanoseconds), content &+ (target &* 0x9FB2_1C65_1E98_DF25))
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
