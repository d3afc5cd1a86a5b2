import PairingCrypto

/// The siblings on the way from a leaf to the root.
public struct InclusionProof: Hashable, Sendable {
  /// The place of the leaf, from 0.
  public let index: Int
  /// How many leaves the tree has.
  public let size: Int
  /// The siblings' digests from the leaf upwards.
  public let path: [[UInt8]]

  /// Whether a leaf is at the proof's index in the tree with a head.
  ///
  /// Nothing about the proof is trusted: a bad one is false.
  ///
  /// Source: RFC 9162 §2.1.3.2.
  public func proves(
    _ leaf: [UInt8], in head: MerkleHead, tally: inout OperationTally
  ) -> Bool {
    guard size == head.size, index >= 0, index < size else { return false }
    var digest = MerkleDigest.leaf(leaf, tally: &tally)
    // Our node and the last node, as numbers of their level.
    var node = index
    var last = size - 1
    for sibling in path {
      guard last > 0, sibling.count == MerkleDigest.length else { return false }
      if node & 1 == 1 || node == last {
        digest = MerkleDigest.node(sibling, digest, tally: &tally)
        // A last node without a partner rose to here.
        while node & 1 == 0 && node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        digest = MerkleDigest.node(digest, sibling, tally: &tally)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && digest == head.root
  }
}

/// The digests that lead from an old root to the root of a list that continues the old one.
public struct ConsistencyProof: Hashable, Sendable {
  /// How many leaves the old tree has.
  public let oldSize: Int
  /// How many leaves the new tree has.
  public let newSize: Int
  /// Digests from the end of the old list upwards; none when the sizes agree or the old tree is
  /// empty.
  public let path: [[UInt8]]

  /// Whether the new list begins with the old one.
  ///
  /// Nothing about the proof is trusted: a bad one is false.
  ///
  /// Source: RFC 9162 §2.1.4.2.
  public func proves(
    _ new: MerkleHead, continues old: MerkleHead, tally: inout OperationTally
  ) -> Bool {
    guard oldSize == old.size, newSize == new.size, oldSize <= newSize,
      path.allSatisfy({ $0.count == MerkleDigest.length })
    else { return false }
    if oldSize == newSize { return path.isEmpty && old.root == new.root }
    if oldSize == 0 { return path.isEmpty && old.root == MerkleDigest.empty(tally: &tally) }
    // A complete old tree is a node of the new one, whose digest the verifier has.
    let nodes = oldSize & (oldSize - 1) == 0 ? [old.root] + path : path
    guard let first = nodes.first, !path.isEmpty else { return false }
    var node = oldSize - 1
    var last = newSize - 1
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var oldRoot = first
    var newRoot = first
    for sibling in nodes.dropFirst() {
      guard last > 0 else { return false }
      if node & 1 == 1 || node == last {
        oldRoot = MerkleDigest.node(sibling, oldRoot, tally: &tally)
        newRoot = MerkleDigest.node(sibling, newRoot, tally: &tally)
        while node & 1 == 0 && node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        newRoot = MerkleDigest.node(newRoot, sibling, tally: &tally)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && oldRoot == old.root && newRoot == new.root
  }
}

// MARK: Bytes

/// Sizes of trees in bytes are bounded, so that sums and shifts of them never overflow.
private let largestTree: UInt64 = 1 << 48

extension MerkleHead {
  /// Header, size and root: 43 bytes.
  public var bytes: [UInt8] {
    var writer = ByteWriter(.merkleHead, parameters: nil)
    writer.write(UInt64(size))
    writer.writeFixed(root)
    return writer.bytes
  }

}

/// A head as somebody says it is, against which nothing is proved.
public struct ClaimedHead: Hashable, Sendable {
  private let claimed: MerkleHead

  /// Reads what ``MerkleHead/bytes`` writes, and nothing else.
  public init(bytes: [UInt8]) throws(ByteProblem) {
    var reader = try ByteReader(bytes, .merkleHead, parameters: nil)
    let size = Int(try reader.readNumber(in: 0...largestTree))
    claimed = MerkleHead(size: size, root: try reader.readFixed(MerkleDigest.length))
    try reader.finish()
  }

  /// Header, size and root: 43 bytes.
  public var bytes: [UInt8] { claimed.bytes }

  /// The head, if a digest that the chain or a signature has commits to it.
  public func head(committedAs digest: [UInt8], tally: inout OperationTally) -> MerkleHead? {
    claimed.digest(tally: &tally) == digest ? claimed : nil
  }
}

extension InclusionProof {
  /// Header, size, index, length of the path and its digests.
  public var bytes: [UInt8] {
    var writer = ByteWriter(.inclusionProof, parameters: nil)
    writer.write(UInt64(size))
    writer.write(UInt64(index))
    writer.writePath(path)
    return writer.bytes
  }

  /// Reads what ``bytes`` writes, and nothing else.
  public init(bytes: [UInt8]) throws(ByteProblem) {
    var reader = try ByteReader(bytes, .inclusionProof, parameters: nil)
    size = Int(try reader.readNumber(in: 1...largestTree))
    index = Int(try reader.readNumber(in: 0...UInt64(size - 1)))
    path = try reader.readPath()
    try reader.finish()
  }
}

extension ConsistencyProof {
  /// Header, both sizes, length of the path and its digests.
  public var bytes: [UInt8] {
    var writer = ByteWriter(.consistencyProof, parameters: nil)
    writer.write(UInt64(oldSize))
    writer.write(UInt64(newSize))
    writer.writePath(path)
    return writer.bytes
  }

  /// Reads what ``bytes`` writes, and nothing else.
  public init(bytes: [UInt8]) throws(ByteProblem) {
    var reader = try ByteReader(bytes, .consistencyProof, parameters: nil)
    oldSize = Int(try reader.readNumber(in: 0...largestTree))
    newSize = Int(try reader.readNumber(in: UInt64(oldSize)...largestTree))
    path = try reader.readPath()
    try reader.finish()
  }
}

extension ByteWriter {
  fileprivate mutating func writePath(_ path: [[UInt8]]) {
    writeCount(path.count)
    for digest in path { writeFixed(digest) }
  }
}

extension ByteReader {
  /// No path is longer than two nodes a level.
  fileprivate mutating func readPath() throws(ByteProblem) -> [[UInt8]] {
    let count = try readCount(atMost: 98, bytesEach: MerkleDigest.length)
    var path: [[UInt8]] = []
    for _ in 0..<count { path.append(try readFixed(MerkleDigest.length)) }
    return path
  }
}
