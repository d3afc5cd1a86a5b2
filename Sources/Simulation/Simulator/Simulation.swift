import ConsensusCore
import DiscreteEvents

/// One run: replicas, clients, network and faults driven by one queue of events, on one core.
///
/// The run is a value that nobody shares: it is created from a configuration, run once, and read.
/// Everything in it is a function of the configuration. Replicas are nodes 0 ..< n, client machines
/// follow. Messages in flight live in an arena, events are an instant and 32 bits, and the state of
/// every node is in plain tables, so that handling an event allocates nothing.
///
///     queue ──> delivery ──> processor (inbox, service time) ──> step ──> effects
///       ^                                                                  │
///       └── network (uplink, law of the link, downlink) <── injector <─────┘
public struct Simulation<R: Forgeable, P: Probe, T: TraceSink>: ~Copyable
where P.Subject == R, T.Subject == R {
  /// The probe, which holds its findings after the run.
  public internal(set) var probe: P
  /// The trace, which holds its events after the run.
  public internal(set) var trace: T
  /// The workload of the run, if it has one, as it is after the run.
  public internal(set) var workload: (any Workload)?

  let configuration: RunConfiguration<R>
  let replicaCount: Int
  let nodeCount: Int
  let timerCount: Int
  let layout: EventLayout
  let keys: Seed
  let verifier: Verifier
  let latencyKey: UInt64
  // What every event needs of the configuration, which is too large to be loaded each time.
  let seed: Seed
  let sizes: MessageSizes
  let costs: WorkCosts
  let jitter: UInt64
  /// The law of the factor of a job's time; nil where ``jitter`` gives it.
  let spread: Distribution?
  let stopsAtViolation: Bool
  let hasFaults: Bool
  let hasWorkload: Bool

  let replicas: UnsafeMutablePointer<R>
  let durables: UnsafeMutablePointer<R.Durable>
  let nodes: UnsafeMutablePointer<NodeState>
  let timers: UnsafeMutablePointer<TimerSlot>

  var queue = EventQueue()
  var arena: MessageArena<R>
  var effects: Effects<R>
  var network: Network
  var repetitions = Repetitions()
  var clients: ClientTable
  var injector: FaultInjector<R>
  var meter: Meter
  var harness: Harness
  var recorder: Recorder
  var parties: PartyTable
  var partyEffects = PartyEffects()

  /// When the last copy arrives of those that are on their way.
  var latestArrival = VirtualTime.zero
  var now = VirtualTime.zero
  var hosts: HostTable
  /// The work for the inputs of a job before the one in hand, in nanoseconds; 0 for a job of one input.
  var jobOffset: Int64 = 0
  var digest = TraceDigest()
  var events: UInt64 = 0
  var stopReason: StopReason?
  var hasBegun = false

  /// Prepares a run; a configuration that contradicts itself is a programmer's mistake.
  public init(_ configuration: RunConfiguration<R>, probe: P, trace: T) {
    configuration.validate()
    self.configuration = configuration
    self.probe = probe
    self.trace = trace
    workload = configuration.workload
    let replicaCount = configuration.replicas
    let nodeCount = configuration.nodes.count
    self.replicaCount = replicaCount
    self.nodeCount = nodeCount
    timerCount = (R.Timer.allCases.map { Int($0.rawValue) }.max() ?? -1) + 1
    layout = EventLayout(nodes: nodeCount)
    keys = configuration.seed.derived(for: 0x4B_4559)
    verifier = Verifier(keys: keys)
    var latencies = configuration.seed.draw(.latency, 0)
    latencyKey = latencies.next()
    seed = configuration.seed
    sizes = configuration.sizes
    costs = configuration.costs
    jitter = configuration.jitter.fixed
    spread = configuration.spread?.law
    stopsAtViolation = !configuration.continuesAfterViolation
    hasFaults = !configuration.faults.isEmpty
    hasWorkload = configuration.workload != nil

    replicas = .allocate(capacity: replicaCount)
    durables = .allocate(capacity: replicaCount)
    durables.initialize(repeating: .formatted, count: replicaCount)
    nodes = .allocate(capacity: nodeCount)
    timers = .allocate(capacity: max(1, replicaCount * timerCount))
    timers.initialize(repeating: TimerSlot(), count: replicaCount * timerCount)

    arena = MessageArena(
      limit: min(layout.indexCapacity, configuration.limits.messagesInFlight))
    effects = Effects(
      replicas: replicaCount, costs: configuration.costs, sizes: configuration.sizes)
    var heals = false
    if case .healing(let plan) = configuration.schedule { heals = plan.settling != nil }
    network = Network(
      configuration.network, groups: configuration.nodes.map(\.group), heals: heals)
    clients = ClientTable(configuration.clients, replicas: replicaCount)
    injector = FaultInjector(
      configuration.faults, replicas: replicaCount, seed: configuration.seed, keys: keys)
    meter = Meter(kinds: R.Message.kindNames.count, replicas: replicaCount)
    harness = Harness(configuration.schedule)
    recorder = Recorder(every: configuration.samplesEvery)
    parties = PartyTable(
      configuration.clients, workload: configuration.workload,
      limit: min(layout.argumentCapacity, configuration.limits.messagesInFlight))
    hosts = HostTable(configuration.hosts)
    for node in 0..<nodeCount {
      let work =
        node < replicaCount ? .zero : configuration.clients[node - replicaCount].work
      (nodes + node).initialize(
        to: NodeState(configuration.nodes[node], replyWork: work))
    }
    for replica in 0..<replicaCount {
      (replicas + replica).initialize(
        to: Self.replica(replica, configuration, keys: keys, incarnation: 0))
    }
  }

  deinit {
    for node in 0..<nodeCount { nodes[node].inbox.free() }
    replicas.deinitialize(count: replicaCount)
    replicas.deallocate()
    durables.deinitialize(count: replicaCount)
    durables.deallocate()
    nodes.deallocate()
    timers.deallocate()
  }

  /// Carries the run out; a second call answers the same outcome.
  public mutating func run() -> Outcome {
    if !hasBegun {
      hasBegun = true
      begin()
      handleEvents()
      judgeHealing()
      if P.isEnabled { probe.finish(at: now) }
      workload?.finish(at: now)
    }
    return outcome()
  }

  /// Handles events to the end, and takes samples between them.
  private mutating func handleEvents() {
    let end = configuration.limits.time + VirtualDuration(nanoseconds: 1)
    while stopReason == nil {
      let limit = min(end, recorder.next)
      handleEvents(before: limit)
      guard stopReason == nil else { return }
      if queue.count == 0 {
        stopReason = .idle
      } else if limit == end {
        stopReason = .timeLimit
      } else {
        takeSample()
      }
    }
  }

  private mutating func handleEvents(before limit: VirtualTime) {
    let eventLimit = configuration.limits.events
    while stopReason == nil {
      guard events < eventLimit else {
        stopReason = .eventLimit
        return
      }
      guard let event = queue.next(before: limit) else { return }
      now = event.time
      events &+= 1
      let payload = event.payload
      let target = layout.target(payload)
      let index = layout.index(payload)
      guard nodes[target].countEvent(at: now) else {
        stopReason = .standstill(node: target)
        return
      }
      switch layout.kind(payload) {
      case .delivery: onDelivery(of: index, to: target)
      case .arrival: onArrival(of: index, at: target)
      case .timer: onTimer(index, of: target)
      case .control: onControl(UInt32(truncatingIfNeeded: index), of: target)
      }
    }
  }

  private mutating func onControl(_ code: UInt32, of target: Int) {
    digest.combine(
      time: now, target: UInt64(truncatingIfNeeded: target),
      content: 0xC0_0000_0000 | UInt64(code))
    let argument = Int(code >> 3)
    switch ControlKind(packed: UInt64(code & 7)) {
    case .wake: onWake(target)
    case .clientAlarm: onClientAlarm(ClientID(argument))
    case .poisson: onPoissonArrival(at: target)
    case .harness: onHarness(HarnessStep(packed: UInt64(argument)))
    case .start:
      enqueue(InboxEntry(.start, value: 0, generation: 0), at: target)
    case .strike: onStrike(of: argument, at: target)
    case .restart: onRestart(of: argument, at: target)
    case .party: onPartyEvent(argument, at: target)
    }
    checkProbe()
  }

  /// Stops the run at the first broken invariant, unless told to go on, and when the trace is full.
  @inline(__always)
  mutating func checkProbe() {
    if T.isEnabled && !trace.wantsMore { stopReason = .traceEnded }
    guard P.isEnabled, stopsAtViolation else { return }
    if !probe.violations.isEmpty { stopReason = .violation }
  }

  @inline(__always)
  mutating func schedule(_ payload: UInt32, at instant: VirtualTime) {
    queue.schedule(payload, at: instant)
  }

  @inline(__always)
  mutating func record(_ kind: TraceEvent<R>.Kind, of node: Endpoint) {
    guard T.isEnabled else { return }
    trace.record(
      TraceEvent(time: now, node: node, kind: kind))
  }

  static func replica(
    _ index: Int, _ configuration: RunConfiguration<R>, keys: Seed, incarnation: UInt64
  ) -> R {
    let id = ReplicaID(index)
    let seed = configuration.seed.derived(for: 0x5EED_0000_0000 + UInt64(index))
    return R(
      id: id, configuration: configuration.protocolConfiguration,
      signer: Signer(endpoint: Endpoint(id), keys: keys), verifier: Verifier(keys: keys),
      seed: incarnation == 0 ? seed : seed.derived(for: incarnation))
  }
}
