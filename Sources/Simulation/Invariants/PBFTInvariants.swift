import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator

/// The rules of a state sheet, as far as the legality of its changes depends on them.
public struct SheetRules: Hashable, Sendable {
  /// Time-outs in a row that make a node malicious.
  public var strikes: Int
  /// Whether the sheet is a function of the executed batches, equal at all honest replicas.
  public var isOrdered: Bool

  /// Creates rules.
  public init(strikes: Int, isOrdered: Bool) {
    self.strikes = strikes
    self.isOrdered = isOrdered
  }
}

/// Counters of a PBFT run that are reported, whatever they are.
public struct PBFTCounters: Hashable, Sendable {
  /// Marks of an honest node as malicious by an honest replica, each (replica, node) once per mark
  /// (SC-3).
  public var falseIsolations = 0
  /// Marks as unstable (SC-10).
  public var unstableMarks = 0
  /// Sequence numbers that some honest replica executed.
  public var executed: UInt64 = 0
  /// VIEW-CHANGEs by honest replicas for a reason other than a commanded rotation.
  public var viewChanges = 0
  /// Changes of the membership that took effect.
  public var epochs = 0
  /// Messages honest replicas dropped, by the raw value of the reason (P-15).
  public var rejections = [Int](repeating: 0, count: PBFTObservation.Rejection.allCases.count)
}

/// The invariants P-1 to P-18, PL-2, PL-5 and SC-1 to SC-11 over a run of PBFT or sc-PBFT.
///
/// A replica counts as honest until it lies or loses its disk. Observations come before
/// the sends of the same job, whatever their order in the job was; therefore sends are compared
/// with sends, and with observations only where these can only come first.
///
/// Deviation: P-15 is checked by what follows from it: a quorum at an honest replica must have
/// enough honest members, and every certificate an honest replica passes on must be valid. The
/// invariants PL-1, PL-3, PL-4, SC-8 and SC-12 need more than one run or a scenario's
/// knowledge and are left to tests.
public struct PBFTInvariants<Policy: PBFTPolicy, Subject: Replica>: Probe
where Subject.Message == PBFTMessage<Policy>, Subject.Observation == PBFTObservation {
  /// What is reported besides violations.
  public internal(set) var counters = PBFTCounters()

  let configuration: PBFTConfiguration<Policy>
  let assumptions: RunAssumptions
  let rules: SheetRules?
  let replicas: Int
  /// Slots of one replica, and slots of all together: powers of two.
  let replicaMask: UInt64
  let slotMask: UInt64

  var log = ViolationLog()
  var verifier = Verifier(keys: Seed(0))
  var honest: ReplicaSet
  var faulty = ReplicaSet()
  var nodes: [PBFTNode]
  /// By replica, what was known of it and its sheet when it last sent something; empty where no crash
  /// loses writes.
  var synced: [(node: PBFTNode, sheet: [SheetEntry])] = []
  var replicaSlots: [ReplicaSlot]
  var slots: [AgreementSlot]
  var history = ExecutedHistory()
  var epochs: [EpochRecord]
  /// In ascending order.
  var checkpoints: [CheckpointRecord] = []
  /// By client and replica, the timestamp that took effect last (P-4).
  var timestamps: [UInt64] = []
  var requests = RequestBook()
  var answers: ClientHistory
  /// Whether what clients were answered is linearizable; nil before the end of the run, and in runs
  /// of another application than ``HistoryApplication``.
  public private(set) var linearizability: LinearizabilityVerdict?
  /// The primaries of the last views, by view modulo 64.
  var primaries = [PrimaryRecord?](repeating: nil, count: 64)
  /// The last sequence number that the NEW-VIEW of a view proposed again, by view modulo 64.
  var proposedAgain = [(view: View, through: UInt64)](repeating: (View(0), 0), count: 64)
  /// The signature of the NEW-VIEW that was checked last; it is sent again and again.
  var checkedNewView = Signature.none
  /// By replica and subject, what its sheet says.
  var sheets: [SheetEntry]
  /// By subject, the views of its turns that some honest replica complained about first-hand; only
  /// counted and looked up, never iterated.
  var failedTurns: [Set<UInt64>]
  /// What the first new batch of a view has to judge, by view modulo 64 (SC-4).
  var due = [DueJudgements](repeating: DueJudgements(), count: 64)
  /// The judgements of batches that honest replicas proposed; only looked up, never iterated.
  var verdicts: [Digest: [Judgement]] = [:]
  /// By replica, the judged turns that it executed in its last step and has not marked.
  var owed: [[JudgedTurn]]

  /// When honest members were removed, so that the liars left are more than the new membership
  /// tolerates; nothing is promised from then on.
  public internal(set) var leftBound: VirtualTime?
  /// What is sent since the group came to rest.
  var calm: CalmCounts?

  /// Creates the probe of runs with this configuration.
  ///
  /// - Parameters:
  ///   - configuration: The protocol's parameters in the run.
  ///   - assumptions: What the scenario promises about the run.
  ///   - rules: The rules of the state sheet, or nil where there is none.
  public init(
    _ configuration: PBFTConfiguration<Policy>, assumptions: RunAssumptions, rules: SheetRules?
  ) {
    self.configuration = configuration
    self.assumptions = assumptions
    self.rules = rules
    answers = ClientHistory(configuration.application)
    replicas = configuration.replicas
    replicaMask = Self.powerOfTwo(atLeast: 2 * configuration.window) - 1
    slotMask = Self.powerOfTwo(atLeast: 4 * configuration.window) - 1
    honest = ReplicaSet(firstReplicas: replicas)
    nodes = Array(repeating: PBFTNode(), count: replicas)
    replicaSlots = Array(
      repeating: ReplicaSlot(), count: replicas * Int(replicaMask + 1))
    slots = Array(repeating: AgreementSlot(), count: Int(slotMask + 1))
    epochs = [
      EpochRecord(members: ReplicaSet((0..<replicas).map { ReplicaID($0) }), after: .zero)
    ]
    sheets = Array(
      repeating: SheetEntry(), count: rules == nil ? 0 : replicas * replicas)
    owed = Array(repeating: [], count: replicas)
    failedTurns = Array(repeating: [], count: rules == nil ? 0 : replicas)
  }

  private static func powerOfTwo(atLeast bound: UInt64) -> UInt64 {
    var power: UInt64 = 1
    while power < bound { power *= 2 }
    return power
  }

  /// The violations found first, at most 256, in order.
  public var violations: [Violation] { log.kept }

  /// All violations, those beyond the first 256 included.
  public var violationCount: Int { log.count }

  /// Takes the run's verifier.
  public mutating func begin(_ setting: ProbeSetting) {
    precondition(
      setting.replicas == replicas, "a probe of \(replicas) replicas watches \(setting.replicas)")
    verifier = setting.verifier
    guard setting.losesWrites else { return }
    synced = nodes.indices.map { (nodes[$0], Array(sheets[sheetRange(of: $0)])) }
  }

  /// Judges nothing that this client asks.
  public mutating func distrust(_ client: ClientID) {
    requests.distrust(client)
    answers.distrust()
  }

  /// Follows crashes and restarts; a node that lied or lost its disk is honest no more.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) {
    log.now = time
    switch condition {
    case .byzantine: break
    case .lying: distrust(replica)
    case .amnesiac:
      nodes[replica.index].isDown = false
      distrust(replica)
    case .crashed:
      nodes[replica.index].isDown = true
    case .restarted:
      resume(replica)
    case .rolledBack:
      // What it had to mark is judged by the sheet of that time.
      if honest.contains(replica) { checkMarks(by: replica) }
      nodes[replica.index] = synced[replica.index].node
      sheets.replaceSubrange(
        sheetRange(of: replica.index), with: synced[replica.index].sheet)
      resume(replica)
    }
  }

  private mutating func resume(_ replica: ReplicaID) {
    nodes[replica.index].isDown = false
    nodes[replica.index].resumes = true
    nodes[replica.index].hasRestarted = true
  }

  private func sheetRange(of replica: Int) -> Range<Int> {
    sheets.isEmpty ? 0..<0 : replica * replicas..<(replica + 1) * replicas
  }

  /// A replica that sent something must remember what it had written before.
  @inline(never)
  private mutating func keepSynced(_ replica: Int) {
    synced[replica] = (nodes[replica], Array(sheets[sheetRange(of: replica)]))
  }

  private mutating func distrust(_ replica: ReplicaID) {
    guard honest.contains(replica) else { return }
    honest.remove(replica)
    faulty.insert(replica)
    for index in epochs.indices { epochs[index].count(faulty) }
    noteBound()
  }

  /// Notes that a group which began within its bound has left it by removing honest members.
  mutating func noteBound() {
    guard leftBound == nil, epochs[0].liars <= epochs[0].faults,
      epochs[epochs.count - 1].liars > epochs[epochs.count - 1].faults
    else { return }
    leftBound = log.now
  }

  // Rule: PBFT 4.5.1-1, PBFT 4.5.1-2
  /// Judges an inner step of an honest replica.
  @inline(__always)
  public mutating func observe(
    _ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    guard honest.contains(replica) else {
      if case .executedRequest(let request, let result, let sequence) = observation {
        requests.executeUnjudged(
          request.client, timestamp: request.timestamp, result: result, at: sequence.number)
      }
      return
    }
    log.now = time
    switch observation {
    case .accepted(let view, let sequence, let digest, let proposer, let low):
      onAccepted(view, sequence, digest, of: proposer, above: low, by: replica)
    case .prepared(let view, let sequence, let digest):
      onPrepared(view, sequence, digest, by: replica)
    case .committed(let view, let sequence, let digest, _, _):
      onCommitted(view, sequence, digest, by: replica)
    case .executed(let sequence, let digest):
      onExecuted(sequence, digest, by: replica)
    case .executedRequest(let request, let result, let sequence):
      onExecuted(request, result, at: sequence, by: replica)
    default:
      observeRare(observation, by: replica)
    }
  }

  private mutating func observeRare(_ observation: PBFTObservation, by replica: ReplicaID) {
    switch observation {
    case .leftView(let target, let reason): onLeftView(target, reason, by: replica)
    case .enteredView(let view, let primary, _): onEnteredView(view, primary, by: replica)
    case .tookCheckpoint(let sequence, let digest):
      onCheckpoint(sequence, digest, by: replica)
    case .stable(let sequence, let digest): onStable(sequence, digest, by: replica)
    case .transferred(let sequence, let digest): onTransferred(sequence, digest, by: replica)
    case .marked(let marking): onMarked(marking, by: replica)
    case .enteredEpoch(let epoch, let members, let start):
      onEnteredEpoch(epoch, members, after: start, by: replica)
    case .rejected(let reason, _): counters.rejections[Int(reason.rawValue)] += 1
    case .accepted, .prepared, .committed, .executed, .executedRequest, .heldRequests: break
    }
  }

  /// Judges a message of an honest replica.
  @inline(__always)
  public mutating func sent(
    _ message: PBFTMessage<Policy>, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    if calm != nil { countCalm(message, by: replica) }
    guard honest.contains(replica) else {
      if case .newView(let newView) = message { note(newView) }
      return
    }
    log.now = time
    switch message {
    case .prepare(let vote): onSentPrepare(vote, by: replica)
    case .commit(let vote): onSentCommit(vote, by: replica)
    case .prePrepare(let proposal, let batch):
      onSentProposal(proposal, by: replica)
      if rules?.isOrdered ?? false { checkJudgements(of: batch, proposal, by: replica) }
    case .reply(let reply):
      if reply.replica != replica { misattributed(reply.replica, by: replica) }
    case .request: break
    default: onSentRare(message, by: replica)
    }
    if !synced.isEmpty { keepSynced(replica.index) }
  }

  /// Notes what a client asks.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    requests.issue(request)
    answers.issue(request)
    calm?.request = request
  }

  /// Judges what a client believes (P-16).
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) {
    log.now = time
    // Clients follow the membership as soon as an honest replica has executed its change, whatever
    // the height of the answer; those removed may have replied before. Memberships only shrink.
    let members = epochs[epochs.count - 1].members.count
    let problem = requests.accept(
      request, result: result,
      quorum: epochs.count == 1
        ? assumptions.replyQuorum : assumptions.replyQuorum(members: members),
      liars: faulty.count)
    if let problem { log.report(.p16, at: nil, problem) }
    answers.accept(request, result: result)
  }

  /// Judges what can only be judged at the end.
  public mutating func finish(at time: VirtualTime) {
    log.now = time
    counters.executed = history.last
    counters.epochs = epochs.count - 1
    for replica in honest.members { checkMarks(by: replica) }
    if assumptions.isCalm { checkCosts() }
    if assumptions.endsSettled { checkSettled() }
    for problem in requests.unsettled(isCommitted: isPreparedByEnough) {
      log.report(.p16, at: nil, problem)
    }
    linearizability = answers.verdict()
    if let problem = answers.sentence(about: linearizability) {
      log.report(.p16, at: nil, problem)
    }
  }
}

extension PBFTInvariants where Subject == PBFTReplica<Policy>, Policy == RoundRobin {
  /// Creates the probe of a run of classic PBFT.
  public init(
    _ configuration: PBFTConfiguration<RoundRobin>, assumptions: RunAssumptions
  ) {
    self.init(configuration, assumptions: assumptions, rules: nil)
  }
}

extension PBFTInvariants where Subject == PBFTReplica<Policy>, Policy == StateSheetPolicy {
  /// Creates the probe of a run of sc-PBFT, with the sheet's rules from its options.
  public init(
    _ configuration: PBFTConfiguration<StateSheetPolicy>, assumptions: RunAssumptions
  ) {
    self.init(
      configuration, assumptions: assumptions,
      rules: SheetRules(
        strikes: configuration.policy.strikes,
        isOrdered: configuration.policy.marking == .certified))
  }
}

/// The probe of classic PBFT.
public typealias ClassicPBFTInvariants = PBFTInvariants<RoundRobin, ClassicPBFT>
/// The probe of sc-PBFT.
public typealias CheckedPBFTInvariants = PBFTInvariants<StateSheetPolicy, CheckedPBFT>
