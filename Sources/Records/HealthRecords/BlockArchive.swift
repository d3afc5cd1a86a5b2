import ConsensusCore
import PairingCrypto
import RecordSharing

/// The header of a block as parties see it: its place in the order, and the root of its transactions
/// (Paper §II-B step 4).
struct BlockHeader: Hashable, Sendable {
  /// Where the block took effect: the low 24 bits of its sequence number.
  var position: Int
  /// How many transactions it has, and the root of their Merkle tree.
  var transactions: MerkleHead
}

/// The blocks that replicas executed, for headers and proofs of inclusion.
///
/// A party believes a header that enough replicas give alike, and one replica proves to it that its
/// transaction is in that block. This is no part of consensus messages.
///
/// Assumption: the check is free and adds no bytes. A header and a path of a few digests travel with
/// each answer, and a few hashes are compared: microseconds beside the signatures that are charged.
struct BlockArchive: Sendable {
  /// What a check of inclusion leads to.
  enum Verdict: Hashable, Sendable {
    /// Enough replicas have the header, and the transaction is proved to be in its block.
    case included
    /// Not enough replicas have a header against which it is proved.
    case unproved
  }

  /// A transaction of a block: who submitted it, as which of its requests, and what it does.
  struct Transaction: Hashable, Sendable {
    var key: RequestKey
    var operation: UInt64

    /// What a leaf of the tree is made of: three words of eight bytes, the most significant first.
    var leaf: [UInt8] {
      [UInt64(truncatingIfNeeded: key.client), key.timestamp, operation].flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
      }
    }
  }

  /// What one replica executed; looked up, never walked.
  private struct Blocks: Sendable {
    var transactions: [Int: [Transaction]] = [:]
    var positions: [RequestKey: Int] = [:]
  }

  private var replicas: [Blocks]

  init(replicas: Int) { self.replicas = Array(repeating: Blocks(), count: replicas) }

  // MARK: What replicas do

  /// A replica executed a transaction; those of one block have one position, in their order.
  mutating func executed(_ transaction: Transaction, at position: Int, by replica: ReplicaID) {
    // After a restart a replica may execute again what it had executed.
    guard replicas[replica.index].positions[transaction.key] != position else { return }
    undone(transaction.key, by: replica)
    replicas[replica.index].positions[transaction.key] = position
    replicas[replica.index].transactions[position, default: []].append(transaction)
  }

  /// A replica took a transaction back.
  mutating func undone(_ key: RequestKey, by replica: ReplicaID) {
    guard let position = replicas[replica.index].positions.removeValue(forKey: key) else { return }
    replicas[replica.index].transactions[position]?.removeAll { $0.key == key }
  }

  /// A replica lost all it had.
  mutating func forgot(_ replica: ReplicaID) { replicas[replica.index] = Blocks() }

  // MARK: What parties see

  /// The header of a replica's block; nil where it has executed none at this position.
  func header(at position: Int, of replica: ReplicaID) -> BlockHeader? {
    tree(at: position, of: replica).map { BlockHeader(position: position, transactions: $0.head) }
  }

  /// A replica's proof that a transaction is in its block; nil where it is not.
  func proof(of key: RequestKey, at position: Int, by replica: ReplicaID) -> InclusionProof? {
    let block = replicas[replica.index].transactions[position] ?? []
    guard let place = block.firstIndex(where: { $0.key == key }) else { return nil }
    return tree(at: position, of: replica)?.inclusionProof(ofLeaf: place)
  }

  /// Checks that a transaction is in the block at a position, as a party does that was told so.
  ///
  /// - Parameters:
  ///   - transaction: The transaction.
  ///   - position: The place that the answer names.
  ///   - quorum: The replicas that have to give the same header.
  /// - Returns: Whether enough have one against which a replica proves it.
  func check(_ transaction: Transaction, at position: Int, quorum: Int) -> Verdict {
    let all = replicas.indices.map { ReplicaID($0) }
    var headers: [BlockHeader] = []
    for replica in all { header(at: position, of: replica).map { headers.append($0) } }
    for header in headers where headers.count(where: { $0 == header }) >= quorum {
      let isProved = all.contains { replica in
        proof(of: transaction.key, at: position, by: replica).map {
          Self.holds($0, transaction, header)
        } ?? false
      }
      if isProved { return .included }
    }
    return .unproved
  }

  /// Whether a proof shows that a transaction is in the block with a header.
  static func holds(
    _ proof: InclusionProof, _ transaction: Transaction, _ header: BlockHeader
  ) -> Bool {
    var uncharged = OperationTally()
    return proof.proves(transaction.leaf, in: header.transactions, tally: &uncharged)
  }

  private func tree(at position: Int, of replica: ReplicaID) -> MerkleTree? {
    guard let block = replicas[replica.index].transactions[position], !block.isEmpty else {
      return nil
    }
    var uncharged = OperationTally()
    return MerkleTree(block.map(\.leaf), tally: &uncharged)
  }
}

/// How the checks of inclusion of users and the cloud server came out.
struct InclusionChecks: Hashable, Sendable {
  /// Answers whose transaction was proved to be in its block.
  var included = 0
  /// Answers for which not enough replicas had a header that shows it.
  var unproved = 0
}

extension RecordWorkload {
  /// Checks that the transaction of an answer is in the block that the answer names.
  mutating func checkInclusion(of key: RequestKey, _ answer: RecordAnswer?) {
    guard let answer else { return }
    let transaction = BlockArchive.Transaction(
      key: key, operation: chain.operation(of: key)?.word ?? 0)
    switch blocks.check(transaction, at: answer.position, quorum: weakQuorum) {
    case .included: inclusion.included += 1
    case .unproved: inclusion.unproved += 1
    }
  }
}
