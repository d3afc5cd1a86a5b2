import ConsensusCore
import DiscreteEvents

/// One replica of Raft (Ongaro and Ousterhout, extended version; Ongaro's thesis).
///
/// Transitions of ``Role`` (Raft Figure 4, thesis §9.6), all others are illegal:
/// - follower to pre-candidate: election timeout; to candidate: the same without pre-vote, or
///   the leader's TimeoutNow;
/// - pre-candidate to candidate: a majority would vote for it; to pre-candidate: timeout;
/// - candidate to leader: a majority voted for it; to pre-candidate or candidate: timeout;
/// - any to follower: a higher term, or a leader of its own term (not from leader); leader also
///   when a majority is silent (thesis §6.2).
///
/// A replica that lost its disk stays a follower until it has recovered (``Recovery``).
/// A replica alone in its cluster passes through these states within one step.
/// Deviation: the membership is fixed (Raft §6 is out of scope).
public struct RaftReplica: Replica {
  /// The parameters of the cluster.
  public typealias Configuration = RaftConfiguration
  /// Raft's messages.
  public typealias Message = RaftMessage
  /// What is on disk.
  public typealias Durable = RaftDurable
  /// Raft's inner steps.
  public typealias Observation = RaftObservation

  /// Raft's timers.
  public enum Timer: UInt8, TimerName {
    /// A follower's or candidate's patience; at a leader, the rhythm of its quorum checks.
    case election
    /// A leader's check for followers that it has sent nothing to for a while, or its next round of
    /// heartbeats where clocks tick.
    case heartbeat
    /// The end of an attempt to hand the lead over.
    case transfer
    /// The first request of a batch waited long enough for others.
    case batch
    /// The end of a replica's patience with the oldest request that it took.
    case request
  }

  /// What a replica is in its term (Raft §5.1).
  package enum Role: Hashable, Sendable {
    case follower, preCandidate, candidate, leader
  }

  /// What a leader knows about one follower (Raft Figure 2).
  package struct Progress: Sendable {
    /// The log is known to agree up to here.
    var match = LogIndex.zero
    /// The next entry to send.
    var next: LogIndex
    /// Whether the leader sends one message at a time until it knows where the logs agree;
    /// otherwise it sends on without waiting.
    var isProbing = false
    /// Whether the follower refused ``match`` itself since it last acknowledged anything.
    var isDoubted = false
    /// Whether the follower answered since the last check of the quorum.
    var isActive = true
    /// When the leader last sent anything.
    var lastSent: VirtualTime
    /// The commit index in what the leader last sent; kept for ``CommitNotice/atOnce`` alone.
    var told = LogIndex.zero
  }

  let id: ReplicaID
  let configuration: RaftConfiguration
  let verifier: Verifier
  let seed: Seed
  let majority: Int
  /// What timers count, if clocks tick; a restarted replica has another.
  let clock: TickClock?

  // On disk as well, see RaftDurable.
  var term = Term.zero
  var vote: ReplicaID?
  var log = RaftLog()
  var snapshot: RaftSnapshot
  /// The replica votes only in later terms than this one, since it lost its disk.
  var barredThrough = Term.zero
  /// Whether ``term`` or ``vote`` changed since they were last made durable.
  var isStateUnsaved = false

  // Volatile.
  package var role = Role.follower
  var leader: ReplicaID?
  var commitIndex = LogIndex.zero
  var appliedIndex = LogIndex.zero
  var ledger: Ledger
  /// The number of clients whose requests were applied.
  var clients = 0
  /// When a message of the current leader last came.
  var lastContact = VirtualTime.zero
  /// Who granted the current vote or pre-vote.
  var votes = ReplicaSet()
  var attempt: UInt64 = 0
  var electionTimeout = VirtualDuration.zero
  /// Checked requests that wait for a known leader, the end of a transfer, or room in the log.
  package var held: [Request] = []
  /// By client, the request that this replica took and owes a reply; empty where the leader replies and
  /// no request is given up.
  var taken: [TakenRequest] = []
  /// The requests that are given up some time, the oldest first; some are no longer owed a reply.
  var deadlines: [TakenRequest] = []

  /// What the replica has been told since it lost its disk, until it has recovered.
  var recovery: Recovery?

  // Volatile, of leaders.
  var progress: [Progress] = []
  /// By follower, the last index of every append-entries message with entries that has no answer
  /// yet, ascending; empty without ``RaftConfiguration/inFlight``.
  var windows: [[LogIndex]] = []
  /// When the requests that are held need not wait for others any longer; nil while none do.
  var batchDeadline: VirtualTime?
  /// By client, the greatest timestamp in the log above the applied entries.
  var proposed: [UInt64] = []
  /// Whom the leader hands the lead to, and whether it already asked it to campaign.
  var transferTarget: ReplicaID?
  var hasAskedTarget = false

  /// The instant of the current step, so that the functions of a step need not pass it on.
  var now = VirtualTime.zero

  /// Creates a replica with a blank disk.
  ///
  /// The signer is not used: signatures of blocks are charged as work only (see ``RaftMessage``).
  public init(
    id: ReplicaID, configuration: RaftConfiguration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    self.init(id: id, configuration: configuration, verifier: verifier, seed: seed)
  }

  init(id: ReplicaID, configuration: RaftConfiguration, verifier: Verifier, seed: Seed) {
    precondition(configuration.isValid, "Raft cannot run with \(configuration)")
    self.id = id
    self.configuration = configuration
    self.verifier = verifier
    self.seed = seed
    majority = Quorum(replicas: configuration.replicas).majority
    clock = configuration.clock(of: id, seed: seed)
    snapshot = .initial(application: configuration.application)
    ledger = snapshot.ledger
  }

  /// Handles one input completely.
  public mutating func step(
    _ input: Input<RaftReplica>, at now: VirtualTime, into effects: inout Effects<RaftReplica>
  ) {
    self.now = now
    switch input {
    case .start: start(into: &effects)
    case .message(let message, let sender): onMessage(message, from: sender, into: &effects)
    case .timeout(.election): onElectionTimeout(into: &effects)
    case .timeout(.heartbeat): onHeartbeatTimeout(into: &effects)
    case .timeout(.transfer): onTransferTimeout(into: &effects)
    case .timeout(.batch): proposeHeld(into: &effects)
    case .timeout(.request): onRequestTimeout(into: &effects)
    case .command(.rotate): startTransfer(into: &effects)
    case .restarted(let durable): restart(from: durable, into: &effects)
    }
    maybeSaveState(into: &effects)
  }

  /// Whether the replica leads, its term, and the last index it applied.
  public var standing: Standing {
    Standing(leads: role == .leader, view: term.number, executed: appliedIndex.number)
  }

  /// The requests that it holds, and the entries of its log that it does not know to be committed.
  public var unfinished: Int {
    held.count + Int(log.last.index.number - commitIndex.number)
  }

  // Rule: Raft followers-1
  private mutating func start(into effects: inout Effects<RaftReplica>) {
    drawElectionTimeout()
    if configuration.initialLeader == id {
      becomeCandidate(isTransfer: false, into: &effects)
    } else {
      effects.setTimer(.election, after: electionTimeout, of: clock)
    }
  }

  // Rule: Raft state-4
  private mutating func restart(
    from durable: RaftDurable, into effects: inout Effects<RaftReplica>
  ) {
    let instant = now
    self = RaftReplica(id: id, configuration: configuration, verifier: verifier, seed: seed)
    now = instant
    term = durable.term
    vote = durable.vote
    log = durable.log
    barredThrough = durable.barredThrough
    if let stored = durable.snapshot { snapshot = stored }
    commitIndex = snapshot.position.index
    appliedIndex = commitIndex
    ledger = snapshot.ledger
    clients = snapshot.clients
    effects.observe(
      .restarted(
        term, vote: vote, last: log.last, snapshot: snapshot.position, ledger: ledger.digest))
    drawElectionTimeout()
    guard durable.isFormatted else { return startRecovery(into: &effects) }
    effects.setTimer(.election, after: electionTimeout, of: clock)
  }

  // Rule: Raft followers-1
  private mutating func onMessage(
    _ message: RaftMessage, from endpoint: Endpoint, into effects: inout Effects<RaftReplica>
  ) {
    if case .request(let request) = message { return onRequest(request, into: &effects) }
    guard let sender = endpoint.replica, sender != id, sender.index < configuration.replicas else {
      return
    }
    switch message {
    case .request, .reply: break
    case .appendEntries(let message): onAppendEntries(message, from: sender, into: &effects)
    case .appendReply(let message): onAppendReply(message, from: sender, into: &effects)
    case .preVote(let message): onPreVote(message, from: sender, into: &effects)
    case .preVoteReply(let message): onPreVoteReply(message, from: sender, into: &effects)
    case .vote(let message): onVote(message, from: sender, into: &effects)
    case .voteReply(let message): onVoteReply(message, from: sender, into: &effects)
    case .timeoutNow(let term): onTimeoutNow(term, into: &effects)
    case .installSnapshot(let message): onInstallSnapshot(message, from: sender, into: &effects)
    case .snapshotReply(let term, let match):
      onSnapshotReply(term, match: match, from: sender, into: &effects)
    case .recover(let nonce): onRecover(nonce, from: sender, into: &effects)
    case .recoverReply(let message): onRecoverReply(message, from: sender, into: &effects)
    case .forward(let request): onForward(request, from: sender, into: &effects)
    }
  }

  // Rule: Raft state-1, Raft state-2
  /// Sends to replicas, after term and vote are durable (Raft §5.1: "Updated on stable storage
  /// before responding to RPCs").
  mutating func send(
    _ message: RaftMessage, to recipients: Recipients, into effects: inout Effects<RaftReplica>
  ) {
    maybeSaveState(into: &effects)
    effects.send(message, to: recipients)
  }

  mutating func maybeSaveState(into effects: inout Effects<RaftReplica>) {
    guard isStateUnsaved else { return }
    isStateUnsaved = false
    effects.persist(.state(term: term, vote: vote))
  }
}

extension RaftReplica.Role: WordHashable {
  package var stateWord: UInt64 {
    switch self {
    case .follower: 0
    case .preCandidate: 1
    case .candidate: 2
    case .leader: 3
    }
  }
}

extension RaftReplica.Progress: FieldHashable {
  package enum Field: UInt8, StateField {
    case match, next, isProbing, isDoubted, isActive, lastSent, told
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .match: hasher.add(match)
    case .next: hasher.add(next)
    case .isProbing: hasher.add(isProbing)
    case .isDoubted: hasher.add(isDoubted)
    case .isActive: hasher.add(isActive)
    case .lastSent: hasher.add(lastSent)
    case .told: hasher.add(told)
    }
  }
}

extension RaftReplica: FieldHashable {
  package enum Field: UInt8, StateField {
    case id, configuration, verifier, seed, majority, clock, term, vote, log, snapshot,
      barredThrough,
      isStateUnsaved, role, leader, commitIndex, appliedIndex, ledger, clients, lastContact, votes,
      attempt, electionTimeout, held, taken, deadlines, recovery, progress, windows, batchDeadline,
      proposed,
      transferTarget, hasAskedTarget, now
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .id: hasher.add(id)
    case .majority: hasher.add(majority)
    case .term: hasher.add(term)
    case .vote: hasher.add(vote)
    case .log: hasher.add(log)
    case .snapshot: hasher.add(snapshot)
    case .barredThrough: hasher.add(barredThrough)
    case .isStateUnsaved: hasher.add(isStateUnsaved)
    case .role: hasher.add(role)
    case .leader: hasher.add(leader)
    case .commitIndex: hasher.add(commitIndex)
    case .appliedIndex: hasher.add(appliedIndex)
    case .ledger: hasher.add(ledger)
    case .clients: hasher.add(clients)
    case .lastContact: hasher.add(lastContact)
    case .votes: hasher.add(votes)
    case .attempt: hasher.add(attempt)
    case .electionTimeout: hasher.add(electionTimeout)
    case .held: hasher.add(held)
    case .taken: hasher.add(taken)
    case .deadlines: hasher.add(deadlines)
    case .recovery: hasher.add(recovery)
    case .progress: hasher.add(progress)
    case .windows: hasher.add(windows)
    case .batchDeadline: hasher.add(batchDeadline)
    case .proposed: hasher.add(proposed)
    case .transferTarget: hasher.add(transferTarget)
    case .hasAskedTarget: hasher.add(hasAskedTarget)
    case .now: hasher.add(now)
    // Constant throughout a run.
    case .configuration, .verifier, .seed, .clock: break
    }
  }
}
