import ConsensusCore
import DiscreteEvents

/// An inner step of a miner: what the invariants W-1 to W-10 are checked on.
public enum MinerObservation: ConsensusObservation {
  /// The miner began, on this genesis block (W-10).
  case started(genesis: Digest)
  /// The miner came back with this tip; what the chain confirmed before is not told again.
  case restored(tip: Digest, height: UInt64)
  /// The miner found this block (W-7, W-8). It has not been sent or adopted yet.
  case mined(Block)
  /// The block passed all checks; its chain has this work (W-2, W-4, W-5).
  case accepted(Block, work: ChainWork)
  /// The block is refused.
  case refused(Digest, BlockFault)
  /// The block is known already.
  case duplicate(Digest)
  /// The block waits for its parent, which is not known.
  case orphaned(Digest, parent: Digest)
  /// The main chain changed (W-1, W-3, W-5, W-9): `lost` blocks above `forkHeight` left it.
  case tipChanged(
    from: Digest, to: Digest, height: UInt64, work: ChainWork, forkHeight: UInt64, lost: Int)
  /// The state after the new tip (W-6).
  case replayed(tip: Digest, ledger: Digest, executed: UInt64)
  /// A request of a lost branch waits again (W-6).
  case returned(client: ClientID, timestamp: UInt64)
  /// The block is as deep as the confirmations demand; `transactions` of it took effect.
  case confirmed(height: UInt64, digest: Digest, transactions: Int)
  /// A request of a confirmed block took effect.
  case executed(client: ClientID, timestamp: UInt64, result: Digest)
  /// A block that was confirmed left the main chain (W-1).
  case reverted(height: UInt64, digest: Digest)
  /// A request that had been confirmed lost its effect: a double spend was possible (W-1).
  case undone(client: ClientID, timestamp: UInt64)
  /// A request is dropped: its signature is wrong, or there is no room.
  case requestDropped(client: ClientID, timestamp: UInt64)

  /// What the step means in terms that all protocols share, if anything.
  @inline(__always)
  public var milestone: Milestone? {
    switch self {
    case .confirmed(let height, let digest, let transactions):
      .decided(height: height, digest: digest, transactions: transactions, isOrdinary: true)
    case .executed(let client, let timestamp, let result):
      .executed(client: client, timestamp: timestamp, result: result)
    case .undone(let client, let timestamp):
      .undone(client: client, timestamp: timestamp)
    case .started, .restored, .mined, .accepted, .refused, .duplicate, .orphaned, .tipChanged,
      .replayed, .returned, .reverted, .requestDropped:
      nil
    }
  }

  /// One line of text.
  public var summary: String {
    switch self {
    case .started(let genesis): "started on \(genesis)"
    case .restored(let tip, let height): "restored \(tip) h=\(height)"
    case .mined(let block): "mined \(block.summary)"
    case .accepted(let block, _): "accepted \(block.summary)"
    case .refused(let id, let fault): "refused \(id) \(fault.name)"
    case .duplicate(let id): "duplicate \(id)"
    case .orphaned(let id, let parent): "orphaned \(id) without \(parent)"
    case .tipChanged(_, let to, let height, _, let forkHeight, let lost):
      "tip \(to) h=\(height) fork=\(forkHeight) lost=\(lost)"
    case .replayed(let tip, let ledger, let executed):
      "replayed \(tip) ledger=\(ledger) executed=\(executed)"
    case .returned(let client, let timestamp): "returned c\(client) t=\(timestamp)"
    case .confirmed(let height, let digest, let transactions):
      "confirmed h=\(height) \(digest) with \(transactions)"
    case .executed(let client, let timestamp, _): "executed c\(client) t=\(timestamp)"
    case .reverted(let height, let digest): "reverted h=\(height) \(digest)"
    case .undone(let client, let timestamp): "undone c\(client) t=\(timestamp)"
    case .requestDropped(let client, let timestamp): "dropped c\(client) t=\(timestamp)"
    }
  }
}
