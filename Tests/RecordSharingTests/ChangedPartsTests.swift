import PairingCrypto
import Testing

@testable import RecordSharing

/// Each test is a row of the table of Sharing §6, or a limit of the index check.
@Suite("What sees a change")
struct ChangedPartsTests {
  /// Who looks: nodes at the transaction, the reader at digests, at kc, at the tag.
  struct Seen: Equatable {
    var transaction: TransactionFailure?
    var digests: DecryptionFailure?
    var opening: DecryptionFailure?
    var reading: DecryptionFailure?
  }

  /// A published file, its transaction, and a key that opens it.
  private struct Scene {
    var world: World<RealScheme>
    let file: Published<RealScheme>
    let transaction: SignedTransaction<RealElements>
    let registry: KeyRegistry<RealElements>
    let key: RealScheme.PreparedKey

    init(_ policy: String = "a and b", holding: String = "a b") throws {
      world = try World(real())
      file = try world.publish(9, policy, signedBy: Keys.owner)
      transaction = try world.scheme.transaction(
        TransactionID(1), at: 1, abstracts: [file.abstract], signedBy: Keys.owner)
      registry = try world.scheme.registry(Keys.owner)
      key = try world.key(1, holding)
    }

    /// What sees a capsule, or an index, in the place of the signed one, each check by itself.
    mutating func look(
      _ capsule: Capsule<RealElements>, index: KeywordIndex<RealElements>? = nil
    ) -> Seen {
      var ciphertext = file.request.ciphertext
      ciphertext.capsule = capsule
      ciphertext.index = index ?? ciphertext.index
      var altered = transaction
      altered.abstracts[0].capsule = capsule
      altered.abstracts[0].index = ciphertext.index
      var seen = Seen()
      seen.transaction = failure { () throws(TransactionFailure) in
        try world.scheme.check(altered, in: registry)
      }
      seen.digests = failure { () throws(DecryptionFailure) in
        try world.scheme.check(ciphertext, against: file.abstract)
      }
      do throws(DecryptionFailure) {
        let keys = try world.scheme.open(capsule, with: key)
        _ = try world.scheme.record(in: ciphertext, keys: keys)
      } catch .tagMismatch {
        seen.reading = .tagMismatch
      } catch {
        seen.opening = error
      }
      return seen
    }

    /// The capsule with s, y and r_i drawn anew, as everybody can do with E, g, g^a and PAK_x.
    mutating func rerandomised(_ changes: [Scalar], r: Scalar?) -> Capsule<RealElements> {
      var group = world.scheme.group
      var capsule = file.abstract.capsule
      let shared = world.prepared
      let shares = capsule.policy.matrix.shares(
        of: changes[0], blinding: Array(changes.dropFirst()))
      let s = changes[0]
      capsule.masked = group.multiply(capsule.masked, group.power(shared.masking, s))
      capsule.header = group.multiply(capsule.header, group.power(shared.generator, s))
      for row in capsule.shares.indices {
        let power = group.power(shared.sharing, shares[row])
        capsule.shares[row] = group.multiply(capsule.shares[row], power)
        guard let r else { continue }
        let label = capsule.policy.labels[row]
        let base = world.scheme.hash(label)
        let key = shared.parameters.attributeKeys[
          shared.parameters.universe.index(of: label.attribute) ?? 0]
        capsule.shares[row] = group.multiply(capsule.shares[row], group.power(base, r))
        capsule.rows[row].point = group.multiply(
          capsule.rows[row].point, group.power(key.point, r))
      }
      return capsule
    }
  }

  private let byDigest = Seen(transaction: .rootMismatch, digests: .digestMismatch)

  @Test("Sharing §6: one of C', C'', C'_i that is used gives another K, and kc differs")
  func oneElement() throws {
    var scene = try Scene()
    var expected = byDigest
    expected.opening = .commitmentMismatch
    for part in [CapsuleAlteration.masked, .header, .share(0), .share(1)] {
      let seen = scene.look(scene.file.abstract.capsule.altering(part))
      #expect(seen == expected, "\(part)")
    }
  }

  @Test("Sharing §6: a C_i that is used gives another K, and the digest of the rows differs")
  func oneRow() throws {
    var scene = try Scene()
    let seen = scene.look(scene.file.abstract.capsule.altering(.row(1)))
    let expected = Seen(
      transaction: .rowDigestMismatch(FileID(9)), digests: .rowDigestMismatch,
      opening: .commitmentMismatch)
    #expect(seen == expected)
  }

  @Test("Sharing §6: a row that a reader does not use is seen by the digests alone")
  func unusedRow() throws {
    var scene = try Scene("a or b", holding: "a")
    let capsule = scene.file.abstract.capsule
    #expect(scene.look(capsule.altering(.share(1))) == byDigest)
    let rows = Seen(transaction: .rowDigestMismatch(FileID(9)), digests: .rowDigestMismatch)
    #expect(scene.look(capsule.altering(.row(1))) == rows)
  }

  @Test(
    "Sharing §6: C' E, C'' g and C'_i g^(a M_i1) together keep K, and the digests alone see it",
    arguments: ["a", "a and b", "a or b", "2 of (a, b, c)"])
  func sameKey(_ policy: String) throws {
    var scene = try Scene(policy, holding: "a b")
    var changes = [Scalar](
      repeating: .zero(.toy), count: scene.file.abstract.capsule.policy.matrix.columnCount)
    changes[0] = .one(.toy)
    let capsule = scene.rerandomised(changes, r: nil)
    #expect(capsule.commitment == scene.file.abstract.capsule.commitment)
    #expect(scene.look(capsule) == byDigest)
    // Every y and r_i drawn anew as well: another capsule altogether, with the same K.
    var generator = SeededGenerator(4)
    let all = generator.scalars(changes.count + 1, .toy)
    let drawn = scene.rerandomised(Array(all.dropLast()), r: all[changes.count])
    let rows = Seen(transaction: .rowDigestMismatch(FileID(9)), digests: .digestMismatch)
    #expect(scene.look(drawn) == rows)
  }

  @Test(
    "Sharing §6: two C'_i whose changes cancel keep K for one authorised set and not for another")
  func cancellingShares() throws {
    for (holding, isKept) in [("a b", true), ("a c", false)] {
      var scene = try Scene("a and (b or c)", holding: holding)
      var capsule = scene.file.abstract.capsule
      var group = scene.world.scheme.group
      let sharing = scene.world.prepared.sharing
      for (row, power) in [(0, Scalar.one(.toy)), (1, Scalar.zero(.toy) - Scalar.one(.toy))] {
        capsule.shares[row] = group.multiply(capsule.shares[row], group.power(sharing, power))
      }
      var expected = byDigest
      if !isKept { expected.opening = .commitmentMismatch }
      #expect(scene.look(capsule) == expected, "\(holding)")
    }
  }

  @Test("Sharing §6: another policy gives another K, or the same K and the tag does not hold")
  func policies() throws {
    var scene = try Scene("a or b", holding: "a c")
    let capsule = scene.file.abstract.capsule
    var tag = byDigest
    tag.reading = .tagMismatch
    #expect(scene.look(capsule.altering(.policy(try sharingPolicy("a or c")))) == tag)
    var key = byDigest
    key.opening = .commitmentMismatch
    #expect(scene.look(capsule.altering(.policy(try sharingPolicy("a and c")))) == key)
    #expect(scene.look(capsule.altering(.policy(try sharingPolicy("c or b")))) == key)
    var none = byDigest
    none.opening = .policyUnsatisfied
    #expect(scene.look(capsule.altering(.policy(try sharingPolicy("d or b")))) == none)
  }

  @Test("Sharing §6: a changed kc opens for nobody; a changed epoch asks for another component")
  func commitmentAndEpoch() throws {
    var scene = try Scene()
    var expected = byDigest
    expected.opening = .commitmentMismatch
    #expect(scene.look(scene.file.abstract.capsule.altering(.commitment)) == expected)
    let epoch = Seen(
      transaction: .rowDigestMismatch(FileID(9)), digests: .rowDigestMismatch,
      opening: .keyOutdated(try Attribute("a")))
    #expect(scene.look(scene.file.abstract.capsule.altering(.epoch(0))) == epoch)
  }

  // MARK: The index

  /// Changes that keep I, B and U; the last takes all of another file's.
  private func changes(
    _ scene: inout Scene, _ other: KeywordIndex<RealElements>
  ) -> [KeywordIndex<RealElements>] {
    var group = scene.world.scheme.group
    let index = scene.file.abstract.index
    var shifted = index
    shifted.entries[0] = group.multiply(index.entries[0], index.anchor)
    shifted.entries[1] = group.multiply(index.entries[1], group.inverse(index.anchor))
    var foreign = index
    foreign.entries[2] = other.entries[2]
    var repeated = index
    repeated.entries[3] = index.entries[0]
    return [index.altering(.swapped(0, 1)), shifted, foreign, repeated, other]
  }

  @Test("The index check sees none of the changes of entries, the owner's signature each")
  func entries() throws {
    var scene = try Scene()
    let other = try scene.world.publish(10, "a", signedBy: Keys.owner).abstract.index
    let capsule = scene.file.abstract.capsule
    for index in changes(&scene, other) {
      let isValid = scene.world.scheme.isValid(index, with: scene.world.system.parameters)
      #expect(isValid)
      #expect(scene.look(capsule, index: index) == byDigest)
      // The cloud server sees it, too, before it stores anything.
      var request = scene.file.request
      request.ciphertext.index = index
      let refused = failure { () throws(StorageFailure) in
        try scene.world.scheme.check(request, in: scene.registry)
      }
      #expect(refused == .digestMismatch)
    }
  }

  @Test("An owner who signs them is found by other words, and answers for it with the signature")
  func lyingOwner() throws {
    var scene = try Scene()
    // Words of file 9: a, b, c, d; of file 10: those that its owner does not know.
    let hidden: [String?] = ["w", "x", "y", "z"]
    let other = try scene.world.encrypt(10, "a", words: hidden).ciphertext.index
    let user = try scene.world.issue(1, "a")
    let queries: [[(Int, String)]] = [
      [(0, "a")], [(0, "b")], [(0, "a"), (1, "b")], [(2, "c")], [(3, "a")], [(0, "w"), (3, "z")],
    ]
    let found = try changes(&scene, other).map { index in
      try queries.enumerated().map { occasion, query in
        let token = try scene.world.scheme.token(
          for: query.map { SlotWord(Slot(UInt8($0.0)), $0.1) }, key: user.key,
          occasion: UInt64(occasion), at: 1, keywordKey: scene.world.system.keywordKey,
          with: scene.world.prepared)
        let lines = scene.world.scheme.prepare(token)
        return scene.world.scheme.matches(lines, index)
      }
    }
    let expected = [
      // Swapped: a hash takes its slot, so neither word is found alone, but their sum is.
      [false, false, true, true, false, false],
      [false, false, true, true, false, false],
      // Another file's entry belongs to another tau.
      [true, false, true, false, false, false],
      [true, false, true, true, false, false],
      // A whole index of another file works, without knowing its words.
      [false, false, false, false, false, true],
    ]
    #expect(found == expected)
  }
}
