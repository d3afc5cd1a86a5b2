import ConsensusCore

/// The ledger after each of the last blocks of the main chain, so that a reorganisation does not
/// replay the whole chain.
///
/// A ledger is copied on write, so that an empty block costs nothing here.
struct LedgerHistory: Sendable {
  /// The number of ledgers kept; a fork further back is replayed from the genesis block.
  static let window = 64

  private var oldest: UInt64 = 0
  private var ledgers: [Ledger]

  /// Creates the history of the genesis block, after which the ledger is this.
  init(genesis ledger: Ledger) { ledgers = [ledger] }

  /// The ledger after the block at `height`, if it is still kept.
  func ledger(at height: UInt64) -> Ledger? {
    guard height >= oldest, height - oldest < UInt64(ledgers.count) else { return nil }
    return ledgers[Int(height - oldest)]
  }

  /// Forgets everything and starts at `height`.
  mutating func restart(at height: UInt64, with ledger: Ledger) {
    oldest = height
    ledgers.removeAll(keepingCapacity: true)
    ledgers.append(ledger)
  }

  /// Forgets the ledgers above `height`, which is kept.
  mutating func truncate(above height: UInt64) {
    guard height >= oldest, height - oldest < UInt64(ledgers.count) else { return }
    ledgers.removeLast(ledgers.count - 1 - Int(height - oldest))
  }

  /// Adds the ledger after the next block.
  mutating func append(_ ledger: Ledger) {
    ledgers.append(ledger)
    if ledgers.count > Self.window {
      ledgers.removeFirst()
      oldest += 1
    }
  }
}
