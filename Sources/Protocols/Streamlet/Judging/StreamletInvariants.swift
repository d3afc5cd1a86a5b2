import ConsensusCore
import DiscreteEvents
import Invariants
import Simulator

/// The invariants S-1 to S-7 over a run of Streamlet, and SL-1 if it is promised to be calm.
///
/// Replicas that have lied or lost their disks are followed but not judged.
public struct StreamletInvariants: Probe {
  /// The replica it watches.
  public typealias Subject = StreamletReplica

  /// What is remembered of one replica.
  struct Node: Sendable {
    var history = StreamletHistory()
    /// What was final when it entered its last epochs.
    var entered: [(epoch: Epoch, final: UInt64)] = []
  }

  /// Heights at which some honest replica has a final block.
  public var finalCount: Int { final.count }
  /// Epochs after which the promise of SL-1 was judged.
  public internal(set) var judgedEpochs = 0
  /// Chains that honest replicas asked for.
  public internal(set) var asked = 0

  let configuration: StreamletConfiguration
  let assumptions: RunAssumptions
  var log = ViolationLog()
  var honest: ReplicaSet
  var nodes: [Node]
  /// The final blocks by height, as the first honest replica has them.
  var final: [Digest] = []
  /// Who voted for a block, told by the voters.
  var ballots: [Digest: ReplicaSet] = [:]
  /// The last epochs in which an honest leader proposed.
  var led: [Epoch] = []
  var timestamps: LastTimestamps
  var requests = RequestBook()
  var answers: ClientHistory

  /// Creates the probe of runs with these parameters.
  public init(_ configuration: StreamletConfiguration, assumptions: RunAssumptions) {
    self.configuration = configuration
    self.assumptions = assumptions
    answers = ClientHistory(configuration.application)
    honest = ReplicaSet(firstReplicas: configuration.replicas)
    nodes = Array(repeating: Node(), count: configuration.replicas)
    timestamps = LastTimestamps(replicas: configuration.replicas)
  }

  /// The violations found first, at most 256, in order.
  public var violations: [Violation] { log.kept }

  /// Judges nothing that this client asks.
  public mutating func distrust(_ client: ClientID) {
    requests.distrust(client)
    answers.distrust()
  }

  /// Follows crashes and restarts: a replica tells again what it has on disk.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    switch condition {
    case .byzantine, .crashed: break
    case .lying: honest.remove(replica)
    case .amnesiac:
      honest.remove(replica)
      forget(replica)
    case .restarted, .rolledBack: forget(replica)
    }
  }

  private mutating func forget(_ replica: ReplicaID) {
    nodes[replica.index].history.restart()
    nodes[replica.index].entered = []
    timestamps.forget(replica)
  }

  /// Judges an inner step.
  public mutating func observe(
    _ observation: StreamletObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    log.now = time
    switch observation {
    case .enteredEpoch(let epoch, _): onEpoch(epoch, replica)
    case .proposed(let epoch, _): if honest.contains(replica) { noteLeader(of: epoch) }
    case .voted(let epoch, let digest, let proposer, let height):
      onVoted(epoch, digest, by: proposer, above: height, replica)
    case .notarised(let digest, let parent, let epoch, let height, let voters):
      onNotarised(digest, voters, replica)
      nodes[replica.index].history.notarise(digest, parent: parent, epoch, height: height)
    case .finalised(let digest, _, let height, _): onFinalised(digest, height, replica)
    case .executed(let client, let timestamp, let result):
      onExecuted(client, timestamp, result, replica)
    case .asked: if honest.contains(replica) { asked += 1 }
    case .restarted, .rejected: break
    }
  }

  /// Notes what a client asks.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    requests.issue(request)
    answers.issue(request)
  }

  /// Judges what a client believes (S-7).
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    log.now = time
    let problem = requests.accept(
      request, result: result, quorum: assumptions.replyQuorum,
      liars: nodes.count - honest.count)
    if let problem { log.report(.s7, at: nil, problem) }
    answers.accept(request, result: result)
  }

  /// Judges what can only be judged at the end.
  public mutating func finish(at time: VirtualTime) {
    log.now = time
    for problem in requests.unsettled(isCommitted: { $0 <= UInt64(final.count) }) {
      log.report(.s7, at: nil, problem)
    }
    if let problem = answers.sentence(about: answers.verdict()) {
      log.report(.s7, at: nil, problem)
    }
  }

  mutating func report(_ problem: StreamletHistory.Problem?, _ replica: ReplicaID) {
    guard let problem, honest.contains(replica) else { return }
    log.report(problem.invariant, at: replica, problem.detail)
  }

  mutating func expect(
    _ holds: Bool, _ invariant: InvariantID, _ replica: ReplicaID, _ detail: () -> String
  ) {
    guard !holds, honest.contains(replica) else { return }
    log.report(invariant, at: replica, detail())
  }
}
