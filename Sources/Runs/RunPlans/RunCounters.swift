import DiscreteEvents
import Invariants

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
  public var isolation: IsolationClock.Shares?
  /// Messages that replicate entries, and their replies; nil unless heartbeats are of the same kind.
  public var withoutHeartbeats: Int?
  /// How long leaders held requests back because a window or what may be in flight was full,
  /// together; nil without such a limit.
  public var windowFull: VirtualDuration?
  /// What was counted of the chain; nil but for proof of work with probes.
  public var chain: ChainCounters?

  /// Nothing counted yet.
  public init() {}
}
