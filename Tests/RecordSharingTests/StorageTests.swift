import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Uploads, transactions and reading")
struct StorageTests {
  /// A published file whose signatures are made by the real engine with the shared key.
  private func published(
    _ parameters: ParameterSet = .toy, policy: String = "a and b"
  ) throws -> (World<RealScheme>, Published<RealScheme>) {
    var world = try World(real(parameters))
    let file = try world.publish(9, policy, signedBy: Keys.owner)
    return (world, file)
  }

  private func published() throws -> (
    World<CountedScheme>, Published<CountedScheme>, CountedScheme.SigningKey
  ) {
    var world = try World(counted())
    let key = world.scheme.signingKey(of: "owner")
    let file = try world.publish(9, "a and b", signedBy: key)
    return (world, file, key)
  }

  static let ciphertextParts: [CiphertextAlteration] = [
    .file, .owner, .index(.anchor), .index(.searching), .index(.sharing), .index(.entry(0)),
    .index(.swapped(0, 1)), .capsule(.masked), .capsule(.header), .capsule(.share(0)),
    .capsule(.share(1)), .capsule(.commitment), .body,
  ]
  static let rowParts: [CiphertextAlteration] = [
    .capsule(.row(0)), .capsule(.row(1)), .capsule(.epoch(0)), .capsule(.epoch(1)),
  ]

  private func storageFailures<Scheme: SharingScheme>(
    _ scheme: inout Scheme, _ request: StorageRequest<Scheme.Elements>,
    _ key: Scheme.SigningKey, _ other: Scheme.SigningKey
  ) throws -> [StorageFailure?] {
    let policy = try sharingPolicy("a or b")
    let parts =
      Self.ciphertextParts.map { RequestAlteration.ciphertext($0) }
      + [.ciphertext(.capsule(.policy(policy)))] + [.contentDigest]
      + Self.rowParts.map { .ciphertext($0) } + [.rowDigest, .signature]
    var found: [StorageFailure?] = []
    for request in [request] + parts.map({ request.altering($0) }) {
      let registry = try scheme.registry(key)
      found.append(
        failure { () throws(StorageFailure) in try scheme.check(request, in: registry) })
    }
    for registry in [try scheme.registry(other), try scheme.registry(key, owner: OwnerID(2))] {
      found.append(
        failure { () throws(StorageFailure) in try scheme.check(request, in: registry) })
    }
    return found
  }

  @Test("The cloud server refuses an upload with any part altered, for the right reason")
  func uploads() throws {
    let expected: [StorageFailure?] =
      [nil] + [StorageFailure](repeating: .digestMismatch, count: Self.ciphertextParts.count + 2)
      + [StorageFailure](repeating: .rowDigestMismatch, count: Self.rowParts.count + 1)
      + [.badSignature, .badSignature, .unknownOwner(OwnerID(1))]
    var (world, file) = try published()
    #expect(
      try storageFailures(
        &world.scheme, file.request, Keys.owner, Keys.centre) == expected)
    var (other, marked, key) = try published()
    let foreign = other.scheme.signingKey(of: "somebody else")
    #expect(
      try storageFailures(
        &other.scheme, marked.request, key, foreign) == expected)
  }

  private func transactionFailures<Scheme: SharingScheme>(
    _ scheme: inout Scheme, _ abstracts: [Abstract<Scheme.Elements>], _ key: Scheme.SigningKey,
    _ parts: [TransactionAlteration]
  ) throws -> [TransactionFailure?] {
    let transaction = try scheme.transaction(
      TransactionID(5), at: 1000, abstracts: abstracts, signedBy: key)
    let registry = try scheme.registry(key)
    return ([transaction] + parts.map { transaction.altering($0) }).map { transaction in
      failure { () throws(TransactionFailure) in try scheme.check(transaction, in: registry) }
    }
  }

  @Test("A node refuses a transaction with any part altered, for the right reason")
  func transactions() throws {
    let covered: [AbstractAlteration] = [
      .contentDigest, .index(.anchor), .index(.entry(3)), .index(.swapped(0, 1)), .capsule(.masked),
      .capsule(.share(1)), .capsule(.header), .capsule(.commitment), .location, .hospital, .doctor,
    ]
    let owners: [TransactionAlteration] = [.abstract(1, .owner), .abstract(0, .owner)]
    let rows: [AbstractAlteration] = [
      .uploadedRowDigest, .rowDigest, .capsule(.row(1)), .capsule(.epoch(0)), .file,
    ]
    let parts =
      covered.map { TransactionAlteration.abstract(1, $0) } + [.root, .removed(0)]
      + rows.map { .abstract(0, $0) } + [.id, .timestamp, .signature] + owners
    func expected(_ file: FileID, _ second: FileID) -> [TransactionFailure?] {
      let altered = FileID(file.rawValue ^ 1)
      return [nil]
        + [TransactionFailure](repeating: .rootMismatch, count: covered.count + 2)
        + [TransactionFailure](repeating: .rowDigestMismatch(file), count: rows.count - 1)
        + [.rowDigestMismatch(altered)]
        + [TransactionFailure](repeating: .badSignature, count: 3)
        + [.foreignOwner(second), .unknownOwner(OwnerID(0))]
    }
    var (world, file) = try published()
    let second = try world.publish(10, "a", signedBy: Keys.owner)
    #expect(
      try transactionFailures(
        &world.scheme, [file.abstract, second.abstract, file.abstract], Keys.owner,
        parts.filter { $0 != .abstract(1, .capsule(.share(1))) })
        == expected(FileID(9), FileID(10)).enumerated().filter { $0.offset != 6 }.map(\.element))
    var (other, marked, key) = try published()
    #expect(
      try transactionFailures(
        &other.scheme, [marked.abstract, marked.abstract], key, parts)
        == expected(FileID(9), FileID(9)))
  }

  @Test("A transaction without files, or in the name of another key, is refused")
  func foreignTransactions() throws {
    var (world, file) = try published()
    #expect(throws: TransactionFailure.wrongNumberOfFiles(0, allowed: 1...4096)) {
      try world.scheme.transaction(TransactionID(1), at: 1, abstracts: [], signedBy: Keys.owner)
    }
    let transaction = try world.scheme.transaction(
      TransactionID(1), at: 1, abstracts: [file.abstract], signedBy: Keys.centre)
    let foreign = try world.scheme.registry(Keys.centre)
    #expect(throws: TransactionFailure.foreignKey(FileID(9))) {
      try world.scheme.check(transaction, in: foreign)
    }
    let registry = try world.scheme.registry(Keys.owner)
    #expect(throws: TransactionFailure.badSignature) {
      try world.scheme.check(transaction, in: registry)
    }
  }

  @Test("Nodes refuse files that nobody could search or read")
  func unreadableFiles() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ key: Scheme.SigningKey
    ) throws -> [TransactionFailure?] {
      var world = try World(scheme)
      let file = try world.publish(9, "(a and b) or (a and c)", signedBy: key).abstract
      let smaller = try World(scheme, attributes: "a b", slots: 4, copies: 2)
      let simple = try World(scheme, slots: 4, copies: 1)
      let wider = try World(scheme, slots: 5, copies: 2)
      return [
        world.system.parameters, smaller.system.parameters, simple.system.parameters,
        wider.system.parameters,
      ].map { parameters in
        failure { () throws(TransactionFailure) in try parameters.check(file) }
      } + [
        failure { () throws(TransactionFailure) in
          try world.system.parameters.check(file.altering(.capsule(.epoch(3))))
        }
      ]
    }
    let expected: [TransactionFailure?] = [
      nil, .unknownAttribute(FileID(9), try Attribute("c")),
      .tooManyCopies(FileID(9), try Attribute("a"), 2, allowed: 1),
      .wrongNumberOfSlots(FileID(9), 4, expected: 5),
      .outdatedRow(FileID(9), try Attribute("c"), Epoch(1), expected: Epoch(0)),
    ]
    #expect(try failures(real(), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try failures(scheme, key) == expected)
  }

  @Test("A signature for storage does not pass for one of a transaction")
  func domains() throws {
    var scheme = real()
    let digest = scheme.merkleRoot([])
    let signature = try scheme.sign(digest, domain: .ciphertext, key: Keys.owner)
    #expect(
      SignatureDomain.allCases.map {
        scheme.verify(signature, of: digest, domain: $0, key: Keys.owner.publicKey)
      } == SignatureDomain.allCases.map { $0 == .ciphertext })
  }

  @Test("A certificate holds for its party and its key only")
  func certificates() throws {
    var scheme = real()
    let certificate = try scheme.certify(
      Keys.owner.publicKey, of: "owner 1", by: Keys.centre)
    var renamed = certificate
    renamed.party = "owner 2"
    var exchanged = certificate
    exchanged.key = Keys.centre.publicKey
    let centre = Keys.centre.publicKey
    let answers = [certificate, renamed, exchanged].map { scheme.isValid($0, by: centre) }
    #expect(answers == [true, false, false])
    let isForeign = scheme.isValid(certificate, by: Keys.owner.publicKey)
    #expect(!isForeign)
  }

  /// What a reader finds when the chain is right and the cloud server's copy is altered.
  private func readings<Scheme: SharingScheme>(
    _ world: inout World<Scheme>, _ file: Published<Scheme>
  ) throws -> [DecryptionFailure?] {
    let key = try world.key(1, "a b")
    let policy = try sharingPolicy("b and a")
    let parts =
      Self.ciphertextParts + [.capsule(.policy(policy))] + Self.rowParts
    return ([file.request.ciphertext] + parts.map { file.request.ciphertext.altering($0) })
      .map { ciphertext in
        failure { () throws(DecryptionFailure) in
          try world.scheme.decrypt(ciphertext, against: file.abstract, with: key)
        }
      }
  }

  @Test("A reader refuses a ciphertext with any part altered, before decrypting it")
  func alteredCiphertexts() throws {
    let expected: [DecryptionFailure?] =
      [nil] + [DecryptionFailure](repeating: .digestMismatch, count: Self.ciphertextParts.count + 1)
      // The name of the file is part of the other digest as well; the first one speaks.
      + [DecryptionFailure](repeating: .rowDigestMismatch, count: Self.rowParts.count)
    var (world, file) = try published()
    #expect(try readings(&world, file) == expected)
    var (other, marked, _) = try published()
    #expect(try readings(&other, marked) == expected)
  }

  @Test("A ciphertext that the cloud server exchanged for another one is refused")
  func exchangedCiphertext() throws {
    var (world, file) = try published()
    let second = try world.publish(10, "a and b", signedBy: Keys.owner)
    let key = try world.key(1, "a b")
    #expect(throws: DecryptionFailure.digestMismatch) {
      try world.scheme.decrypt(second.request.ciphertext, against: file.abstract, with: key)
    }
  }

  /// What opening finds when nobody checks a digest before.
  private func openings<Scheme: SharingScheme>(
    _ world: inout World<Scheme>, _ file: Published<Scheme>
  ) throws -> [DecryptionFailure?] {
    let key = try world.key(1, "a b c")
    let capsule = file.abstract.capsule
    let parts: [CapsuleAlteration] = [
      .masked, .header, .share(0), .share(1), .row(0), .row(1), .commitment,
      .policy(try sharingPolicy("a and c")), .policy(try sharingPolicy("a or b")),
      .policy(try sharingPolicy("b and a")), .epoch(0),
    ]
    return ([capsule] + parts.map { capsule.altering($0) }).map { capsule in
      failure { () throws(DecryptionFailure) in try world.scheme.open(capsule, with: key) }
    }
  }

  @Test("An altered capsule opens to something else than it commits to")
  func alteredCapsules() throws {
    let expected: [DecryptionFailure?] =
      [nil] + [DecryptionFailure](repeating: .commitmentMismatch, count: 10)
      + [.keyOutdated(try Attribute("a"))]
    var (world, file) = try published()
    #expect(try openings(&world, file) == expected)
    var (other, marked, _) = try published()
    #expect(try openings(&other, marked) == expected)
  }

  @Test("A wider policy around the same rows opens the capsule and neither record nor location")
  func widerPolicy() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ key: Scheme.SigningKey
    ) throws -> [DecryptionFailure?] {
      var world = try World(scheme)
      let file = try world.publish(9, "a or b", signedBy: key)
      let wider = try sharingPolicy("a or c")
      let abstract = file.abstract.altering(.capsule(.policy(wider)))
      let ciphertext = file.request.ciphertext.altering(.capsule(.policy(wider)))
      let user = try world.key(1, "a")
      let keys = try world.scheme.open(abstract.capsule, with: user)
      return [
        failure { () throws(DecryptionFailure) in
          try world.scheme.location(in: abstract, keys: keys)
        },
        failure { () throws(DecryptionFailure) in
          try world.scheme.record(in: ciphertext, keys: keys)
        },
        failure { () throws(DecryptionFailure) in
          try world.scheme.location(in: file.abstract, keys: keys)
        },
      ]
    }
    #expect(try failures(real(), Keys.owner) == [.tagMismatch, .tagMismatch, nil])
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try failures(scheme, key) == [.tagMismatch, .tagMismatch, nil])
  }

  @Test("Record and location open under their own keys, file and bytes only")
  func sealedParts() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ key: Scheme.SigningKey
    ) throws -> [DecryptionFailure?] {
      var world = try World(scheme)
      let file = try world.publish(9, "a", signedBy: key)
      let second = try world.publish(10, "a", signedBy: key)
      let user = try world.key(1, "a")
      let keys = try world.scheme.open(file.abstract.capsule, with: user)
      #expect(keys == file.encrypted.keys)
      let location = try world.scheme.location(in: file.abstract, keys: keys)
      #expect(location == StorageLocation(0x1234_5678_9ABC_DEF0 ^ 9))
      let abstracts = [
        file.abstract.altering(.location), file.abstract.altering(.file), second.abstract,
      ]
      let ciphertexts = [
        file.request.ciphertext.altering(.body), file.request.ciphertext.altering(.file),
        second.request.ciphertext,
      ]
      return abstracts.map { abstract in
        failure { () throws(DecryptionFailure) in
          try world.scheme.location(in: abstract, keys: keys)
        }
      }
        + ciphertexts.map { ciphertext in
          failure { () throws(DecryptionFailure) in
            try world.scheme.record(in: ciphertext, keys: keys)
          }
        }
    }
    let expected = [DecryptionFailure?](repeating: .tagMismatch, count: 6)
    #expect(try failures(real(), Keys.owner) == expected)
    var scheme = counted()
    let key = scheme.signingKey(of: "owner")
    #expect(try failures(scheme, key) == expected)
  }

  @Test("Sealing record and location under one key would be noticed: the keys differ")
  func subkeys() throws {
    let (_, file) = try published()
    #expect(file.encrypted.keys.record != file.encrypted.keys.location)
    #expect(file.encrypted.keys.description == "content keys")
  }

  @Test("One capsule does not open to two keys: another K misses the commitment")
  func keyCommitment() throws {
    var (world, file) = try published(policy: "a or b")
    // A dishonest owner masks two keys at once: the share of b does not fit that of a.
    let capsule = file.abstract.capsule.altering(.share(1))
    let first = try world.key(1, "a")
    let second = try world.key(2, "b")
    _ = try world.scheme.open(capsule, with: first)
    #expect(throws: DecryptionFailure.commitmentMismatch) {
      try world.scheme.open(capsule, with: second)
    }
  }

  @Test("The same steps hold in the larger groups")
  func largerGroups() throws {
    var (world, file) = try published(.ss512)
    let registry = try world.scheme.registry(Keys.owner)
    try world.scheme.check(file.request, in: registry)
    let transaction = try world.scheme.transaction(
      TransactionID(1), at: 2, abstracts: [file.abstract], signedBy: Keys.owner)
    try world.scheme.check(transaction, in: registry)
    let key = try world.key(1, "a b")
    let record = try world.scheme.decrypt(
      file.request.ciphertext, against: file.abstract, with: key)
    #expect(record == world.scheme.record(byteCount: 40, content: 9))
  }
}
