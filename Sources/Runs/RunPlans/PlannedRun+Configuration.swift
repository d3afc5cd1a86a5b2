import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Simulator

// How a plan becomes what the simulator takes.
extension PlannedRun {
  /// What replicas execute besides counting requests.
  public var application: (any Application)? {
    plan.recordsHistory ? HistoryApplication(parts: 1) : load?.application
  }

  /// What the plan promises the probes about its runs.
  public var assumptions: RunAssumptions {
    RunAssumptions(isCalm: plan.isCalm, endsSettled: plan.endsSettled, clients: clients)
  }

  /// The client machines.
  public var clients: [ClientModel] {
    guard let load else { return plan.clients.map { model(of: $0, load: $0.load) } }
    guard let client = plan.clients.first else { return [] }
    let party = model(of: client, load: .submitted(connections: load.connections))
    return Array(repeating: party, count: load.parties)
  }

  private func model(of client: RunPlan.Client, load: ClientModel.Load) -> ClientModel {
    let traits = subject.traits.clients
    let quorum = Quorum(replicas: plan.replicas)
    let rule = client.replyQuorum ?? traits.replies
    let replies: Int =
      switch rule {
      case .fixed: 1
      case .strong: 2 * quorum.faults + 1
      case .weak: quorum.oneHonest
      }
    // Staying with a member is Raft's alone; other protocols have no such client.
    var dispatch = client.dispatch ?? traits.dispatch
    if case .member = dispatch, traits.dispatch != .leader { dispatch = traits.dispatch }
    var model = ClientModel(
      load: load, dispatch: dispatch, replyQuorum: replies,
      timeout: traits.hasTimeout ? client.timeout : nil,
      retransmission: client.retransmission.map {
        ClientModel.Retransmission(period: $0, target: traits.retransmission)
      })
    model.quorumRule = rule
    model.attack = client.attack
    model.afterDecline = client.afterDecline
    model.work = client.work
    if subject.traits.givesUp(plan) {
      model.afterRejection = client.retryAfter.map { .retry(after: $0) } ?? .decline
    }
    return model
  }

  /// The schedule with the invariants of the protocol.
  public var schedule: Schedule {
    if case .healing(var healing) = plan.schedule {
      healing.invariant = subject.traits.progressInvariant
      healing.settling?.invariant = subject.traits.restInvariant
      return .healing(healing)
    }
    if !subject.traits.handsOver(plan), case .tests(var tests) = plan.schedule,
      case .window(let window, _, let interval) = tests.ending
    {
      // The delay is for other series of the file.
      tests.ending = .window(window, rotationDelay: nil, interval: interval)
      return .tests(tests)
    }
    guard let arrivals = plan.horizonArrivals else { return plan.schedule }
    for case .arrivals(let rounds) in plan.faults.map(\.culprits) {
      return .blocks(arrivals * rounds)
    }
    return plan.schedule
  }

  /// What the simulator takes.
  func configuration<R: Replica>(_ configuration: R.Configuration) -> RunConfiguration<R> {
    var run = RunConfiguration<R>(
      seed: Seed(seed), replicas: plan.replicas, protocolConfiguration: configuration,
      costs: plan.costs, jitter: plan.jitter, sizes: plan.sizes, nodes: plan.nodes,
      network: plan.network, clients: clients,
      faults: plan.faults.map { rule($0, kinds: R.Message.kindNames) }, schedule: schedule,
      limits: RunLimits(
        time: plan.timeLimit, events: min(eventLimit, plan.eventLimit),
        messagesInFlight: 1 << 22),
      continuesAfterViolation: plan.expectations.contains {
        $0.expectation != .holds && $0.invariant != RunPlan.fulfilment
      })
    run.spread = plan.spread
    run.hosts = plan.hosts.map(\.cores)
    run.workload = load?.workload
    run.samplesEvery = plan.recording.every
    return run
  }

  // MARK: Faults

  func rule(_ fault: RunPlan.Fault, kinds: [String]) -> FaultRule {
    FaultRule(
      culprits: fault.isStrategy ? .replicas(culprits(of: fault)) : fault.culprits,
      behaviour: fault.behaviour.act(fault.details), activation: fault.activation,
      kinds: fault.kinds.isEmpty
        ? .all
        : KindFilter(fault.kinds.compactMap { kinds.firstIndex(of: $0).map { UInt8($0) } }),
      recipients: fault.recipients,
      // A strategy is carried out by the replica itself; the rule only says that it is Byzantine.
      probability: fault.isStrategy ? 0 : fault.probability)
  }

  /// Who runs twice, and whom the first copies talk with.
  func twins<R: Replica>(_ configuration: R.Configuration) -> TwinConfiguration<R> {
    var twins = ReplicaSet()
    var left = ReplicaSet()
    for fault in plan.faults where fault.behaviour == .twins {
      for culprit in culprits(of: fault) { twins.insert(culprit) }
      for recipient in fault.recipients.replicas?.members ?? [] { left.insert(recipient) }
    }
    return TwinConfiguration(base: configuration, twins: twins, left: left)
  }

  /// The strategies of all miners, by number.
  var strategies: [MiningStrategy] {
    var strategies = Array(repeating: MiningStrategy.honest, count: plan.replicas)
    for fault in plan.faults {
      guard let strategy = fault.behaviour.strategy(fault.details) else { continue }
      for culprit in culprits(of: fault) { strategies[culprit.index] = strategy }
    }
    return strategies
  }

  /// Who carries out a strategy; drawn culprits are drawn by the seed alone.
  private func culprits(of fault: RunPlan.Fault) -> [ReplicaID] {
    switch fault.culprits {
    case .replicas(let named): return named
    case .arrivals: return []
    case .random(let count):
      let replicas = (0..<plan.replicas).map { index in
        var draw = Seed(seed).draw(.choice, UInt64(index), 0x57_A7)
        return (word: draw.next(), replica: ReplicaID(index))
      }
      return replicas.sorted { ($0.word, $0.replica) < ($1.word, $1.replica) }.prefix(count)
        .map(\.replica)
    }
  }
}

/// A protocol some of whose replicas run twice under one identity.
public enum Twins<Base: SubjectDefinition>: SubjectDefinition {
  /// Those of the protocol.
  public static var traits: SubjectTraits { Base.traits }

  /// The parameters, and who runs twice.
  public static func configuration(of run: PlannedRun) -> TwinConfiguration<Base.Node> {
    run.twins(Base.configuration(of: run))
  }

  /// The judge of the protocol.
  public static func judge(
    _ configuration: TwinConfiguration<Base.Node>, of run: PlannedRun
  ) -> TwinProbe<Base.Judge> { TwinProbe(Base.judge(configuration.base, of: run)) }

  /// Nothing is counted of twins.
  public static func census(of run: PlannedRun) -> NoProbe<TwinReplica<Base.Node>> { NoProbe() }
}
