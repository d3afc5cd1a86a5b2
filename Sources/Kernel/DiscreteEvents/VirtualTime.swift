/// An instant of virtual time: whole nanoseconds since the start of a run.
///
/// Virtual time is an integer so that two runs compare equal bit by bit; nothing in a run reads a
/// real clock. The range is 0 to about 292 years.
public struct VirtualTime: Hashable, Comparable, Sendable {
  /// Nanoseconds since the start of the run, never negative.
  public var nanoseconds: Int64

  /// The start of every run.
  public static let zero = VirtualTime(nanoseconds: 0)

  /// An instant that no run reaches, used for "never".
  public static let distantFuture = VirtualTime(nanoseconds: .max)

  /// Creates the instant `nanoseconds` after the start of the run.
  @inline(__always)
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Tells whether one instant comes before another.
  @inline(__always)
  public static func < (left: VirtualTime, right: VirtualTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant `duration` later; saturates at ``distantFuture``.
  @inline(__always)
  public static func + (time: VirtualTime, duration: VirtualDuration) -> VirtualTime {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return VirtualTime(nanoseconds: overflow ? .max : sum)
  }

  /// The span from `right` to `left`, negative when `right` is later.
  @inline(__always)
  public static func - (left: VirtualTime, right: VirtualTime) -> VirtualDuration {
    VirtualDuration(nanoseconds: left.nanoseconds - right.nanoseconds)
  }
}

/// A span of virtual time in whole nanoseconds.
public struct VirtualDuration: Hashable, Comparable, Sendable {
  /// The span in nanoseconds.
  public var nanoseconds: Int64

  /// No time at all.
  public static let zero = VirtualDuration(nanoseconds: 0)

  /// Creates a span of `nanoseconds`.
  @inline(__always)
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// A span of whole microseconds.
  public static func microseconds(_ count: Int64) -> VirtualDuration {
    VirtualDuration(nanoseconds: count * 1_000)
  }

  /// A span of whole milliseconds.
  public static func milliseconds(_ count: Int64) -> VirtualDuration {
    VirtualDuration(nanoseconds: count * 1_000_000)
  }

  /// A span of whole seconds.
  public static func seconds(_ count: Int64) -> VirtualDuration {
    VirtualDuration(nanoseconds: count * 1_000_000_000)
  }

  /// The span in seconds, for statistics and output only: never for protocol state.
  public var inSeconds: Double { Double(nanoseconds) / 1e9 }

  /// The span in milliseconds with their unit: exact, without zeros at the end.
  public var inMilliseconds: String {
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    var digits = "\(1_000_000 + rest)".dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(nanoseconds < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".")\(digits) ms"
  }

  /// Tells whether one span is shorter than another.
  @inline(__always)
  public static func < (left: VirtualDuration, right: VirtualDuration) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The sum of two spans.
  @inline(__always)
  public static func + (left: VirtualDuration, right: VirtualDuration) -> VirtualDuration {
    let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
    return VirtualDuration(nanoseconds: overflow ? (right < .zero ? .min : .max) : sum)
  }

  /// The difference of two spans.
  @inline(__always)
  public static func - (left: VirtualDuration, right: VirtualDuration) -> VirtualDuration {
    VirtualDuration(nanoseconds: left.nanoseconds - right.nanoseconds)
  }

  /// A whole multiple of a span; saturates at the largest span.
  @inline(__always)
  public static func * (span: VirtualDuration, count: Int64) -> VirtualDuration {
    let (product, overflow) = span.nanoseconds.multipliedReportingOverflow(by: count)
    return VirtualDuration(nanoseconds: overflow ? .max : product)
  }
}
