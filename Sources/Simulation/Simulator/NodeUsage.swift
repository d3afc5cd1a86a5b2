import DiscreteEvents

/// How long the processor and the links of a machine were busy since the start of a run.
public struct NodeUsage: Hashable, Sendable {
  /// The time of jobs; a pause is none.
  public var processor: VirtualDuration
  /// The time in which copies left the machine; zero where sending takes no time.
  public var uplink: VirtualDuration
  /// The time in which copies entered the machine; zero where receiving takes no time.
  public var downlink: VirtualDuration

  /// Creates the usage of a machine.
  public init(processor: VirtualDuration, uplink: VirtualDuration, downlink: VirtualDuration) {
    self.processor = processor
    self.uplink = uplink
    self.downlink = downlink
  }
}

/// A link of a machine: when it is free, and how long it had nothing to do until then.
struct LinkState {
  /// When the last copy that took its turn has passed.
  private(set) var freeAt = VirtualTime.zero
  /// The time before ``freeAt`` in which no copy passed.
  private var idleNanoseconds: Int64 = 0

  /// Takes the link for `span`, at `instant` or as soon as it is free.
  @inline(__always)
  mutating func take(for span: VirtualDuration, at instant: VirtualTime) -> VirtualTime {
    let start = max(instant, freeAt)
    idleNanoseconds &+= start.nanoseconds &- freeAt.nanoseconds
    freeAt = start + span
    return freeAt
  }

  /// Gives up what is still to pass.
  mutating func clear(at now: VirtualTime) { freeAt = min(freeAt, now) }

  /// The time before `instant` in which copies passed.
  ///
  /// Exact, but for copies of a job in progress: what the link waits between them counts as waited
  /// before `instant`.
  func busy(until instant: VirtualTime) -> VirtualDuration {
    VirtualDuration(
      nanoseconds: max(0, min(instant, freeAt).nanoseconds &- idleNanoseconds))
  }
}

extension NodeState {
  /// Lets the processor rest for `span` once its job is done.
  mutating func pause(for span: VirtualDuration, at now: VirtualTime) {
    if busyUntil != restsUntil || busyUntil <= now { restsFrom = max(busyUntil, now) }
    busyUntil = max(busyUntil, now) + span
    restsUntil = busyUntil
  }

  /// What the machine did before `instant`, which is not before its last event.
  func usage(until instant: VirtualTime) -> NodeUsage {
    let jobEnd = busyUntil == restsUntil ? restsFrom : busyUntil
    let ahead = max(0, jobEnd.nanoseconds &- instant.nanoseconds)
    return NodeUsage(
      processor: VirtualDuration(nanoseconds: max(0, jobNanoseconds &- ahead)),
      uplink: uplink.busy(until: instant), downlink: downlink.busy(until: instant))
  }
}
