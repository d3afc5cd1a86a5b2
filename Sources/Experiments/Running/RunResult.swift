import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
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
    /// The transactions in ``blocks``.
    public var transactions = 0
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
  /// What the machines did: replicas, then those of clients; empty in the slot model.
  public var usage: [NodeUsage] = []
  /// Views, terms or epochs in which a replica began to lead, but for the one that leads at the start.
  public var elections = 0
  /// Those among them in which another replica began to lead than before.
  public var leaderChanges = 0
  /// The intervals, where the scenario records them.
  public var series: [RunInterval] = []
  /// What the workload counted, if the run had another than client machines.
  package var account: (any Sendable)?
}

extension [RunResult] {
  /// The results of each cell of a scenario, in their order here.
  package func byCell(of scenario: Scenario) -> [[RunResult]] {
    var cells = [[RunResult]](repeating: [], count: scenario.cells.count)
    for result in self { cells[result.cell].append(result) }
    return cells
  }
}
