import PairingCrypto
import Testing

@testable import RecordSharing

/// A file under `a and b` whose attribute `a` was taken from user 2, who had both.
struct Revoked<Scheme: SharingScheme> {
  var world: World<Scheme>
  /// What the upload's block holds: the old abstract, for everybody and for ever.
  let file: Published<Scheme>
  let keeper: UserKey<Scheme.Elements>
  let loser: UserKey<Scheme.Elements>
  let announcement: Rekeying<Scheme.Elements>
  let secret: Scheme.RekeyingSecret
  /// What replicas and cloud server have after the new rows.
  var abstract: Abstract<Scheme.Elements>
  var ciphertext: Ciphertext<Scheme.Elements>
  let signing: Scheme.SigningKey

  init(_ scheme: Scheme, _ signing: Scheme.SigningKey) throws {
    self.signing = signing
    world = try World(scheme)
    let a = try Attribute("a")
    loser = try world.issue(2, "a b").key
    let issued = try world.issue(1, "a b")
    var keeper = issued.key
    file = try world.publish(1, "a and b", signedBy: signing)
    (announcement, secret) = try world.scheme.rekey(
      a, master: &world.system.master, with: world.prepared)
    let before = try #require(world.scheme.parameters(of: world.prepared).key(of: a))
    try world.scheme.adopt(announcement, in: &world.prepared)
    let renewed = try world.scheme.keyUpdate(
      for: keeper, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
    try world.scheme.adopt(renewed, in: &keeper, by: announcement)
    self.keeper = keeper
    abstract = file.abstract
    ciphertext = file.request.ciphertext
    let made = world.scheme.update(of: FileID(1), abstract.capsule, secret: secret)
    let update = try #require(made)
    let checked = try world.scheme.check(
      update, to: abstract, from: before, by: announcement)
    try world.scheme.apply(checked, to: &abstract)
    try world.scheme.apply(checked, to: &ciphertext)
  }

  /// The owner encrypts the record anew, and makes abstract and transaction.
  mutating func encryptAnew() throws -> Published<Scheme> {
    let encrypted = try world.scheme.reencrypt(
      file.request.ciphertext, as: FileID(1 << 48 | 1), keys: file.encrypted.keys,
      words: ["a", "b", "c", "d"],
      keywordKey: world.system.keywordKey, tables: nil, after: announcement, with: world.prepared)
    let request = try world.scheme.storageRequest(encrypted.ciphertext, signedBy: signing)
    let owner = world.scheme.verificationKey(of: signing)
    try world.scheme.check(request, in: try world.scheme.registry(signing))
    let abstract = world.scheme.abstract(
      of: request, at: StorageLocation(encrypted.ciphertext.file.rawValue), keys: encrypted.keys,
      ownerKey: owner, hospital: "St. Anna", doctor: "Dr. Weiß")
    return Published(encrypted: encrypted, request: request, abstract: abstract)
  }

  /// Opens a capsule with a key, then a body with what that gave: how far it comes.
  mutating func read(
    _ capsule: Capsule<Scheme.Elements>, _ key: UserKey<Scheme.Elements>,
    _ body: Ciphertext<Scheme.Elements>
  ) -> String {
    let prepared = world.scheme.prepare(key)
    do throws(DecryptionFailure) {
      let keys = try world.scheme.open(capsule, with: prepared)
      let found = try world.scheme.record(in: body, keys: keys)
      return found == world.scheme.record(byteCount: 40, content: 1) ? "read" : "something else"
    } catch {
      return "\(error)"
    }
  }
}

@Suite("Encrypting anew")
struct ReencryptionTests {
  /// Who reads what after the new rows, and after the new version.
  private func outcomes<Scheme: SharingScheme>(
    _ scheme: Scheme, _ signing: Scheme.SigningKey
  ) throws -> [String] {
    var world = try Revoked(scheme, signing)
    let a = try Attribute("a")
    let upload = world.file.abstract.capsule
    let (loser, keeper) = (world.loser, world.keeper)
    var log: [String] = []
    // Nothing was downloaded before: the abstract is in the upload's block, the body is today's.
    log.append(world.read(upload, loser, world.ciphertext))
    log.append(world.read(world.abstract.capsule, loser, world.ciphertext))
    log.append(world.read(world.abstract.capsule, keeper, world.ciphertext))

    let new = try world.encryptAnew()
    let (body, capsule) = (new.request.ciphertext, new.abstract.capsule)
    log.append(world.read(upload, loser, body))
    log.append(world.read(world.abstract.capsule, loser, body))
    log.append(world.read(capsule, loser, body))
    log.append(world.read(capsule, loser.claiming(Epoch(1), for: a), body))
    log.append(world.read(capsule, keeper, body))
    // The assumption: who keeps the old body, or downloaded it, reads it for ever.
    log.append(world.read(upload, loser, world.file.request.ciphertext))
    // The old abstract is about another ciphertext.
    let abstract = world.abstract
    log.append(
      "\(String(describing: failure { () throws(DecryptionFailure) in try world.world.scheme.check(body, against: abstract) }))"
    )
    try world.world.scheme.check(body, against: new.abstract)
    return log
  }

  private let expected = [
    "read", "keyOutdated(a)", "read", "tagMismatch", "keyOutdated(a)", "keyOutdated(a)",
    "commitmentMismatch", "read", "read",
    "Optional(RecordSharing.DecryptionFailure.digestMismatch)",
  ]

  @Test(
    "Sharing §7: a revoked user reads a re-keyed file by the chain's old abstract, and no new version"
  )
  func chainReader() throws {
    #expect(try outcomes(real(), Keys.owner) == expected)
    #expect(try outcomes(real(.ss512), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try outcomes(scheme, key) == expected)
  }

  @Test(
    "Sharing §7: the factor of the rows undoes re-keying, and a new version if it is handed out")
  func colludingCloud() throws {
    var world = try Revoked(real(), Keys.owner)
    let new = try world.encryptAnew()
    // C_i new to the power 1/u is C_i old: the factor that CS gets, turned round.
    func turnedBack(_ capsule: Capsule<RealElements>) -> Capsule<RealElements> {
      var turned = capsule
      for row in turned.rows.indices where turned.rows[row].epoch == Epoch(1) {
        let point = turned.rows[row].point
        turned.rows[row].point =
          world.world.scheme.group.powers([
            [.variable(point, world.secret.componentFactor)]
          ])[0]
        turned.rows[row].epoch = Epoch(0)
      }
      return turned
    }
    let (rekeyed, anew) = (turnedBack(world.abstract.capsule), turnedBack(new.abstract.capsule))
    #expect(rekeyed == world.file.abstract.capsule)
    #expect(world.read(rekeyed, world.loser, world.ciphertext) == "read")
    // It undoes any rows under that key: who has files encrypted anew must not hand it out.
    #expect(world.read(anew, world.loser, new.request.ciphertext) == "read")
  }

  @Test("A new version shares neither K, nor a nonce's key, nor an element with the old one")
  func nothingServesTwice() throws {
    var world = try Revoked(real(), Keys.owner)
    let old = world.file
    let new = try world.encryptAnew()
    let (before, after) = (old.request.ciphertext, new.request.ciphertext)
    #expect(after.file == FileID(1 << 48 | 1) && after.file.record == before.file.record)
    #expect(before.file.version == 0 && after.file.version == 1)
    #expect(old.encrypted.keys.record != new.encrypted.keys.record)
    #expect(old.encrypted.keys.location != new.encrypted.keys.location)
    #expect(before.capsule.commitment != after.capsule.commitment)
    func elements(_ ciphertext: Ciphertext<RealElements>) -> [[UInt8]] {
      let (capsule, index) = (ciphertext.capsule, ciphertext.index)
      return [capsule.masked.bytes, ciphertext.body.bytes]
        + ([capsule.header, index.anchor, index.searching, index.sharing] + capsule.shares
        + capsule.rows.map(\.point) + index.entries).map(\.bytes)
    }
    #expect(Set(elements(before)).isDisjoint(with: elements(after)))
    #expect(old.abstract.location != new.abstract.location)
    #expect(after.capsule.rows.map(\.epoch) == [Epoch(1), Epoch(0)])
  }

  /// Two versions of one name after new keys of `a` and of `b`, the first of which the chain did not
  /// take: which of what they drew is alike.
  private func alikeInTwo<Scheme: SharingScheme>(
    _ scheme: Scheme, _ elements: (Ciphertext<Scheme.Elements>) -> [String]
  ) throws -> [String] where Scheme.ContentKeys: Hashable {
    var world = try World(scheme)
    let file = try world.encrypt(1, "a and b")
    var made: [EncryptedFile<Scheme>] = []
    for name in ["a", "b"] {
      let (announcement, _) = try world.scheme.rekey(
        try Attribute(name), master: &world.system.master, with: world.prepared)
      try world.scheme.adopt(announcement, in: &world.prepared)
      made.append(
        try world.scheme.reencrypt(
          file.ciphertext, as: FileID(1 << 48 | 1), keys: file.keys, words: ["a", nil, "c", "d"],
          keywordKey: world.system.keywordKey, tables: nil, after: announcement,
          with: world.prepared))
    }
    #expect(made[0].keys != made[1].keys)
    #expect(made[0].ciphertext.capsule.commitment != made[1].ciphertext.capsule.commitment)
    // The first's keys do not open the second, which is called alike.
    #expect(
      failure { () throws(DecryptionFailure) in
        try world.scheme.record(in: made[1].ciphertext, keys: made[0].keys)
      } == .tagMismatch)
    let second = Set(elements(made[1].ciphertext))
    return elements(made[0].ciphertext).filter(second.contains)
  }

  @Test("Two versions of one name under different keys share neither K nor an element")
  func nameTwice() throws {
    #expect(
      try alikeInTwo(real()) { ciphertext in
        let (capsule, index) = (ciphertext.capsule, ciphertext.index)
        return ["\(capsule.masked.bytes)", "\(ciphertext.body)"]
          + ([capsule.header, index.anchor, index.searching, index.sharing] + capsule.shares
          + capsule.rows.map(\.point) + index.entries).map { "\($0.bytes)" }
      } == [])
    #expect(
      try alikeInTwo(counted()) { ciphertext in
        let (capsule, index) = (ciphertext.capsule, ciphertext.index)
        return ["\(capsule.masked)"]
          + ([capsule.header, index.anchor, index.searching, index.sharing] + capsule.shares
          + capsule.rows.map(\.point)).map { "\($0)" }
      } == [])
  }

  @Test("A later version takes the place of an earlier one and nothing else does")
  func superseding() throws {
    var world = try Revoked(real(), Keys.owner)
    let new = try world.encryptAnew()
    let (old, abstract) = (world.abstract, new.abstract)
    func refusal(_ new: Abstract<RealElements>, _ old: Abstract<RealElements>)
      -> TransactionFailure?
    {
      failure { () throws(TransactionFailure) in try new.check(superseding: old) }
    }
    #expect(refusal(abstract, old) == nil)
    #expect(refusal(old, abstract) == .notSuperseding(old.file, old: abstract.file))
    #expect(refusal(abstract, abstract) == .notSuperseding(abstract.file, old: abstract.file))
    let other = abstract.altering(.file)
    #expect(refusal(other, old) == .notSuperseding(other.file, old: old.file))
    #expect(refusal(abstract.altering(.owner), old) == .foreignKey(abstract.file))
    var foreign = abstract
    foreign.ownerKey = world.world.scheme.verificationKey(of: Keys.centre)
    #expect(refusal(foreign, old) == .foreignKey(abstract.file))
    let parameters = world.world.scheme.parameters(of: world.world.prepared)
    try parameters.check(abstract)
  }

  /// Why wrong calls are refused.
  private func refusals<Scheme: SharingScheme>(
    _ scheme: Scheme, _ signing: Scheme.SigningKey
  ) throws -> [ReencryptionFailure?] {
    var world = try Revoked(scheme, signing)
    let stale = world.world.scheme.prepare(world.world.system.parameters)
    let other = try world.world.encrypt(2, "b and c")
    let file = world.file
    func refusal(
      _ ciphertext: Ciphertext<Scheme.Elements>, _ keys: Scheme.ContentKeys,
      as name: FileID? = nil, words: [String?] = [nil, nil, nil, nil],
      stale parameters: Scheme.PreparedParameters? = nil
    ) -> ReencryptionFailure? {
      let prepared = parameters ?? world.world.prepared
      return failure { () throws(ReencryptionFailure) in
        try world.world.scheme.reencrypt(
          ciphertext, as: name ?? FileID(1 << 48 | ciphertext.file.rawValue), keys: keys,
          words: words, keywordKey: world.world.system.keywordKey,
          tables: nil, after: world.announcement, with: prepared)
      }
    }
    let (stored, kept) = (file.request.ciphertext, file.encrypted.keys)
    return [
      refusal(file.request.ciphertext, file.encrypted.keys),
      refusal(other.ciphertext, other.keys),
      refusal(file.request.ciphertext, file.encrypted.keys, stale: stale),
      refusal(file.request.ciphertext, other.keys),
      refusal(file.request.ciphertext.altering(.body), file.encrypted.keys),
      refusal(file.request.ciphertext, file.encrypted.keys, words: [nil]),
      refusal(stored, kept, as: FileID(1)), refusal(stored, kept, as: FileID(1 << 48 | 2)),
      // Versions that were begun and not taken are passed over.
      refusal(stored, kept, as: FileID(0xFFFF << 48 | 1)),
    ]
  }

  @Test("Without a new key, the right keys and a name that is left nothing is encrypted anew")
  func wrongUse() throws {
    let expected: [ReencryptionFailure?] = [
      nil, .notNamed(try Attribute("a")), .keyNotAdopted(Epoch(1)), .notOpened(.tagMismatch),
      .notOpened(.tagMismatch), .notEncrypted(.wrongNumberOfWords(1, slots: 4)),
      .notLater(FileID(1), than: FileID(1)), .notLater(FileID(1 << 48 | 2), than: FileID(1)), nil,
    ]
    #expect(try refusals(real(), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try refusals(scheme, key) == expected)
  }

  @Test("Encrypting anew costs 2l + m + 4 Gf and l Gv", arguments: [1, 2, 5])
  func cost(_ rows: Int) throws {
    func costs<Scheme: SharingScheme>(_ scheme: Scheme) throws -> OperationTally {
      var world = try World(scheme)
      let names = ["a", "b", "c", "d", "e"].prefix(rows).joined(separator: " and ")
      let file = try world.encrypt(1, names)
      let (announcement, _) = try world.scheme.rekey(
        try Attribute("a"), master: &world.system.master, with: world.prepared)
      try world.scheme.adopt(announcement, in: &world.prepared)
      let (system, prepared) = (world.system, world.prepared)
      return try world.scheme.measured { scheme in
        try scheme.reencrypt(
          file.ciphertext, as: FileID(1 << 48 | 1), keys: file.keys,
          words: [nil, nil, nil, nil], keywordKey: system.keywordKey, tables: nil,
          after: announcement, with: prepared)
      }.operations
    }
    let performed = try costs(real())
    #expect(try performed == costs(counted()))
    let formula = SharingCosts.reencrypt(
      slots: 4, rows: rows, withTables: 0, bytesHashed: 0, bytesSealed: 0)
    #expect(performed.withoutBytes == formula)
    #expect(formula[.fixedExponentiation] == 2 * rows + 4 + 4)
    #expect(formula[.variableExponentiation] == rows && formula[.targetExponentiation] == 2)
    // The old body is opened, the new one sealed.
    let policy = try sharingPolicy(
      ["a", "b", "c", "d", "e"].prefix(rows).joined(separator: " and "))
    let context = policy.sealingContext(of: FileID(1), .toy, .bytes).byteCount
    #expect(performed[.byteSealed] == 2 * (40 + context))
  }
}
