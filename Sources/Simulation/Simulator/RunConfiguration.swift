import ConsensusCore
import DiscreteEvents

/// The series of tests that a run is made of (Paper §IV-D, Model §2.4).
public struct TestPlan: Hashable, Sendable {
  /// When a test ends.
  public enum Ending: Hashable, Sendable {
    /// After a window; tests open every `interval`, and `rotationDelay` after the window's end the
    /// lead is rotated at replicas whose view has not moved since the test began.
    case window(VirtualDuration, rotationDelay: VirtualDuration?, interval: VirtualDuration)
    /// As soon as the first `count` requests of the test are accepted; no more are issued in it,
    /// and the next test opens `pause` later.
    case firstRequests(count: Int, pause: VirtualDuration)
  }

  /// The number of tests.
  public var tests: Int
  /// When a test ends.
  public var ending: Ending

  /// Creates a plan of at least one test.
  public init(tests: Int, ending: Ending) {
    precondition(tests > 0, "a plan has at least one test")
    if case .window(let window, let delay, let interval) = ending {
      precondition(
        window > .zero && window + (delay ?? .zero) <= interval,
        "the next test opens before this one is over")
    }
    self.tests = tests
    self.ending = ending
  }
}

/// A demand for progress once the faults are over: the second phase of a run.
public struct HealingPlan: Hashable, Sendable {
  /// When the faults are over.
  public var at: VirtualTime
  /// How long after it every honest client must have been served.
  public var within: VirtualDuration
  /// How many requests each of them must have had accepted by then, since ``at``.
  public var requests: Int
  /// The invariant that is broken if they were not.
  public var invariant: InvariantID
  /// The time between two commands to hand the lead on, until the faults are over; nil for none.
  public var rotation: VirtualDuration?
  /// What follows once everybody is served; nil ends the run.
  public var settling: SettlingPlan?

  /// Creates a demand for at least one request.
  public init(
    at: VirtualTime, within: VirtualDuration, requests: Int, invariant: InvariantID,
    rotation: VirtualDuration? = nil, settling: SettlingPlan? = nil
  ) {
    precondition(requests > 0, "a demand for progress asks for at least one request")
    self.at = at
    self.within = within
    self.requests = requests
    self.invariant = invariant
    self.rotation = rotation
    self.settling = settling
  }
}

/// The last phase of a run: nobody lies any more, every node is up and reached, clients stop, the
/// group comes to rest, and one more request shows that it does no more than it has to.
///
/// A node that lied starts again from its disk and follows the protocol from then on. Lying clients
/// stop. Links follow the network's first laws, and neither lose nor duplicate. Until all agree a
/// client asks now and then: who missed the end of everything learns of it by what comes next.
public struct SettlingPlan: Hashable, Sendable {
  /// How long the group may take to come to rest, and again to answer the request.
  public var within: VirtualDuration
  /// The invariant that is broken if it takes longer.
  public var invariant: InvariantID

  /// Creates the plan of a last phase.
  public init(within: VirtualDuration, invariant: InvariantID) {
    self.within = within
    self.invariant = invariant
  }

  /// The time between two looks at the group: what is the same at two in a row is at rest.
  var pause: VirtualDuration {
    VirtualDuration(nanoseconds: max(1_000_000, within.nanoseconds / 128))
  }
}

/// What is measured, and when the run ends.
public enum Schedule: Hashable, Sendable {
  /// A series of tests; the run ends with the last one.
  case tests(TestPlan)
  /// Clients open at 0; what happens in the `duration` after `warmup` is measured.
  case window(warmup: VirtualDuration, duration: VirtualDuration)
  /// Clients open at 0; the run ends when that many ordinary blocks are decided.
  case blocks(Int)
  /// Clients open at 0; the run ends as soon as the demand is met, or when it was not met in time.
  case healing(HealingPlan)
}

extension Schedule {
  /// Whether a test opens at the instant at which the one before it closes.
  var windowsTouch: Bool {
    guard case .tests(let plan) = self, case .window(let window, _, let interval) = plan.ending
    else { return false }
    return window == interval
  }
}

/// What ends a run whatever its schedule says.
public struct RunLimits: Hashable, Sendable {
  /// The last instant at which anything happens.
  public var time: VirtualTime
  /// The largest number of events.
  public var events: UInt64
  /// The largest number of messages in flight at once; also limited by the width of an event.
  public var messagesInFlight: Int

  /// Creates limits.
  public init(time: VirtualTime, events: UInt64, messagesInFlight: Int) {
    self.time = time
    self.events = events
    self.messagesInFlight = messagesInFlight
  }
}

/// Everything a run depends on: equal configurations give equal runs.
public struct RunConfiguration<R: Replica>: Sendable {
  /// The seed of all draws and keys.
  public var seed: Seed
  /// The number of replicas, n.
  public var replicas: Int
  /// The protocol's parameters.
  public var protocolConfiguration: R.Configuration
  /// What work costs on a node with service time 1.
  public var costs: WorkCosts
  /// The largest relative deviation j of a job's duration, drawn uniformly from [1 - j, 1 + j].
  public var jitter: Ratio
  /// The law of a job's duration instead of ``jitter``; nil for none.
  public var spread: ServiceSpread?
  /// The sizes of messages.
  public var sizes: MessageSizes
  /// The machines: n replicas, then one per client machine.
  public var nodes: [NodeModel]
  /// The cores of each host that machines share.
  public var hosts: [Int] = []
  /// The network between them.
  public var network: NetworkModel
  /// The client machines, in the order of their nodes.
  public var clients: [ClientModel]
  /// The fault schedule, at most 64 rules.
  public var faults: [FaultRule]
  /// What is measured, and when the run ends.
  public var schedule: Schedule
  /// What ends the run whatever the schedule says.
  public var limits: RunLimits
  /// Whether the run goes on after a broken invariant.
  public var continuesAfterViolation: Bool
  /// What parties around the replicas do, if there are any; party i is client machine i.
  public var workload: (any Workload)?
  /// The time between two samples of the run; nil for none.
  public var samplesEvery: VirtualDuration?

  /// Creates a configuration.
  public init(
    seed: Seed, replicas: Int, protocolConfiguration: R.Configuration, costs: WorkCosts,
    jitter: Ratio, sizes: MessageSizes, nodes: [NodeModel], network: NetworkModel,
    clients: [ClientModel], faults: [FaultRule], schedule: Schedule, limits: RunLimits,
    continuesAfterViolation: Bool
  ) {
    self.seed = seed
    self.replicas = replicas
    self.protocolConfiguration = protocolConfiguration
    self.costs = costs
    self.jitter = jitter
    self.sizes = sizes
    self.nodes = nodes
    self.network = network
    self.clients = clients
    self.faults = faults
    self.schedule = schedule
    self.limits = limits
    self.continuesAfterViolation = continuesAfterViolation
  }

  func validate() {
    precondition(replicas > 0, "a run has at least one replica")
    precondition(
      nodes.count == replicas + clients.count,
      "\(nodes.count) nodes for \(replicas) replicas and \(clients.count) client machines")
    precondition(jitter.fixed <= Ratio.one.fixed, "jitter is at most 1")
    precondition(
      faults.count <= FaultRule.atMost,
      "\(faults.count) fault rules, at most \(FaultRule.atMost) are possible")
    precondition(
      nodes.allSatisfy { $0.host.map(hosts.indices.contains) ?? true }
        && hosts.allSatisfy { $0 > 0 }, "a machine is on a host that is not there or has no core")
    precondition(nodes.count < 1 << 20, "\(nodes.count) nodes are too many")
    for client in clients {
      if case .member(let member) = client.dispatch {
        precondition(member < replicas, "a client stays with replica \(member), which is not there")
      }
      precondition(
        client.replyQuorum <= replicas
          && (client.replyQuorum == 1 || replicas <= ReplicaSet.capacity),
        "a quorum of \(client.replyQuorum) replies cannot be counted among \(replicas) replicas")
    }
    validateParties()
    let connections = clients.reduce(0) { sum, client in
      switch client.load {
      case .closed(let connections, _), .submitted(let connections): sum + connections
      case .open: sum
      }
    }
    precondition(
      connections <= SimulationCapacity.clients(nodes: nodes.count),
      "\(connections) clients do not fit into the events of \(nodes.count) nodes")
    for case .replicas(let named) in faults.map(\.culprits) {
      precondition(
        named.allSatisfy { $0.index < replicas }, "a fault rule names a replica that is not there")
    }
  }

  private func validateParties() {
    let loads = clients.map(\.load)
    let parties = loads.prefix { $0.isSubmitted }.count
    precondition(
      !loads.dropFirst(parties).contains { $0.isSubmitted },
      "the client machines of parties come first")
    let hasWorkload = workload.map { _ in true } ?? false
    precondition(
      hasWorkload == (parties > 0), "a workload and client machines of parties need each other")
    for case .submitted(let connections) in loads {
      precondition(connections > 0, "a party has at least one connection")
    }
  }
}
