import DiscreteEvents

/// A clock that shows whole ticks: a timer that counts them rings at a tick.
///
/// The clock ticks at `phase`, `phase + period`, `phase + 2 period` and so on since the start of the
/// run, also while its machine is down.
public struct TickClock: Hashable, Sendable {
  /// The time between two ticks, at least 1 ns.
  public let period: VirtualDuration
  /// The instant of the first tick, from 0 up to, and without, the period.
  public let phase: VirtualDuration

  /// Creates a clock.
  public init(period: VirtualDuration, phase: VirtualDuration) {
    precondition(
      period > .zero && phase >= .zero && phase < period,
      "a clock cannot tick every \(period.nanoseconds) ns from \(phase.nanoseconds) ns on")
    self.period = period
    self.phase = phase
  }

  /// The number of ticks after one instant, up to and with another that is not earlier.
  public func ticks(after start: VirtualTime, through end: VirtualTime) -> Int64 {
    ticks(through: end) - ticks(through: start)
  }

  /// The instant of the tick that comes as number `count`, from 1, after an instant.
  public func tick(_ count: Int64, after start: VirtualTime) -> VirtualTime {
    let before = ticks(through: start) - 1
    return .zero + phase + period * (before + count)
  }

  private func ticks(through instant: VirtualTime) -> Int64 {
    let since = instant.nanoseconds - phase.nanoseconds
    return since < 0 ? 0 : since / period.nanoseconds + 1
  }
}
