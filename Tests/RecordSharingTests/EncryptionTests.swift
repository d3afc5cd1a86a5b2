import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Encryption and decryption")
struct EncryptionTests {
  struct Case: Sendable, CustomStringConvertible {
    let policy: String
    let holders: [String]
    let others: [String]
    var description: String { policy }
  }

  static let cases = [
    Case(policy: "a", holders: ["a", "a b"], others: ["b"]),
    Case(policy: "a and b", holders: ["a b", "a b c"], others: ["a", "b", "c d"]),
    Case(policy: "a or b", holders: ["a", "b", "a b"], others: ["c"]),
    Case(policy: "a and b and c and d", holders: ["a b c d"], others: ["a b c", "b c d"]),
    Case(
      policy: "(a and b) or (c and d)", holders: ["a b", "c d", "a c d"], others: ["a c", "b d"]),
    Case(policy: "(a or b) and (c or d)", holders: ["a c", "b d"], others: ["a b", "c d"]),
    Case(policy: "2 of (a, b, c)", holders: ["a b", "a c", "b c", "a b c"], others: ["a", "c d"]),
    Case(
      policy: "3 of (a, b, c, d, e)", holders: ["a c e", "c d e", "a b c d e"],
      others: ["a b", "d e f"]),
    Case(
      policy: "2 of (a and b, 2 of (c, d, e), f or g)", holders: ["a b c e", "d e g", "a b f"],
      others: ["a c f", "a b c", "f g"]),
    Case(policy: "(a and b) or (a and c)", holders: ["a b", "a c"], others: ["b c", "a"]),
    Case(policy: "2 of (a and b, a and c, d)", holders: ["a b c", "a c d"], others: ["a b", "d"]),
  ]

  private func check<Scheme: SharingScheme>(_ test: Case, _ scheme: Scheme) throws {
    var world = try World(scheme)
    let file = try world.encrypt(7, test.policy)
    for (user, names) in test.holders.enumerated() {
      let key = try world.key(UInt32(user), names)
      let keys = try world.scheme.open(file.ciphertext.capsule, with: key)
      let record = try world.scheme.record(in: file.ciphertext, keys: keys)
      #expect(record == world.scheme.record(byteCount: 40, content: 7))
    }
    for (user, names) in test.others.enumerated() {
      let key = try world.key(UInt32(100 + user), names)
      #expect(
        failure { () throws(DecryptionFailure) in
          try world.scheme.open(file.ciphertext.capsule, with: key)
        } == .policyUnsatisfied)
    }
  }

  @Test("Whoever satisfies a policy decrypts, and nobody else", arguments: cases)
  func policies(_ test: Case) throws {
    try check(test, real())
    try check(test, counted())
  }

  @Test("The same holds in the larger groups", arguments: [cases[1], cases[2], cases[6]])
  func largerGroups(_ test: Case) throws { try check(test, real(.ss512)) }

  @Test("Records of all sizes come back as they were", arguments: [0, 1, 15, 16, 17, 4096])
  func sizes(_ byteCount: Int) throws {
    var world = try World(real())
    let file = try world.encrypt(1, "a", bytes: byteCount)
    let key = try world.key(1, "a")
    let keys = try world.scheme.open(file.ciphertext.capsule, with: key)
    let record = try world.scheme.record(in: file.ciphertext, keys: keys)
    #expect(record == world.scheme.record(byteCount: byteCount, content: 1))
    #expect(record.count == byteCount)
  }

  @Test("No weights of any size open a capsule for rows that don't span (1, 0, ..., 0)")
  func forcedWeights() throws {
    var world = try World(real())
    let file = try world.encrypt(1, "a and b and c")
    let capsule = file.ciphertext.capsule
    let key = try world.issue(1, "a b").key
    var generator = SeededGenerator(3)
    let one = Scalar.one(.toy)
    var trials: [[Scalar]] = [[one, one], [one, .zero(.toy)], [.zero(.toy), one]]
    for _ in 0..<50 { trials.append(generator.scalars(2, .toy)) }
    for weights in trials {
      let k = Printed.recover(capsule, rows: [0, 1], weights: weights, key, &world.scheme.group)
      #expect(world.scheme.commitment(to: k.bytes) != capsule.commitment)
    }
  }

  @Test("The same computation opens it for rows that do")
  func honestWeights() throws {
    var world = try World(real())
    let capsule = try world.encrypt(1, "a and b and c").ciphertext.capsule
    let key = try world.issue(1, "a b c").key
    let weights = [Scalar](repeating: .one(.toy), count: 3)
    let k = Printed.recover(capsule, rows: [0, 1, 2], weights: weights, key, &world.scheme.group)
    #expect(world.scheme.commitment(to: k.bytes) == capsule.commitment)
  }

  /// Every way to take each part of a key from one of two users.
  private func pool<Scheme: SharingScheme>(
    _ scheme: Scheme
  ) throws -> [(mix: Int, DecryptionFailure?)] {
    var world = try World(scheme)
    let capsule = try world.encrypt(1, "a and b and c").ciphertext.capsule
    // Together they have all attributes; a and b twice, so that any component can be exchanged.
    let first = try world.issue(1, "a b").key
    let second = try world.issue(2, "a b c").key
    let names = try attributes("a b c")
    return (0..<32).map { mix in
      var key = first.pooled(with: second, taking: [names[2]])
      for (bit, attribute) in names.enumerated() where bit < 2 && mix >> bit & 1 == 1 {
        key = key.pooled(with: second, taking: [attribute])
      }
      for (bit, part) in KeyPart.allCases.enumerated() where mix >> (2 + bit) & 1 == 1 {
        key = key.pooled(with: second, taking: part)
      }
      let prepared = world.scheme.prepare(key)
      return (
        mix,
        failure { () throws(DecryptionFailure) in try world.scheme.open(capsule, with: prepared) }
      )
    }
  }

  @Test("No mix of two users' keys opens what neither opens alone")
  func pooledKeys() throws {
    for pooled in [try pool(real()), try pool(counted())] {
      for (mix, failure) in pooled {
        // All of a, b, D and D' from the second user is that user's own key.
        let isOwn = mix & 0b01111 == 0b01111
        #expect(failure == (isOwn ? nil : .commitmentMismatch), "mix \(mix)")
      }
    }
  }

  @Test("Two keys without a common attribute don't open in any mix")
  func disjointKeys() throws {
    var world = try World(real())
    let capsule = try world.encrypt(1, "a and b").ciphertext.capsule
    let first = try world.issue(1, "a").key
    let second = try world.issue(2, "b").key
    for mix in 0..<8 {
      var key = first.pooled(with: second, taking: try attributes("b"))
      for (bit, part) in KeyPart.allCases.enumerated() where mix >> bit & 1 == 1 {
        key = key.pooled(with: second, taking: part)
      }
      let prepared = world.scheme.prepare(key)
      #expect(
        failure { () throws(DecryptionFailure) in
          try world.scheme.open(capsule, with: prepared)
        } == .commitmentMismatch)
    }
  }

  @Test("A key of another system opens nothing")
  func otherSystem() throws {
    func open<Scheme: SharingScheme>(_ here: Scheme, _ there: Scheme) throws -> DecryptionFailure? {
      var world = try World(here)
      var other = try World(there)
      let capsule = try world.encrypt(1, "a or b").ciphertext.capsule
      let key = try other.key(1, "a b")
      return failure { () throws(DecryptionFailure) in try world.scheme.open(capsule, with: key) }
    }
    #expect(try open(real(seed: 1), real(seed: 2)) == .commitmentMismatch)
    #expect(try open(counted(seed: 1), counted(seed: 2)) == .commitmentMismatch)
  }

  @Test("Paper §II-C: a key with the printed D_x opens nothing")
  func printedComponents() throws {
    for parameters in [ParameterSet.toy, .ss512] {
      var world = try World(real(parameters))
      let capsule = try world.encrypt(1, "a and b").ciphertext.capsule
      let key = try world.issue(1, "a b").key
      let printed = Printed.key(key, master: world.system.master, world.prepared, &world.scheme)
      let prepared = world.scheme.prepare(printed)
      #expect(
        failure { () throws(DecryptionFailure) in
          try world.scheme.open(capsule, with: prepared)
        } == .commitmentMismatch)
    }
  }

  @Test("Paper §II-C: the printed D_x is the same for every user, so keys could be pooled")
  func printedComponentsCoincide() throws {
    var world = try World(real())
    let keys = try [world.issue(1, "a b").key, world.issue(2, "a b").key].map {
      Printed.key($0, master: world.system.master, world.prepared, &world.scheme).components
    }
    #expect(keys[0] == keys[1])
    #expect(try world.issue(1, "a b").key.components != world.issue(2, "a b").key.components)
  }

  @Test("A policy that names an attribute twice opens for who holds it once")
  func repeatedAttribute() throws {
    var world = try World(real(), copies: 2)
    let file = try world.encrypt(1, "(a and b) or (a and c)")
    #expect(file.ciphertext.capsule.policy.labels.map(\.description) == ["a", "b", "a#2", "c"])
    let key = try world.key(1, "a c")
    _ = try world.scheme.open(file.ciphertext.capsule, with: key)
  }

  @Test("What can't be encrypted is refused with the reason")
  func refused() throws {
    var world = try World(real(), copies: 1)
    let unknown = try Attribute("z")
    func encrypt(_ policy: String) -> (any Error)? {
      do {
        _ = try world.encrypt(1, policy)
        return nil
      } catch {
        return error
      }
    }
    #expect(encrypt("a and z") as? EncryptionFailure == .unknownAttribute(unknown))
    #expect(
      encrypt("(a and b) or (a and c)") as? EncryptionFailure
        == .tooManyCopies(try Attribute("a"), 2, allowed: 1))
    #expect(throws: KeyFailure.unknownAttribute(unknown)) { try world.issue(1, "a z") }
    #expect(throws: KeyFailure.noAttributes) { try world.issue(1, "") }
    #expect(throws: EncryptionFailure.wrongNumberOfWords(1, slots: 4)) {
      try world.encrypt(1, "a", words: ["x"])
    }
    #expect(throws: EncryptionFailure.wordTooLong(Slot(2), 300, allowed: 256)) {
      try world.encrypt(
        1, "a", words: ["x", nil, String(repeating: "x", count: 300), nil])
    }
    #expect(throws: SetupFailure.emptyUniverse) { try World(real(), attributes: "") }
    #expect(throws: SetupFailure.slotsOutOfRange(65, allowed: 1...64)) {
      try World(real(), slots: 65)
    }
    #expect(throws: SetupFailure.copiesOutOfRange(0, allowed: 1...16)) {
      try World(real(), copies: 0)
    }
  }

  @Test("Tables of attributes change the cost and not the capsule")
  func tables() throws {
    var world = try World(real())
    let policy = try sharingPolicy("a and b and 2 of (c, d, e)")
    let index = try world.scheme.index(
      [nil, nil, nil, nil], of: FileID(1), key: world.system.keywordKey, with: world.prepared)
    let tables = world.scheme.tables(for: policy.labels)
    let files = try [nil, tables].map { tables in
      try world.scheme.encrypt(
        [1, 2, 3], under: policy, as: FileID(1), of: OwnerID(1), index: index, tables: tables,
        with: world.prepared)
    }
    #expect(files[0].ciphertext == files[1].ciphertext)
    #expect(files[0].keys == files[1].keys)
  }
}
