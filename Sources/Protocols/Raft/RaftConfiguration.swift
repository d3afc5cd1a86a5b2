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

/// When the clocks of the replicas tick.
public enum TickPhase: Hashable, Sendable {
  /// Each at an offset of its own, drawn whenever the replica starts.
  case random
  /// All at the multiples of the tick since the start of the run.
  case together
}

/// What a replica that follows a leader does with a client's request.
public enum RequestHandling: Hashable, Sendable {
  /// It rejects the request and names the leader (Raft §8).
  case redirect
  /// It passes the request on to the leader, and replies itself once it has applied the entry.
  case forward
}

/// The parameters of a Raft cluster, equal at all replicas of a run.
///
/// The membership is fixed: joint consensus (Raft §6) is out of scope.
public struct RaftConfiguration: Sendable {
  /// The number of replicas, from 1 to `ReplicaSet.capacity`.
  public var replicas: Int
  /// The idle time per follower after which a leader sends it a heartbeat; with ``tick`` the time
  /// between two heartbeats, which go to all followers.
  ///
  /// Assumption: 100 ms unless set otherwise; neither the paper nor Raft §5.6 fixes it.
  public var heartbeat = VirtualDuration.milliseconds(100)
  /// The shortest election timeout, and the lease of a leader (Ongaro's thesis §4.2.3).
  ///
  /// Assumption: 1 s unless set otherwise, well above the time a busy leader takes for a block.
  public var shortestElectionTimeout = VirtualDuration.seconds(1)
  /// The longest election timeout: timeouts are uniform between the two (Raft §5.2).
  public var longestElectionTimeout = VirtualDuration.seconds(2)
  /// The time between two ticks of a replica's clock; nil, the default, where timers run from the
  /// end of a job on.
  ///
  /// With it every timer counts ticks, as in etcd's raft: time-outs are whole numbers of ticks, and
  /// what is left of the current tick when a timer starts counts as one. etcd with `ElectionTick` T
  /// and `HeartbeatTick` H draws from T to 2T - 1 ticks and has heartbeats every H ticks.
  ///
  /// Deviation: etcd counts anew, with a new draw, whenever it learns of a higher term and when a
  /// majority refuses a candidate; here as in Raft §5.2 for a granted vote and a leader's message. A
  /// pre-candidate draws for each attempt, and in etcd for each term. A heartbeat brings a follower
  /// what it lacks, and etcd's brings nothing.
  ///
  /// Assumption: a lease counts the ticks of a clock that is right, since the replica reads time and
  /// does not know the scale of its timers.
  public var tick: VirtualDuration?
  /// When the clocks tick, where there is a ``tick``.
  public var tickPhase = TickPhase.random
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
  /// What a replica that follows a leader does with a client's request.
  ///
  /// With ``RequestHandling/forward`` only the replica that a client asked replies to it.
  public var requests = RequestHandling.redirect
  /// The time after which a replica gives up a request that it took and has not applied; nil for never.
  public var requestTimeout: VirtualDuration?
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
      && entriesKeptBySnapshot >= 0 && (requestTimeout ?? heartbeat) > .zero
      && (initialLeader.map { (0..<replicas).contains($0.index) } ?? true)
      && (tick.map(areTicks) ?? true)
  }

  /// Whether the periods of a leader and the bounds of time-outs are whole numbers of ticks.
  private func areTicks(of tick: VirtualDuration) -> Bool {
    tick > .zero
      && [heartbeat, shortestElectionTimeout, longestElectionTimeout]
        .allSatisfy { $0.nanoseconds % tick.nanoseconds == 0 }
  }

  /// The clock of a replica that starts with this seed, if clocks tick.
  func clock(of replica: ReplicaID, seed: Seed) -> TickClock? {
    guard let tick else { return nil }
    switch tickPhase {
    case .together: return TickClock(period: tick, phase: .zero)
    case .random:
      var draw = seed.draw(.tick, UInt64(truncatingIfNeeded: replica.index))
      let phase = draw.below(UInt64(bitPattern: tick.nanoseconds))
      return TickClock(
        period: tick, phase: VirtualDuration(nanoseconds: Int64(bitPattern: phase)))
    }
  }
}
