import ConsensusCore

/// What a miner keeps on disk: the blocks it accepted, in the order in which it did.
///
/// The order decides between chains of equal work, so that a restarted miner has the tip it had.
/// Requests that wait are not kept: clients send them again (Assumption).
public struct MinerDurable: DurableState {
  /// The accepted blocks without the genesis block.
  public private(set) var blocks: [Block] = []

  /// Creates the state of an empty disk.
  public init() {}

  /// Adds an accepted block.
  public mutating func apply(_ record: Block) { blocks.append(record) }
}

/// The timers of a miner.
public enum MinerTimer: UInt8, TimerName {
  /// The miner finds its next block.
  case mine
  /// The miner tells its peers its tip.
  case announce
}
