import ConsensusCore
import DiscreteEvents
import ProofOfWork
import Simulator

/// The invariants W-1 to W-7, W-9 and W-10 over a run of proof-of-work miners.
///
/// Miners that are Byzantine or follow another strategy are watched for the blocks they find and
/// not judged.
public struct ChainInvariants<Subject: Replica>: Probe
where Subject.Message == MinerMessage, Subject.Observation == MinerObservation {
  /// What is reported besides violations.
  public internal(set) var counters: ChainCounters

  let configuration: MinerConfiguration
  let demands: ChainDemands
  let assumptions: RunAssumptions
  var log = ViolationLog()
  var verifier = Verifier(keys: Seed(0))
  var judged: [Bool]
  var nodes: [MinerNode]
  /// By replica, what was known of it when it last sent something; empty where no crash loses writes.
  var synced: [MinerNode] = []
  var book: BlockBook
  /// By position in the book: whether it was found, and whether its validity was judged.
  var isMined: [Bool] = [true]
  var isChecked: [Bool] = [true]
  /// The blocks that are k deep in some honest chain, by height.
  var settled: [Int] = [0]
  /// By client and replica, the timestamp that was confirmed last.
  var timestamps: LastTimestamps
  var requests = RequestBook()

  /// Creates the probe of runs with this configuration.
  ///
  /// - Parameters:
  ///   - configuration: The parameters of the network.
  ///   - demands: What is asked of the chain as a whole.
  ///   - assumptions: What the scenario promises about the run.
  ///   - deviating: Miners that follow another strategy although no fault rule names them.
  public init(
    _ configuration: MinerConfiguration, demands: ChainDemands, assumptions: RunAssumptions,
    deviating: [ReplicaID]
  ) {
    self.configuration = configuration
    self.demands = demands
    self.assumptions = assumptions
    let replicas = configuration.replicas
    counters = ChainCounters(
      mined: Array(repeating: 0, count: replicas), onMainChain: Array(repeating: 0, count: replicas)
    )
    judged = Array(repeating: true, count: replicas)
    for replica in deviating { judged[replica.index] = false }
    nodes = Array(repeating: MinerNode(), count: replicas)
    timestamps = LastTimestamps(replicas: replicas)
    book = BlockBook(genesis: configuration.genesis, ledger: configuration.genesisLedger)
  }

  /// The violations found first, at most 256, in order.
  public var violations: [Violation] { log.kept }

  /// All violations, those beyond the first 256 included.
  public var violationCount: Int { log.count }

  /// Takes the run's verifier.
  public mutating func begin(_ setting: ProbeSetting) {
    precondition(
      setting.replicas == nodes.count,
      "a probe of \(nodes.count) replicas watches \(setting.replicas)")
    verifier = setting.verifier
    if setting.losesWrites { synced = nodes }
  }

  /// Judges nothing that this client asks.
  public mutating func distrust(_ client: ClientID) { requests.distrust(client) }

  /// Follows crashes and restarts; a miner that lost its disk starts anew and stays honest.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    nodes[replica.index].pending = nil
    switch condition {
    case .byzantine: break
    case .lying: judged[replica.index] = false
    case .crashed: nodes[replica.index].isDown = true
    case .restarted: nodes[replica.index].isDown = false
    case .rolledBack:
      nodes[replica.index] = synced[replica.index]
      nodes[replica.index].pending = nil
    case .amnesiac:
      nodes[replica.index] = MinerNode()
      forgetTimestamps(of: replica)
    }
  }

  /// Notes what a miner cannot forget any more.
  @inline(__always)
  public mutating func sent(
    _ message: MinerMessage, by replica: ReplicaID, to recipients: Recipients, at time: VirtualTime
  ) {
    if !synced.isEmpty { synced[replica.index] = nodes[replica.index] }
  }

  /// Judges an inner step.
  public mutating func observe(
    _ observation: MinerObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    log.now = time
    if let pending = nodes[replica.index].pending {
      checkAdvance(to: pending, observation, replica)
    }
    switch observation {
    case .started(let genesis):
      expect(genesis == book[0].block.id, .w10, replica) { "started on \(genesis)" }
    case .mined(let block): onMined(block, replica)
    case .accepted(let block, let work): onAccepted(block, work, replica)
    case .tipChanged(let from, let to, let height, let work, let forkHeight, let lost):
      onTipChanged(from, to, height, work, forkHeight, lost, replica)
    case .replayed(let tip, let ledger, let executed):
      onReplayed(tip, ledger, executed, replica)
    case .returned(let client, let timestamp):
      let last = book.lastTimestamp(of: client, at: nodes[replica.index].tip)
      expect(timestamp > last, .w6, replica) {
        "c\(client) t\(timestamp) waits again although it is on the chain"
      }
    case .executed(let client, let timestamp, let result):
      onExecuted(client, timestamp, result, replica)
    case .undone(let client, let timestamp): onUndone(client, timestamp, replica)
    case .confirmed(let height, let digest, let transactions):
      onConfirmed(height, digest, transactions, replica)
    case .restored(let tip, _): onRestored(tip, replica)
    case .refused, .duplicate, .orphaned, .reverted, .requestDropped: break
    }
  }

  /// Notes what a client asks.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    requests.issue(request)
  }

  /// Judges what can only be judged at the end.
  public mutating func finish(at time: VirtualTime) {
    log.now = time
    let best = bestTip
    checkFinalChain(endingAt: best, at: time)
    if assumptions.endsSettled {
      checkConvergence(on: best, depth: UInt64(demands.commonPrefix))
    }
  }

  /// The tip with the most work that an honest miner has.
  var bestTip: Int {
    var best = 0
    for (index, node) in nodes.enumerated()
    where judged[index] && book[node.tip].work > book[best].work {
      best = node.tip
    }
    return best
  }

  @inline(__always)
  mutating func expect(
    _ holds: Bool, _ invariant: InvariantID, _ replica: ReplicaID, _ detail: () -> String
  ) {
    guard !holds, judged[replica.index] else { return }
    log.report(invariant, at: replica, detail())
  }
}

/// The probe of honest miners.
public typealias MinerInvariants = ChainInvariants<Miner>
