/// A word that was scheduled for an instant.
///
/// Events are ordered by instant, and those of one instant in the order they were scheduled in.
/// The sequence number sits above the payload, so that the two words compare as one number.
public struct Event: Sendable {
  /// When it happens, in nanoseconds; `UInt64.max`, which no instant reaches, marks ``none``.
  let instant: UInt64
  private let sequenceAndPayload: UInt64

  /// What follows every event: the end of a run of events.
  static let none = Event(instant: .max, sequence: .max, payload: .max)
  /// What no event precedes: the beginning of a run of events.
  static let first = Event(instant: 0, sequence: 0, payload: 0)

  @inline(__always)
  init(instant: UInt64, sequence: UInt32, payload: UInt32) {
    self.instant = instant
    sequenceAndPayload = UInt64(sequence) << 32 | UInt64(payload)
  }

  /// When the event happens.
  @inline(__always)
  public var time: VirtualTime { VirtualTime(nanoseconds: Int64(bitPattern: instant)) }

  /// The word that was scheduled.
  @inline(__always)
  public var payload: UInt32 { UInt32(truncatingIfNeeded: sequenceAndPayload) }

  @inline(__always)
  private var key: UInt128 { UInt128(instant) << 64 | UInt128(sequenceAndPayload) }

  /// Tells whether one event comes before another in the total order.
  @inline(__always)
  static func < (left: Event, right: Event) -> Bool { left.key < right.key }

  /// The same event with another place among those of its instant.
  func renumbered(_ sequence: UInt32) -> Event {
    Event(instant: instant, sequence: sequence, payload: payload)
  }
}
