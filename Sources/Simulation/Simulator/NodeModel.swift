import ConsensusCore
import DiscreteEvents

/// A machine of the network: replicas are nodes 0 ..< n, client machines follow from n on.
public struct NodeID: Indexed {
  /// The number as an array index.
  public let index: Int

  /// Creates the identifier of node `index`, which is not negative.
  @inline(__always)
  public init(_ index: Int) { self.index = index }
}

/// A non-negative ratio as 32.32 fixed point, so that scaling is exact integer arithmetic.
public struct Ratio: Hashable, Sendable {
  /// The ratio times 2^32.
  public let fixed: UInt64

  /// The ratio 1.
  public static let one = Ratio(fixed: 1 << 32)
  /// The ratio 0.
  public static let zero = Ratio(fixed: 0)

  /// The ratio nearest to `numerator / denominator`; 0 <= numerator < 2^31, denominator > 0.
  public init(_ numerator: Int, over denominator: Int) {
    precondition(
      numerator >= 0 && numerator < 1 << 31 && denominator > 0,
      "a ratio cannot be \(numerator) / \(denominator)")
    fixed = ((UInt64(numerator) << 32) + UInt64(denominator) / 2) / UInt64(denominator)
  }

  /// Wraps a ratio times 2^32.
  @inline(__always)
  init(fixed: UInt64) { self.fixed = fixed }

  /// `value` times the ratio, rounded to the nearest integer; `value` is not negative.
  @inline(__always)
  func scaling(_ value: Int64) -> Int64 {
    let product = UInt64(bitPattern: value).multipliedFullWidth(by: fixed)
    let (low, carry) = product.low.addingReportingOverflow(1 << 31)
    let high = product.high &+ (carry ? 1 : 0)
    // Nothing takes 73 years or longer: what does, never ends.
    guard high < 1 << 29 else { return 1 << 61 }
    return Int64(bitPattern: high << 32 | low >> 32)
  }

  /// `span` times the ratio; exact where the ratio is 1.
  @inline(__always)
  func scaling(_ span: VirtualDuration) -> VirtualDuration {
    VirtualDuration(nanoseconds: scaling(span.nanoseconds))
  }

  /// The product of two ratios, rounded to the nearest.
  @inline(__always)
  static func * (left: Ratio, right: Ratio) -> Ratio {
    Ratio(fixed: UInt64(bitPattern: left.scaling(Int64(bitPattern: right.fixed))))
  }
}

/// The capacities of one machine.
public struct NodeModel: Hashable, Sendable {
  /// The name in tables and traces.
  public var name: String
  /// What service times are multiplied by: 1 for the reference machine, below 1 for a faster one.
  public var serviceTime: Ratio
  /// How fast the machine's clock falls behind: a timer set for one second rings after this many.
  ///
  /// Timers alone follow it, since replicas read no clock.
  public var timerScale = Ratio.one
  /// Whether a job takes all inputs that wait when it begins, and not one.
  public var drains = false
  /// The place among ``RunConfiguration/hosts`` of the host whose cores it shares; nil for a core of its own.
  public var host: Int?
  /// The rate at which the machine sends, or nil when sending takes no time on the wire.
  public var uplinkBitsPerSecond: Int64?
  /// The rate at which the machine receives, or nil when receiving takes no time on the wire.
  public var downlinkBitsPerSecond: Int64?
  /// The index of the group, such as a site, that decides the laws of this machine's links.
  public var group: Int

  /// Creates the model of a machine; rates are positive.
  public init(
    name: String, serviceTime: Ratio, uplinkBitsPerSecond: Int64?, downlinkBitsPerSecond: Int64?,
    group: Int
  ) {
    precondition(
      uplinkBitsPerSecond ?? 1 > 0 && downlinkBitsPerSecond ?? 1 > 0,
      "node \(name) needs positive rates or none")
    self.name = name
    self.serviceTime = serviceTime
    self.uplinkBitsPerSecond = uplinkBitsPerSecond
    self.downlinkBitsPerSecond = downlinkBitsPerSecond
    self.group = group
  }
}

/// The time a message of `bytes` occupies a link, rounded up; no time for rate 0.
@inline(__always)
func transmissionTime(bytes: Int, bitsPerSecond rate: Int64) -> VirtualDuration {
  guard rate > 0 else { return .zero }
  let bits = UInt64(truncatingIfNeeded: bytes) &* 8
  let product = bits.multipliedFullWidth(by: 1_000_000_000)
  let divisor = UInt64(bitPattern: rate)
  guard product.high < divisor else { return VirtualDuration(nanoseconds: .max / 4) }
  let (quotient, remainder) = divisor.dividingFullWidth(product)
  // A larger quotient would read as a negative time.
  guard quotient < 1 << 61 else { return VirtualDuration(nanoseconds: .max / 4) }
  return VirtualDuration(nanoseconds: Int64(bitPattern: quotient &+ (remainder == 0 ? 0 : 1)))
}

extension VirtualTime {
  /// The instant so many nanoseconds of work later; without a check, since work is below 2^62.
  @inline(__always)
  func after(work nanoseconds: Int64) -> VirtualTime {
    VirtualTime(nanoseconds: self.nanoseconds &+ nanoseconds)
  }
}
