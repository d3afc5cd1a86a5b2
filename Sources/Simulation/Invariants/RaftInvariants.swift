import ConsensusCore
import DiscreteEvents
import Raft
import Simulator

/// The invariants over a run of Raft.
///
/// Replicas that have lied are followed but not judged; Raft tolerates none, so what they do shows in
/// violations at others. A replica that lost its disk is followed but not judged until it has
/// recovered; RL-1 takes it for down as long. Until then its copies on the lost disk count for R-7,
/// since it votes only once it holds again what was committed with them. What it sent before the loss
/// and is believed later shows in.
public struct RaftInvariants<Subject: Replica>: Probe
where Subject.Message == RaftMessage, Subject.Observation == RaftObservation {
  /// How often the state of an honest replica was compared with another's at the same index.
  public internal(set) var comparedStates = 0
  /// Leaders that were elected.
  public private(set) var elections = 0
  /// Entries that some replica knows to be committed.
  public var committedCount: UInt64 { committed.last }

  /// Whether the replica's promises are judged: it is honest and remembers them.
  public func isJudged(_ replica: ReplicaID) -> Bool { honest.contains(replica) }

  let assumptions: RunAssumptions
  var log = ViolationLog()
  var honest: ReplicaSet
  var byzantine = ReplicaSet()
  var nodes: [RaftNode]
  /// The leader of each term, by term.
  var leaders: [ReplicaID?] = []
  /// The first prefix seen at each index, and those of other terms.
  var seen = RaftSlots()
  var others: [LogPosition: UInt64] = [:]
  var committed = RaftSlots()
  /// For each term that committed anything, the last entry its leader counted.
  var counted: [CountedEntry] = []
  /// The digests of the states of honest replicas at the last indexes of snapshots.
  var states: [(index: UInt64, ledger: Digest)] = []
  var timestamps: LastTimestamps
  var requests = RequestBook()
  var answers: ClientHistory
  /// Whether what clients were answered is linearizable; nil before the end of the run, and in runs
  /// of another application than ``HistoryApplication``.
  public private(set) var linearizability: LinearizabilityVerdict?

  /// The term in which the group came to rest, and the entries sent since.
  var calmTerm: Term?
  var calmEntries = 0

  /// Creates the probe of runs with this many replicas.
  ///
  /// - Parameters:
  ///   - configuration: The parameters of the cluster.
  ///   - assumptions: What the scenario promises about the run.
  public init(_ configuration: RaftConfiguration, assumptions: RunAssumptions) {
    self.assumptions = assumptions
    answers = ClientHistory(configuration.application)
    honest = ReplicaSet(firstReplicas: configuration.replicas)
    nodes = Array(repeating: RaftNode(), count: configuration.replicas)
    timestamps = LastTimestamps(replicas: configuration.replicas)
  }

  /// The violations found first, at most 256, in order.
  public var violations: [Violation] { log.kept }

  /// All violations, those beyond the first 256 included.
  public var violationCount: Int { log.count }

  /// Checks that the probe fits the run.
  public mutating func begin(_ setting: ProbeSetting) {
    precondition(
      setting.replicas == nodes.count,
      "a probe of \(nodes.count) replicas watches \(setting.replicas)")
  }

  /// Judges nothing that this client asks.
  public mutating func distrust(_ client: ClientID) {
    requests.distrust(client)
    answers.distrust()
  }

  /// Follows crashes and restarts.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    switch condition {
    case .byzantine: break
    case .lying:
      honest.remove(replica)
      byzantine.insert(replica)
    case .amnesiac:
      honest.remove(replica)
      let lost = nodes[replica.index].lost ?? nodes[replica.index].log
      nodes[replica.index] = RaftNode()
      nodes[replica.index].lost = lost
      forgetTimestamps(of: replica)
    case .crashed: nodes[replica.index].isDown = true
    // Nothing that a Raft replica tells is lost: it sends something in every job that writes.
    case .restarted, .rolledBack: nodes[replica.index].isDown = false
    }
  }

  /// Judges an inner step.
  public mutating func observe(
    _ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    log.now = time
    switch observation {
    case .appended(let position, let digest): onAppended(position, digest, replica)
    case .committed(let position, _, _, _): onCommitted(position, replica)
    case .applied(let position, _):
      let applied = nodes[replica.index].applied
      expect(RaftPredicates.isNext(position, after: applied), .r13, replica) {
        "applied \(position) out of order"
      }
      nodes[replica.index].applied = position.index.number
    case .executed(let client, let timestamp, let result):
      onExecuted(client, timestamp, result, replica)
    case .matched(let follower, let index): onMatched(follower, index, replica)
    case .counted(let position, let term): onCounted(position, term, replica)
    case .truncated(let index): onTruncated(index.number, replica)
    case .enteredTerm, .voted, .becameLeader, .steppedDown, .preCampaigned, .transferring:
      observeElection(observation, replica)
    case .compacted(let position, let through, let ledger):
      expect(isCommitted(position, replica), .r15, replica) {
        "took a snapshot at \(position), which is not committed there"
      }
      onState(at: position, ledger, replica)
      nodes[replica.index].log.compact(through: through.number)
    case .installed(let position, let ledger):
      onInstalled(position, replica)
      onState(at: position, ledger, replica)
    case .restarted(let term, let vote, let last, let snapshot, let ledger):
      onRestarted(term, vote, last, snapshot, replica)
      onState(at: snapshot, ledger, replica)
    case .recovered:
      nodes[replica.index].lost = nil
      if !byzantine.contains(replica) { honest.insert(replica) }
    case .heldRequests: break
    }
  }

  /// Notes that what a replica promised before is on its disk.
  public mutating func sent(
    _ message: RaftMessage, by replica: ReplicaID, to recipients: Recipients, at time: VirtualTime
  ) {
    guard message.reply == nil else { return }
    countCalm(message, to: recipients)
    nodes[replica.index].savedTerm = nodes[replica.index].term
    nodes[replica.index].savedVote = nodes[replica.index].vote
  }

  /// Notes what a client asks.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    requests.issue(request)
    answers.issue(request)
  }

  /// Judges what a client believes.
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    log.now = time
    let problem = requests.accept(
      request, result: result, quorum: assumptions.replyQuorum,
      liars: nodes.count - honest.count)
    if let problem { log.report(.r14, at: nil, problem) }
    answers.accept(request, result: result)
  }

  /// Judges what can only be judged at the end.
  public mutating func finish(at time: VirtualTime) {
    log.now = time
    for problem in requests.unsettled(isCommitted: isHeldByMajority) {
      log.report(.r14, at: nil, problem)
    }
    linearizability = answers.verdict()
    if let problem = answers.sentence(about: linearizability) {
      log.report(.r14, at: nil, problem)
    }
    if assumptions.endsSettled { checkSettled() }
  }

  @inline(__always)
  mutating func expect(
    _ holds: Bool, _ invariant: InvariantID, _ replica: ReplicaID, _ detail: () -> String
  ) {
    guard !holds, honest.contains(replica) else { return }
    log.report(invariant, at: replica, detail())
  }

  private mutating func observeElection(_ observation: RaftObservation, _ replica: ReplicaID) {
    let id = replica.index
    switch observation {
    case .enteredTerm(let term):
      expect(term > nodes[id].term, .r6, replica) { "went back to term \(term)" }
      nodes[id].term = term
      nodes[id].ledTerm = nil
    case .voted(let term, let candidate, let candidateLast, let ownLast):
      if let old = nodes[id].vote {
        expect(
          term > old.term || term == old.term && candidate == old.candidate, .r6, replica
        ) { "voted twice in term \(term)" }
      }
      let mayVote = RaftPredicates.mayVote(
        forLogThatEndsAt: candidateLast, withOwnEndingAt: ownLast)
      expect(mayVote, .r10, replica) {
        "voted for a log that ends at \(candidateLast), its own at \(ownLast)"
      }
      nodes[id].vote = (term, candidate)
    case .becameLeader(let term, _): onLeader(term, replica)
    default: if case .steppedDown = observation { nodes[id].ledTerm = nil }
    }
  }

  private mutating func onLeader(_ term: Term, _ replica: ReplicaID) {
    guard term.number < 1 << 24 else {
      return expect(false, .r6, replica) { "leads term \(term), which no run reaches" }
    }
    elections += 1
    while leaders.count <= Int(term.number) { leaders.append(nil) }
    if let other = leaders[Int(term.number)], other != replica {
      expect(false, .r1, replica) { "leads term \(term), as does replica \(other)" }
    }
    leaders[Int(term.number)] = replica
    nodes[replica.index].ledTerm = term
    for entry in counted where entry.term < term {
      // What the leader compacted away was committed there, which judge.
      guard entry.index > nodes[replica.index].committed else { continue }
      expect(slot(at: entry.index, of: replica) == entry.slot, .r4, replica) {
        "leads term \(term) without entry \(entry.index) of term \(entry.slot.term)"
      }
    }
  }
}
