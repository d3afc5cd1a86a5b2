import ConsensusCore
import DiscreteEvents

/// The parameters of a PBFT group, equal at all its replicas.
public struct PBFTConfiguration<Policy: LeaderPolicy>: Sendable {
  /// When the lead passes from one replica to the next (Paper §III-A: after each round, or when
  /// the primary is suspected).
  public enum Rotation: Hashable, Sendable {
    /// Only a view change moves the lead (PBFT §4.4).
    case onSuspicion
    /// The proposer moves on every `blocks` sequence numbers; rounds are serial.
    case everyBlocks(Int)
    /// The administrator commands an ordinary view change between tests (Paper §IV-D).
    case onCommand
  }

  /// The number of replicas, n >= 4, or fewer where a scenario allows it.
  public var replicas: Int
  /// Sequence numbers between checkpoints (PBFT §4.3: 100; here 128 unless the scenario differs).
  public var checkpointInterval: UInt64
  /// L, the width of the watermark window in sequence numbers; at least twice the interval.
  public var window: UInt64
  /// The most requests in one batch; 1 in the paper's experiments.
  public var batchLimit: Int
  /// When a batch is full or old enough, beside ``batchLimit``.
  public var batching = Batching.immediate
  /// The most batches that a primary has proposed and not executed, at least 1; nil for no limit
  /// beside the watermarks.
  ///
  /// Assumption: PBFT §4.2 has no other limit than the watermarks; 1 is the sequential consensus of
  /// BFT-SMaRt.
  public var inFlight: UInt64?
  /// T, how long a backup waits for a held request to execute before it suspects the primary.
  public var viewTimeout: VirtualDuration
  /// How long a replica that waits without progress leaves between reminders to its peers.
  public var retransmission: VirtualDuration
  /// How the lead rotates.
  public var rotation: Rotation
  /// Whether a backup relays a request to the primary at first receipt, as it must when clients
  /// send to the primary alone; otherwise only retransmissions are relayed.
  public var relaysFirstReceipt: Bool
  /// Blocks between two reports of the isolation area, m (Paper §III-B), or nil for never.
  public var epochLength: UInt64?
  /// The parameters of the policy.
  public var policy: Policy.Options
  /// What the group executes, in its initial state; nil for the ledger alone.
  public var application: (any Application)?

  /// Creates a configuration; every knob is spelled out.
  public init(
    replicas: Int, checkpointInterval: UInt64, window: UInt64, batchLimit: Int,
    viewTimeout: VirtualDuration, retransmission: VirtualDuration, rotation: Rotation,
    relaysFirstReceipt: Bool, epochLength: UInt64?, policy: Policy.Options,
    application: (any Application)?
  ) {
    self.replicas = replicas
    self.checkpointInterval = checkpointInterval
    self.window = window
    self.batchLimit = batchLimit
    self.viewTimeout = viewTimeout
    self.retransmission = retransmission
    self.rotation = rotation
    self.relaysFirstReceipt = relaysFirstReceipt
    self.epochLength = epochLength
    self.policy = policy
    self.application = application
  }

  /// The sequence numbers of one turn within a view; nil if only a view change moves the lead.
  public var turnLength: UInt64? {
    guard case .everyBlocks(let blocks) = rotation else { return nil }
    return UInt64(truncatingIfNeeded: blocks)
  }
}
