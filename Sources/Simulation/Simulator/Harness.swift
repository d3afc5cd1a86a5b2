import DiscreteEvents

/// Where a run is in its schedule.
struct Harness {
  let schedule: Schedule
  /// Whether a test opens at the instant at which the one before it closes.
  let windowsTouch: Bool
  /// The number of the test that is open or was open last; 0 before the first.
  var test = 0
  /// Tests whose windows have closed.
  var closedTests = 0
  /// The window of that test; requests are issued from `opensAt` on.
  var opensAt = VirtualTime.distantFuture
  var windowStart = VirtualTime.distantFuture
  var windowEnd = VirtualTime.distantFuture
  /// Requests issued in this test, less those declined, and requests accepted in it.
  var issued = 0
  var accepted = 0
  /// The most requests that may be issued in this test and not be declined.
  var quota = Int.max
  /// The replicas' views when the test opened.
  var views: [UInt64] = []

  /// By client, the requests accepted since the faults were over, and how many clients wait.
  var served: [Int] = []
  var unserved = 0
  /// Whether the members left by then could not serve them.
  var isStranded = false
  /// What the demands for progress and rest found.
  var violations: [Violation] = []
  /// The last phase, if it began.
  var settling = Settling()

  init(_ schedule: Schedule) {
    self.schedule = schedule
    windowsTouch = schedule.windowsTouch
  }

  /// Whether clients may issue a request at an instant: never at the window's end.
  @inline(__always)
  func admits(at now: VirtualTime) -> Bool { now >= opensAt && now < windowEnd && issued < quota }

  /// Whether an instant lies in the window.
  @inline(__always)
  func isInWindow(_ now: VirtualTime) -> Bool { now >= windowStart && now < windowEnd }

  /// Whether an instant is the end of a window that the next one touches, before that is open.
  func isAtSeam(_ now: VirtualTime) -> Bool {
    guard windowsTouch, now == windowEnd, case .tests(let plan) = schedule else { return false }
    return test < plan.tests
  }
}
