import DiscreteEvents

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

  /// When the alarm is due; ``VirtualTime/distantFuture`` for never.
  private(set) var deadline: VirtualTime = .distantFuture
  /// The nearest pending event.
  private(set) var nearest: VirtualTime = .distantFuture
  private var farther: VirtualTime = .distantFuture

  /// Moves the deadline and answers whether an event must be scheduled at it.
  @inline(__always)
  mutating func set(_ newDeadline: VirtualTime) -> Bool {
    deadline = newDeadline
    guard newDeadline < nearest else { return false }
    farther = nearest
    nearest = newDeadline
    return true
  }

  /// Takes the deadline away; its event finds nothing to do.
  @inline(__always)
  mutating func cancel() { deadline = .distantFuture }

  /// Handles an event of the queue.
  @inline(__always)
  mutating func fire(at now: VirtualTime) -> Verdict {
    guard now == nearest else { return .stale }
    nearest = farther
    farther = .distantFuture
    if deadline <= now {
      deadline = .distantFuture
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
