import ConsensusCore
import DiscreteEvents

/// When a new leader appends an entry without requests (Raft §8).
public enum NoOpPolicy: Hashable, Sendable {
  /// Never: entries of earlier terms commit with the next client's entry (Raft §5.4.2).
  ///
  /// Without a new request they never do: a retransmitted request that is in the log already is not
  /// appended again. For tests of the paper's scenarios.
  case never
  /// When its log has entries that it does not know to be committed.
  case ifUncommitted
  /// At the start of every term, as Raft §8 suggests for reads.
  case always
}

/// When followers learn that the commit index rose.
public enum CommitNotice: Hashable, Sendable {
  /// With the next entries or heartbeat (Raft Figure 2).
  case withNext
  /// At once, with an append-entries message of its own where no entries leave; as etcd does.
  case atOnce
}

/// The parameters of a Raft cluster, equal at all replicas of a run.
///
/// The membership is fixed: joint consensus (Raft §6) is out of scope.
public struct RaftConfiguration: Sendable {
  /// The number of replicas, from 1 to `ReplicaSet.capacity`.
  public var replicas: Int
  /// The idle time per follower after which a leader sends it a heartbeat.
  ///
  /// Assumption: 100 ms unless set otherwise; neither the paper nor Raft §5.6 fixes it.
  public var heartbeat = VirtualDuration.milliseconds(100)
  /// The shortest election timeout, and the lease of a leader (Ongaro's thesis §4.2.3).
  ///
  /// Assumption: 1 s unless set otherwise, well above the time a busy leader takes for a block.
  public var shortestElectionTimeout = VirtualDuration.seconds(1)
  /// The longest election timeout: timeouts are uniform between the two (Raft §5.2).
  public var longestElectionTimeout = VirtualDuration.seconds(2)
  /// The replica that campaigns as soon as the run starts, so that runs begin at a known leader.
  ///
  /// Assumption: replica 0 unless set otherwise. With nil all replicas wait for their timeouts.
  public var initialLeader: ReplicaID? = ReplicaID(0)
  /// The most entries in one append-entries message, at least 1; followers that lag and requests
  /// that waited need more.
  public var maximumEntries = 64
  /// The most requests in one entry, at least 1; the paper's block has one.
  ///
  /// Batches form of requests that wait: for ``inFlight``, for ``Batching/delay`` or for a leader.
  public var maximumBatch = 1
  /// When a batch is full or old enough, beside ``maximumBatch``.
  public var batching = Batching.immediate
  /// The most append-entries messages with entries that a leader has sent to a follower without an
  /// answer, at least 1; nil for no limit.
  ///
  /// Assumption: the paper has no limit. Requests wait while the window of every follower is full.
  public var inFlight: Int?
  /// When followers learn that the commit index rose.
  public var commitNotice = CommitNotice.withNext
  /// When a new leader appends an entry without requests.
  ///
  /// Deviation: Raft §8 has a no-op in every term. By default one is appended only when the leader
  /// has entries that it does not know to be committed, so that fault-free message counts are those
  /// of the requests alone, and entries of earlier terms still commit without a new request.
  public var appendsNoOp = NoOpPolicy.ifUncommitted
  /// Whether candidates ask first if they could win, without a new term (thesis §9.6).
  public var usesPreVote = true
  /// Whether a leader without answers of a majority steps down, and replicas that hear a leader
  /// ignore vote requests (thesis §6.2, §4.2.3).
  public var checksQuorum = true
  /// The number of applied entries after which a replica takes a snapshot; nil for never.
  public var snapshotThreshold: Int?
  /// How many of a snapshot's last entries stay in the log for followers that lag a little.
  public var entriesKeptBySnapshot = 0
  /// What the cluster executes, in its initial state; nil, the default, for the ledger alone.
  public var application: (any Application)?

  /// The defaults for a cluster of `replicas`.
  public init(replicas: Int) {
    precondition(
      (1...ReplicaSet.capacity).contains(replicas), "Raft cannot run on \(replicas) replicas")
    self.replicas = replicas
  }

  /// Whether every parameter is in its range; a scenario is checked with this at the door.
  public var isValid: Bool {
    heartbeat > .zero && heartbeat < shortestElectionTimeout
      && shortestElectionTimeout <= longestElectionTimeout && maximumEntries >= 1
      && maximumBatch >= 1 && (inFlight ?? 1) >= 1 && (snapshotThreshold ?? 1) >= 1
      && entriesKeptBySnapshot >= 0
      && (initialLeader.map { (0..<replicas).contains($0.index) } ?? true)
  }
}
