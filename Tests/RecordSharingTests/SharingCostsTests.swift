import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Closed formulas")
struct SharingCostsTests {
  /// Runs a call of the real engine and gives what it performed, without bytes.
  private func cost<Value>(
    _ scheme: inout RealScheme, _ body: (inout RealScheme) throws -> Value
  ) throws -> (Value, OperationTally) {
    let (value, operations) = try scheme.measured(body)
    return (value, operations.withoutBytes)
  }

  private func tally(_ counts: KeyValuePairs<CountedOperation, Int>) -> OperationTally {
    OperationTally(counts)
  }

  @Test("Setup, keys and tokens cost what the table says", arguments: [1, 2, 7])
  func keys(_ attributes: Int) throws {
    let names = try universe(of: attributes)
    var scheme = real()
    let (system, setUp) = try cost(&scheme) {
      try $0.setUp(universe: AttributeSet(names), slots: 5, copies: 1)
    }
    #expect(
      setUp
        == tally([
          .millerLoop: 1, .finalExponentiation: 1, .fixedExponentiation: 3 + attributes,
          .targetExponentiation: 1, .tableOfPowers: 1,
        ]))
    let (prepared, tables) = try cost(&scheme) { $0.prepare(system.parameters) }
    #expect(tables == tally([.tableOfPowers: 3 + attributes]))
    let (issued, keyGeneration) = try cost(&scheme) {
      try $0.generateKey(
        for: UserID(1), attributes: AttributeSet(names), master: system.master, with: prepared)
    }
    #expect(
      keyGeneration
        == tally([
          .fixedExponentiation: 3, .variableExponentiation: attributes, .hashToGroup: attributes,
          .scalarInversion: attributes, .pointAddition: 1,
        ]))
    let (_, lines) = try cost(&scheme) { $0.prepare(issued.key) }
    #expect(lines == tally([.preparation: attributes + 2]))
    let words = [SlotWord(Slot(0), "a"), SlotWord(Slot(3), "b"), SlotWord(Slot(4), "c")]
    let (token, asking) = try cost(&scheme) {
      try $0.token(
        for: words, key: issued.key, occasion: 1, at: 1, keywordKey: system.keywordKey,
        with: prepared)
    }
    #expect(
      asking
        == tally([.fixedExponentiation: 4, .variableExponentiation: 1, .pointAddition: 1]))
    let (_, checking) = try cost(&scheme) {
      $0.isValid(token, of: issued.entry, at: 1, with: system.parameters)
    }
    #expect(
      checking
        == tally([
          .variableExponentiation: 2, .pointAddition: 1, .millerLoop: 2, .finalExponentiation: 1,
        ]))
    let (index, indexing) = try cost(&scheme) {
      try $0.index(
        ["a", nil, nil, "b", "c"], of: FileID(1), key: system.keywordKey, with: prepared)
    }
    #expect(indexing == tally([.fixedExponentiation: 5 + 3]))
    let (_, validating) = try cost(&scheme) { $0.isValid(index, with: system.parameters) }
    #expect(validating == tally([.millerLoop: 4, .finalExponentiation: 2]))
    let (asked, preparing) = try cost(&scheme) { $0.prepare(token) }
    #expect(preparing == tally([.preparation: 2]))
    let (_, matching) = try cost(&scheme) { scheme in
      for _ in 0..<10 { _ = scheme.matches(asked, index) }
    }
    #expect(
      matching
        == tally([.preparedMillerLoop: 20, .finalExponentiation: 10, .pointAddition: 30]))
  }

  @Test("Encryption costs 2l + 1 Gf and l Gv, or 3l + 1 Gf with tables", arguments: [1, 2, 10])
  func encryption(_ rows: Int) throws {
    var world = try World(real(), attributes: (0..<rows).map { "a\($0)" }.joined(separator: " "))
    let policy = try sharingPolicy((0..<rows).map { "a\($0)" }.joined(separator: " and "))
    let index = try world.scheme.index(
      [nil, nil, nil, nil], of: FileID(1), key: world.system.keywordKey, with: world.prepared)
    let prepared = world.prepared
    let (tables, making) = try cost(&world.scheme) { $0.tables(for: policy.labels) }
    #expect(making == tally([.hashToGroup: rows, .tableOfPowers: rows]))
    for (tables, expected) in [
      (
        RealScheme.AttributeTables?.none,
        tally([
          .fixedExponentiation: 2 * rows + 1, .variableExponentiation: rows, .hashToGroup: rows,
          .targetExponentiation: 2, .pointAddition: rows,
        ])
      ),
      (
        tables,
        tally([
          .fixedExponentiation: 3 * rows + 1, .targetExponentiation: 2, .pointAddition: rows,
        ])
      ),
    ] {
      let (_, encrypting) = try cost(&world.scheme) { scheme in
        try scheme.encrypt(
          [1, 2, 3], under: policy, as: FileID(1), of: OwnerID(1), index: index, tables: tables,
          with: prepared)
      }
      #expect(encrypting == expected)
    }
  }

  @Test(
    "Decryption costs |I| + 2 prepared Miller loops and one final exponentiation",
    arguments: [
      ("a", "a b", 1, 0), ("a and b and c", "a b c", 3, 0), ("(a and b) or c", "a b c", 1, 0),
      ("2 of (a, b, c)", "a b c", 2, 2), ("a and 2 of (b, c, d)", "a b d", 3, 2),
      ("2 of (a and b, c, d)", "a b c", 3, 3),
    ])
  func decryption(_ policy: String, _ held: String, _ used: Int, _ weighted: Int) throws {
    var world = try World(real())
    let capsule = try world.encrypt(1, policy).ciphertext.capsule
    let issued = try world.issue(1, held).key
    let key = world.scheme.prepare(issued)
    let (_, opening) = try cost(&world.scheme) { try $0.open(capsule, with: key) }
    #expect(
      opening
        == tally([
          .preparedMillerLoop: used + 2, .finalExponentiation: 1, .pointAddition: used - 1,
          .variableExponentiation: 2 * weighted, .scalarInversion: weighted > 0 ? 1 : 0,
        ]))
  }

  @Test("Paper §II-C: decryption as printed costs 2|I| + 1 pairings and gives the same K")
  func printedDecryption() throws {
    var world = try World(real())
    let capsule = try world.encrypt(1, "a and 2 of (b, c, d)").ciphertext.capsule
    let issued = try world.issue(1, "a b d").key
    let key = world.scheme.prepare(issued)
    let used = try capsule.usableRows(with: issued)
    let weights = used.weights(in: &world.scheme.group)
    let (printed, printing) = try cost(&world.scheme) {
      Printed.recover(capsule, rows: used.rows, weights: weights, issued, &$0.group)
    }
    #expect(printed == world.scheme.recover(capsule, used, key))
    #expect(printing == SharingCosts.openAsPrinted(rowsUsed: 3))
    #expect(printing[.millerLoop] == 2 * 3 + 1)
    #expect(printing[.finalExponentiation] == 2 * 3 + 1)
  }

  @Test("An upload is signed twice by its owner, checked once by the server and once by a node")
  func upload() throws {
    var world = try World(real())
    let ciphertext = try world.encrypt(1, "a and b").ciphertext
    let (request, signing) = try cost(&world.scheme) {
      try $0.storageRequest(ciphertext, signedBy: Keys.owner)
    }
    let registry = try world.scheme.registry(Keys.owner)
    let (_, storing) = try cost(&world.scheme) { try $0.check(request, in: registry) }
    let file = try world.publish(2, "a", signedBy: Keys.owner)
    let (transaction, sending) = try cost(&world.scheme) {
      try $0.transaction(
        TransactionID(1), at: 1, abstracts: [file.abstract], signedBy: Keys.owner)
    }
    let (_, accepting) = try cost(&world.scheme) { try $0.check(transaction, in: registry) }
    #expect(signing == tally([.rsaSign: 1]) && sending == tally([.rsaSign: 1]))
    #expect(storing == tally([.rsaVerify: 1]) && accepting == tally([.rsaVerify: 1]))
  }

  @Test("Revocation by list costs nothing; a new key one Gf, and one Gv a holder and row")
  func revocation() throws {
    var world = try World(real(), copies: 1)
    let a = try Attribute("a")
    let file = try world.publish(1, "a and b", signedBy: Keys.owner)
    let issued = try world.issue(1, "a b")
    let before = try #require(world.system.parameters.key(of: a))
    var master = world.system.master
    let prepared = world.prepared
    let ((announcement, secret), renewing) = try cost(&world.scheme) {
      try $0.rekey(a, master: &master, with: prepared)
    }
    #expect(renewing == tally([.fixedExponentiation: 1, .scalarInversion: 2]))
    let (made, updating) = try cost(&world.scheme) {
      $0.update(of: FileID(1), file.abstract.capsule, secret: secret)
    }
    let update = try #require(made)
    #expect(updating == tally([.variableExponentiation: 1]))
    let (_, checking) = try cost(&world.scheme) {
      try $0.check(update, to: file.abstract, from: before, by: announcement)
    }
    #expect(checking == tally([.millerLoop: 2, .finalExponentiation: 1]))
    let (renewal, renewed) = try cost(&world.scheme) {
      try $0.keyUpdate(
        for: issued.key, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
    }
    let checks = SharingCosts.checkComponents(1)
    #expect(renewed == tally([.variableExponentiation: 1]) + checks)
    #expect(checks == tally([.hashToGroup: 1, .millerLoop: 2, .finalExponentiation: 1]))
    var key = world.scheme.prepare(issued.key)
    let (_, taking) = try cost(&world.scheme) {
      try $0.adopt(renewal, in: &key, by: announcement)
    }
    #expect(taking == tally([.preparation: 1]) + checks)
    let (_, adopting) = try cost(&world.scheme) { scheme in
      var prepared = prepared
      try scheme.adopt(announcement, in: &prepared)
    }
    #expect(adopting == tally([.tableOfPowers: 1]))
  }

  @Test("Bytes hashed and sealed are those of the texts and their framing")
  func bytes() throws {
    var world = try World(real())
    let policy = try sharingPolicy("a and b")
    let index = try world.scheme.index(
      [nil, nil, nil, nil], of: FileID(1), key: world.system.keywordKey, with: world.prepared)
    let (file, encrypting) = try world.scheme.measured { [prepared = world.prepared] scheme in
      try scheme.encrypt(
        scheme.record(byteCount: 1000, content: 1), under: policy, as: FileID(1), of: OwnerID(1),
        index: index, tables: nil, with: prepared)
    }
    // K three times, "commit", "data" and "loc".
    #expect(encrypting[.byteHashed] == 3 * 18 + 6 + 4 + 3)
    // The record, a header, the policy with its length, the file.
    #expect(encrypting[.byteSealed] == 1000 + 3 + 4 + policy.bytes.count + 8)
    let (_, signing) = try world.scheme.measured {
      try $0.storageRequest(file.ciphertext, signedBy: Keys.owner)
    }
    let issued = try world.issue(1, "a")
    let (token, asking) = try world.scheme.measured {
      [prepared = world.prepared, key = world.system.keywordKey] scheme in
      try scheme.token(
        for: [SlotWord(Slot(1), "xy")], key: issued.key, occasion: 1, at: 1, keywordKey: key,
        with: prepared)
    }
    // A header, time, user, number of slots and a slot; g^alpha, t1, t2, t3 and R.
    let statement = 3 + 8 + 4 + 4 + 1 + 5 * 10
    #expect(asking[.byteHashed] == KeywordHash.byteCount(of: "xy") + statement)
    let (_, verifying) = world.scheme.measured { [system = world.system] in
      $0.isValid(token, of: issued.entry, at: 1, with: system.parameters)
    }
    #expect(verifying[.byteHashed] == statement)
    // Everything once; C_i and epochs with a header, the file and their number; two digests.
    let rows = 2 * (4 + 10)
    let whole = file.ciphertext.byteCount(.toy)
    #expect(signing[.byteHashed] == (whole - rows - 4) + (3 + 8 + 4 + rows) + 64)
  }

  @Test("Sizes are those of the table with framing", arguments: [1, 2, 5])
  func sizes(_ rows: Int) throws {
    for (parameters, point, target) in [
      (ParameterSet.toy, 10, 18), (.ss512, 65, 128), (.ss1536, 193, 384),
    ] {
      var world = try World(
        counted(parameters), attributes: "a0 a1 a2 a3 a4", slots: 6, copies: 1)
      let names = (0..<rows).map { "a\($0)" }
      let file = try world.encrypt(
        1, names.joined(separator: " and "), words: [nil, nil, nil, nil, nil, nil])
      let capsule = file.ciphertext.capsule
      // (2l + 1) G + 1 G_T; policy, commitment, epochs and counts.
      #expect(
        capsule.byteCount(parameters)
          == 3 + (2 * rows + 1) * point + target + 4 + capsule.policy.bytes.count + 32 + 4 * rows
          + 8)
      // (m + 3) G and a count.
      #expect(file.ciphertext.index.byteCount(parameters) == 3 + (6 + 3) * point + 4)
      let key = try world.issue(1, names.joined(separator: " ")).key
      // (|S| + 3) G; user, count, and for each attribute a name, an epoch and a count.
      #expect(
        key.byteCount(parameters) == 3 + (rows + 3) * point + 4 + 4 + rows * (4 + 2 + 4 + 4))
      let token = try world.scheme.token(
        for: [SlotWord(Slot(1), "x"), SlotWord(Slot(2), "y")], key: key, occasion: 0, at: 1,
        keywordKey: world.system.keywordKey, with: world.prepared)
      // 3 G and 2 Z_p; user, count and two slots.
      let scalar = parameters.scalarBytes
      #expect(token.byteCount(parameters) == 3 + 3 * point + 2 * scalar + 4 + 4 + 2)
      let signing = world.scheme.signingKey(of: "user 1")
      let request = try world.scheme.request(token, at: 1, signedBy: signing)
      // The token, a time and a signature with its length.
      #expect(request.byteCount(parameters) == token.byteCount(parameters) + 8 + 4 + 256)
    }
  }
}

extension OperationTally {
  var withoutBytes: Self {
    var tally = self
    tally[.byteHashed] = 0
    tally[.byteSealed] = 0
    return tally
  }
}
