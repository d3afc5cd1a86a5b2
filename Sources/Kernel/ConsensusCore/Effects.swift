import DiscreteEvents

/// Whom a message is for.
public enum Recipients: Sendable {
  /// Every replica but the sender, in ascending order.
  case others
  /// Exactly the replicas of the set, in ascending order; a sender leaves itself out.
  case members(ReplicaSet)
  /// One replica or client.
  case one(Endpoint)
}

/// Everything a replica wants done in answer to one input; one per simulation, cleared and reused.
///
/// Order matters and is kept: work charged before a send delays that send, and a record persisted
/// before a send is durable before the message leaves.
///
/// A job may ask for ``limit`` sends, as many records, timers and observations. A job that asks for
/// more is broken: what comes after is dropped, and the simulation ends the run and names the node
/// (``isRunaway``). A step that never ends cannot be ended from outside. If it goes on asking, it
/// traps at ``patience`` dropped effects, with the number of the replica. If it asks for nothing, the
/// program hangs.
public struct Effects<R: Replica>: ~Copyable {
  /// A message to be sent once `workBefore` of this job is done.
  public struct Send {
    /// The message.
    public var message: R.Message
    /// Whom it is for.
    public var recipients: Recipients
    /// The work of this job, in nanoseconds at speed 1, that comes before the first copy leaves,
    /// without the cost of sending that copy.
    public var workBefore: Int64
  }

  /// A timer to be started or stopped at the end of the job.
  public struct TimerChange: Sendable {
    /// The timer.
    public var timer: R.Timer
    /// How long it runs, or nil to stop it.
    public var duration: VirtualDuration?
    /// Whether it counts ticks of ``Effects/clock``, as many as the duration has periods, and does not
    /// run from the end of the job.
    public var countsTicks = false
  }

  /// The most effects of one kind that a job may ask for; no honest step comes near.
  public static var limit: Int { 1 << 20 }
  /// The most effects of a job that are dropped beyond the limit.
  public static var patience: Int { 1 << 24 }

  private var pendingSends = EffectList<Send>(limit: limit)
  private var pendingTimers = EffectList<TimerChange>(limit: limit)
  private var pendingRecords = EffectList<R.Durable.Record>(limit: limit)
  private var pendingObservations = EffectList<R.Observation>(limit: limit)

  /// The clock of the replica that asked last for a timer by a clock.
  public private(set) var clock: TickClock?

  /// What to send, in order; an array made for the caller, without what was taken.
  public var sends: [Send] { pendingSends.elements }
  /// What to do with timers, in order; likewise.
  public var timers: [TimerChange] { pendingTimers.elements }
  /// What to make durable, in order; likewise.
  public var records: [R.Durable.Record] { pendingRecords.elements }
  /// What happened inside, in order; likewise.
  public var observations: [R.Observation] { pendingObservations.elements }
  /// Whether something waits to be sent.
  @inline(__always)
  public var hasSends: Bool { !pendingSends.isEmpty }
  /// The work of the job so far, in nanoseconds at speed 1.
  public private(set) var work: Int64 = 0

  /// Whether the job asked for nothing besides work.
  public private(set) var isEmpty = true

  /// Whether the job asked for more than ``limit`` allows.
  public var isRunaway: Bool { dropped > 0 }
  /// Effects of this job beyond the limit.
  private var dropped = 0

  /// Whether the power failed in this job, at a write; nothing after that write happens.
  public private(set) var isTorn = false
  /// How many writes of the node are made before its power fails, if it does.
  private var writesLeft = Int.max
  /// Observations before the last write or send.
  private var tracedObservations = 0

  /// Whether the job has further inputs, and ``Replica/concludeJob(at:into:)`` after them.
  public private(set) var moreFollows = false
  /// The kinds of work whose fixed part the job has not paid, a bit each; none where no kind has one.
  private var payable: UInt32
  /// The kinds that have a fixed part.
  private let fixedKinds: UInt32
  /// Whether the power may fail in this job, or the job has paid a fixed part.
  private var isUnusual = false

  private let replicas: Int
  private let costs: WorkCosts
  private let sizes: MessageSizes
  private var actor: ReplicaID?

  /// Creates an empty set of effects for runs of `replicas` replicas priced by `costs`.
  ///
  /// Messages have the sizes that `sizes` gives; they matter where a byte has a price.
  public init(replicas: Int, costs: WorkCosts, sizes: MessageSizes = .none) {
    self.replicas = replicas
    self.costs = costs
    self.sizes = sizes
    fixedKinds = Work.allCases.reduce(0) { kinds, work in
      costs[termsOf: work].fixed == 0 ? kinds : kinds | Self.bit(of: work)
    }
    payable = fixedKinds
  }

  @inline(__always)
  private static func bit(of work: Work) -> UInt32 { 1 << UInt32(work.rawValue) }

  /// Says whose job begins, so that a sender that is among its own recipients pays nothing for it.
  @inline(__always)
  public mutating func begin(for replica: ReplicaID) { actor = replica }

  /// Lets the power of the node fail at a write of this job, once so many succeeded.
  ///
  /// A write is all or nothing, writes reach the disk in order, and a send that follows a write in
  /// the job leaves only after it: that is all a replica may rely on. What comes before the write
  /// that fails has happened, messages included; the failed write and everything after it has not.
  public mutating func failPower(afterWrites count: Int) {
    writesLeft = count
    isUnusual = true
    tracedObservations = 0
  }

  /// The writes that are left before the power fails, after a job in which it did not.
  public var writesBeforeFailure: Int { writesLeft }

  /// Begins a job of several inputs; fixed parts are paid once in it.
  public mutating func beginInputs() { moreFollows = true }

  /// The last input of the job was handled; what follows concludes it.
  public mutating func endInputs() { moreFollows = false }

  /// Sends a message; each copy leaves when its own sending has been paid for.
  @inline(__always)
  public mutating func send(_ message: __owned R.Message, to recipients: Recipients) {
    if isTorn { return }
    isEmpty = false
    if writesLeft != .max { tracedObservations = pendingObservations.count }
    if !costs.isPlain { return sendPriced(message, to: recipients) }
    if !pendingSends.append(Send(message: message, recipients: recipients, workBefore: work)) {
      return drop()
    }
    let (kind, copies) = cost(of: recipients)
    work &+= costs[kind] &* copies
  }

  /// Sends a message whose copies cost what they carry, after the fixed part of sending.
  @inline(never)
  private mutating func sendPriced(_ message: R.Message, to recipients: Recipients) {
    let (kind, copies) = cost(of: recipients)
    if copies > 0, payable & Self.bit(of: kind) != 0 { payFixed(kind) }
    let before = work
    work &+= costs.copy(kind, of: message, sizes) &* copies
    if !pendingSends.append(Send(message: message, recipients: recipients, workBefore: before)) {
      drop()
    }
  }

  /// Ends what was unusual of a job; further inputs of it keep what it has paid.
  @inline(never)
  private mutating func becomeUsual() {
    writesLeft = .max
    isTorn = false
    guard !moreFollows else { return }
    payable = fixedKinds
    isUnusual = false
  }

  /// What sending to `recipients` is, and to how many.
  @inline(__always)
  private func cost(of recipients: Recipients) -> (kind: Work, copies: Int64) {
    switch recipients {
    case .others: return (.send, Int64(truncatingIfNeeded: replicas - 1))
    case .members(let members):
      let copies = members.count &- (actor.map(members.contains) ?? false ? 1 : 0)
      return (.send, Int64(truncatingIfNeeded: copies))
    case .one(let endpoint): return (endpoint.rawValue >= 0 ? .send : .reply, 1)
    }
  }

  /// Starts `timer`, or restarts it if it runs, to fire `duration` after the end of this job.
  @inline(__always)
  public mutating func setTimer(_ timer: R.Timer, after duration: VirtualDuration) {
    if isTorn { return }
    isEmpty = false
    if !pendingTimers.append(TimerChange(timer: timer, duration: duration)) { drop() }
  }

  /// Starts `timer`, or restarts it if it runs, by a clock if there is one.
  ///
  /// With a clock the timer rings at a tick: the ticks after the beginning of the job count, and one
  /// that the job outlasts makes the timer ring at its end. Without one see ``setTimer(_:after:)``.
  ///
  /// - Precondition: With a clock the duration is a whole number of its periods, at least one.
  @inline(__always)
  public mutating func setTimer(
    _ timer: R.Timer, after duration: VirtualDuration, of clock: TickClock?
  ) {
    if isTorn { return }
    isEmpty = false
    var change = TimerChange(timer: timer, duration: duration)
    if let clock {
      self.clock = clock
      change.countsTicks = true
    }
    if !pendingTimers.append(change) { drop() }
  }

  /// Stops `timer`; nothing happens if it does not run.
  @inline(__always)
  public mutating func cancelTimer(_ timer: R.Timer) {
    if isTorn { return }
    isEmpty = false
    if !pendingTimers.append(TimerChange(timer: timer, duration: nil)) { drop() }
  }

  /// Charges `count` units of work: what is done, never how long it takes.
  @inline(__always)
  public mutating func charge(_ kind: Work, count: Int = 1) {
    work &+= costs[kind] &* Int64(truncatingIfNeeded: count)
    if payable & Self.bit(of: kind) != 0 && count > 0 { payFixed(kind) }
  }

  /// Charges the receipt of a message.
  @inline(__always)
  public mutating func chargeReceipt(of message: borrowing R.Message) {
    if costs.isPlain {
      work &+= costs[.receive]
    } else {
      if payable & Self.bit(of: .receive) != 0 { payFixed(.receive) }
      work &+= costs.copy(.receive, of: copy message, sizes)
    }
  }

  /// Charges what a job pays once for a kind of work.
  @inline(never)
  private mutating func payFixed(_ kind: Work) {
    payable &= ~Self.bit(of: kind)
    isUnusual = true
    work &+= costs[termsOf: kind].fixed
  }

  /// Charges work that the application prices itself, in nanoseconds at speed 1, not negative.
  @inline(__always)
  public mutating func charge(nanoseconds: Int64) {
    assert(nanoseconds >= 0, "work of \(nanoseconds) ns")
    work &+= nanoseconds
  }

  /// Makes `record` durable before any later send of this job leaves.
  @inline(__always)
  public mutating func persist(_ record: __owned R.Durable.Record) {
    if writesLeft != .max && !spendWrite() { return }
    charge(.persist)
    isEmpty = false
    if !pendingRecords.append(record) { drop() }
  }

  /// Tells probes about an inner step.
  @inline(__always)
  public mutating func observe(_ observation: R.Observation) {
    if isTorn { return }
    isEmpty = false
    if !pendingObservations.append(observation) { drop() }
  }

  /// Counts an effect that the job may not ask for any more.
  @inline(never)
  private mutating func drop() {
    dropped += 1
    precondition(
      dropped < Self.patience,
      "a step of replica \(actor?.index ?? -1) asks for more and more and does not end")
  }

  /// Counts a write of a node whose power is about to fail; answers whether it succeeds.
  @inline(never)
  private mutating func spendWrite() -> Bool {
    if isTorn { return false }
    if writesLeft > 0 {
      writesLeft -= 1
      tracedObservations = pendingObservations.count
      return true
    }
    isTorn = true
    pendingObservations.remove(behind: tracedObservations) { $0.awaitsWrite }
    return false
  }

  /// Forgets everything, for the next job.
  @inline(__always)
  public mutating func clear() {
    work = 0
    if isUnusual { becomeUsual() }
    guard !isEmpty else { return }
    isEmpty = true
    dropped = 0
    pendingSends.clear()
    pendingTimers.clear()
    pendingRecords.clear()
    pendingObservations.clear()
  }

  /// Takes the next send, or answers nil when all were taken.
  @inline(__always)
  public mutating func takeSend() -> Send? { pendingSends.takeFirst() }

  /// Takes the next change of a timer, or answers nil when all were taken.
  @inline(__always)
  public mutating func takeTimer() -> TimerChange? { pendingTimers.takeFirst() }

  /// Takes the next record, or answers nil when all were taken.
  @inline(__always)
  public mutating func takeRecord() -> R.Durable.Record? { pendingRecords.takeFirst() }

  /// Takes the next observation, or answers nil when all were taken.
  @inline(__always)
  public mutating func takeObservation() -> R.Observation? { pendingObservations.takeFirst() }
}
