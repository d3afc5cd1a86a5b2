/// A load in the shape of PBFT without the protocol: what the bare engine can do.
///
/// Each of n nodes goes through phases. A node enters a phase by sending a message of that phase
/// to each of the others, every message with a delay of its own, and enters the next phase when
/// a quorum of the messages of its phase has arrived. What remains is the queue, the draws and the
/// digest.
public enum EngineBenchmark {
  /// Delivers `messages` messages among `nodes` nodes, 4 to 1024, with delays drawn from `law`.
  public static func run(nodes: Int, messages: Int, law: Distribution) -> (
    events: Int, digest: TraceDigest
  ) {
    var queue = EventQueue()
    var load = PhaseLoad(nodes: nodes, law: law)
    load.begin { payload, time in queue.schedule(payload, at: time) }
    while load.delivered < messages, let event = queue.next() {
      load.deliver(event) { payload, time in queue.schedule(payload, at: time) }
    }
    return (load.delivered, load.digest)
  }

  /// The same load on the heap: the digest must be the same.
  public static func runOnHeap(nodes: Int, messages: Int, law: Distribution) -> (
    events: Int, digest: TraceDigest
  ) {
    var queue = HeapQueue()
    var load = PhaseLoad(nodes: nodes, law: law)
    load.begin { payload, time in queue.schedule(payload, at: time) }
    while load.delivered < messages, let event = queue.next() {
      load.deliver(event) { payload, time in queue.schedule(payload, at: time) }
    }
    return (load.delivered, load.digest)
  }
}

/// The nodes of the benchmark and what they have received.
private struct PhaseLoad: ~Copyable {
  private static let phasesAhead = 64
  private static let targetBits: UInt32 = 10

  private let nodes: Int
  private let quorum: UInt32
  private let law: Distribution
  private let seed = Seed(1)
  private let phases: UnsafeMutablePointer<UInt32>
  /// Arrivals by node and phase, of the phases a node may still see.
  private let arrivals: UnsafeMutablePointer<UInt32>
  private(set) var delivered = 0
  private(set) var digest = TraceDigest()

  init(nodes: Int, law: Distribution) {
    precondition((4...1_024).contains(nodes), "\(nodes) nodes instead of 4 to 1024")
    self.nodes = nodes
    self.law = law
    quorum = UInt32(nodes - 1 - (nodes - 1) / 3)
    phases = .allocate(capacity: nodes)
    phases.initialize(repeating: 0, count: nodes)
    arrivals = .allocate(capacity: nodes * Self.phasesAhead)
    arrivals.initialize(repeating: 0, count: nodes * Self.phasesAhead)
  }

  deinit {
    phases.deallocate()
    arrivals.deallocate()
  }

  @inline(__always)
  mutating func begin(_ schedule: (UInt32, VirtualTime) -> Void) {
    for node in 0..<nodes { broadcast(from: node, at: .zero, schedule) }
  }

  @inline(__always)
  mutating func deliver(_ event: Event, _ schedule: (UInt32, VirtualTime) -> Void) {
    let node = Int(event.payload & (1 << Self.targetBits - 1))
    let phase = event.payload >> Self.targetBits
    digest.combine(time: event.time, target: UInt64(node), content: UInt64(phase))
    delivered &+= 1
    // A message of a phase that is over counts nothing; a branch here would be a coin toss.
    let counts: UInt32 = phase &- phases[node] < UInt32(Self.phasesAhead) ? 1 : 0
    let row = arrivals + node &* Self.phasesAhead
    row[Int(phase) % Self.phasesAhead] &+= counts
    while row[Int(phases[node]) % Self.phasesAhead] >= quorum {
      row[Int(phases[node]) % Self.phasesAhead] = 0
      phases[node] &+= 1
      broadcast(from: node, at: event.time, schedule)
    }
  }

  @inline(__always)
  private func broadcast(
    from node: Int, at now: VirtualTime, _ schedule: (UInt32, VirtualTime) -> Void
  ) {
    let phase = phases[node]
    let origin = UInt64(phase) << 32 | UInt64(node)
    for step in 1..<nodes {
      let sum = node &+ step
      let target = sum < nodes ? sum : sum &- nodes
      var draw = seed.draw(.latency, origin, UInt64(target))
      let payload = phase &<< Self.targetBits | UInt32(truncatingIfNeeded: target)
      schedule(payload, now + law.sample(&draw))
    }
  }
}
