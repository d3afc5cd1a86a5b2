import Crypto
import PairingCrypto

/// The digests of a Merkle tree in the shape of RFC 6962 §2.1.
///
/// A leaf is SHA-256(00 || data), an inner node SHA-256(01 || left || right), and the empty tree
/// SHA-256 of nothing. The prefixes keep a node from posing as a leaf. A list splits at the largest
/// power of two below its length; a last node without a partner rises unchanged. It is never
/// doubled, else two lists would have one root.
public enum MerkleDigest {
  /// The bytes of a digest.
  public static let length = 32

  /// The digest of the empty tree.
  public static func empty(tally: inout OperationTally) -> [UInt8] { digest([], tally: &tally) }

  /// The digest of a leaf.
  public static func leaf(_ data: [UInt8], tally: inout OperationTally) -> [UInt8] {
    digest([0] + data, tally: &tally)
  }

  /// The digest of an inner node.
  public static func node(
    _ left: [UInt8], _ right: [UInt8], tally: inout OperationTally
  ) -> [UInt8] {
    var input: [UInt8] = [1]
    input.reserveCapacity(1 + left.count + right.count)
    input += left
    input += right
    return digest(input, tally: &tally)
  }

  /// The digest of size and root.
  static func head(size: Int, _ root: [UInt8], tally: inout OperationTally) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(2))
    writer.write(UInt64(size))
    writer.writeFixed(root)
    return digest(writer.bytes, tally: &tally)
  }

  private static func digest(_ input: [UInt8], tally: inout OperationTally) -> [UInt8] {
    tally.count(.byteHashed, input.count)
    return Array(SHA256.hash(data: input))
  }
}

/// How many leaves a tree has and its root.
///
/// Proofs are checked against both, since a path alone does not tell how long the list is. So the
/// size may not be anybody's word: a head is computed from leaves, or it is a ``ClaimedHead`` whose
/// ``digest(tally:)`` a block or a signature has.
public struct MerkleHead: Hashable, Sendable {
  /// How many leaves there are.
  public let size: Int
  /// The digest of the whole tree, 32 bytes.
  public let root: [UInt8]

  /// The head with a size, not below 0, and a root of 32 bytes.
  init(size: Int, root: [UInt8]) {
    precondition(
      size >= 0 && root.count == MerkleDigest.length, "size \(size), \(root.count) bytes")
    self.size = size
    self.root = root
  }

  /// SHA-256(02 || size || root), 32 bytes: what commits to a tree and its length.
  public func digest(tally: inout OperationTally) -> [UInt8] {
    MerkleDigest.head(size: size, root, tally: &tally)
  }
}

/// A list of leaves of bytes with all digests of its tree, from which proofs are read off.
///
/// Memory is two digests a leaf; ``MerkleAccumulator`` finds the root with a logarithmic number.
public struct MerkleTree: Sendable {
  /// Level 0 has the leaves; each level halves the one below, and a last odd node rises as it is.
  ///
  /// So node i of level h is the root of the leaves from i 2ʰ up to (i + 1) 2ʰ or the end.
  private let levels: [[[UInt8]]]
  /// Size and root.
  public let head: MerkleHead

  /// Hashes the leaves and all nodes above them.
  public init(_ leaves: some Sequence<[UInt8]>, tally: inout OperationTally) {
    var level = leaves.map { MerkleDigest.leaf($0, tally: &tally) }
    var levels = [level]
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { index in
        guard index + 1 < level.count else { return level[index] }
        return MerkleDigest.node(level[index], level[index + 1], tally: &tally)
      }
      levels.append(level)
    }
    self.levels = levels
    head = MerkleHead(
      size: levels[0].count, root: level.first ?? MerkleDigest.empty(tally: &tally))
  }

  /// The proof that a leaf is in the tree, nil when there is no such leaf.
  public func inclusionProof(ofLeaf index: Int) -> InclusionProof? {
    guard levels[0].indices.contains(index) else { return nil }
    var path: [[UInt8]] = []
    for (height, level) in levels.enumerated() {
      let sibling = index >> height ^ 1
      if level.count > 1, sibling < level.count { path.append(level[sibling]) }
    }
    return InclusionProof(index: index, size: head.size, path: path)
  }

  /// The proof that the tree continues the list of its first leaves, nil when it has fewer.
  ///
  /// Source: RFC 6962 §2.1.2, SUBPROOF.
  public func consistencyProof(from size: Int) -> ConsistencyProof? {
    guard (0...head.size).contains(size) else { return nil }
    guard size > 0, size < head.size else {
      return ConsistencyProof(oldSize: size, newSize: head.size, path: [])
    }
    var path: [[UInt8]] = []
    var range = 0..<head.size
    // Whoever has the old root has the old list's last subtree, unless it lies to the right.
    var isKnown = true
    while size < range.upperBound {
      let split = range.lowerBound + Self.largestPowerOfTwo(below: range.count)
      if size <= split {
        path.append(root(of: split..<range.upperBound))
        range = range.lowerBound..<split
      } else {
        path.append(root(of: range.lowerBound..<split))
        range = split..<range.upperBound
        isKnown = false
      }
    }
    if !isKnown { path.append(root(of: range)) }
    return ConsistencyProof(oldSize: size, newSize: head.size, path: path.reversed())
  }

  /// The digest of a range that begins at a multiple of its length rounded up to a power of two,
  /// and ends there or with the list.
  private func root(of range: Range<Int>) -> [UInt8] {
    var height = 0
    while 1 << height < range.count { height += 1 }
    return levels[height][range.lowerBound >> height]
  }

  /// The largest power of two below a number from 2 on.
  private static func largestPowerOfTwo(below count: Int) -> Int {
    1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}

/// Finds the root of a list that arrives leaf by leaf; it keeps one digest for each bit of the
/// size.
public struct MerkleAccumulator: Sendable {
  /// How many leaves have arrived.
  public private(set) var size = 0
  /// Roots of complete subtrees, the largest first.
  private var subtrees: [[UInt8]] = []

  /// Begins with no leaves.
  public init() {}

  /// Adds a leaf at the end.
  public mutating func append(_ leaf: [UInt8], tally: inout OperationTally) {
    var digest = MerkleDigest.leaf(leaf, tally: &tally)
    // As in binary counting, each carry joins two subtrees of one size.
    var carries = size
    while carries & 1 == 1 {
      digest = MerkleDigest.node(subtrees.removeLast(), digest, tally: &tally)
      carries >>= 1
    }
    subtrees.append(digest)
    size += 1
  }

  /// Size and root of the leaves so far; more may follow.
  public func head(tally: inout OperationTally) -> MerkleHead {
    guard var root = subtrees.last else {
      return MerkleHead(size: 0, root: MerkleDigest.empty(tally: &tally))
    }
    for subtree in subtrees.dropLast().reversed() {
      root = MerkleDigest.node(subtree, root, tally: &tally)
    }
    return MerkleHead(size: size, root: root)
  }
}
