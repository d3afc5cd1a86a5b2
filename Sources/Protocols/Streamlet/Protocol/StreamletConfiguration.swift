import ConsensusCore
import DiscreteEvents

/// The parameters of a group that runs Streamlet, equal at all its replicas.
public struct StreamletConfiguration: Sendable {
  /// Who leads an epoch.
  public enum LeaderRule: Hashable, Sendable {
    /// The replicas in turn.
    case roundRobin
    /// A replica drawn for the epoch, as the paper's public hash function does.
    case drawn
  }

  /// n.
  public var replicas: Int
  /// Delta: what a message between honest replicas takes at most; an epoch lasts twice as long.
  public var delta = VirtualDuration.milliseconds(100)
  /// Who leads an epoch.
  public var leaders = LeaderRule.roundRobin
  /// The most requests in one block, at least 1.
  public var batch = 1
  /// The key of the draw of leaders, which everybody knows.
  public var leaderSeed = Seed(0)
  /// What the group executes, in its initial state; nil, the default, for the ledger alone.
  public var application: (any Application)?

  /// The defaults for a group of `replicas`.
  public init(replicas: Int) { self.replicas = replicas }

  /// Whether every parameter is in its range; a scenario is checked with this at the door.
  public var isValid: Bool {
    (1...ReplicaSet.capacity).contains(replicas) && delta > .zero && batch >= 1
  }

  // Rule: Streamlet epochs-1
  /// How long an epoch lasts: 2 Delta.
  public var epochLength: VirtualDuration { delta * 2 }

  // Rule: Streamlet notarise-1
  /// The votes that notarise a block, q = ceil(2n / 3).
  ///
  /// Two quorums share 2q - n >= n / 3 > f replicas, hence an honest one, and the honest replicas
  /// alone can form one: n - f > 2n / 3, and n - f is whole.
  public var quorum: Int { (2 * replicas + 2) / 3 }

  // Rule: Streamlet epochs-2
  /// The leader of an epoch.
  public func leader(of epoch: Epoch) -> ReplicaID {
    let words = UInt64(replicas)
    switch leaders {
    case .roundRobin: return ReplicaID(Int(epoch.number % words))
    case .drawn:
      var draw = leaderSeed.draw(.choice, epoch.number, 0x57_EA3)
      return ReplicaID(Int(draw.below(words)))
    }
  }

  /// When an epoch begins by a clock that is right: the first at zero.
  func start(of epoch: Epoch) -> VirtualTime {
    .zero + epochLength * Int64(clamping: max(epoch.number, 1) - 1)
  }

  /// The epoch at an instant.
  func epoch(at now: VirtualTime) -> Epoch {
    Epoch(UInt64(max(0, now.nanoseconds) / epochLength.nanoseconds) + 1)
  }
}

/// The number of an epoch; the first is 1, and the genesis block's is 0.
public struct Epoch: Ordinal {
  /// The number.
  public let number: UInt64

  /// Creates epoch `number`.
  public init(_ number: UInt64) { self.number = number }
}

extension Epoch: WordHashable {
  package var stateWord: UInt64 { number }
}
