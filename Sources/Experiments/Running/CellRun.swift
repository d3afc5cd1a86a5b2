import ConsensusCore
import DiscreteEvents
import Faults
import HealthRecords
import Invariants
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator
import Tables

/// One run of one cell: turns decoded settings into a simulation and its outcome into a result.
struct CellRun {
  let cell: Scenario.Cell
  let index: Int
  let seed: UInt64
  /// What is shared, if anything; all replicas and parties look at the same.
  let world: RecordWorld?
  /// After so many events the run is given up.
  var eventLimit: UInt64 = 1 << 40

  /// A run; of the file `told` it keeps the life.
  init(cell: Scenario.Cell, index: Int, seed: UInt64, told: Int? = nil) {
    self.cell = cell
    self.index = index
    self.seed = seed
    world = cell.settings.records.map { records in
      var sharing = records.settings
      sharing.usesProbes = cell.settings.usesProbes
      sharing.toldFile = told
      return RecordWorld(sharing, seed: Seed(seed))
    }
  }

  private var settings: RunSettings { cell.settings }

  /// Carries the run out.
  func result() -> RunResult {
    switch cell.protocolName {
    case .pbft:
      return hasTwins
        ? runTwins(classicPBFT, probe: classicProbe) : runPBFT(classicPBFT, probe: classicProbe)
    case .scPBFT:
      return hasTwins
        ? runTwins(checkedPBFT, probe: checkedProbe) : runPBFT(checkedPBFT, probe: checkedProbe)
    case .raft: return runRaft()
    case .pow: return runChain()
    }
  }

  private func runPBFT<Oversight: PrimaryOversight, P: Probe>(
    _ configuration: PBFTConfiguration<Oversight>, probe invariants: P
  ) -> RunResult where P.Subject == PBFTReplica<Oversight> {
    let kinds = PBFTMessage<Oversight>.kindNames
    let census = PBFTCensus<Oversight>(
      isolation: IsolationClock(
        isAgreed: settings.checking.options.marking == .certified, cutOff: settings.cutOff()))
    guard settings.usesProbes else {
      let ended = simulate(PBFTReplica.self, configuration, probe: census)
      return reduce(ended, kinds, counters: ended.probe.counters)
    }
    let ended = simulate(
      PBFTReplica.self, configuration, probe: ProbePair(first: census, second: invariants))
    return reduce(ended, kinds, counters: ended.probe.first.counters)
  }

  private func runTwins<Oversight: PrimaryOversight, P: Probe>(
    _ configuration: PBFTConfiguration<Oversight>, probe invariants: P
  ) -> RunResult where P.Subject == PBFTReplica<Oversight> {
    run(
      TwinReplica<PBFTReplica<Oversight>>.self, twins(configuration),
      probe: TwinProbe(invariants))
  }

  private func runRaft() -> RunResult {
    let census = RaftCensus()
    var counters = RunCounters()
    guard settings.usesProbes else {
      let ended = simulate(RaftReplica.self, raft, probe: census)
      counters.withoutHeartbeats = ended.probe.agreementMessages
      return reduce(ended, counters: counters)
    }
    let ended = simulate(
      RaftReplica.self, raft, probe: ProbePair(first: census, second: raftProbe))
    counters.withoutHeartbeats = ended.probe.first.agreementMessages
    return reduce(ended, counters: counters)
  }

  private func runChain() -> RunResult {
    guard settings.usesProbes else {
      return reduce(simulate(StrategicMiner.self, mining, probe: NoProbe<StrategicMiner>()))
    }
    let ended = simulate(StrategicMiner.self, mining, probe: chainProbe)
    var counters = RunCounters()
    counters.chain = ended.probe.counters
    return reduce(ended, counters: counters)
  }

  private func run<R: Forgeable, P: Probe>(
    _ type: R.Type, _ configuration: R.Configuration, probe: P
  ) -> RunResult where P.Subject == R {
    guard settings.usesProbes else {
      return reduce(simulate(type, configuration, probe: NoProbe<R>()))
    }
    return reduce(simulate(type, configuration, probe: probe))
  }

  private func reduce<R: Forgeable, P: Probe>(
    _ ended: Ended<R, P>, counters known: RunCounters = RunCounters()
  ) -> RunResult {
    var counters = known
    counters.highestView = ended.outcome.standings.map(\.view).max() ?? 0
    return reduce(ended, R.Message.kindNames, counters: counters)
  }

  /// What is left of a simulation.
  private struct Ended<R: Forgeable, P: Probe> {
    var outcome: Outcome
    var probe: P
    var records: RecordAccount?
  }

  private func simulate<R: Forgeable, P: Probe>(
    _ type: R.Type, _ configuration: R.Configuration, probe: P
  ) -> Ended<R, P> where P.Subject == R {
    var simulation = Simulation(
      runConfiguration(configuration), probe: probe, trace: NoTrace<R>())
    let outcome = simulation.run()
    return Ended(
      outcome: outcome, probe: simulation.probe,
      records: (simulation.workload as? RecordWorkload)?.account)
  }

  // MARK: Protocols

  var classicPBFT: PBFTConfiguration<NoOversight> {
    pbft(NoOversight.self, options: .init(), epochLength: nil)
  }

  var checkedPBFT: PBFTConfiguration<NodeStateOversight> {
    pbft(
      NodeStateOversight.self, options: settings.checking.options,
      epochLength: settings.checking.epochLength)
  }

  private func pbft<Oversight: PrimaryOversight>(
    _ type: Oversight.Type, options: Oversight.Options, epochLength: Int?
  ) -> PBFTConfiguration<Oversight> {
    let agreement = settings.agreement
    return PBFTConfiguration(
      replicas: settings.replicas, checkpointInterval: UInt64(agreement.checkpointInterval),
      window: UInt64(agreement.window), batchLimit: agreement.batch,
      viewTimeout: agreement.viewTimeout, retransmission: agreement.retransmission,
      rotation: {
        switch agreement.rotation {
        case .onSuspicion: .onSuspicion
        case .perTest: .onCommand
        case .everyBlocks(let blocks): .everyBlocks(blocks)
        }
      }(),
      relaysFirstReceipt: clients.contains { $0.dispatch != .multicast },
      epochLength: epochLength.map { UInt64($0) }, oversight: options,
      application: application)
  }

  var raft: RaftConfiguration {
    var configuration = RaftConfiguration(replicas: settings.replicas)
    let leadership = settings.leadership
    configuration.heartbeat = leadership.heartbeat
    configuration.shortestElectionTimeout = leadership.electionTimeout.lowerBound
    configuration.longestElectionTimeout = leadership.electionTimeout.upperBound
    configuration.maximumBatch = leadership.batch
    configuration.maximumEntries = leadership.appendLimit
    configuration.snapshotThreshold = leadership.snapshotInterval
    configuration.entriesKeptBySnapshot = leadership.snapshotInterval ?? 0
    configuration.usesPreVote = leadership.usesPreVote
    configuration.checksQuorum = leadership.checksQuorum
    configuration.application = application
    return configuration
  }

  var mining: StrategicMinerConfiguration {
    let mining = settings.mining
    let peers: PeerGraph =
      mining.peers.map {
        .ringWithChords(replicas: settings.replicas, degree: $0, seed: Seed(seed))
      } ?? .everyone
    var configuration = MinerConfiguration(hashRates: mining.hashRates, peers: peers)
    configuration.difficulty = Difficulty(hashes: 1 << UInt64(mining.difficultyBits))
    configuration.confirmations = mining.confirmations
    configuration.blockCapacity = mining.blockCapacity
    if let interval = mining.retargetInterval, let target = mining.targetInterval {
      configuration.retargeting = Retargeting(
        interval: UInt64(interval), targetInterval: target)
    }
    configuration.announceInterval = mining.announceInterval
    configuration.relaysTransactions = mining.relaysTransactions
    configuration.application = application
    return StrategicMinerConfiguration(network: configuration, strategies: strategies)
  }

  var classicProbe: ClassicPBFTInvariants {
    ClassicPBFTInvariants(classicPBFT, assumptions: assumptions)
  }

  var checkedProbe: CheckedPBFTInvariants {
    CheckedPBFTInvariants(checkedPBFT, assumptions: assumptions)
  }

  var raftProbe: RaftInvariants<RaftReplica> {
    RaftInvariants(raft, assumptions: assumptions)
  }

  /// Forks are a fact of proof of work: how often the common prefix fails is reported, and judged
  /// only if the scenario promises that it never does.
  var chainProbe: ChainInvariants<StrategicMiner> {
    let configuration = mining
    return ChainInvariants(
      configuration.network,
      demands: ChainDemands(
        commonPrefix: settings.mining.confirmations,
        demandsCommonPrefix: settings.chain.keepsCommonPrefix, quality: settings.chain.quality,
        meanInterval: settings.chain.meanInterval),
      assumptions: assumptions,
      deviating: configuration.strategies.indices
        .filter { configuration.strategies[$0] != .honest }.map { ReplicaID($0) })
  }

  // MARK: The run

  /// What the scenario promises the probes about its runs.
  private var assumptions: RunAssumptions {
    RunAssumptions(
      isCalm: settings.isCalm, endsSettled: settings.endsSettled, clients: clients)
  }

  private var schedule: Schedule {
    if case .healing(var plan) = settings.schedule {
      plan.invariant = cell.protocolName.progressInvariant
      plan.settling?.invariant = cell.protocolName.restInvariant
      return .healing(plan)
    }
    let isPBFT = cell.protocolName == .pbft || cell.protocolName == .scPBFT
    if isPBFT, settings.agreement.rotation == .onSuspicion,
      case .tests(var plan) = settings.schedule,
      case .window(let window, _, let interval) = plan.ending
    {
      // Only suspicion moves the lead (PBFT §4.4); the delay is for other series of the file.
      plan.ending = .window(window, rotationDelay: nil, interval: interval)
      return .tests(plan)
    }
    guard let arrivals = settings.horizonArrivals else { return settings.schedule }
    for case .arrivals(let rounds) in settings.faults.map(\.culprits) {
      return .blocks(arrivals * rounds)
    }
    return settings.schedule
  }

  func runConfiguration<R: Replica>(_ configuration: R.Configuration) -> RunConfiguration<R> {
    var run = RunConfiguration<R>(
      seed: Seed(seed), replicas: settings.replicas, protocolConfiguration: configuration,
      costs: settings.costs, jitter: settings.jitter, sizes: settings.sizes,
      nodes: settings.nodes, network: settings.network, clients: clients,
      faults: settings.faults.map { rule($0, kinds: R.Message.kindNames) }, schedule: schedule,
      limits: RunLimits(
        time: settings.timeLimit, events: min(eventLimit, settings.eventLimit),
        messagesInFlight: 1 << 22),
      continuesAfterViolation: settings.expectations.contains {
        $0.expectation != .holds && $0.invariant != RunEnding.expectationName
      })
    run.workload = workload
    return run
  }

  private func ending(_ outcome: Outcome, _ census: [RunResult.Census]) -> RunEnding {
    let isLost = settings.horizonArrivals != nil && RunResult.lostRound(census) != nil
    let reason = isLost && outcome.stopReason == .timeLimit ? .scheduleEnded : outcome.stopReason
    return RunEnding(
      reason, progress: schedule.progress(of: outcome, in: settings), broken: outcome.failures,
      Expectations(settings.expectations))
  }

  private func reduce<R: Forgeable, P: Probe>(
    _ ended: Ended<R, P>, _ kindNames: [String], counters: RunCounters
  ) -> RunResult {
    let outcome = ended.outcome
    let census = outcome.census.map {
      RunResult.Census(
        rounds: $0.rounds, time: $0.time, active: $0.byzantine, members: $0.members)
    }
    return RunResult(
      cell: index, seed: seed, digest: outcome.digest, events: outcome.events,
      stopReason: outcome.stopReason, ending: ending(outcome, census), end: outcome.end,
      tests: outcome.tests.map { test in
        RunResult.Test(
          number: test.number, primary: test.primary?.index, window: test.end - test.start,
          accepted: test.accepted, blocks: test.blocks, declined: test.declined,
          requests: test.requests, bogus: test.bogus, latencies: test.latencies)
      },
      requests: outcome.account,
      strikes: zip(settings.faults, outcome.strikes).map { isCarriedOutByReplica($0) ? nil : $1 },
      census: census,
      blocks: outcome.blocks,
      messages: zip(kindNames, outcome.messages).map { ($0, $1.sent, $1.bytes) },
      counters: counters, violations: outcome.failures,
      timeout: clients.first?.timeout, records: ended.records)
  }
}
