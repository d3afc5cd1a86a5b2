import ConsensusCore
import DiscreteEvents

/// What a run counts.
struct Meter: ~Copyable {
  private(set) var requests: [RequestRecord] = []
  /// Ordinary heights and all heights first decided at an honest replica.
  private(set) var blocks = 0
  private(set) var rounds = 0
  var tests: [TestResult] = []
  var census: [CensusEntry] = []
  /// The members by the accounts of honest replicas, and who of the replicas is Byzantine.
  var isMember: [Bool]
  /// Views, terms or epochs in which a replica began to lead, and how often another one did than
  /// before; who leads at the start is not counted.
  private(set) var elections = 0
  private(set) var leaderChanges = 0
  private var leader: (view: UInt64, replica: ReplicaID)?
  private var decided: [UInt64] = []

  private struct Counters {
    var sent = 0
    var bytes = 0
    var duplicated = 0
    var delivered = 0
    var dropped: (Int, Int, Int, Int) = (0, 0, 0, 0)
  }
  private let counters: UnsafeMutablePointer<Counters>
  private let kinds: Int

  init(kinds: Int, replicas: Int) {
    self.kinds = max(kinds, 1)
    counters = .allocate(capacity: self.kinds)
    counters.initialize(repeating: Counters(), count: self.kinds)
    isMember = Array(repeating: true, count: replicas)
  }

  deinit { counters.deallocate() }

  @inline(__always)
  mutating func sent(kind: UInt8, bytes: Int, copies: Int) {
    assert(Int(kind) < kinds, "message kind \(kind) has no name")
    counters[Int(kind)].sent &+= copies
    counters[Int(kind)].bytes &+= bytes &* copies
  }

  @inline(__always)
  mutating func delivered(kind: UInt8) { counters[Int(kind)].delivered &+= 1 }

  mutating func duplicated(kind: UInt8) { counters[Int(kind)].duplicated += 1 }

  mutating func dropped(kind: UInt8, because reason: DropReason) {
    switch reason {
    case .loss: counters[Int(kind)].dropped.0 += 1
    case .cut: counters[Int(kind)].dropped.1 += 1
    case .crashed: counters[Int(kind)].dropped.2 += 1
    case .adversary: counters[Int(kind)].dropped.3 += 1
    }
  }

  /// A copy that waited for its receiver is lost because the receiver crashed.
  mutating func lostInCrash(kind: UInt8) {
    counters[Int(kind)].delivered -= 1
    dropped(kind: kind, because: .crashed)
  }

  /// The counts by kind, without what is in flight.
  var messages: [MessageCounts] {
    (0..<kinds).map { kind in
      var counts = MessageCounts()
      counts.sent = counters[kind].sent
      counts.bytes = counters[kind].bytes
      counts.duplicated = counters[kind].duplicated
      counts.delivered = counters[kind].delivered
      let dropped = counters[kind].dropped
      counts.dropped = [dropped.0, dropped.1, dropped.2, dropped.3]
      return counts
    }
  }

  /// Opens the record of a request and answers its index.
  mutating func opened(_ request: Request, test: Int, at now: VirtualTime, previous: Int32) -> Int32
  {
    requests.append(
      RequestRecord(
        client: request.client, timestamp: request.timestamp, test: test, issued: now,
        ended: now, ending: .open, isInWindow: false, isAbandoned: false, result: Digest(0),
        executedResult: Digest(0), executions: 0, previousOfClient: previous))
    return Int32(requests.count - 1)
  }

  /// Closes the record of a request.
  mutating func closed(
    _ record: Int32, as ending: RequestRecord.Ending, result: Digest?, at now: VirtualTime,
    _ harness: Harness
  ) {
    let index = Int(record)
    requests[index].ended = now
    requests[index].ending = ending
    if let result { requests[index].result = result }
    if harness.isAtSeam(now) {
      requests[index].test = harness.test + 1
      requests[index].isInWindow = true
      return
    }
    if requests[index].test == 0 || harness.windowsTouch { requests[index].test = harness.test }
    requests[index].isInWindow = harness.isInWindow(now) && requests[index].test == harness.test
  }

  /// Notes that a request's connection was closed by the next test.
  mutating func abandoned(_ record: Int32, at now: VirtualTime) {
    requests[Int(record)].ended = now
    requests[Int(record)].isAbandoned = true
  }

  /// Notes who leads at the start.
  mutating func begins(under leader: ReplicaID, in view: UInt64) { self.leader = (view, leader) }

  /// Notes that a replica began to lead; each view counts once.
  mutating func led(_ view: UInt64, by replica: ReplicaID) {
    if let leader, view <= leader.view { return }
    elections += 1
    if let leader, leader.replica != replica { leaderChanges += 1 }
    leader = (view, replica)
  }

  /// Notes that a request took effect at an honest replica, or was undone there.
  mutating func executed(
    _ timestamp: UInt64, result: Digest?, lastRecord: Int32, by change: Int32
  ) {
    var record = lastRecord
    while record >= 0, requests[Int(record)].timestamp > timestamp {
      record = requests[Int(record)].previousOfClient
    }
    guard record >= 0, requests[Int(record)].timestamp == timestamp else { return }
    requests[Int(record)].executions += change
    if let result { requests[Int(record)].executedResult = result }
  }

  /// Notes a decision at an honest replica and answers whether it is the first for its height.
  mutating func decided(height: UInt64, isOrdinary: Bool) -> Bool {
    guard let word = Int(exactly: height >> 6), word < 1 << 32 else { return false }
    while decided.count <= word { decided.append(0) }
    let bit: UInt64 = 1 << (height & 63)
    guard decided[word] & bit == 0 else { return false }
    decided[word] |= bit
    rounds += 1
    if isOrdinary { blocks += 1 }
    return true
  }
}
