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
}

/// A replica of Practical Byzantine Fault Tolerance (Castro and Liskov, OSDI 1999, sections
/// 4.1-4.5), complete with checkpoints, view changes, state transfer and restart.
///
/// The oversight decides who may lead: ``NoOversight`` is PBFT as published, the module SCPBFT adds
/// the paper's state sheet. Everything else is one code base.
///
/// Life of a sequence number n in view v:
/// ```
/// unknown -PRE-PREPARE-> accepted -q-1 PREPAREs-> prepared -q COMMITs-> committed -n-1 done-> executed
/// ```
/// Life of a replica: `normal(v) -VIEW-CHANGE(v')-> changing(v') -NEW-VIEW(v')-> normal(v')`, with
/// v' > v; from `changing(v')` it can only go on to a higher view.
///
/// Deviation: a replica asks for a view change at once, without waiting for the timer, when it holds
/// a proof that the primary misbehaved (Paper §III-B); PBFT §4.4 knows only the timer.
public struct PBFTReplica<Oversight: PrimaryOversight>: Replica {
  /// Parameters.
  public typealias Configuration = PBFTConfiguration<Oversight>
  /// Messages.
  public typealias Message = PBFTMessage<Oversight>
  /// Timers.
  public typealias Timer = PBFTTimer
  /// State on disk.
  public typealias Durable = PBFTDurable<Oversight>
  /// What probes see.
  public typealias Observation = PBFTObservation
  typealias Output = Effects<PBFTReplica>

  /// Whether the replica takes part in a view or waits for the next.
  enum Phase: Hashable, Sendable {
    case normal
    case changing(View)
  }

  let id: ReplicaID
  let configuration: Configuration
  let signer: Signer
  let verifier: Verifier

  var view = View(0)
  var phase = Phase.normal
  var log: MessageLog
  /// The last sequence number this replica proposed or saw proposed in its view.
  var lastProposed = SequenceNumber.zero
  var requests = RequestQueue()
  /// The request that the request timer runs for.
  var timed: Request?
  var state: ReplicatedState<Oversight>
  var checkpoints: CheckpointBook<Oversight>
  var changes: ViewChangeBook
  var early: EarlyMessages<Message>
  /// The highest-sequence proof of a stable checkpoint this replica has not reached.
  var ahead: CheckpointProof?
  /// The certificate that installed the view; nil in view 0.
  var installed: NewView?
  /// The first sequence number whose batch is new in this view; earlier ones were in the NEW-VIEW.
  var firstFresh = SequenceNumber(1)
  /// What that first batch must carry.
  var judgements: [Judgement] = []
  /// Primaries whose identity this replica has verified (Paper §III-B).
  var identified = ReplicaSet()
  /// Whether a commanded rotation waits for its checkpoint.
  var isHandingOver = false
  var executedAtReminder = SequenceNumber.zero
  var reminderIsSet = false
  /// When the timer for missing proposals fires; nil while it does not run.
  var nextAsking: VirtualTime?
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
      options: configuration.oversight, owner: id, replicas: configuration.replicas,
      application: configuration.application)
    checkpoints = CheckpointBook(replicas: configuration.replicas)
    changes = ViewChangeBook(replicas: configuration.replicas)
    early = EarlyMessages(replicas: configuration.replicas, capacity: Int(configuration.window))
  }

  /// Handles one input.
  @inline(__always)
  public mutating func step(
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>
  ) {
    self.now = now
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
    }
  }

  // MARK: Questions that every part asks

  /// The voters of the current epoch.
  @inline(__always)
  var membership: Membership { _read { yield state.membership } }

  @inline(__always)
  var isMember: Bool { state.membership.set.contains(id) }

  /// Whether this replica proposes the next batch of its view.
  var leads: Bool { phase == .normal && isMember && proposer(of: nextToPropose) == id }

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
