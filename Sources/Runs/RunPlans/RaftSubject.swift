import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Notation
import Raft
import Simulator

/// Raft.
enum RaftSubject: SubjectDefinition {
  /// Name, section and bounds.
  static let traits: SubjectTraits = {
    var traits = SubjectTraits(
      name: "raft", title: "Raft", kinds: RaftMessage.kindNames, steps: RaftObservation.markNames,
      sections: [RaftConfiguration.self], invariants: [.raft], tolerance: .minorityStops,
      progressInvariant: .rl1, restInvariant: .rl1,
      clients: ClientTraits(
        dispatch: .leader, replies: .fixed, hasTimeout: true, retransmission: .next,
        ordersPerReplica: false),
      agreementKinds: ["append-entries", "append-reply"], behaviours: .everybody, leastReplicas: 3)
    traits.checkBound = { plan, reader in plan.checkLiars(reader) }
    traits.givesUp = { $0[RaftConfiguration.self].requestTimeout != nil }
    traits.check = { plan, reader in
      plan.checkReplies(reader)
      plan.checkInitialLeader(reader)
      plan.checkMembers(reader)
      plan.checkPatience(reader)
    }
    traits.leastWork = { .raft($0) }
    return traits
  }()

  /// The parameters of the section `raft`.
  static func configuration(of run: PlannedRun) -> RaftConfiguration {
    var configuration = run.plan[RaftConfiguration.self]
    configuration.replicas = run.plan.replicas
    configuration.application = run.application
    configuration.batching = configuration.batching.counting(run.plan.sizes)
    return configuration
  }

  /// The invariants of Raft.
  static func judge(
    _ configuration: RaftConfiguration, of run: PlannedRun
  ) -> RaftInvariants<RaftReplica> {
    RaftInvariants(configuration, assumptions: run.assumptions)
  }

  /// Messages without heartbeats.
  static func census(of run: PlannedRun) -> RaftCensus {
    RaftCensus(hasWindows: run.plan[RaftConfiguration.self].inFlight != nil)
  }

  /// The highest term, and messages without heartbeats.
  static func counters(
    _ census: RaftCensus, _ judge: RaftInvariants<RaftReplica>?, _ outcome: Outcome
  ) -> RunCounters {
    var counters = RunCounters()
    counters.highestView = outcome.standings.map(\.view).max() ?? 0
    counters.withoutHeartbeats = census.agreementMessages
    counters.windowFull = census.windowFull
    return counters
  }
}

extension RaftConfiguration: ProtocolKeys {
  /// The values of a section without keys.
  public init() { self.init(replicas: 1) }

  /// The section `raft`.
  public static var section: Section<Self> { raftSection }

  /// The least and the largest election time-out.
  fileprivate var electionTimeout: ClosedRange<VirtualDuration> {
    get { shortestElectionTimeout...longestElectionTimeout }
    set {
      shortestElectionTimeout = newValue.lowerBound
      longestElectionTimeout = newValue.upperBound
    }
  }

  /// Entries executed between two snapshots; as many are kept behind one.
  fileprivate var snapshotInterval: Int? {
    get { snapshotThreshold }
    set {
      snapshotThreshold = newValue
      entriesKeptBySnapshot = newValue ?? 0
    }
  }
}

private let raftSection = Section<RaftConfiguration>(
  "raft", "Parameters of Raft.", initial: { RaftConfiguration() },
  fields: [
    .field(
      "heartbeat", .duration(from: .microseconds(1)), default: "100 ms", \.heartbeat,
      "The idle time after which a leader sends a heartbeat; with `tick` the time between two."),
    .field(
      "election-timeout",
      .range(
        of: .duration(from: .microseconds(1)), placeholder: .seconds(1)...(.seconds(2)),
        complaint: "the largest time-out is less than the least"),
      default: "[1 s, 2 s]", \.electionTimeout, "The least and the largest election time-out."),
    .optional(
      "tick", .duration(from: .microseconds(1)), \.tick,
      "The time between two ticks of a replica's clock, of which all timers are whole numbers; when "
        + "left out, timers run from when they are set."),
    .field(
      "tick-phase",
      .choice([
        (.random, "random", "Each at an offset drawn when the replica starts."),
        (.together, "together", "All at the multiples of the tick."),
      ]), default: "random", \.tickPhase, "When the clocks tick."
    )
    .needing(.with("tick")),
    .field(
      "initial-leader", .replicaOrNone, default: "0", \.initialLeader,
      "The replica that campaigns when the run starts; with `none` all wait for their time-outs."),
    .field(
      "batch", .integer(1...10_000), default: "1", \.maximumBatch,
      "The most requests in one entry, which is signed once."),
    .optional("batch-bytes", .batchBytes, \.batching.bytes, Batching.bytesText),
    .optional("batch-delay", .batchDelay, \.batching.delay, Batching.delayText),
    .field(
      "entries", .integer(1...10_000), default: "64", \.maximumEntries,
      "The most entries in one AppendEntries, for a follower that lags or for requests that waited."
    ),
    .optional(
      "in-flight", .integer(1...10_000), \.inFlight,
      "The most AppendEntries with entries that a follower has not answered; requests wait while "
        + "no follower has room. No limit when left out."),
    .field(
      "commit",
      .choice([
        (.withNext, "with-next", "With the next AppendEntries (Raft Figure 2)."),
        (
          .atOnce, "at-once",
          "At once, without entries where none wait; such a message counts as a heartbeat."
        ),
      ]), default: "with-next", \.commitNotice,
      "When followers learn that the commit index rose."),
    .optional(
      "snapshot-every", .integer(1...1_000_000), \.snapshotInterval,
      "Entries executed between two snapshots, which replace the log (Raft §7); never when left out."
    ),
    .field(
      "no-op",
      .choice([
        (
          .ifUncommitted, "if-uncommitted",
          "Where its log has entries that it does not know committed."
        ),
        (.never, "never", "Not at all: such entries wait for the next request."),
        (.always, "always", "In every term."),
      ]), default: "if-uncommitted", \.appendsNoOp,
      "When a new leader appends an entry without requests (Raft §8)."),
    .field(
      "requests",
      .choice([
        (.redirect, "redirect", "It names the leader, whom the client then asks (Raft §8)."),
        (
          .forward, "forward",
          "It passes the request on, and replies itself once it has applied the entry, as etcd does."
        ),
      ]), default: "redirect", \.requests,
      "What a replica that follows a leader does with a client's request."),
    .optional(
      "request-timeout", .duration(from: .milliseconds(1)), \.requestTimeout,
      "The time after which a replica gives up a request that it took and has not applied; never when "
        + "left out."
    ),
    .field(
      "pre-vote", .flag, default: "true", \.usesPreVote,
      "Whether candidates ask before they disturb."),
    .field(
      "check-quorum", .flag, default: "true", \.checksQuorum,
      "Whether a leader without contact to a majority steps down."),
  ],
  check: { reader, keys in
    if reader.isSound("heartbeat", "election-timeout"),
      keys.heartbeat >= keys.shortestElectionTimeout
    {
      reader.error(
        "a heartbeat as long as an election time-out would depose every leader", at: "heartbeat")
    }
    keys.batching.check(reader, batch: keys.maximumBatch)
    keys.checkTicks(reader)
  })
