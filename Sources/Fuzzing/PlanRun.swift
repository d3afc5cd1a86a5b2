import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator

/// What one run of a plan yielded.
public struct PlanResult: Sendable {
  /// The digest over every event.
  public var digest: TraceDigest
  /// Events handled.
  public var events: UInt64
  /// Why it ended.
  public var stopReason: StopReason
  /// When it ended.
  public var end: VirtualTime
  /// Broken invariants, in order; a run that did not come to an end is one too.
  public var violations: [Violation]
  /// What was reached.
  public var coverage: Coverage
  /// Invariants that broke and are counted only: what literal marking does not promise (Model §4.4).
  public var counted: [Violation]
  /// When honest members were removed, so that more liars are left than the membership tolerates;
  /// what breaks from then on is no violation.
  public var leftBound: VirtualTime?
  /// Whether the group came to rest in the end; nil where the plan does not ask for it.
  public var isSettled: Bool?

  /// Whether honest members were removed, so that those left could make no progress until everybody
  /// was back; progress before is not demanded.
  public var isStranded: Bool

  /// Whether all invariants were judged to the end of the plan.
  public var isJudged: Bool {
    leftBound == nil && !isStranded && stopReason == .scheduleEnded && isSettled != false
  }
}

// How a plan becomes a simulation: the same one that its scenario describes.
extension Plan {
  /// The most events of a run of up to seven replicas; more are a livelock.
  static let smallEventLimit: UInt64 = 400_000

  /// The most events of a run; in larger groups it grows with the messages of a round, n² of them.
  var eventLimit: UInt64 {
    replicas <= 7
      ? Self.smallEventLimit : Self.smallEventLimit * UInt64(replicas * replicas) / 16
  }

  /// Carries the plan out with every invariant on.
  public func run() -> PlanResult {
    let assumptions = RunAssumptions(isCalm: false, endsSettled: false, clients: clientModels)
    switch subject {
    case .pbft:
      let configuration = pbft(NoOversight.self, options: .init())
      let probe = ClassicPBFTInvariants(configuration, assumptions: assumptions)
      return hasTwins
        ? runTwins(configuration, probe) : run(ClassicPBFT.self, configuration, probe)
    case .scPBFT:
      let configuration = pbft(NodeStateOversight.self, options: oversight)
      let probe = CheckedPBFTInvariants(configuration, assumptions: assumptions)
      return hasTwins
        ? runTwins(configuration, probe) : run(CheckedPBFT.self, configuration, probe)
    case .raft:
      return run(
        RaftReplica.self, raft, RaftInvariants<RaftReplica>(raft, assumptions: assumptions))
    case .pow:
      let configuration = mining
      let probe = ChainInvariants<StrategicMiner>(
        configuration.network,
        demands: chainDemands,
        assumptions: assumptions,
        deviating: configuration.strategies.indices
          .filter { configuration.strategies[$0] != .honest }.map { ReplicaID($0) })
      return run(StrategicMiner.self, configuration, probe)
    }
  }

  private func runTwins<Oversight: PrimaryOversight, P: Probe>(
    _ configuration: PBFTConfiguration<Oversight>, _ probe: P
  ) -> PlanResult where P.Subject == PBFTReplica<Oversight> {
    var twins = ReplicaSet()
    var left = ReplicaSet()
    for fault in faults where fault.strategy == .twins {
      for culprit in fault.culprits { twins.insert(culprit) }
      for recipient in fault.rule.recipients.replicas?.members ?? [] { left.insert(recipient) }
    }
    return run(
      TwinReplica<PBFTReplica<Oversight>>.self,
      TwinConfiguration(base: configuration, twins: twins, left: left), TwinProbe(probe))
  }

  /// Carries the plan out on replicas of any kind, such as one that is broken on purpose.
  public func run<R: Forgeable, P: Probe>(
    _ type: R.Type, _ configuration: R.Configuration, _ probe: P
  ) -> PlanResult where P.Subject == R, R.Observation: MarkedObservation {
    run(runConfiguration(configuration) as RunConfiguration<R>, probe)
  }

  func run<R: Forgeable, P: Probe>(
    _ configuration: RunConfiguration<R>, _ probe: P
  ) -> PlanResult where P.Subject == R, R.Observation: MarkedObservation {
    var simulation = Simulation(
      configuration,
      probe: CoverageProbe(probe, replicas: replicas, into: Coverage()), trace: NoTrace<R>())
    let outcome = simulation.run()
    let broken = mayFlood ? outcome.violations : outcome.failures
    let leftBound = simulation.probe.leftBound
    let promised = broken.filter { violation in leftBound.map { violation.time < $0 } ?? true }
    return PlanResult(
      digest: outcome.digest, events: outcome.events, stopReason: outcome.stopReason,
      end: outcome.end, violations: promised.filter { isJudged($0.invariant) },
      coverage: simulation.probe.coverage, counted: promised.filter { !isJudged($0.invariant) },
      leftBound: leftBound,
      isSettled: isCounting ? nil : healing.settling.map { _ in outcome.isSettled },
      isStranded: outcome.isStranded)
  }

  /// What sheets that differ by design do not promise: whom to follow, whom to isolate, and progress
  /// (Model §4.4).
  private static let unpromisedByLiteralMarks: Set<String> = [
    "SC-3", "SC-4", "SC-5", "SC-6", "SC-7", "PL-1", "PL-2", "PL-5", "P-18",
  ]

  /// Whether sheets differ by design, so that some invariants are counted only.
  private var isCounting: Bool { subject == .scPBFT && options.isLiteral }

  /// Whether a broken invariant is a violation.
  private func isJudged(_ invariant: String) -> Bool {
    !isCounting || !Self.unpromisedByLiteralMarks.contains(invariant)
  }

  /// Whether a Byzantine miner may fill the network without end.
  ///
  /// Miners answer every GET-BLOCKS, and ask again for what an answer names and lacks. With one who
  /// sends each message twice these exchanges double with every round trip, and nothing in the model
  /// limits the rate of a peer. A run that this ends early says nothing about the protocol.
  var mayFlood: Bool {
    guard subject == .pow else { return false }
    return faults.contains {
      if case .duplicate = $0.rule.behaviour { true } else { false }
    }
  }

  var hasTwins: Bool { faults.contains { $0.strategy == .twins } }

  // MARK: Parameters of the protocols

  /// PBFT's parameters, with the options of an oversight.
  public func pbft<Oversight: PrimaryOversight>(
    _ type: Oversight.Type, options: Oversight.Options
  ) -> PBFTConfiguration<Oversight> {
    PBFTConfiguration(
      replicas: replicas, checkpointInterval: UInt64(parameters.checkpointInterval),
      window: UInt64(parameters.checkpointInterval * parameters.windowIntervals),
      batchLimit: parameters.batch, viewTimeout: parameters.timeout,
      retransmission: parameters.retransmission,
      rotation: parameters.blocksPerTurn > 0
        ? .everyBlocks(parameters.blocksPerTurn)
        : healing.rotation == nil ? .onSuspicion : .onCommand,
      relaysFirstReceipt: false,
      epochLength: subject == .scPBFT ? self.options.epochLength.map { UInt64($0) } : nil,
      oversight: options, application: application)
  }

  private var application: (any Application)? {
    options.recordsHistory ? HistoryApplication(parts: 1) : nil
  }

  private var oversight: NodeStateOversight.Options {
    NodeStateOversight.Options(
      marking: options.isLiteral ? .literal : .certified,
      exclusion: parameters.refuses ? .refuse : .skip, strikes: parameters.strikes,
      agedThreshold: options.agedThreshold, expires: options.expires,
      allowsShrinking: options.allowsShrinking)
  }

  var raft: RaftConfiguration {
    var configuration = RaftConfiguration(replicas: replicas)
    configuration.heartbeat = parameters.retransmission
    configuration.shortestElectionTimeout = parameters.timeout
    configuration.longestElectionTimeout = parameters.timeout * 2
    configuration.maximumBatch = parameters.batch
    configuration.maximumEntries = parameters.appendLimit
    configuration.snapshotThreshold = parameters.snapshotInterval
    configuration.entriesKeptBySnapshot = parameters.snapshotInterval ?? 0
    configuration.usesPreVote = options.usesPreVote
    configuration.checksQuorum = options.checksQuorum
    configuration.application = application
    return configuration
  }

  private var mining: StrategicMinerConfiguration {
    let peers: PeerGraph =
      options.peers.map {
        .ringWithChords(replicas: replicas, degree: $0, seed: Seed(seed))
      } ?? .everyone
    var configuration = MinerConfiguration(
      hashRates: (0..<replicas).map { UInt64(miningRates[$0 % miningRates.count]) }, peers: peers)
    configuration.difficulty = Difficulty(hashes: 1 << UInt64(Self.difficultyBits))
    configuration.confirmations = parameters.confirmations
    configuration.blockCapacity = parameters.batch
    if let interval = parameters.retargetInterval {
      configuration.retargeting = Retargeting(
        interval: UInt64(interval), targetInterval: parameters.timeout)
    }
    configuration.announceInterval = parameters.retransmission
    configuration.relaysTransactions = parameters.relaysTransactions
    configuration.application = application
    var strategies = Array(repeating: MiningStrategy.honest, count: replicas)
    for fault in faults {
      guard let strategy = fault.strategy?.mining else { continue }
      for culprit in fault.culprits { strategies[culprit.index] = strategy }
    }
    return StrategicMinerConfiguration(network: configuration, strategies: strategies)
  }

  // MARK: The run

  var clientModels: [ClientModel] {
    clients.map { client in
      let isRaft = subject == .raft
      let quorum = Quorum(replicas: replicas)
      let rule: ClientModel.QuorumRule = isRaft ? .fixed : subject == .pow ? .weak : .strong
      let replies: Int =
        switch rule {
        case .fixed: 1
        case .strong: 2 * quorum.faults + 1
        case .weak: quorum.oneHonest
        }
      var model = ClientModel(
        load: .closed(
          connections: client.connections,
          thinkTime: client.pause > .zero
            ? .exponential(minimum: .zero, mean: client.pause) : nil),
        dispatch: isRaft ? .leader : .multicast, replyQuorum: replies,
        timeout: subject == .pow ? nil : Self.patience,
        retransmission: ClientModel.Retransmission(
          period: client.retransmission, target: isRaft ? .next : .all))
      model.quorumRule = rule
      model.deceit = client.deceit
      return model
    }
  }

  /// The kinds of work that have a price, and how many times that of a message.
  static let priced: [(work: Work, name: String, times: Int)] = [
    (.receive, "receive", 1), (.send, "send", 1), (.execute, "execute", 1), (.sign, "sign", 10),
    (.verify, "verify", 10),
  ]

  private var costs: WorkCosts {
    var costs = WorkCosts.free
    for kind in Self.priced {
      costs[kind.work] = Int64(options.price * kind.times) * 1000
    }
    return costs
  }

  func runConfiguration<R: Replica>(
    _ configuration: R.Configuration
  ) -> RunConfiguration<R> {
    var nodes: [NodeModel] = []
    for _ in 0..<replicas + clients.count {
      nodes.append(
        NodeModel(
          name: "node", serviceTime: .one,
          uplinkBitsPerSecond: options.uplink > 0 ? Int64(options.uplink) * 1_000_000 : nil,
          downlinkBitsPerSecond: nil, group: 0))
    }
    for clock in clocks {
      nodes[clock.replica.index].timerScale = Ratio(clock.thousandths, over: 1000)
    }
    var network = NetworkModel(uniform: link)
    network.changes = changes
    return RunConfiguration(
      seed: Seed(seed), replicas: replicas, protocolConfiguration: configuration, costs: costs,
      jitter: Ratio(options.jitter, over: 100),
      sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
      nodes: nodes, network: network, clients: clientModels, faults: faults.map(\.rule),
      schedule: .healing(healing),
      limits: RunLimits(
        time: .zero + Self.patience, events: eventLimit, messagesInFlight: 1 << 22),
      continuesAfterViolation: isBeyondBound || isCounting)
  }
}

extension Plan.Fault.Strategy {
  /// The strategy as miners know it.
  var mining: MiningStrategy? {
    switch self {
    case .twins: nil
    case .emptyBlocks: .emptyBlocks
    case .oversizedBlocks: .oversizedBlocks
    case .selfish: .selfish
    case .withhold(let blocks): .withhold(blocks: blocks)
    }
  }
}
