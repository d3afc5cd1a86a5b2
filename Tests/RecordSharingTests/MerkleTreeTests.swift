import PairingCrypto
@testable import RecordSharing
import Testing

@Suite struct MerkleTreeTests {
  /// Distinct leaves.
  private static func leaves(_ count: Int) -> [[UInt8]] {
    (0..<count).map { [UInt8($0), 0xA5] }
  }

  private static func tree(_ leaves: [[UInt8]]) -> MerkleTree {
    var tally = OperationTally()
    return MerkleTree(leaves, tally: &tally)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// RFC 6962 §2.1, as it is written.
  private static func reference(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    var tally = OperationTally()
    guard let first = leaves.first else { return MerkleDigest.empty(tally: &tally) }
    guard leaves.count > 1 else { return MerkleDigest.leaf(first, tally: &tally) }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    let middle = leaves.startIndex + split
    return MerkleDigest.node(
      reference(leaves[..<middle]), reference(leaves[middle...]), tally: &tally)
  }

  @Test(
    "The roots of the leaves of certificate transparency",
    arguments: [
      (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
      (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
      (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
      (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
      (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
      (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
      (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
      (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ])
  func roots(count: Int, root: String) {
    let leaves: [[UInt8]] = [
      [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
      Array(0x50...0x57), Array(0x60...0x6F),
    ]
    let head = Self.tree(Array(leaves.prefix(count))).head
    #expect(Self.hexadecimal(head.root) == root && head.size == count)
  }

  @Test("Tree and accumulator have the root of the definition", arguments: 0...70)
  func definition(count: Int) {
    let leaves = Self.leaves(count)
    let expected = MerkleHead(size: count, root: Self.reference(leaves[...]))
    var (whole, streamed) = (OperationTally(), OperationTally())
    #expect(MerkleTree(leaves, tally: &whole).head == expected)
    var accumulator = MerkleAccumulator()
    for leaf in leaves { accumulator.append(leaf, tally: &streamed) }
    #expect(accumulator.head(tally: &streamed) == expected)
    // Leaves of 2 bytes behind a prefix, and a node less than leaves, of 65 bytes.
    #expect(whole[.byteHashed] == count * 3 + max(0, count - 1) * 65)
    #expect(streamed == whole)
  }

  @Test("Every leaf of a tree is proven, and no other", arguments: 1...64)
  func inclusion(count: Int) throws {
    let leaves = Self.leaves(count)
    let tree = Self.tree(leaves)
    var tally = OperationTally()
    for (index, leaf) in leaves.enumerated() {
      let proof = try #require(tree.inclusionProof(ofLeaf: index))
      #expect(proof.proves(leaf, in: tree.head, tally: &tally))
      #expect(!proof.proves(leaves[(index + 1) % count] + [0], in: tree.head, tally: &tally))
      if count > 1 {
        #expect(!proof.proves(leaves[(index + 1) % count], in: tree.head, tally: &tally))
      }
      #expect(proof.path.count <= 6)
      #expect(try InclusionProof(bytes: proof.bytes) == proof)
    }
    #expect(tree.inclusionProof(ofLeaf: count) == nil && tree.inclusionProof(ofLeaf: -1) == nil)
  }

  @Test("Every earlier list is proven to be continued", arguments: 0...64)
  func consistency(count: Int) throws {
    let leaves = Self.leaves(count)
    let new = Self.tree(leaves)
    var tally = OperationTally()
    for size in 0...count {
      let old = Self.tree(Array(leaves.prefix(size))).head
      let proof = try #require(new.consistencyProof(from: size))
      #expect(proof.proves(new.head, continues: old, tally: &tally))
      #expect(try ConsistencyProof(bytes: proof.bytes) == proof)
      guard size > 0 else { continue }
      var other = leaves.prefix(size)
      other[size - 1].append(1)
      #expect(!proof.proves(new.head, continues: Self.tree(Array(other)).head, tally: &tally))
    }
    #expect(new.consistencyProof(from: count + 1) == nil)
    #expect(new.consistencyProof(from: -1) == nil)
  }

  @Test("Every altered byte of a proof is refused", arguments: [1, 2, 3, 5, 6, 7, 8, 11, 13])
  func alteredInclusion(count: Int) throws {
    let leaves = Self.leaves(count)
    let tree = Self.tree(leaves)
    var tally = OperationTally()
    for (index, leaf) in leaves.enumerated() {
      let bytes = try #require(tree.inclusionProof(ofLeaf: index)).bytes
      for (position, change) in Self.changes(of: bytes) {
        var altered = bytes
        altered[position] ^= change
        guard let proof = try? InclusionProof(bytes: altered) else { continue }
        #expect(!proof.proves(leaf, in: tree.head, tally: &tally), "\(index), \(position)")
      }
      for end in bytes.indices {
        #expect(throws: ByteProblem.self) { try InclusionProof(bytes: Array(bytes[..<end])) }
      }
      #expect(throws: ByteProblem.self) { try InclusionProof(bytes: bytes + [0]) }
    }
  }

  @Test("Every altered byte of a consistency proof is refused", arguments: [1, 2, 3, 6, 7, 8, 13])
  func alteredConsistency(count: Int) throws {
    let leaves = Self.leaves(count)
    let new = Self.tree(leaves)
    var tally = OperationTally()
    for size in 0...count {
      let old = Self.tree(Array(leaves.prefix(size))).head
      let bytes = try #require(new.consistencyProof(from: size)).bytes
      for (position, change) in Self.changes(of: bytes) {
        var altered = bytes
        altered[position] ^= change
        guard let proof = try? ConsistencyProof(bytes: altered) else { continue }
        #expect(!proof.proves(new.head, continues: old, tally: &tally), "\(size), \(position)")
      }
    }
  }

  /// Each byte with one changed bit, the lowest bits of all with some more.
  private static func changes(of bytes: [UInt8]) -> [(Int, UInt8)] {
    bytes.indices.flatMap { position in
      (position < 23 ? [1, 2, 4, 8, 0x80, 0xFF] : [1, 0x80]).map { (position, $0) }
    }
  }

  @Test("A path that is too long or short, or has odd digests, is refused")
  func paths() throws {
    let leaves = Self.leaves(5)
    let tree = Self.tree(leaves)
    var tally = OperationTally()
    let bytes = try #require(tree.inclusionProof(ofLeaf: 2)).bytes
    var shorter = Array(bytes.dropLast(32))
    shorter[22] -= 1
    #expect(!(try InclusionProof(bytes: shorter).proves(leaves[2], in: tree.head, tally: &tally)))
    var longer = bytes + [UInt8](repeating: 7, count: 32)
    longer[22] += 1
    #expect(!(try InclusionProof(bytes: longer).proves(leaves[2], in: tree.head, tally: &tally)))
    // A path of 2³² - 1 digests is refused before memory is reserved.
    var huge = bytes
    huge.replaceSubrange(19..<23, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: ByteProblem(.countTooLarge(0xFFFF_FFFF, allowed: 98), offset: 19)) {
      try InclusionProof(bytes: huge)
    }
  }

  @Test("Doubling the last leaf, or taking nodes for leaves, gives other roots")
  func confusion() {
    var tally = OperationTally()
    for count in 1...20 {
      let leaves = Self.leaves(count)
      let root = Self.tree(leaves).head.root
      #expect(root != Self.tree(leaves + [leaves[count - 1]]).head.root)
      guard count > 1 else { continue }
      // The two digests below the root, posing as data of leaves, or of one leaf.
      var split = 1
      while split * 2 < count { split *= 2 }
      let left = Self.reference(leaves[..<split])
      let right = Self.reference(leaves[split...])
      #expect(root == MerkleDigest.node(left, right, tally: &tally))
      #expect(root != Self.tree([left, right]).head.root)
      #expect(root != Self.tree([left + right]).head.root)
      #expect(root != Self.tree([[1] + left + right]).head.root)
    }
    // Bytes moved between neighbours.
    #expect(Self.tree([[1, 2], [3]]).head != Self.tree([[1], [2, 3]]).head)
  }

  @Test("A proof against the head of another size is refused")
  func sizes() throws {
    let leaves = Self.leaves(8)
    let tree = Self.tree(leaves)
    var tally = OperationTally()
    let proof = try #require(tree.inclusionProof(ofLeaf: 0))
    for size in [0, 5, 6, 7, 9] {
      let head = MerkleHead(size: size, root: tree.head.root)
      #expect(!proof.proves(leaves[0], in: head, tally: &tally))
      #expect(try ClaimedHead(bytes: head.bytes).bytes == head.bytes)
    }
  }

  @Test("A proof that ends below the root of a larger tree is refused, whatever the head says")
  func unfinished() throws {
    let leaves = Self.leaves(2)
    let tree = Self.tree(leaves)
    var tally = OperationTally()
    let head = MerkleHead(size: 3, root: tree.head.root)
    var inclusion = try #require(tree.inclusionProof(ofLeaf: 0)).bytes
    inclusion[10] = 3
    #expect(!(try InclusionProof(bytes: inclusion).proves(leaves[0], in: head, tally: &tally)))
    var consistency = try #require(tree.consistencyProof(from: 1)).bytes
    consistency[18] = 3
    let old = Self.tree(Array(leaves.prefix(1))).head
    let proof = try ConsistencyProof(bytes: consistency)
    #expect(!proof.proves(head, continues: old, tally: &tally))
  }
}
