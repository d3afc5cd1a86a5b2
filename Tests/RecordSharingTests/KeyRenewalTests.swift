import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Components that are renewed")
struct KeyRenewalTests {
  /// User 1 has lost `a`; user 6 keeps it.
  private struct Scene<Scheme: SharingScheme> {
    var world: World<Scheme>
    let loser: IssuedKey<Scheme.Elements>
    let keeper: IssuedKey<Scheme.Elements>
    let announcement: Rekeying<Scheme.Elements>
    let secret: Scheme.RekeyingSecret
    let a: Attribute
    /// What the chain says: user 1 lost `a`.
    var revocations = AttributeRevocationList()

    init(_ scheme: Scheme) throws {
      world = try World(scheme)
      a = try Attribute("a")
      loser = try world.issue(1, "a b")
      keeper = try world.issue(6, "a b")
      _ = revocations.revoke(a, of: UserID(1))
      (announcement, secret) = try world.scheme.rekey(
        a, master: &world.system.master, with: world.prepared)
      try world.scheme.adopt(announcement, in: &world.prepared)
    }

    mutating func renewal(
      _ key: UserKey<Scheme.Elements>, of entry: RegistryEntry<Scheme.Elements>
    ) -> KeyFailure? {
      failure { () throws(KeyFailure) in
        try world.scheme.keyUpdate(for: key, of: entry, unless: revocations, secret: secret)
      }
    }
  }

  /// What the authority says to keys that are handed in.
  private func renewals<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [KeyFailure?] {
    var scene = try Scene(scheme)
    let (a, keeper, loser) = (scene.a, scene.keeper, scene.loser)
    let withLost = keeper.key.pooled(with: loser.key, taking: [a])
    var oneCopy = keeper.key
    oneCopy.components[0].points[1] = loser.key.components[0].points[1]
    var exchanged = keeper.key
    exchanged.components[0].points.swapAt(0, 1)
    let narrow = RegistryEntry<Scheme.Elements>(
      user: UserID(6), attributes: try attributes("b"), registered: keeper.entry.registered)
    return [
      scene.renewal(keeper.key, of: keeper.entry),
      // User 6's key with the component that user 1 lost, which the authority raised before.
      scene.renewal(withLost, of: keeper.entry), scene.renewal(oneCopy, of: keeper.entry),
      scene.renewal(exchanged, of: keeper.entry),
      // The D' that is handed in is not looked at, the registry's is.
      scene.renewal(withLost.pooled(with: loser.key, taking: .registered), of: keeper.entry),
      scene.renewal(keeper.key.pooled(with: loser.key, taking: .registered), of: keeper.entry),
      scene.renewal(keeper.key, of: loser.entry), scene.renewal(loser.key, of: keeper.entry),
      scene.renewal(keeper.key, of: narrow),
      scene.renewal(keeper.key.claiming(Epoch(1), for: a), of: keeper.entry),
      // The user who lost the attribute presents its own genuine component.
      scene.renewal(loser.key, of: loser.entry),
    ]
  }

  @Test("An authority renews the component that it issued to the user, and none else")
  func authority() throws {
    let a = try Attribute("a")
    let expected: [KeyFailure?] = [
      nil, .falseComponent(a), .falseComponent(a), .falseComponent(a), .falseComponent(a), nil,
      .foreignKey(UserID(6)), .foreignKey(UserID(1)), .notHeld(a), .notHeld(a),
      .revoked(a, UserID(1)),
    ]
    #expect(try renewals(real()) == expected)
    #expect(try renewals(counted()) == expected)
    #expect(try renewals(real(.ss512)) == expected)
  }

  /// What user 6 says to updates.
  private func adoptions<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [KeyFailure?] {
    var scene = try Scene(scheme)
    let (a, keeper, loser) = (scene.a, scene.keeper, scene.loser)
    let update = try scene.world.scheme.keyUpdate(
      for: keeper.key, of: keeper.entry, unless: scene.revocations, secret: scene.secret)
    // Another holder's: as if the list did not name user 1.
    let other = try scene.world.scheme.keyUpdate(
      for: loser.key, of: loser.entry, unless: AttributeRevocationList(), secret: scene.secret)
    var foreign = update
    foreign.component = other.component
    var altered = update
    altered.component.points[1] = Scheme.Elements.altered(update.component.points[1])
    var old = update
    old.component.points = keeper.key.components[0].points
    var later = update
    later.component.epoch = Epoch(2)
    var short = update
    short.component.points.removeLast()
    let (second, _) = try scene.world.scheme.rekey(
      a, master: &scene.world.system.master, with: scene.world.prepared)
    var falseKey = scene.announcement
    falseKey.key = second.key
    let first = scene.announcement
    let cases = [
      (update, first), (other, first), (foreign, first), (altered, first), (old, first),
      (later, first), (short, first), (update, second), (update, falseKey),
    ]
    return cases.map { update, announcement in
      var key = keeper.key
      var prepared = scene.world.scheme.prepare(key)
      let plain = failure { () throws(KeyFailure) in
        try scene.world.scheme.adopt(update, in: &key, by: announcement)
      }
      let lines = failure { () throws(KeyFailure) in
        try scene.world.scheme.adopt(update, in: &prepared, by: announcement)
      }
      #expect(plain == lines)
      let isNew = scene.world.scheme.key(of: prepared) == key && key != keeper.key
      #expect(isNew == (plain == nil))
      return plain
    }
  }

  @Test("A user takes up a new component only if it fits the announced key and the own D'")
  func user() throws {
    let a = try Attribute("a")
    let expected: [KeyFailure?] = [
      nil, .foreignUpdate(UserID(1)), .falseComponent(a), .falseComponent(a), .falseComponent(a),
      .notAnnounced(a, Epoch(2)), .wrongNumberOfComponents(1, expected: 2),
      .notAnnounced(a, Epoch(1)), .falseComponent(a),
    ]
    #expect(try adoptions(real()) == expected)
    #expect(try adoptions(counted()) == expected)
  }
}

@Suite("What was checked is what is applied")
struct CheckedUpdateTests {
  /// What comes of a checked update of file 1 elsewhere.
  private func outcomes<Scheme: SharingScheme>(
    _ scheme: Scheme, _ key: Scheme.SigningKey
  ) throws -> [UpdateFailure?] {
    var world = try World(scheme)
    let a = try Attribute("a")
    let file = try world.publish(1, "a and b", signedBy: key)
    let other = try world.publish(2, "a and b", signedBy: key)
    let before = try #require(world.system.parameters.key(of: a))
    let (announcement, secret) = try world.scheme.rekey(
      a, master: &world.system.master, with: world.prepared)
    let made = world.scheme.update(of: FileID(1), file.abstract.capsule, secret: secret)
    let update = try #require(made)
    let checked = try world.scheme.check(
      update, to: file.abstract, from: before, by: announcement)
    #expect(checked.update == update)
    var renewed = file.abstract
    try world.scheme.apply(checked, to: &renewed)
    let abstracts = [
      other.abstract, file.abstract.altering(.capsule(.row(0))),
      file.abstract.altering(.capsule(.epoch(0))), renewed, file.abstract,
    ]
    return abstracts.flatMap { abstract in
      var found = abstract
      var ciphertext = file.request.ciphertext
      ciphertext.file = abstract.file
      ciphertext.capsule = abstract.capsule
      return [
        failure { () throws(UpdateFailure) in try world.scheme.apply(checked, to: &found) },
        failure { () throws(UpdateFailure) in try world.scheme.apply(checked, to: &ciphertext) },
      ]
    }
  }

  @Test("A checked update is applied to the file and the rows it was checked for, once")
  func places() throws {
    let wrong = UpdateFailure.wrongFile(FileID(1))
    let changed = UpdateFailure.changedRows
    let expected: [UpdateFailure?] = [
      wrong, wrong, changed, changed, changed, changed, changed, changed, nil, nil,
    ]
    #expect(try outcomes(real(), Keys.owner) == expected)
    var marking = counted()
    let key = marking.signingKey(of: "owner")
    #expect(try outcomes(marking, key) == expected)
  }
}
