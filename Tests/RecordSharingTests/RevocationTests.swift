import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Revocation")
struct RevocationTests {
  @Test("A list takes away what was revoked and nothing else")
  func effectiveAttributes() throws {
    let (a, b) = (try Attribute("a"), try Attribute("b"))
    var list = AttributeRevocationList()
    let revoked = [(a, 1), (a, 1), (b, 2)].map { list.revoke($0.0, of: UserID($0.1)) }
    #expect(revoked == [true, false, true])
    #expect(list.count == 2)
    #expect(try list.effective(attributes("a b c"), of: UserID(1)) == attributes("b c"))
    #expect(try list.effective(attributes("a b c"), of: UserID(2)) == attributes("a c"))
    #expect(try list.effective(attributes("a b c"), of: UserID(3)) == attributes("a b c"))
    let restored = (0..<2).map { _ in list.restore(a, to: UserID(1)) }
    #expect(restored == [true, false])
    #expect(!list.isRevoked(a, of: UserID(1)) && list.isRevoked(b, of: UserID(2)))
  }

  @Test("A revoked user passes if the other attributes satisfy the policy")
  func decisions() throws {
    var list = AttributeRevocationList()
    _ = list.revoke(try Attribute("a"), of: UserID(1))
    func decide(_ policy: String, _ user: UInt32, _ names: String) throws -> AccessDecision {
      list.decide(
        try AccessPolicy.parse(policy), for: UserID(user), holding: try attributes(names))
    }
    #expect(try decide("a and b", 1, "a b") == .revoked)
    #expect(try decide("a or b", 1, "a b") == .granted)
    #expect(try decide("a and b", 2, "a b") == .granted)
    #expect(try decide("a and c", 1, "a b") == .unsatisfied)
    #expect(try decide("2 of (a, b, c)", 1, "a b c") == .granted)
    #expect(try decide("2 of (a, b, c)", 1, "a b") == .revoked)
  }

  /// What the parties find after `a` was taken from user 2.
  private func rekey<Scheme: SharingScheme>(
    _ scheme: Scheme, _ signing: Scheme.SigningKey
  ) throws -> [String] {
    var world = try World(scheme)
    let a = try Attribute("a")
    let issued = try world.issue(1, "a b")
    let keeper = issued.key
    let loser = try world.issue(2, "a b").key
    let file = try world.publish(1, "(a and b) or (a and c)", signedBy: signing)
    let other = try world.publish(2, "b and c", signedBy: signing)
    let before = try #require(world.system.parameters.key(of: a))
    var log: [String] = []
    func open(_ capsule: Capsule<Scheme.Elements>, _ key: UserKey<Scheme.Elements>) -> String {
      let prepared = world.scheme.prepare(key)
      let found = failure { () throws(DecryptionFailure) in
        try world.scheme.open(capsule, with: prepared)
      }
      return found.map { "\($0)" } ?? "opened"
    }

    let (announcement, secret) = try world.scheme.rekey(
      a, master: &world.system.master, with: world.prepared)
    try world.scheme.adopt(announcement, in: &world.prepared)
    #expect(
      failure { () throws(UpdateFailure) in
        try world.scheme.adopt(announcement, in: &world.prepared)
      } == .wrongEpoch(Epoch(0), expected: Epoch(1)))
    let made = world.scheme.update(of: FileID(1), file.abstract.capsule, secret: secret)
    let update = try #require(made)
    #expect(update.rows.map(\.row) == [0, 2])
    #expect(
      world.scheme.update(of: FileID(2), other.abstract.capsule, secret: secret) == nil)

    func check(_ update: RowUpdate<Scheme.Elements>) -> String {
      let found = failure { () throws(UpdateFailure) in
        try world.scheme.check(update, to: file.abstract, from: before, by: announcement)
      }
      return found.map { "\($0)" } ?? "valid"
    }
    var misplaced = update
    misplaced.rows.removeLast()
    var foreign = update
    foreign.file = FileID(2)
    var early = update
    early.epoch = Epoch(7)
    log += [update, update.altering(row: 0), update.altering(row: 1), misplaced, foreign, early]
      .map { check($0) }

    var abstract = file.abstract
    var ciphertext = file.request.ciphertext
    let checked = try world.scheme.check(
      update, to: file.abstract, from: before, by: announcement)
    try world.scheme.apply(checked, to: &abstract)
    try world.scheme.apply(checked, to: &ciphertext)
    // Both digests hold after the update, and the signed one is as it was.
    try world.scheme.check(ciphertext, against: abstract)
    #expect(abstract.uploaded == file.abstract.uploaded)
    #expect(abstract.rowDigest != file.abstract.rowDigest)
    #expect(
      failure { () throws(DecryptionFailure) in
        try world.scheme.check(file.request.ciphertext, against: abstract)
      } == .rowDigestMismatch)

    log.append(open(abstract.capsule, loser))
    log.append(open(abstract.capsule, loser.claiming(Epoch(1), for: a)))
    // A copy from before stays readable.
    log.append(open(file.abstract.capsule, loser))
    var updated = keeper
    let keyUpdate = try world.scheme.keyUpdate(
      for: keeper, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
    try world.scheme.adopt(keyUpdate, in: &updated, by: announcement)
    log.append(open(abstract.capsule, updated))
    log.append(open(file.abstract.capsule, updated))
    log.append(open(file.abstract.capsule, updated.claiming(Epoch(0), for: a)))
    // Another user's update is of no use.
    var stolen = loser
    stolen.components = loser.components.map { component in
      component.attribute == a ? keyUpdate.component : component
    }
    log.append(open(abstract.capsule, stolen))
    let refused = failure { () throws(KeyFailure) in
      try world.scheme.adopt(keyUpdate, in: &stolen, by: announcement)
    }
    #expect(refused == .foreignUpdate(UserID(1)))

    // New files are under the new key, new users get components of it.
    let fresh = try world.encrypt(3, "a and b").ciphertext.capsule
    log.append(open(fresh, loser))
    log.append(open(fresh, updated))
    log.append(open(fresh, try world.issue(4, "a b").key))
    // Decryption in which the attribute takes no part is as before.
    log.append(open(try world.encrypt(4, "a or b").ciphertext.capsule, loser))
    return log
  }

  private let expected = [
    "valid", "falseRow(0)", "falseRow(2)", "wrongRows",
    "wrongFile(RecordSharing.FileID(rawValue: 2))",
    "wrongEpoch(RecordSharing.Epoch(rawValue: 7), expected: RecordSharing.Epoch(rawValue: 1))",
    "keyOutdated(a)", "commitmentMismatch", "opened", "opened", "keyOutdated(a)",
    "commitmentMismatch", "commitmentMismatch", "keyOutdated(a)", "opened", "opened", "opened",
  ]

  @Test("After a new key for an attribute only who keeps it reads on, and false updates are seen")
  func newKey() throws {
    #expect(try rekey(real(), Keys.owner) == expected)
    #expect(try rekey(real(.ss512), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try rekey(scheme, key) == expected)
  }

  @Test("An attribute can get a new key again and again")
  func manyEpochs() throws {
    func run<Scheme: SharingScheme>(
      _ scheme: Scheme, _ signing: Scheme.SigningKey
    ) throws -> [DecryptionFailure?] {
      var world = try World(scheme)
      let file = try world.publish(1, "a and b", signedBy: signing)
      var abstract = file.abstract
      let issued = try world.issue(1, "a b")
      let first = world.scheme.prepare(issued.key)
      var key = issued.key
      var prepared = world.scheme.prepare(key)
      for (epoch, name) in ["a", "b", "a", "a"].enumerated() {
        let attribute = try Attribute(name)
        let before = try #require(world.scheme.parameters(of: world.prepared).key(of: attribute))
        let (announcement, secret) = try world.scheme.rekey(
          attribute, master: &world.system.master, with: world.prepared)
        #expect(announcement.epoch == Epoch(UInt32(epoch + 1)))
        try world.scheme.adopt(announcement, in: &world.prepared)
        let made = world.scheme.update(of: FileID(1), abstract.capsule, secret: secret)
        let update = try #require(made)
        let checked = try world.scheme.check(
          update, to: abstract, from: before, by: announcement)
        try world.scheme.apply(checked, to: &abstract)
        let keyUpdate = try world.scheme.keyUpdate(
          for: key, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
        try world.scheme.adopt(keyUpdate, in: &key, by: announcement)
        try world.scheme.adopt(keyUpdate, in: &prepared, by: announcement)
      }
      return [first, prepared, world.scheme.prepare(key)].map { key in
        failure { () throws(DecryptionFailure) in
          try world.scheme.open(abstract.capsule, with: key)
        }
      }
    }
    let expected: [DecryptionFailure?] = [.keyOutdated(try Attribute("a")), nil, nil]
    #expect(try run(real(), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try run(scheme, key) == expected)
  }

  @Test("An attribute outside the universe has no new key")
  func unknownAttribute() throws {
    var world = try World(real())
    let unknown = try Attribute("z")
    #expect(throws: UpdateFailure.unknownAttribute(unknown)) {
      try world.scheme.rekey(unknown, master: &world.system.master, with: world.prepared)
    }
  }
}
