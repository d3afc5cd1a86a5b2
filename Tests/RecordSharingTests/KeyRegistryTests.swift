import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Names and keys")
struct KeyRegistryTests {
  @Test("A party has the key that the centre certified, and no second one")
  func enrolment() throws {
    var scheme = real()
    let centre = Keys.centre.publicKey
    var registry = KeyRegistry<RealElements>()
    let party = OwnerID(1).partyName
    #expect(party == "DO 00000001" && UserID(UInt32.max).partyName == "DU 4294967295")
    let right = try scheme.certify(Keys.owner.publicKey, of: party, by: Keys.centre)
    let own = try scheme.certify(Keys.owner.publicKey, of: party, by: Keys.owner)
    let second = try scheme.certify(centre, of: party, by: Keys.centre)
    var renamed = right
    renamed.party = OwnerID(2).partyName
    let failures = [own, renamed, right, right, second].map { certificate in
      failure { () throws(EnrolmentFailure) in
        try scheme.enrol(certificate, by: centre, in: &registry)
      }
    }
    #expect(failures == [.badSignature, .badSignature, nil, nil, .otherKey(party)])
    #expect(registry.key(of: OwnerID(1)) == Keys.owner.publicKey)
    #expect(registry.key(of: OwnerID(2)) == nil && registry.key(of: UserID(1)) == nil)
  }

  /// What a node says to files that were signed by another owner than they name.
  private func failures<Scheme: SharingScheme>(
    _ scheme: Scheme, _ keys: [Scheme.SigningKey]
  ) throws -> [TransactionFailure?] {
    var world = try World(scheme)
    let registry = try KeyRegistry.enrolling(
      [OwnerID(1).partyName: keys[0], OwnerID(2).partyName: keys[1]], with: scheme, by: keys[0])
    // Owner 2 encrypts in the name of owner 1, and signs with the own key.
    let stolen = try world.publish(1, "a", signedBy: keys[1]).abstract
    var dressed = stolen
    dressed.ownerKey = world.scheme.verificationKey(of: keys[0])
    var own = stolen
    own.owner = OwnerID(2)
    var unknown = stolen
    unknown.owner = OwnerID(3)
    return try [[stolen], [dressed], [own], [unknown], [own, stolen], []].map { abstracts in
      var transaction = try world.scheme.transaction(
        TransactionID(1), at: 1, abstracts: abstracts.isEmpty ? [own] : abstracts,
        signedBy: keys[1])
      transaction.abstracts = abstracts
      return failure { () throws(TransactionFailure) in
        try world.scheme.check(transaction, in: registry)
      }
    }
  }

  @Test("Nobody puts a file on the chain in the name of another owner")
  func owners() throws {
    let file = FileID(1)
    let expected: [TransactionFailure?] = [
      .foreignKey(file), .badSignature, nil, .unknownOwner(OwnerID(3)), .foreignOwner(file),
      .wrongNumberOfFiles(0, allowed: 1...4096),
    ]
    #expect(try failures(real(), [Keys.centre, Keys.owner]) == expected)
    var marking = counted()
    let keys = ["a", "b"].map { marking.signingKey(of: $0) }
    #expect(try failures(marking, keys) == expected)
  }

  @Test("A user's request is checked with the key of the user that its token names")
  func users() throws {
    var world = try World(real())
    let registry = try KeyRegistry.enrolling(
      [UserID(1).partyName: Keys.owner, UserID(2).partyName: Keys.centre], with: real(),
      by: Keys.centre)
    let user = try world.issue(1, "a")
    let token = try world.scheme.token(
      for: [SlotWord(Slot(0), "w")], key: user.key, occasion: 1, at: 5,
      keywordKey: world.system.keywordKey, with: world.prepared)
    let tokens = [token, token, token.altering(.user(UserID(2))), token.altering(.user(UserID(3)))]
    let keys = [Keys.owner, Keys.centre, Keys.owner, Keys.owner]
    let answers = try zip(tokens, keys).map { token, key in
      let request = try world.scheme.request(token, at: 5, signedBy: key)
      return world.scheme.isSigned(request, in: registry)
    }
    #expect(answers == [true, false, false, false])
  }
}

@Suite("Heads of Merkle trees that somebody claims")
struct ClaimedHeadTests {
  @Test("Size and root are taken only as the digest commits to them")
  func claims() throws {
    var tally = OperationTally()
    let leaves = (0..<6).map { [UInt8($0)] }
    let tree = MerkleTree(leaves, tally: &tally)
    let digest = tree.head.digest(tally: &tally)
    #expect(tally[.byteHashed] > 0 && digest.count == 32)
    let genuine = try ClaimedHead(bytes: tree.head.bytes).head(committedAs: digest, tally: &tally)
    #expect(genuine == tree.head)
    for size in 0...20 where size != 6 {
      let lie = MerkleHead(size: size, root: tree.head.root)
      #expect(try ClaimedHead(bytes: lie.bytes).head(committedAs: digest, tally: &tally) == nil)
    }
    // What a wrong size would do: the leaf at place 5 of 6 passes for that at place 3 of 4.
    let proof = try #require(tree.inclusionProof(ofLeaf: 5))
    let moved = InclusionProof(index: 3, size: 4, path: proof.path)
    let lie = MerkleHead(size: 4, root: tree.head.root)
    #expect(moved.proves(leaves[5], in: lie, tally: &tally))
    #expect(!moved.proves(leaves[5], in: tree.head, tally: &tally))
    // Neither a root nor a leaf nor a node is a digest of a head.
    let head = MerkleHead(size: 1, root: digest)
    #expect(head.digest(tally: &tally) != MerkleDigest.leaf(head.root, tally: &tally))
    #expect(try ClaimedHead(bytes: head.bytes).head(committedAs: digest, tally: &tally) == nil)
  }
}
