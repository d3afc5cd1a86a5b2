import ConsensusCore
import DiscreteEvents
import HealthRecords
import Invariants
import Simulator

/// What one run yielded, reduced to what result files need.
public struct RunResult: Sendable {
  /// One test of the run.
  public struct Test: Sendable {
    /// The number, from 1.
    public var number: Int
    /// Who led when it began, or nil where nobody leads.
    public var primary: Int?
    /// The length of its window.
    public var window: VirtualDuration
    /// Requests accepted inside the window with a correct result.
    public var accepted: Int
    /// Blocks first decided inside the window.
    public var blocks: Int
    /// Requests that ran into their time-out, in the window or after it.
    public var declined: Int
    /// What became of the requests that belong to the test.
    public var requests: RequestAccount
    /// Requests accepted with a result that no honest replica computed.
    public var bogus: Int
    /// Latencies of the successful requests, in nanoseconds.
    public var latencies: [Int64]
  }

  /// The number of active Byzantine members at some round.
  public struct Census: Sendable, Hashable {
    /// Heights decided.
    public var rounds: Int
    /// When.
    public var time: VirtualTime
    /// Members that are Byzantine.
    public var active: Int
    /// Members.
    public var members: Int
  }

  /// The index of the cell in the scenario.
  public var cell: Int
  /// The seed.
  public var seed: UInt64
  /// The digest over every event.
  public var digest: TraceDigest
  /// Events handled.
  public var events: UInt64
  /// Why the run ended.
  public var stopReason: StopReason
  /// Whether it did what its schedule asks for.
  public var ending: RunEnding
  /// The virtual time at its end.
  public var end: VirtualTime
  /// The tests.
  public var tests: [Test]
  /// What became of every request of the run.
  public var requests: RequestAccount
  /// By fault rule, how often it had an effect; nil for a rule that a replica carries out itself.
  public var strikes: [Int?]
  /// The census, ascending.
  public var census: [Census]
  /// Ordinary blocks decided.
  public var blocks: Int
  /// Messages sent, by kind.
  public var messages: [(kind: String, sent: Int, bytes: Int)]
  /// What the protocol's own observer counted.
  public var counters: RunCounters
  /// Broken invariants.
  public var violations: [Violation]
  /// The age at which requests were declined.
  public var timeout: VirtualDuration?
  /// What became of the records that were shared, if any.
  public var records: RecordAccount?
}

/// What an observer of one run counted, beyond what the simulator measures.
public struct RunCounters: Hashable, Sendable {
  /// The highest view, term or chain height that an honest replica reached.
  public var highestView: UInt64 = 0
  /// View changes that an honest replica asked for, by reason, each view counted once.
  public var timeouts = 0
  /// The same, for evidence of misconduct.
  public var convictions = 0
  /// Nodes with an entry in the sheet of some honest replica.
  public var sheetEntries = 0
  /// Nodes marked malicious by some honest replica.
  public var malicious = 0
  /// Honest nodes among them.
  public var falseIsolations = 0
  /// When the first malicious mark was made.
  public var firstMalicious: VirtualTime?
  /// When the first view change of the run began.
  public var firstViewChange: VirtualTime?
  /// Turns of proposers that did not follow `s = v mod |R|`, with all members in place.
  public var turnsOutOfOrder = 0
  /// Replicas whose proposal some honest replica accepted.
  public var proposers = 0
  /// Membership epochs entered.
  public var epochs = 0
  /// The share of honest node-time in which marks or removal kept a node from leading, and in which
  /// it was down or cut off besides; nil where no sheet is kept.
  var isolation: IsolationClock.Shares?
  /// Messages that replicate entries, and as many answers, where heartbeats are messages of the same
  /// kind; nil elsewhere.
  var withoutHeartbeats: Int?
  /// What was counted of the chain; nil but for proof of work with probes.
  public var chain: ChainCounters?

  /// Nothing counted yet.
  public init() {}
}
