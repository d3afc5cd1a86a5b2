import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing
import Simulator

/// All parties of Paper §II around the replicas: the trusted centre, authorities, the cloud server,
/// patients and users, in one value.
///
/// Each operation is a ``Flow`` that its parties hand on by messages and transactions. What parties
/// compute is charged by ``StepPrices``. The trusted centre, which has nothing to do once everybody
/// is enrolled, also keeps the planner's clock: an operation is drawn at the instant at which it is
/// due and handed to its party at that instant, however busy that is.
///
/// Assumption: operations begin once everybody is enrolled. An operation ends when the last party it
/// involves is done: an upload with the patient's knowledge that the abstract is on the chain, an
/// access with the record, a deletion and a revocation with the cloud server's knowledge, a rekeying
/// with the last row on the chain, encrypting anew with the last old ciphertext deleted.
public struct RecordWorkload: Workload {
  package let world: RecordWorld
  let settings: RecordSettings
  let roster: Roster
  /// The replicas that vouch for an answer in a proof: more than can be faulty.
  let weakQuorum: Int
  /// Whether replicas may execute in orders of their own.
  let ordersPerReplica: Bool
  /// By attribute and policy: whether the policy names the attribute.
  let isNamed: [[Bool]]

  var planner: Planner
  package var cloud: CloudServer
  var chain: ChainMirror
  var blocks: BlockArchive
  var inclusion = InclusionChecks()
  var invariants: RecordInvariants?
  var shadow: RecordShadow?
  var meter = RecordMeter()

  /// Operations under way by number; only ever looked up by it.
  var flows: [Int: Flow] = [:]
  var nextOperation = 0
  /// Parties that are not enrolled yet.
  var unenrolled = 0
  /// Which authorities have the master key, and the key requests that came before it.
  var isReady: [Bool]
  var waiting: [[Int]]
  /// What replicas signed about accesses, the accesses, and the last proof of each user that served.
  var proofs: [AccessProof] = []
  var proofKeys: [RequestKey] = []
  var lastProof: [Int?]
  /// By user and attribute: whether the user's component was left behind by a rekeying.
  var isOutdated: [[Bool]]
  /// The last version that the owner of a file has begun; looked up, never walked.
  var versions: [Int: Int] = [:]
  /// Under which keys what was encrypted, for those who read old blocks.
  var history: KeyHistory
  /// Uploaded files that the real engine has encrypted.
  var realUploads: [Int] = []
  /// When something last happened.
  var now = VirtualTime.zero
  var hasFinished = false
  /// How often a user got a new version in the place of the granted one and opened it anew.
  package var reopened = 0
  /// How often a replica took something back.
  package var undone = 0
  /// Whether it was told that nobody can ask any more.
  var isExhausted = false

  /// What was found broken, in order.
  public internal(set) var violations: [Violation] = []

  /// The alarm of the centre that starts operations, and the one that is due for each of them.
  static let beginning = UInt64.max
  static let tick = UInt64.max - 1
  /// Flows of enrolment have the numbers of their parties from here on.
  static let enrolment = 1 << 40
  /// Bytes of a message that says a few words: a header, names, a signature's worth of neither.
  static let noteBytes = 64

  /// The parties of a run.
  ///
  /// - Parameters:
  ///   - world: What they share, as the replicas' ``RecordLedger`` has it.
  ///   - replicas: The number of replicas.
  ///   - weakQuorum: The replicas whose signatures make a proof: one more than can be faulty.
  ///   - ordersPerReplica: Whether replicas may execute in orders of their own before they agree,
  ///     as in proof of work.
  public init(_ world: RecordWorld, replicas: Int, weakQuorum: Int, ordersPerReplica: Bool) {
    precondition(
      (1...replicas).contains(weakQuorum), "\(weakQuorum) of \(replicas) replicas in a proof")
    self.world = world
    settings = world.settings
    roster = world.roster
    self.weakQuorum = weakQuorum
    self.ordersPerReplica = ordersPerReplica
    planner = Planner(world)
    cloud = CloudServer(world)
    chain = ChainMirror(world)
    blocks = BlockArchive(replicas: replicas)
    history = KeyHistory(world)
    if world.settings.usesProbes {
      invariants = RecordInvariants(world, ordersPerReplica: ordersPerReplica)
    }
    if world.settings.engine != .counted { shadow = RecordShadow(world) }
    isReady = Array(repeating: world.settings.enrolment == .done, count: roster.authorities)
    waiting = Array(repeating: [], count: roster.authorities)
    lastProof = Array(repeating: nil, count: roster.users)
    isOutdated = Array(
      repeating: Array(repeating: false, count: world.settings.universe.count),
      count: roster.users)
    isNamed = world.settings.universe.map { attribute in
      world.settings.policies.map { policy in
        policy.value.labels.contains { $0.attribute == attribute }
      }
    }
  }

  /// The names of the kinds of message, by their numbers.
  public var messageKinds: [String] { PartyMessageKind.allCases.map(\.name) }

  /// Notes which operation a client's request carries.
  public mutating func issued(_ submission: Submission) {
    now = max(now, submission.issued)
    chain.issued(submission)
  }

  /// Handles one input of one party.
  public mutating func handle(_ job: PartyJob, into effects: inout PartyEffects) {
    now = job.begun
    switch job.input {
    case .started:
      if job.party == roster.party(.centre) { start(job, &effects) }
    case .alarm(Self.beginning):
      begin(&effects)
    case .alarm(Self.tick):
      tick(job, &effects)
    case .alarm(let word):
      advance(Int(truncatingIfNeeded: word), job, &effects)
    case .message(let message, let sender):
      receive(message, from: sender, job, &effects)
    case .accepted(let submission, _), .declined(let submission):
      advance(Int(truncatingIfNeeded: submission.ticket), job, &effects)
    }
    check(&effects)
  }

  private func check(_ effects: inout PartyEffects) {
    if let limit = settings.operations, meter.completed >= limit { effects.endRun() }
  }

  /// Counts what is still under way as unfinished.
  public mutating func finish(at time: VirtualTime) {
    guard !hasFinished else { return }
    hasFinished = true
    now = time
    for number in flows.keys.sorted() {
      guard var flow = flows.removeValue(forKey: number) else { continue }
      if flow.path.clock <= time { flow.path.spend(until: time, on: flow.path.pending) }
      record(flow, as: .unfinished)
    }
    for finding in invariants?.compare(chain) ?? [] { note(finding) }
  }

  /// Everything that is reported of the run.
  public var account: RecordAccount {
    RecordAccount(
      operations: meter.operations, liveFiles: chain.liveFiles, auditRecords: chain.auditRecords,
      reports: chain.reports, storedBytes: cloud.storedBytes, messages: meter.messages,
      attempts: meter.attempts, leaks: meter.leaks, unprotected: meter.unprotected,
      realArtefacts: shadow?.artefacts ?? 0,
      scannedBytes: shadow?.scannedBytes ?? 0, comparedRecords: shadow?.comparedRecords ?? 0,
      life: meter.orderedLife)
  }
}

// What all flows need.
extension RecordWorkload {
  /// Hands an input to the flow it belongs to; what comes after a flow's end is of no interest.
  private mutating func advance(
    _ number: Int, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard var flow = flows.removeValue(forKey: number) else { return }
    switch flow.kind {
    case .setup, .enrolment, .registration: advanceEnrolment(&flow, job, &effects)
    case .activity(.upload): advanceUpload(&flow, job, &effects)
    case .activity(.search), .activity(.access): advanceAccess(&flow, job, &effects)
    case .activity(.revoke): advanceRevocation(&flow, job, &effects)
    case .activity(.delete): advanceDeletion(&flow, job, &effects)
    case .activity(.list): advanceListing(&flow, job, &effects)
    }
    if !flow.hasEnded { flows[number] = flow }
  }

  private mutating func receive(
    _ message: PartyMessage, from sender: PartyID, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let number = Int(truncatingIfNeeded: message.flow)
    switch PartyMessageKind(rawValue: message.kind) {
    case .parameters: receiveParameters(job, &effects)
    case .masterKey: receiveMasterKey(job, &effects)
    case .committed where flows[number]?.activity != .revoke:
      checkProof(&effects)
      cloud.commit(Int(truncatingIfNeeded: message.content))
    case .revocation where settings.revocation != .list:
      takeRevocation(message.content, &effects)
    case nil: break
    default: advance(number, job, &effects)
    }
  }

  func price(_ step: PricedStep) -> StepPrices.Price { world.prices[step] }

  func charge(_ step: PricedStep, _ effects: inout PartyEffects) {
    effects.charge(nanoseconds: price(step).nanoseconds)
  }

  /// The check of a proof: one signature of each of enough replicas.
  func checkProof(_ effects: inout PartyEffects) {
    effects.charge(nanoseconds: price(.proof).nanoseconds * Int64(weakQuorum))
  }

  /// The size of a proof.
  var proofBytes: Int { price(.proof).bytes * weakQuorum }

  mutating func send(
    _ kind: PartyMessageKind, of flow: Int, content: UInt64 = 0, bytes: Int, to role: Role,
    _ effects: inout PartyEffects
  ) {
    meter.sent(kind, bytes: bytes)
    effects.send(
      PartyMessage(
        kind: kind.rawValue, flow: UInt64(truncatingIfNeeded: flow), content: content,
        bytes: bytes),
      to: roster.party(role))
  }

  mutating func submit(
    _ operation: RecordOperation, of flow: inout Flow, bytes: Int, by job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    effects.submit(
      operation: operation.word, bytes: UInt32(clamping: bytes),
      ticket: UInt64(truncatingIfNeeded: flow.number))
    flow.path.pending = .consensus
    note(invariants?.submitted(operation, by: roster.role(of: job.party)))
  }

  /// What the replicas answered, and nil if no honest replica gives such an answer or none came.
  mutating func answer(_ flow: inout Flow, _ job: PartyJob, entering step: RecordStep? = nil)
    -> (answer: RecordAnswer?, wasDeclined: Bool)
  {
    switch job.input {
    case .accepted(let submission, let result):
      flow.path.reach(job, entering: step, replicas: chain.cryptography(of: submission))
      checkInclusion(of: RequestKey(submission), RecordAnswer(result))
      return (RecordAnswer(result), false)
    default:
      flow.path.reach(job, entering: step)
      return (nil, true)
    }
  }

  /// How an operation ends that was not answered as it should be.
  func failure(_ reply: (answer: RecordAnswer?, wasDeclined: Bool)) -> RecordOutcome {
    if reply.wasDeclined { return .declined }
    switch reply.answer?.status {
    case .noMatch: return .noMatch
    case .unsatisfied: return .unsatisfied
    case .revoked: return .revoked
    case .invalidToken: return .invalidToken
    case .done, .unauthorised, .conflict, nil: return .refused
    }
  }

  // MARK: Ends

  /// The operation ends once the work of this job is done.
  mutating func conclude(
    _ flow: inout Flow, as outcome: RecordOutcome, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.verdict = outcome
    flow.path.pending = .crypto
    send(.note, of: flow.number, bytes: 0, to: roster.role(of: job.party), &effects)
  }

  /// Whether the input is the note that the last work is done, with which the operation ends.
  mutating func ends(_ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects) -> Bool {
    guard case .message(let message, let sender) = job.input, sender == job.party,
      message.kind == PartyMessageKind.note.rawValue, let verdict = flow.verdict
    else { return false }
    flow.path.close(with: job)
    end(&flow, as: verdict, job, &effects)
    return true
  }

  /// The operation is over, at the instant until which its time is accounted for.
  mutating func end(
    _ flow: inout Flow, as outcome: RecordOutcome, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.hasEnded = true
    if outcome == .leaked { meter.leaks += 1 }
    record(flow, as: outcome)
    guard flow.activity != nil else {
      unenrolled -= 1
      if unenrolled == 0 {
        effects.setAlarm(of: roster.party(.centre), after: .zero, word: Self.beginning)
      }
      return
    }
    guard case .closed(_, let thinkTime) = settings.load else { return }
    let due = flow.path.clock + planner.thought(after: flow.number, thinkTime)
    effects.setAlarm(
      of: roster.party(.centre), after: max(.zero, due - job.begun), word: Self.tick)
  }

  private mutating func record(_ flow: Flow, as outcome: RecordOutcome) {
    let span = (flow.path.clock - flow.started).nanoseconds
    if flow.path.isBroken || flow.path.total != span {
      note(
        ShadowFinding(
          .e0, "the parts of operation \(flow.number) come to \(flow.path.total) of \(span) ns"))
    }
    meter.ended(flow, as: outcome, at: flow.path.clock)
  }

  // MARK: Findings

  mutating func note(_ finding: ShadowFinding?, by replica: ReplicaID? = nil) {
    guard let finding else { return }
    violations.append(
      Violation(
        invariant: finding.invariant, replica: replica, time: now, detail: finding.detail))
  }

  mutating func carryOut(_ act: ShadowAct) {
    guard shadow != nil, let findings = shadow?.carryOut(act) else { return }
    for finding in findings { note(finding) }
  }

  /// Carries an act out that concerns one file, if that is one of those that are real.
  mutating func carryOut(_ act: ShadowAct, for file: Int) {
    guard shadow != nil, world.isReal(file) else { return }
    carryOut(act)
  }

  /// Whether the life of a file is told.
  func isTold(_ file: Int) -> Bool { file == settings.toldFile }

  /// Tells something of the file whose life is told.
  mutating func tell(_ file: Int, _ role: Role, _ job: PartyJob, _ text: String) {
    guard isTold(file) else { return }
    meter.tell(role.name, text, at: job.begun)
  }
}
