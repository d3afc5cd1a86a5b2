import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport

func ms(_ count: Int64) -> VirtualDuration { .milliseconds(count) }
func at(_ milliseconds: Int64) -> VirtualTime { .zero + .milliseconds(milliseconds) }

/// A probe that keeps everything it is told.
struct LogProbe<Subject: Replica>: Probe {
  var violations: [Violation] = []
  var observations: [(time: VirtualTime, replica: ReplicaID, what: Subject.Observation)] = []
  var conditions: [(time: VirtualTime, replica: ReplicaID, condition: NodeCondition)] = []
  var sent = 0
  var issued: [(Request, VirtualTime)] = []
  var accepted: [(Request, VirtualTime)] = []
  var replicas = 0
  var finished: VirtualTime?
  /// The number of observations after which a violation is reported.
  var patience = Int.max

  init(patience: Int = .max) { self.patience = patience }
  mutating func begin(_ setting: ProbeSetting) { replicas = setting.replicas }
  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
    conditions.append((time, replica, condition))
  }
  mutating func observe(
    _ observation: Subject.Observation, by replica: ReplicaID, at time: VirtualTime
  ) {
    observations.append((time, replica, observation))
    guard observations.count == patience else { return }
    violations.append(
      Violation(invariant: "X-1", replica: replica, time: time, detail: "patience is over"))
  }
  mutating func sent(
    _ message: Subject.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) { sent += 1 }
  mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    issued.append((request, time))
  }
  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) { accepted.append((request, time)) }
  mutating func finish(at time: VirtualTime) { finished = time }
}

extension LogProbe where Subject == ScriptedReplica {
  /// When, in nanoseconds, a replica handled a trigger.
  func times(_ trigger: Trigger, at replica: Int) -> [Int64] {
    observations.compactMap { entry in
      guard entry.replica.index == replica, case .input(trigger) = entry.what else { return nil }
      return entry.time.nanoseconds
    }
  }
}

extension LogProbe where Subject == ScriptedReplica {
  /// When, in whole milliseconds, a replica handled a trigger.
  func milliseconds(_ trigger: Trigger, at replica: Int) -> [Int64] {
    times(trigger, at: replica).map { $0 / 1_000_000 }
  }
}

func plain(_ latency: Distribution) -> LinkLaw {
  LinkLaw(latency: latency, loss: 0, duplication: 0, isFIFO: false)
}

func node(
  _ group: Int = 0, speed: Ratio = .one, up: Int64? = nil, down: Int64? = nil
) -> NodeModel {
  NodeModel(
    name: "node", serviceTime: speed, uplinkBitsPerSecond: up, downlinkBitsPerSecond: down,
    group: group)
}

func closed(
  _ connections: Int, dispatch: ClientModel.Dispatch = .multicast, quorum: Int = 1,
  thinkTime: Distribution? = nil, timeout: VirtualDuration? = .seconds(10),
  retransmission: ClientModel.Retransmission? = nil
) -> ClientModel {
  ClientModel(
    load: .closed(connections: connections, thinkTime: thinkTime), dispatch: dispatch,
    replyQuorum: quorum, timeout: timeout, retransmission: retransmission)
}

func rule(
  _ culprits: Culprits, _ behaviour: Behaviour, _ activation: Activation = .always,
  kinds: KindFilter = .all, to recipients: RecipientFilter = .everyone, probability: Double = 1
) -> FaultRule {
  FaultRule(
    culprits: culprits, behaviour: behaviour, activation: activation, kinds: kinds,
    recipients: recipients, probability: probability)
}

/// A quiet run: free CPUs, 1 ms links, no clients, no faults, 10 s.
func configuration<R: Replica>(
  _ type: R.Type, replicas: Int, _ protocolConfiguration: R.Configuration
) -> RunConfiguration<R> {
  RunConfiguration(
    seed: Seed(1), replicas: replicas, protocolConfiguration: protocolConfiguration,
    costs: .free, jitter: .zero,
    sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: (0..<replicas).map { _ in node() },
    network: NetworkModel(uniform: plain(.constant(ms(1)))), clients: [], faults: [],
    schedule: .window(warmup: .zero, duration: .seconds(10)),
    limits: RunLimits(time: at(100_000), events: 10_000_000, messagesInFlight: 1 << 20),
    continuesAfterViolation: false)
}

func script(_ replicas: Int, _ reactions: [Reaction]) -> RunConfiguration<ScriptedReplica> {
  configuration(ScriptedReplica.self, replicas: replicas, reactions)
}

func voting(_ replicas: Int, clients: [ClientModel]) -> RunConfiguration<VotingReplica> {
  var run = configuration(
    VotingReplica.self, replicas: replicas,
    VotingReplica.Configuration(replicas: replicas, timeout: nil))
  run.clients = clients
  run.nodes += clients.map { _ in node() }
  return run
}

/// Runs with a log.
func logged<R: Forgeable>(_ configuration: RunConfiguration<R>) -> (Outcome, LogProbe<R>) {
  var simulation = Simulation(configuration, probe: LogProbe<R>(), trace: NoTrace<R>())
  let outcome = simulation.run()
  return (outcome, simulation.probe)
}

/// Runs without probe or trace.
func outcome<R: Forgeable>(_ configuration: RunConfiguration<R>) -> Outcome {
  var simulation = Simulation(configuration, probe: NoProbe<R>(), trace: NoTrace<R>())
  return simulation.run()
}

extension Outcome {
  /// Whether every copy sent is delivered, dropped or in flight, for every kind (D-3).
  var conservesMessages: Bool {
    messages.allSatisfy {
      $0.sent == $0.delivered + $0.dropped.reduce(0, +) + $0.inFlight && $0.inFlight >= 0
    }
  }
}
