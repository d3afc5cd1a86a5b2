/// A deadline that moves often and is kept by few queue events.
///
/// Moving a deadline later does nothing to the queue: the pending event fires early and is set
/// anew. Two events at most are remembered, the nearest and one after it, so that a timer that
/// alternates between short and long spans reuses the event of the long one.
struct Alarm {
  /// What an event of the queue means when it fires.
  enum Verdict {
    /// Nothing.
    case stale
    /// The deadline moved: schedule an event at ``nearest``.
    case rearm
    /// The deadline has come.
    case due
  }

  /// When the alarm is due; the largest number for never.
  private(set) var deadline: Int64 = .max
  /// The nearest pending event.
  private(set) var nearest: Int64 = .max
  private var farther: Int64 = .max

  /// Moves the deadline and answers whether an event must be scheduled at it.
  @inline(__always)
  mutating func set(_ newDeadline: Int64) -> Bool {
    deadline = newDeadline
    guard newDeadline < nearest else { return false }
    farther = nearest
    nearest = newDeadline
    return true
  }

  /// Takes the deadline away; its event finds nothing to do.
  @inline(__always)
  mutating func cancel() { deadline = .max }

  /// Handles an event of the queue.
  @inline(__always)
  mutating func fire(at now: Int64) -> Verdict {
    guard now == nearest else { return .stale }
    nearest = farther
    farther = .max
    if deadline <= now {
      deadline = .max
      return .due
    }
    guard deadline < nearest else { return .stale }
    farther = nearest
    nearest = deadline
    return .rearm
  }
}

/// A timer of a replica.
struct TimerSlot {
  var alarm = Alarm()
  /// Grows when the timer is set or stopped, so that an expiry that waits for the processor can be
  /// recognised as taken back.
  var generation: UInt32 = 0
}
