import ConsensusCore
import DiscreteEvents
import Raft

/// Raft as in its paper's Figure 2, without pre-vote and leases, up to a number of terms, commands
/// and crashes.
///
/// Two local states are one if all stored properties of the replica and of its disk are equal, but
/// for
/// - what is constant: the configuration and keys;
/// - what can only change how long a timer runs: `attempt` and `electionTimeout`, both of a draw
///   from an interval of one point;
/// - the instants `now`, `lastContact` and `lastSent`: a step takes longer than a heartbeat, so that
///   every follower is due when the heartbeat timer fires, and nobody asks for the others;
/// - `isActive`, which only quorum checks read;
/// - `recovery`, `barredThrough` and `isFormatted`, which change only if a disk is lost.
package struct RaftModel<Subject: Replica & StateHashable>: Model
where
  Subject.Message == RaftMessage, Subject.Observation == RaftObservation,
  Subject.Configuration == RaftConfiguration, Subject.Timer == RaftReplica.Timer,
  Subject.Durable == RaftDurable
{
  /// What a replica has done.
  package typealias Record = RaftRecord

  /// What is explored.
  package let name: String
  /// The number of replicas.
  package let replicas: Int
  /// The highest term.
  package let terms: UInt64
  /// The commands, each of a client of its own.
  package let commands: Int
  /// The most crashes with restart from disk.
  package let crashes: Int
  /// How often the heartbeat timer fires at one replica.
  package let heartbeats: Int
  /// Whether a new leader with uncommitted entries appends an empty one.
  package let appendsNoOps: Bool
  /// Whether states are merged that differ by what cannot matter any more.
  package let reduces: Bool
  /// The commands, offered to whoever leads.
  package let environment: [EnvironmentMessage<Subject>]

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - name: What it is.
  ///   - replicas: The number of replicas.
  ///   - terms: The highest term; election timers fire below it only.
  ///   - commands: The commands, each of a client of its own.
  ///   - crashes: The most crashes with restart from disk.
  ///   - heartbeats: How often the heartbeat timer fires at one replica.
  ///   - appendsNoOps: Whether a new leader with uncommitted entries appends an empty one.
  ///   - reduces: Whether states are merged that differ by what cannot matter any more.
  package init(
    name: String, replicas: Int, terms: UInt64, commands: Int, crashes: Int, heartbeats: Int,
    appendsNoOps: Bool = true, reduces: Bool = true
  ) {
    self.appendsNoOps = appendsNoOps
    self.reduces = reduces
    self.name = name
    self.replicas = replicas
    self.terms = terms
    self.commands = commands
    self.crashes = crashes
    self.heartbeats = heartbeats
    environment = (0..<commands).map { client in
      let request = Self.request(of: client)
      return EnvironmentMessage(
        "request c\(client) t=\(request.timestamp)", .request(request),
        from: Endpoint(request.client), isForLeaders: true)
    }
  }

  /// All replicas run honest code.
  package var byzantine: ReplicaSet { ReplicaSet() }

  /// All replicas may change places.
  package var interchangeable: [ReplicaID] { (0..<replicas).map { ReplicaID($0) } }

  /// The paper's Raft: nobody leads at first.
  package var configuration: RaftConfiguration {
    var configuration = RaftConfiguration(replicas: replicas)
    configuration.heartbeat = VirtualDuration(nanoseconds: 1)
    configuration.shortestElectionTimeout = .seconds(1)
    configuration.longestElectionTimeout = .seconds(1)
    configuration.initialLeader = nil
    configuration.usesPreVote = false
    configuration.checksQuorum = false
    configuration.appendsNoOp = appendsNoOps ? .ifUncommitted : .never
    return configuration
  }

  /// The invariants that are judged.
  package var invariants: String { "R-1 to R-8, R-10, R-11, R-13" }

  /// See ``RaftModel``.
  package var ignoredFields: IgnoredFields {
    var ignored = IgnoredFields()
    ignored.ignore(
      [.now, .attempt, .electionTimeout, .lastContact, .recovery, .barredThrough],
      of: RaftReplica.self)
    ignored.ignore([.lastSent, .isActive], of: RaftReplica.Progress.self)
    ignored.ignore([.barredThrough, .isFormatted], of: RaftDurable.self)
    guard reduces else { return ignored }
    // A follower takes the leader's commit index up to the last entry of the message only; votes are
    // for candidates; and the leader's name is for those who hold requests.
    ignored.ignore([.commit], of: AppendEntries.self)
    ignored.ignore(of: RaftReplica.self) { replica in
      (replica.role == .candidate ? [] : [.votes]) + (replica.held.isEmpty ? [.leader] : [])
    }
    return ignored
  }

  /// A step takes longer than a heartbeat.
  package var tick: VirtualDuration { .milliseconds(1) }

  /// The term, and whether the replica leads it.
  package func ignoreLevel(of replica: ReplicaID, at standing: Standing) -> UInt8 {
    reduces ? UInt8(min(7, standing.view)) << 1 | (standing.leads ? 1 : 0) : 0
  }

  /// Answers of terms left behind; refusals in a term that the candidate has reached; votes for who
  /// leads already; and requests of candidates of terms left behind who are in the last term, so that
  /// no answer can tell them of another.
  package func isDead(
    _ message: RaftMessage, to replica: ReplicaID, at ignoreLevel: UInt8, from origin: UInt8
  ) -> Bool {
    let (term, leads) = (UInt64(ignoreLevel >> 1), ignoreLevel & 1 != 0)
    switch message {
    case .voteReply(let reply):
      return reply.term.number < term
        || reply.term.number == term && (leads || !reply.isGranted)
    case .appendReply(let reply): return reply.term.number < term
    case .vote(let request):
      return request.term.number < term && UInt64(origin >> 1) >= terms
    default: return false
    }
  }

  /// Whether a message is one of the two calls of Raft or their answers, within the terms.
  package func delivers(_ message: RaftMessage, from sender: ReplicaID) -> Bool {
    switch message {
    case .appendEntries(let message): message.term.number <= terms
    case .appendReply(let message): message.term.number <= terms
    case .vote(let message): message.term.number <= terms
    case .voteReply(let message): message.term.number <= terms
    case .request, .reply, .preVote, .preVoteReply, .timeoutNow, .installSnapshot, .snapshotReply,
      .recover, .recoverReply, .forward:
      false
    }
  }

  /// The election timer fires as often as it likes, the heartbeat timer up to a bound.
  package func patience(of timer: RaftReplica.Timer) -> Int {
    switch timer {
    case .election: .max
    case .heartbeat: heartbeats
    case .transfer, .batch, .request: 0
    }
  }

  /// Whether the next term is within the bound.
  package func fires(_ timer: RaftReplica.Timer, at standing: Standing) -> Bool {
    timer != .election || standing.view < terms
  }
}
