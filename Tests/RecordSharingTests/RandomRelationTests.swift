import PairingCrypto
import Testing

@testable import RecordSharing

/// Artefacts put together at random of two users', two files' or two epochs', 500 of each kind: each
/// is refused for the right reason, and only what is whole passes.
@Suite("Random relations between artefacts")
struct RandomRelationTests {
  private static let draws = 500

  /// Which of some parts come from the second of two artefacts.
  private func choice(_ parts: Int, _ generator: inout SeededGenerator) -> [Bool] {
    (0..<parts).map { _ in generator.below(2) == 1 }
  }

  private func isWhole(_ parts: [Bool]) -> Bool { Set(parts).count <= 1 }

  /// Half of what is drawn has to be refused at least, or the test says little.
  private func expectRefusals(_ passed: Int) {
    #expect(passed > 0 && passed < Self.draws / 2, "\(passed) of \(Self.draws) passed")
  }

  @Test("Keys of two users: D, D' and the D_x of one user open, and no mixture does")
  func keys() throws {
    var world = try World(real())
    var generator = SeededGenerator(1)
    let capsule = try world.encrypt(1, "a and b").ciphertext.capsule
    let users = [try world.issue(1, "a b").key, try world.issue(2, "a b").key]
    var passed = 0
    for _ in 0..<Self.draws {
      // D'' takes no part in opening.
      let parts = choice(4, &generator)
      let searching = users[generator.below(2)].searching
      func from(_ part: Int) -> UserKey<RealElements> { users[parts[part] ? 1 : 0] }
      var key = users[0]
      key.blinded = from(0).blinded
      key.registered = from(1).registered
      key.searching = searching
      key.components = [from(2).components[0], from(3).components[1]]
      let lines = world.scheme.prepare(key)
      let found = failure { () throws(DecryptionFailure) in
        try world.scheme.open(capsule, with: lines)
      }
      #expect(found == (isWhole(parts) ? nil : .commitmentMismatch), "\(parts)")
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }

  @Test("Tokens of two users: all parts are of the user whose entry is asked, or none passes")
  func tokens() throws {
    var world = try World(real())
    var generator = SeededGenerator(2)
    let users = [try world.issue(1, "a"), try world.issue(2, "a")]
    let tokens = try users.enumerated().map { number, user in
      try world.scheme.token(
        for: [SlotWord(Slot(UInt8(number)), "w\(number)")], key: user.key, occasion: 1,
        at: UInt64(10 + number), keywordKey: world.system.keywordKey, with: world.prepared)
    }
    var passed = 0
    for _ in 0..<Self.draws {
      // User, slots, t1, t2, t3, challenge, response, time, entry.
      let isLikely = generator.below(4) == 0
      let second = generator.below(2) == 1
      let parts = isLikely ? [Bool](repeating: second, count: 9) : choice(9, &generator)
      func from(_ part: Int) -> SearchToken<RealElements> { tokens[parts[part] ? 1 : 0] }
      let proof = KnowledgeProof<RealElements>(
        challenge: from(5).proof.challenge, response: from(6).proof.response)
      let token = SearchToken<RealElements>(
        user: from(0).user, slots: from(1).slots, question: from(2).question,
        searching: from(3).searching, personal: from(4).personal, proof: proof)
      let isValid = world.scheme.isValid(
        token, of: users[parts[8] ? 1 : 0].entry, at: parts[7] ? 11 : 10,
        with: world.system.parameters)
      #expect(isValid == isWhole(parts), "\(parts)")
      passed += isValid ? 1 : 0
    }
    expectRefusals(passed)
  }

  @Test("Capsules of two files: kc refuses every mixture of their elements")
  func capsules() throws {
    var world = try World(real())
    var generator = SeededGenerator(3)
    let capsules = try [1, 2].map { try world.encrypt($0, "a and b").ciphertext.capsule }
    let key = try world.key(1, "a b")
    var passed = 0
    for _ in 0..<Self.draws {
      let parts = choice(7, &generator)
      func from(_ part: Int) -> Capsule<RealElements> { capsules[parts[part] ? 1 : 0] }
      var capsule = capsules[0]
      capsule.masked = from(0).masked
      capsule.header = from(1).header
      capsule.shares = [from(2).shares[0], from(3).shares[1]]
      capsule.rows = [from(4).rows[0], from(5).rows[1]]
      capsule.commitment = from(6).commitment
      let found = failure { () throws(DecryptionFailure) in
        try world.scheme.open(capsule, with: key)
      }
      #expect(found == (isWhole(parts) ? nil : .commitmentMismatch), "\(parts)")
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }

  @Test("Ciphertexts of two files: the digests on the chain refuse every mixture")
  func ciphertexts() throws {
    var world = try World(real())
    var generator = SeededGenerator(4)
    let files = try [1, 2].map { file in
      try world.publish(UInt64(file), "a and b", signedBy: Keys.owner)
    }
    let key = try world.key(1, "a b")
    var passed = 0
    for _ in 0..<Self.draws {
      let isLikely = generator.below(4) == 0
      let second = generator.below(2) == 1
      // Name, index, capsule without rows, rows, body, abstract.
      let parts = isLikely ? [Bool](repeating: second, count: 6) : choice(6, &generator)
      func from(_ part: Int) -> Ciphertext<RealElements> {
        files[parts[part] ? 1 : 0].request.ciphertext
      }
      var ciphertext = from(4)
      ciphertext.file = from(0).file
      ciphertext.index = from(1).index
      ciphertext.capsule = from(2).capsule
      ciphertext.capsule.rows = from(3).capsule.rows
      let abstract = files[parts[5] ? 1 : 0].abstract
      let found = failure { () throws(DecryptionFailure) in
        try world.scheme.decrypt(ciphertext, against: abstract, with: key)
      }
      let isContent = isWhole([parts[0], parts[1], parts[2], parts[4], parts[5]])
      let expected: DecryptionFailure? =
        !isContent ? .digestMismatch : isWhole(parts) ? nil : .rowDigestMismatch
      #expect(found == expected, "\(parts)")
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }

  // MARK: Epochs

  /// An attribute with keys of three epochs, and a file, a key and updates of each.
  private struct Epochs {
    var world: World<RealScheme>
    let a: Attribute
    var abstracts: [Abstract<RealElements>]
    var keys: [UserKey<RealElements>]
    var attributeKeys: [AttributeKey<RealElements>] = []
    var announcements: [Rekeying<RealElements>] = []
    var updates: [RowUpdate<RealElements>] = []
    var renewals: [KeyUpdate<RealElements>] = []

    init() throws {
      world = try World(real())
      a = try Attribute("a")
      let issued = try world.issue(1, "a b")
      keys = [issued.key]
      abstracts = [try world.publish(1, "a and b", signedBy: Keys.owner).abstract]
      attributeKeys = [try #require(world.system.parameters.key(of: a))]
      for epoch in 0..<2 {
        let (announcement, secret) = try world.scheme.rekey(
          a, master: &world.system.master, with: world.prepared)
        try world.scheme.adopt(announcement, in: &world.prepared)
        let made = world.scheme.update(
          of: FileID(1), abstracts[epoch].capsule, secret: secret)
        let update = try #require(made)
        let checked = try world.scheme.check(
          update, to: abstracts[epoch], from: attributeKeys[epoch], by: announcement)
        var abstract = abstracts[epoch]
        try world.scheme.apply(checked, to: &abstract)
        let renewal = try world.scheme.keyUpdate(
          for: keys[epoch], of: issued.entry, unless: AttributeRevocationList(), secret: secret)
        var key = keys[epoch]
        try world.scheme.adopt(renewal, in: &key, by: announcement)
        abstracts.append(abstract)
        keys.append(key)
        attributeKeys.append(AttributeKey(epoch: announcement.epoch, point: announcement.key))
        announcements.append(announcement)
        updates.append(update)
        renewals.append(renewal)
      }
    }
  }

  @Test("Epochs of keys and rows: what is claimed has to agree, and so has what is held")
  func openings() throws {
    var scene = try Epochs()
    var generator = SeededGenerator(5)
    var passed = 0
    for _ in 0..<Self.draws {
      let (key, held) = (generator.below(3), generator.below(3))
      let (row, stands) = (generator.below(3), generator.below(3))
      var capsule = scene.abstracts[row].capsule
      capsule.rows[0].epoch = Epoch(UInt32(stands))
      let claiming = scene.keys[key].claiming(Epoch(UInt32(held)), for: scene.a)
      let lines = scene.world.scheme.prepare(claiming)
      let found = failure { () throws(DecryptionFailure) in
        try scene.world.scheme.open(capsule, with: lines)
      }
      let expected: DecryptionFailure? =
        held != stands ? .keyOutdated(scene.a) : key != row ? .commitmentMismatch : nil
      #expect(found == expected)
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }

  @Test("Epochs of rows: an update follows on the chain's rows by one announcement, or is refused")
  func rowUpdates() throws {
    var scene = try Epochs()
    var generator = SeededGenerator(6)
    var passed = 0
    for _ in 0..<Self.draws {
      let (made, claimed) = (generator.below(2), generator.below(2))
      let (place, previous) = (generator.below(3), generator.below(3))
      let announced = generator.below(2)
      var update = scene.updates[made]
      update.epoch = Epoch(UInt32(claimed + 1))
      let found = failure { () throws(UpdateFailure) in
        try scene.world.scheme.check(
          update, to: scene.abstracts[place], from: scene.attributeKeys[previous],
          by: scene.announcements[announced])
      }
      let begins = { (epoch: Int) in Epoch(UInt32(epoch)) }
      let expected: UpdateFailure? =
        claimed != announced
        ? .wrongEpoch(begins(claimed + 1), expected: begins(announced + 1))
        : previous != announced
          ? .wrongEpoch(begins(announced), expected: begins(previous))
          : place != previous
            ? .wrongEpoch(begins(place), expected: begins(previous))
            : made != announced ? .falseRow(0) : nil
      #expect(found == expected)
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }

  @Test("Epochs of components: an update is of one announcement and newer than what is held")
  func keyUpdates() throws {
    var scene = try Epochs()
    var generator = SeededGenerator(7)
    var passed = 0
    for _ in 0..<Self.draws {
      let (made, claimed) = (generator.below(2), generator.below(2))
      let (announced, holding) = (generator.below(2), generator.below(3))
      var update = scene.renewals[made]
      update.component.epoch = Epoch(UInt32(claimed + 1))
      var key = scene.keys[holding]
      let found = failure { () throws(KeyFailure) in
        try scene.world.scheme.adopt(update, in: &key, by: scene.announcements[announced])
      }
      let epoch = Epoch(UInt32(claimed + 1))
      let expected: KeyFailure? =
        claimed != announced
        ? .notAnnounced(scene.a, epoch)
        : claimed + 1 <= holding
          ? .outdatedUpdate(epoch, held: Epoch(UInt32(holding)))
          : made != announced ? .falseComponent(scene.a) : nil
      #expect(found == expected)
      passed += found == nil ? 1 : 0
    }
    expectRefusals(passed)
  }
}
