import ConsensusCore
import DiscreteEvents

/// The parameters of a proof-of-work network, equal at all of its miners.
///
/// The initialiser takes what no network can do without; everything else starts at the value named
/// beside it, and a scenario overrides it.
public struct MinerConfiguration: Sendable {
  /// The hash power of each replica in hashes per second; 0 means a node that only follows.
  public private(set) var hashRates: [UInt64]
  /// Whom miners send to.
  public private(set) var peers: PeerGraph
  /// Whether a miner passes on blocks of others: needed unless everyone sends to everyone.
  public var relays: Bool
  /// The difficulty of the genesis block and, without retargeting, of all: 2^24 hashes (Paper §IV-D).
  public var difficulty = Difficulty(hashes: 1 << 24)
  /// How the difficulty adapts; never, by default (Model §2.4).
  public var retargeting: Retargeting?
  /// Blocks, from 1, that a transaction's chain needs from its own block on until it is final: 1.
  public var confirmations = 1
  /// The most transactions in a block: 100 (Model §2.7).
  public var blockCapacity = 100
  /// The most requests waiting at one miner, 10 000; more are dropped on arrival.
  public var mempoolCapacity = 10_000
  /// The most requests of one client waiting at one miner: 4.
  public var mempoolCapacityPerClient = 4
  /// Whether a miner passes on requests, which clients that send to one replica need: false.
  public var relaysTransactions = false
  /// The most blocks without a known parent kept at one miner, the oldest dropped first: 256.
  public var orphanCapacity = 256
  /// The most blocks in one answer of a chain synchronisation: 32.
  public var syncBatch = 32
  /// How long a miner waits for a block it asked for before it asks again: 2 s.
  ///
  /// It runs no timer: the next block or tip that needs the missing one asks again.
  public var syncRetry = VirtualDuration.seconds(2)
  /// How often a miner tells its peers its tip; nil, the default, means never.
  ///
  /// Miners never pause, so the next block brings everyone together even after losses and
  /// partitions (invariant W-9): whoever lacks its parent asks for it. Announcements shorten this
  /// wait to about one period, at n (n - 1) messages each, and are needed only where no hash power
  /// is left or a bound on convergence is wanted.
  public var announceInterval: VirtualDuration?
  /// How far a block's timestamp may be ahead of the receiver's clock: 2 h (Bitcoin).
  public var timestampTolerance = VirtualDuration.seconds(7200)
  /// What the chain executes, in its state after the genesis block; nil, the default, for the ledger
  /// alone.
  public var application: (any Application)?

  /// Creates the parameters of a network with these hash powers, one a replica.
  public init(hashRates: [UInt64], peers: PeerGraph) {
    Self.check(hashRates, peers)
    self.hashRates = hashRates
    self.peers = peers
    relays = peers != .everyone
  }

  private static func check(_ hashRates: [UInt64], _ peers: PeerGraph) {
    if case .lists(let lists) = peers {
      precondition(
        lists.count == hashRates.count,
        "\(lists.count) lists of peers for \(hashRates.count) replicas")
      precondition(
        hashRates.count <= ReplicaSet.capacity,
        "\(hashRates.count) replicas with lists of peers; at most \(ReplicaSet.capacity)")
    }
  }

  /// The same parameters among other miners.
  public func among(_ hashRates: [UInt64], peers: PeerGraph) -> MinerConfiguration {
    Self.check(hashRates, peers)
    var configuration = self
    configuration.hashRates = hashRates
    configuration.peers = peers
    configuration.relays = peers != .everyone
    return configuration
  }

  /// The four machines of the paper: 671 kH/s, hence 25.0 s a block (Model §2.7).
  public static let paper = MinerConfiguration(
    hashRates: [160_000, 160_000, 175_000, 176_000], peers: .everyone)

  /// The number of replicas.
  public var replicas: Int { hashRates.count }

  /// The block that all replicas start from.
  public var genesis: Block { .genesis(difficulty: difficulty) }

  /// The state after the genesis block.
  public var genesisLedger: Ledger { Ledger(application: application) }
}
