import ConsensusCore
import DiscreteEvents

/// A timer of a PBFT replica.
public enum PBFTTimer: UInt8, TimerName {
  /// A held request must execute before it runs out (PBFT §4.4).
  case request
  /// A NEW-VIEW must arrive, and then a held request execute, before it runs out (PBFT §4.5.2).
  case newView
  /// Time to remind peers of what is missing.
  case reminder
  /// A commanded rotation waits no longer for its checkpoint.
  case handOver
  /// Time to ask for a PRE-PREPARE that others committed and that is missing here.
  case missing
  /// The first request of a batch waited long enough for others.
  case batch
}

/// A replica of Practical Byzantine Fault Tolerance (Castro and Liskov, OSDI 1999, sections
/// 4.1-4.5), complete with checkpoints, view changes, state transfer and restart.
///
/// The policy decides who leads: ``RoundRobin`` is PBFT as published, the module SCPBFT adds the
/// paper's state sheet and epochs. Everything else is one code base.
///
/// Life of a sequence number n in view v:
/// ```
/// unknown -PRE-PREPARE-> accepted -q-1 PREPAREs-> prepared -q COMMITs-> committed -n-1 done-> executed
/// ```
/// Life of a replica: `normal(v) -VIEW-CHANGE(v')-> changing(v') -NEW-VIEW(v')-> normal(v')`, with
/// v' > v; from `changing(v')` it can only go on to a higher view.
///
/// Where the rules of the paper stand; the folder Beyond has what the paper lacks:
///
/// | section | extension |
/// | --- | --- |
/// | PBFT §4.1 the client | `+Client` |
/// | PBFT §4.2 normal-case operation | `+NormalCase` up to PREPARE, `+Votes` from there on |
/// | PBFT §4.3 garbage collection | `+Checkpoints` |
/// | PBFT §4.4 view changes | `+ViewChange`, `+NewView` |
/// | PBFT §4.5 liveness | `+Liveness` |
///
/// Deviation: a replica asks for a view change at once, without waiting for the timer, when it holds
/// a proof that the primary misbehaved (Paper §III-B); PBFT §4.4 knows only the timer.
public struct PBFTReplica<Policy: PBFTPolicy>: Replica {
  /// Parameters.
  public typealias Configuration = PBFTConfiguration<Policy>
  /// Messages.
  public typealias Message = PBFTMessage<Policy>
  /// Timers.
  public typealias Timer = PBFTTimer
  /// State on disk.
  public typealias Durable = PBFTDurable<Policy>
  /// What probes see.
  public typealias Observation = PBFTObservation
  package typealias Output = Effects<PBFTReplica>

  /// Whether the replica takes part in a view or waits for the next.
  package enum Phase: Hashable, Sendable {
    /// The replica accepts and sends the messages of its view.
    case normal
    /// The replica asked for this view, which is above its own, and waits for the NEW-VIEW.
    case changing(View)
  }

  /// i, this replica.
  package let id: ReplicaID
  /// The parameters, equal at all replicas of the group.
  package let configuration: Configuration
  /// This replica's key.
  let signer: Signer
  /// The keys of all replicas and clients.
  let verifier: Verifier

  /// v, the last view that this replica installed; never decreases.
  package var view = View(0)
  /// Whether this replica takes part in ``view`` or waits for a higher one.
  package var phase = Phase.normal
  /// What this replica knows about each sequence number between the watermarks.
  ///
  /// The low watermark h is always the sequence number of the stable checkpoint (PBFT §4.3).
  var log: MessageLog
  /// The last sequence number this replica proposed or saw proposed in its view.
  ///
  /// Never decreases within a view, so that no sequence number is proposed twice.
  var lastProposed = SequenceNumber.zero
  /// The requests that this replica waits for; one at most for each client.
  var requests = RequestQueue()
  /// The request that the request timer runs for.
  var requestOnTimer: Request?
  /// What the executed batches led to: h <= ``ReplicatedState/executed`` <= h + L.
  package var state: ReplicatedState<Policy>
  /// The stable checkpoint, the snapshots from there on, and the votes for later checkpoints.
  var checkpoints: CheckpointBook<Policy>
  /// The VIEW-CHANGEs of all members, and what this replica holds against primaries.
  var changes: ViewChangeBook
  /// Messages that this replica cannot act on yet.
  var futureMessages: FutureMessages<Message>
  /// The highest-sequence proof of a stable checkpoint this replica has not reached.
  ///
  /// Above the stable checkpoint; its members hold the state that this replica asks for.
  var unreachedCheckpoint: CheckpointProof?
  /// The certificate that installed the view; nil in view 0.
  ///
  /// Its view differs from ``view`` only in the first view of an epoch, which needs no certificate.
  package var installedBy: NewView?
  /// The first sequence number whose batch is new in this view; earlier ones were in the NEW-VIEW.
  package var firstNewSequence = SequenceNumber(1)
  /// What that first batch must carry.
  var judgements: [Judgement] = []
  /// Primaries whose identity this replica has verified (Paper §III-B).
  package var identified = ReplicaSet()
  /// Whether a commanded rotation waits for its checkpoint.
  var isHandingOver = false
  /// The last sequence number that had executed when the reminder timer was set.
  var executedAtReminder = SequenceNumber.zero
  /// Whether the reminder timer runs.
  var reminderIsSet = false
  /// When the timer for missing proposals fires; nil while it does not run.
  var nextAsking: VirtualTime?
  /// When the batch timer fires; nil while it does not run.
  var batchDeadline: VirtualTime?
  /// The time of the input at hand.
  var now = VirtualTime.zero

  /// Creates replica `id`; it acts only when stepped.
  public init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    self.id = id
    self.configuration = configuration
    self.signer = signer
    self.verifier = verifier
    log = MessageLog(window: configuration.window)
    state = ReplicatedState(
      policy: Policy(configuration: configuration, owner: id),
      replicas: configuration.replicas, application: configuration.application)
    checkpoints = CheckpointBook(replicas: configuration.replicas)
    changes = ViewChangeBook(replicas: configuration.replicas)
    futureMessages = FutureMessages(
      replicas: configuration.replicas, capacity: Int(configuration.window))
  }

  // MARK: PBFT §4: the door

  /// Handles one input.
  @inline(__always)
  public mutating func step(
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>
  ) {
    self.now = now
    defer { assert(isConsistent) }
    switch input {
    case .message(let message, let sender): receive(message, from: sender, into: &effects)
    case .timeout(let timer): onTimeout(timer, into: &effects)
    case .command(.rotate): onRotate(into: &effects)
    case .start:
      effects.persist(.state(state))
      checkpoints.keep(state)
      effects.observe(.enteredView(view, primary: membership.primary(of: view), leads: leads))
    case .restarted(let durable): restart(from: durable, into: &effects)
    }
  }

  /// Handles one message.
  @inline(__always)
  public mutating func receive(
    _ message: Message, from sender: Endpoint, at now: VirtualTime,
    into effects: inout Effects<Self>
  ) {
    self.now = now
    receive(message, from: sender, into: &effects)
    assert(isConsistent)
  }

  /// Proposes what a job of several inputs brought.
  public mutating func concludeJob(at now: VirtualTime, into effects: inout Effects<Self>) {
    self.now = now
    propose(into: &effects)
    assert(isConsistent)
  }

  /// The view counts as moved as soon as the replica asks for the next.
  public var standing: Standing {
    let current: View = if case .changing(let target) = phase { target } else { view }
    return Standing(leads: leads, view: current.number, executed: state.executed.number)
  }

  /// The requests that wait to be executed.
  public var unfinished: Int { requests.count }

  /// Whether this view has proposed a batch for the next sequence number, as far as is known here.
  public var isAgreeing: Bool {
    guard phase == .normal, isMember, let index = log.find(state.executed.next) else {
      return false
    }
    return log[index].view == view && log[index].proposal != nil && log[index].decided == nil
  }

  @inline(__always)
  mutating func receive(_ message: Message, from sender: Endpoint, into effects: inout Output) {
    switch message {
    case .prepare(let vote): onPrepare(vote, into: &effects)
    case .commit(let vote): onCommit(vote, into: &effects)
    case .request(let request): onRequest(request, from: sender, into: &effects)
    case .prePrepare(let proposal, let batch):
      onPrePrepare(proposal, batch, from: sender, into: &effects)
    case .reply: break
    default: receiveRare(message, from: sender, into: &effects)
    }
  }

  private mutating func receiveRare(
    _ message: Message, from sender: Endpoint, into effects: inout Output
  ) {
    switch message {
    case .checkpoint(let vote): onCheckpoint(vote, into: &effects)
    case .viewChange(let viewChange): onViewChange(viewChange, into: &effects)
    case .newView(let newView): onNewView(newView, into: &effects)
    case .status(let status): onStatus(status, from: sender, into: &effects)
    case .committed(let certificate, let batch): onCommitted(certificate, batch, into: &effects)
    case .fetch(let sequence, let digest, let view):
      onFetch(sequence, digest, missedIn: view, from: sender, into: &effects)
    case .batch(let sequence, let batch, nil): onBatch(sequence, batch, into: &effects)
    case .batch(_, let batch, let proposal?):
      onMissed(proposal, batch, from: sender, into: &effects)
    case .stable(let proof): onStable(proof, from: sender, into: &effects)
    case .fetchState: onFetchState(from: sender, into: &effects)
    case .state(let transfer): onState(transfer, from: sender, into: &effects)
    case .request, .prePrepare, .prepare, .commit, .reply: break
    }
  }

  private mutating func onTimeout(_ timer: PBFTTimer, into effects: inout Output) {
    switch timer {
    case .request: onRequestTimeout(into: &effects)
    case .newView: onNewViewTimeout(into: &effects)
    case .reminder: onReminder(into: &effects)
    case .handOver: if isHandingOver { handOver(into: &effects) }
    case .missing: askForMissed(into: &effects)
    case .batch:
      batchDeadline = nil
      propose(into: &effects)
    }
  }

  /// Whether the watermarks, the state and the views are in order, as they are after every input.
  private var isConsistent: Bool {
    assert(log.low == checkpoints.stable.sequence, "PBFT §4.3: the low watermark h")
    assert(log.low <= state.executed && state.executed <= log.high)
    if let unreachedCheckpoint {
      assert(unreachedCheckpoint.sequence > checkpoints.stable.sequence)
    }
    if let installedBy { assert(installedBy.view <= view) }
    switch phase {
    case .normal: assert(view >= membership.firstView)
    case .changing(let target): assert(target > view)
    }
    return true
  }

  // MARK: PBFT §4: what every section asks

  /// The voters of the current epoch.
  @inline(__always)
  package var membership: Membership { _read { yield state.membership } }

  @inline(__always)
  package var isMember: Bool { state.membership.set.contains(id) }

  /// Whether this replica proposes the next batch of its view.
  package var leads: Bool { phase == .normal && isMember && proposer(of: nextToPropose) == id }

  /// Everybody who votes, without this replica.
  var peers: Recipients {
    guard membership.members.count < configuration.replicas else { return .others }
    var set = membership.set
    set.remove(id)
    return .members(set)
  }

  @inline(__always)
  func reject(
    _ reason: PBFTObservation.Rejection, from sender: Endpoint, into effects: inout Output
  ) {
    effects.observe(.rejected(reason, from: sender))
  }
}

extension PBFTReplica.Phase: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    switch self {
    case .normal: hasher.add(false)
    case .changing(let target): hasher.add(true, target)
    }
  }
}

extension PBFTReplica: FieldHashable {
  package enum Field: UInt8, StateField {
    case id, configuration, signer, verifier, view, phase, log, lastProposed, requests,
      requestOnTimer, state, checkpoints, changes, futureMessages, unreachedCheckpoint,
      installedBy, firstNewSequence, judgements, identified, isHandingOver, executedAtReminder,
      reminderIsSet, nextAsking, batchDeadline, now
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .id: hasher.add(id)
    case .view: hasher.add(view)
    case .phase: hasher.add(phase)
    case .log: hasher.add(log)
    case .lastProposed: hasher.add(lastProposed)
    case .requests: hasher.add(requests)
    case .requestOnTimer: hasher.add(requestOnTimer)
    case .state: hasher.add(state)
    case .checkpoints: hasher.add(checkpoints)
    case .changes: hasher.add(changes)
    case .futureMessages: hasher.add(futureMessages)
    case .unreachedCheckpoint: hasher.add(unreachedCheckpoint)
    case .installedBy: hasher.add(installedBy)
    case .firstNewSequence: hasher.add(firstNewSequence)
    case .judgements: hasher.add(judgements)
    case .identified: hasher.add(identified)
    case .isHandingOver: hasher.add(isHandingOver)
    case .executedAtReminder: hasher.add(executedAtReminder)
    case .reminderIsSet: hasher.add(reminderIsSet)
    case .nextAsking: hasher.add(nextAsking)
    case .batchDeadline: hasher.add(batchDeadline)
    case .now: hasher.add(now)
    // Constant throughout a run.
    case .configuration, .signer, .verifier: break
    }
  }
}
