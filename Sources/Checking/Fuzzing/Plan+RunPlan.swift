import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import ProofOfWork
import Raft
import RunPlans
import SCPBFT
import Simulator

// What a drawn plan is as the plan of a run.
extension Plan {
  /// A scenario whose run is this plan's, event for event.
  ///
  /// - Parameters:
  ///   - name: The name of the scenario, in lower case without blanks.
  ///   - comment: Lines that say what it shows.
  /// - Returns: The text of the file.
  public func scenario(named name: String, comment: [String]) -> String {
    let run = planned
    return run.plan.text(of: run.subject, seed: seed, named: name, comment: comment)
  }

  /// The run.
  public var planned: PlannedRun { PlannedRun(runPlan, of: subject.subject, seed: seed) }

  private var runPlan: RunPlan {
    var plan = RunPlan()
    plan.replicas = replicas
    plan.nodes = (0..<replicas).map { RunPlan.machine("r\($0)") }
    for clock in clocks {
      plan.nodes[clock.replica.index].timerScale = Ratio(clock.thousandths, over: 1000)
    }
    plan.network = NetworkModel(uniform: link)
    // What is drawn may be about a node and itself; a scenario refuses what no run could notice.
    plan.network.changes = changes.filter { !$0.isLoop }
    if options.uplink > 0 { plan.bandwidth.uplink = Int64(options.uplink) * 1_000_000 }
    plan.clients = clients.map { runClient($0) }
    plan.finishNodes()
    for (work, times) in Self.priced { plan.costs[work] = Int64(options.price * times) * 1000 }
    if options.price > 0 { plan.jitter = Ratio(options.jitter, over: 100) }
    plan.recordsHistory = options.recordsHistory
    plan.schedule = .healing(healing)
    plan.timeLimit = .zero + .seconds(36_000_000)
    plan.eventLimit = eventLimit
    plan.faults = faults.map { runFault($0) }
    if isBeyondBound {
      plan.expectations = subject.quorumInvariants.map { ($0, .mayBreak) }
    }
    addSections(to: &plan)
    return plan
  }

  private func addSections(to plan: inout RunPlan) {
    switch subject {
    case .pbft: plan[PBFTConfiguration<RoundRobin>.self] = pbft
    case .scPBFT:
      plan[PBFTConfiguration<RoundRobin>.self] = pbft
      let keys = checking
      keys.addExpectations(to: &plan.expectations)
      plan[CheckedPBFTKeys.self] = keys
    case .raft: plan[RaftConfiguration.self] = raft
    case .pow:
      plan[MiningKeys.self] = mining
      plan[ChainPromises.self] = chainPromises
    case .registered: addChoices(to: &plan)
    }
  }

  /// The part of the run's plan that the traits of a registered protocol may ask about.
  var ownPlan: RunPlan {
    var plan = RunPlan()
    plan.replicas = replicas
    addChoices(to: &plan)
    return plan
  }

  private func addChoices(to plan: inout RunPlan) {
    guard let drawing = subject.drawing else { return }
    for (key, choice) in zip(drawing.keys, options.choices) { key.choose(choice, in: &plan) }
    drawing.fit(&plan, surroundings)
  }

  // MARK: Parameters of the protocols

  private var pbft: PBFTConfiguration<RoundRobin> {
    var keys = PBFTConfiguration<RoundRobin>()
    keys.checkpointInterval = UInt64(parameters.checkpointInterval)
    keys.window = UInt64(parameters.checkpointInterval * parameters.windowIntervals)
    keys.batchLimit = parameters.batch
    keys.viewTimeout = parameters.timeout
    keys.retransmission = parameters.retransmission
    keys.rotation =
      parameters.blocksPerTurn > 0
      ? .everyBlocks(parameters.blocksPerTurn)
      : healing.rotation == nil ? .onSuspicion : .onCommand
    keys.batching.delay = parameters.batch > 1 ? options.batchDelay : nil
    if parameters.blocksPerTurn == 0 {
      keys.inFlight = options.inFlight.map { min(UInt64($0), keys.window) }
    }
    return keys
  }

  private var checking: CheckedPBFTKeys {
    var keys = CheckedPBFTKeys()
    keys.options = StateSheetPolicy.Options(
      marking: options.isLiteral ? .literal : .certified,
      exclusion: parameters.refuses ? .refuse : .skip, strikes: parameters.strikes,
      agedThreshold: options.agedThreshold, expires: options.expires,
      allowsShrinking: options.allowsShrinking)
    keys.epochLength = options.epochLength.map { RoundCount($0) }
    return keys
  }

  private var raft: RaftConfiguration {
    var keys = RaftConfiguration()
    keys.heartbeat = parameters.retransmission
    keys.shortestElectionTimeout = parameters.timeout
    keys.longestElectionTimeout = parameters.timeout * 2
    keys.maximumBatch = parameters.batch
    keys.maximumEntries = parameters.appendLimit
    keys.snapshotThreshold = parameters.snapshotInterval
    keys.entriesKeptBySnapshot = parameters.snapshotInterval ?? 0
    keys.usesPreVote = options.usesPreVote
    keys.checksQuorum = options.checksQuorum
    keys.batching.delay = parameters.batch > 1 ? options.batchDelay : nil
    keys.inFlight = options.inFlight
    keys.commitNotice = options.commitsAtOnce ? .atOnce : .withNext
    return keys
  }

  private var mining: MiningKeys {
    var keys = MiningKeys()
    keys.hashRates = miningRates
    keys.peers = options.peers
    keys.difficultyBits = Self.difficultyBits
    keys.configuration.confirmations = parameters.confirmations
    keys.configuration.blockCapacity = parameters.batch
    keys.configuration.retargeting = parameters.retargetInterval.map {
      Retargeting(interval: UInt64($0), targetInterval: parameters.timeout)
    }
    keys.configuration.announceInterval = parameters.retransmission
    keys.configuration.relaysTransactions = parameters.relaysTransactions
    return keys
  }

  /// The difficulty of the first block, and of every one where it does not adapt.
  static let difficultyBits = 16

  /// The rate at which all miners together find a block in ``Parameters/timeout`` on average.
  var miningRate: Int64 {
    let perSecond = (1_000_000_000 << Int64(Self.difficultyBits)) / parameters.timeout.nanoseconds
    return max(1, perSecond / Int64(replicas))
  }

  /// The hash rates of the miners in turn; together they find a block as often as equal ones.
  var miningRates: [Int64] {
    guard !options.weights.isEmpty else { return [miningRate] }
    let weights = (0..<replicas).map { options.weights[$0 % options.weights.count] }
    let sum = Int64(weights.reduce(0, +))
    return weights.map { max(1, miningRate * Int64(replicas) * Int64($0) / sum) }
  }

  // MARK: Clients, prices and faults

  /// When a client gives a request up: never in a run of this length.
  static let patience = VirtualDuration.seconds(360_000)

  /// The kinds of work that have a price, and how many times that of a message.
  private static let priced: [(work: Work, times: Int)] = [
    (.receive, 1), (.send, 1), (.execute, 1), (.sign, 10), (.verify, 10),
  ]

  private func runClient(_ drawn: Client) -> RunPlan.Client {
    var client = RunPlan.Client()
    client.load = .closed(
      connections: drawn.connections,
      thinkTime: drawn.pause > .zero ? .exponential(minimum: .zero, mean: drawn.pause) : nil)
    if subject.subject.traits.clients.hasTimeout { client.timeout = Self.patience }
    client.retransmission = drawn.retransmission
    client.attack = drawn.attack
    return client
  }

  private func runFault(_ drawn: Fault) -> RunPlan.Fault {
    let rule = drawn.rule
    var fault = RunPlan.Fault(rule.culprits, drawn.strategy?.kind ?? rule.behaviour.kind)
    if case .withhold(let blocks)? = drawn.strategy { fault.details.hiddenBlocks = blocks }
    switch rule.behaviour {
    case .delay(let law): fault.details.law = law
    case .slow(let span), .pause(let span): fault.details.span = span
    case .duplicate(let copies): fault.details.copies = copies
    case .crash(let span, let disk):
      (fault.details.span, fault.details.disk) = (span, disk)
    case .silent, .forge, .replay, .mutate, .invent, .hold: break
    }
    fault.activation = rule.activation
    if rule.kinds != .all {
      let names = subject.kindNames
      fault.kinds = names.indices.filter { rule.kinds.covers(UInt8($0)) }.map { names[$0] }
    }
    fault.recipients = rule.recipients
    fault.probability = rule.probability
    return fault
  }

  /// The kinds of message that faults are drawn about.
  var kindNames: [String] { subject.kindNames }
}

extension NetworkChange {
  /// Whether it is about one node alone, which has no link to itself.
  fileprivate var isLoop: Bool {
    if case .nodes(let nodes) = from { nodes.count == 1 && from == to } else { false }
  }
}
