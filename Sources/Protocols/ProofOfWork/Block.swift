import ConsensusCore
import DiscreteEvents

/// A block as a miner assembles it, before its proof of work is found.
public struct BlockTemplate: Hashable, Sendable {
  /// The id of the block that this one follows.
  public var parent: Digest
  /// The number of blocks between this one and the genesis block, plus one.
  public var height: UInt64
  /// Who mines the block.
  public var miner: ReplicaID
  /// When the block was found, by its miner's clock.
  public var timestamp: VirtualTime
  /// The difficulty that the proof of work meets.
  public var difficulty: Difficulty
  /// What the search varied; it makes blocks with otherwise equal contents differ.
  public var nonce: UInt64
  /// The transactions, in the order in which they take effect.
  public var transactions: [Request]

  /// Creates a block without proof of work.
  public init(
    parent: Digest, height: UInt64, miner: ReplicaID, timestamp: VirtualTime,
    difficulty: Difficulty, nonce: UInt64, transactions: [Request]
  ) {
    self.parent = parent
    self.height = height
    self.miner = miner
    self.timestamp = timestamp
    self.difficulty = difficulty
    self.nonce = nonce
    self.transactions = transactions
  }

  /// The hash of everything in the block, the transactions' signatures included.
  ///
  /// Covering the signatures means that a block with a spoilt signature is another block: it can
  /// never stand in for the sound one.
  public var digest: Digest {
    var root = WordHash(domain: 0xB10C_0001)
    for transaction in transactions {
      root.combine(transaction.content)
      root.combine(transaction.signature.tag)
    }
    var hash = WordHash(domain: 0xB10C_0000)
    hash.combine(parent.value)
    hash.combine(height)
    hash.combine(UInt64(truncatingIfNeeded: miner.index))
    hash.combine(UInt64(bitPattern: timestamp.nanoseconds))
    hash.combine(difficulty.hashes)
    hash.combine(nonce)
    hash.combine(UInt64(truncatingIfNeeded: transactions.count))
    hash.combine(root.value)
    return Digest(hash.value)
  }
}

/// A block of the chain with its proof of work.
///
/// Assumption: the proof of work is modelled. ``workProof`` is a keyed tag of the miner over the
/// block's id, which honest code makes only when its mining timer has run out, so that a block
/// costs the time its difficulty demands. Nobody without the key can make one, and any change to
/// the block gives another id, which the tag does not fit.
public struct Block: Hashable, Sendable {
  /// Everything but the proof.
  public let template: BlockTemplate
  /// The hash of ``template``, computed when the block is created and never taken from the wire.
  public let id: Digest
  /// The proof that the miner searched for as long as the difficulty demands.
  public let workProof: Signature

  /// Creates a block with a proof made elsewhere.
  public init(_ template: BlockTemplate, workProof: Signature) {
    self.template = template
    self.workProof = workProof
    id = template.digest
  }

  /// Creates a block with the proof that `signer` found.
  public init(_ template: BlockTemplate, provedBy signer: Signer) {
    self.template = template
    id = template.digest
    workProof = signer.sign(Self.proofContent(of: id))
  }

  /// The block at height 0, which all replicas share and which needs no proof (invariant W-10).
  public static func genesis(difficulty: Difficulty) -> Block {
    Block(
      BlockTemplate(
        parent: Digest(0), height: 0, miner: ReplicaID(0), timestamp: .zero,
        difficulty: difficulty, nonce: 0, transactions: []),
      workProof: .none)
  }

  /// The id of the block that this one follows.
  @inline(__always)
  public var parent: Digest { template.parent }

  /// The number of blocks before this one on its chain.
  @inline(__always)
  public var height: UInt64 { template.height }

  /// Who mined the block.
  @inline(__always)
  public var miner: ReplicaID { template.miner }

  /// When the block was found, by its miner's clock.
  @inline(__always)
  public var timestamp: VirtualTime { template.timestamp }

  /// The difficulty that the proof of work meets.
  @inline(__always)
  public var difficulty: Difficulty { template.difficulty }

  /// The transactions, in the order in which they take effect.
  @inline(__always)
  public var transactions: [Request] { template.transactions }

  /// The size of all operations beyond ``MessageSizes/transaction`` each, in bytes.
  public var operationBytes: Int { transactions.reduce(0) { $0 + Int($1.operationBytes) } }

  /// Tells whether the block's own miner found its proof.
  public func isProved(_ verifier: Verifier) -> Bool {
    verifier.isValid(workProof, of: Endpoint(miner), over: Self.proofContent(of: id))
  }

  /// A hash of the block and its proof, equal in every process.
  public var fingerprint: UInt64 { mix(id.value, workProof.tag) }

  private static func proofContent(of id: Digest) -> UInt64 { mix(id.value, 0x9406_F0F3) }
}

/// Why a miner refuses a block (invariant W-4).
public enum BlockFault: UInt8, Hashable, Sendable, CaseIterable {
  /// The named miner is not one of the replicas.
  case unknownMiner
  /// The proof of work does not fit the block.
  case badProof
  /// The height is not one more than the parent's.
  case wrongHeight
  /// The difficulty is not the one that the retarget rule gives.
  case wrongDifficulty
  /// The timestamp is not after the median of the last eleven or too far in the future.
  case badTimestamp
  /// The block holds more transactions than the capacity.
  case tooManyTransactions
  /// A transaction's client signature is wrong.
  case badTransaction

  /// The fault in lower case with hyphens.
  public var name: String {
    switch self {
    case .unknownMiner: "unknown-miner"
    case .badProof: "bad-proof"
    case .wrongHeight: "wrong-height"
    case .wrongDifficulty: "wrong-difficulty"
    case .badTimestamp: "bad-timestamp"
    case .tooManyTransactions: "too-many-transactions"
    case .badTransaction: "bad-transaction"
    }
  }
}
