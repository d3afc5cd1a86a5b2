import PairingCrypto
import Testing

@testable import RecordSharing

/// What one call did: its name, its outcome, its operations and the bytes of what it made.
struct Step: Equatable, CustomStringConvertible {
  var name: String
  var outcome: String
  var operations: OperationTally
  var byteCount: Int

  var description: String {
    let counts = CountedOperation.allCases.filter { operations[$0] != 0 }
      .map { "\($0.name) \(operations[$0])" }
    return "\(name): \(outcome), \(byteCount) bytes, \(counts.joined(separator: ", "))"
  }
}

/// A random walk through the scheme that any engine can take.
struct Walk<Scheme: SharingScheme> {
  var scheme: Scheme
  var generator: SeededGenerator
  var steps: [Step] = []
  var universe: [Attribute]
  let slots: Int
  let copies: Int
  let signing: Scheme.SigningKey
  let registry: KeyRegistry<Scheme.Elements>

  init(_ scheme: Scheme, seed: UInt64, signing: Scheme.SigningKey) throws {
    registry = try scheme.registry(signing, owner: OwnerID(3))
    self.scheme = scheme
    self.signing = signing
    generator = SeededGenerator(seed)
    universe = try RecordSharingTests.universe(of: 2 + generator.below(9))
    slots = 1 + generator.below(6)
    copies = 1 + generator.below(3)
  }

  mutating func step<Value>(
    _ name: String, _ body: (inout Scheme) throws -> Value,
    describe: (Value) -> (String, Int) = { _ in ("done", 0) }
  ) -> Value? {
    let before = scheme.tally
    do {
      let value = try body(&scheme)
      let (outcome, byteCount) = describe(value)
      steps.append(
        Step(
          name: name, outcome: outcome, operations: scheme.tally - before, byteCount: byteCount))
      return value
    } catch {
      steps.append(
        Step(name: name, outcome: "\(error)", operations: scheme.tally - before, byteCount: 0))
      return nil
    }
  }

  mutating func made<A: Artefact>(
    _ name: String, _ body: (inout Scheme) throws -> A
  ) -> A? {
    let set = scheme.parameterSet
    return step(name, body) { ("made", $0.byteCount(set)) }
  }

  mutating func decided(_ name: String, _ body: (inout Scheme) -> Bool) -> Bool {
    step(name, body) { ("\($0)", 0) } ?? false
  }

  mutating func word() -> String { ["x", "yy", "zzz", ""][generator.below(4)] }

  mutating func run(files: Int) throws {
    guard
      let system = step(
        "setup",
        { [universe, slots, copies] scheme in
          try scheme.setUp(universe: AttributeSet(universe), slots: slots, copies: copies)
        })
    else { return }
    let set = scheme.parameterSet
    guard
      var prepared = step(
        "prepare parameters", { $0.prepare(system.parameters) },
        describe: { _ in ("", system.parameters.byteCount(set)) })
    else { return }
    var master = system.master
    let owner = scheme.verificationKey(of: signing)
    var users: [IssuedKey<Scheme.Elements>] = []
    for user in 0..<3 {
      let held = generator.subset(of: universe, percent: 60)
      guard
        let issued = step(
          "key",
          { scheme in
            try scheme.generateKey(
              for: UserID(UInt32(user)), attributes: held, master: master, with: prepared)
          },
          describe: { ("", $0.key.byteCount(set) << 20 + $0.entry.byteCount(set)) })
      else { continue }
      users.append(issued)
    }
    var keys = users.compactMap { user in step("prepare key") { $0.prepare(user.key) } }
    var abstracts: [Abstract<Scheme.Elements>] = []
    var ciphertexts: [Ciphertext<Scheme.Elements>] = []
    var owned: [Scheme.ContentKeys] = []
    for file in 0..<files {
      guard
        let published = try upload(FileID(UInt64(file)), system, prepared, owner)
      else { continue }
      abstracts.append(published.abstract)
      ciphertexts.append(published.request.ciphertext)
      owned.append(published.encrypted.keys)
      read(published.abstract, published.request.ciphertext, keys)
    }
    if let transaction = made(
      "transaction",
      { [signing] scheme in
        try scheme.transaction(TransactionID(1), at: 5, abstracts: abstracts, signedBy: signing)
      })
    {
      _ = step("check transaction") { [registry] scheme in
        try scheme.check(transaction, in: registry)
      }
      let altered = transaction.altering(.abstract(0, .doctor))
      _ = step("check altered transaction") { [registry] scheme in
        try scheme.check(altered, in: registry)
      }
    }
    search(abstracts, users, system, prepared)
    guard
      let change = rekey(&master, &prepared, &abstracts, ciphertexts, users, &keys)
    else { return }
    encryptAnew(ciphertexts, owned, abstracts, system, prepared, after: change, keys)
  }

  mutating func upload(
    _ file: FileID, _ system: SystemKeys<Scheme>, _ prepared: Scheme.PreparedParameters,
    _ owner: Scheme.Elements.VerificationKey
  ) throws -> Published<Scheme>? {
    let words = (0..<slots).map { _ in generator.below(3) == 0 ? nil : word() }
    let tree = generator.policy(over: universe, depth: 3)
    guard let policy = try? SharingPolicy(tree) else { return nil }
    guard
      let index = made(
        "index",
        { scheme in
          try scheme.index(words, of: file, key: system.keywordKey, with: prepared)
        })
    else { return nil }
    _ = decided("check index") { $0.isValid(index, with: system.parameters) }
    let labels = policy.labels.filter { _ in generator.below(2) == 0 }
    let tables = generator.below(2) == 0 ? step("tables") { $0.tables(for: labels) } : nil
    let byteCount = generator.below(300)
    let set = scheme.parameterSet
    guard
      let encrypted = step(
        "encrypt",
        { scheme in
          try scheme.encrypt(
            scheme.record(byteCount: byteCount, content: file.rawValue), under: policy, as: file,
            of: OwnerID(3), index: index, tables: tables, with: prepared)
        }, describe: { ("", $0.ciphertext.byteCount(set)) })
    else { return nil }
    _ = decided("receive") { $0.areInGroups(encrypted.ciphertext) }
    guard
      let request = made(
        "request",
        { [signing] scheme in
          try scheme.storageRequest(encrypted.ciphertext, signedBy: signing)
        })
    else { return nil }
    _ = step("check request") { [registry] scheme in try scheme.check(request, in: registry) }
    let altered = request.altering(.ciphertext(.body))
    _ = step("check altered request") { [registry] scheme in try scheme.check(altered, in: registry)
    }
    guard
      let abstract = made(
        "abstract",
        { scheme in
          scheme.abstract(
            of: request, at: StorageLocation(77), keys: encrypted.keys, ownerKey: owner,
            hospital: "St. Anna", doctor: "Dr. Weiß")
        })
    else { return nil }
    return Published(encrypted: encrypted, request: request, abstract: abstract)
  }

  mutating func read(
    _ abstract: Abstract<Scheme.Elements>, _ ciphertext: Ciphertext<Scheme.Elements>,
    _ keys: [Scheme.PreparedKey]
  ) {
    for key in keys {
      guard let opened = step("open", { try $0.open(abstract.capsule, with: key) }) else {
        continue
      }
      _ = step("location", { try $0.location(in: abstract, keys: opened) }) {
        ("\($0)", 0)
      }
      let set = Scheme.Elements.self
      _ = step("decrypt", { try $0.decrypt(ciphertext, against: abstract, with: key) }) {
        ("", set.byteCount(of: $0))
      }
      let row = generator.below(abstract.capsule.policy.labels.count)
      for part in [
        CapsuleAlteration.masked, .header, .share(row), .row(row), .epoch(row), .commitment,
      ] {
        let altered = abstract.capsule.altering(part)
        _ = step("open altered \(part)") { try $0.open(altered, with: key) }
      }
    }
  }

  mutating func search(
    _ abstracts: [Abstract<Scheme.Elements>], _ users: [IssuedKey<Scheme.Elements>],
    _ system: SystemKeys<Scheme>, _ prepared: Scheme.PreparedParameters
  ) {
    for (occasion, user) in users.enumerated() {
      let words = (0...generator.below(slots)).map { _ in
        SlotWord(Slot(UInt8(generator.below(slots))), word())
      }
      guard
        let token = made(
          "token",
          { scheme in
            try scheme.token(
              for: words, key: user.key, occasion: UInt64(occasion), at: 1,
              keywordKey: system.keywordKey,
              with: prepared)
          })
      else { continue }
      _ = decided("receive token") { $0.areInGroups(token) }
      for other in users {
        _ = decided("check token") {
          $0.isValid(token, of: other.entry, at: 1, with: system.parameters)
        }
      }
      let forged = token.forged(for: user.entry, base: token.searching, slots: [Slot(0)])
      for altered in [token.altering(.personal), token.altering(.question), forged] {
        _ = decided("check altered token") {
          $0.isValid(altered, of: user.entry, at: 1, with: system.parameters)
        }
      }
      _ = decided("check late token") {
        $0.isValid(token, of: user.entry, at: 2, with: system.parameters)
      }
      request(token, of: user)
      guard let lines = step("prepare token", { $0.prepare(token) }) else { continue }
      for abstract in abstracts { _ = decided("match") { $0.matches(lines, abstract.index) } }
    }
  }

  mutating func request(
    _ token: SearchToken<Scheme.Elements>, of user: IssuedKey<Scheme.Elements>
  ) {
    guard
      let request = made(
        "request", { [signing] scheme in try scheme.request(token, at: 1, signedBy: signing) })
    else { return }
    _ = decided("receive request") { $0.areInGroups(request) }
    _ = decided("check signature") { [registry] scheme in scheme.isSigned(request, in: registry) }
    var late = request
    late.time = 2
    _ = decided("check late signature") { [registry] scheme in scheme.isSigned(late, in: registry) }
  }

  mutating func rekey(
    _ master: inout Scheme.MasterKey, _ prepared: inout Scheme.PreparedParameters,
    _ abstracts: inout [Abstract<Scheme.Elements>],
    _ ciphertexts: [Ciphertext<Scheme.Elements>], _ users: [IssuedKey<Scheme.Elements>],
    _ keys: inout [Scheme.PreparedKey]
  ) -> Rekeying<Scheme.Elements>? {
    let attribute = universe[generator.below(universe.count)]
    let before = scheme.parameters(of: prepared).key(of: attribute)
    let set = scheme.parameterSet
    guard
      let (announcement, secret) = step(
        "rekey",
        { scheme in
          try scheme.rekey(attribute, master: &master, with: prepared)
        }, describe: { ("", $0.announcement.byteCount(set)) }), let before
    else { return nil }
    _ = step("adopt") { try $0.adopt(announcement, in: &prepared) }
    for index in abstracts.indices {
      let old = abstracts[index]
      guard
        let update = step(
          "row update",
          { scheme in
            scheme.update(of: old.file, old.capsule, secret: secret)
          }, describe: { ($0 == nil ? "none" : "some", $0?.byteCount(set) ?? 0) }) ?? nil
      else { continue }
      let checked = step("check update") { scheme in
        try scheme.check(update, to: old, from: before, by: announcement)
      }
      let altered = update.altering(row: generator.below(update.rows.count))
      _ = step("check altered update") { scheme in
        try scheme.check(altered, to: old, from: before, by: announcement)
      }
      guard let checked else { continue }
      for _ in 0..<2 { _ = step("apply") { try $0.apply(checked, to: &abstracts[index]) } }
    }
    for index in keys.indices where index.isMultiple(of: 2) {
      guard
        let update = made(
          "key update",
          { scheme in
            try scheme.keyUpdate(
              for: users[index].key, of: users[index].entry, unless: AttributeRevocationList(),
              secret: secret)
          })
      else { continue }
      if let other = users.first(where: { $0.key.component(for: attribute) != nil }) {
        let pooled = users[index].key.pooled(with: other.key, taking: [attribute])
        _ = made("renew pooled key") { scheme in
          try scheme.keyUpdate(
            for: pooled, of: users[index].entry, unless: AttributeRevocationList(), secret: secret)
        }
      }
      _ = step("adopt update") { try $0.adopt(update, in: &keys[index], by: announcement) }
      _ = step("adopt again") { try $0.adopt(update, in: &keys[index], by: announcement) }
    }
    for (abstract, ciphertext) in zip(abstracts, ciphertexts) { read(abstract, ciphertext, keys) }
    return announcement
  }
}

@Suite("Both engines")
struct EnginesAgreeTests {
  private func compare(_ parameters: ParameterSet, seed: UInt64, files: Int) throws {
    var computing = try Walk(real(parameters), seed: seed, signing: Keys.owner)
    var marking = counted(parameters)
    let key = marking.signingKey(of: "owner")
    var counting = try Walk(marking, seed: seed, signing: key)
    try computing.run(files: files)
    try counting.run(files: files)
    #expect(computing.steps.count == counting.steps.count)
    for (real, counted) in zip(computing.steps, counting.steps) where real != counted {
      Issue.record("seed \(seed): \(real) against \(counted)")
      return
    }
  }

  @Test("They answer, count and weigh alike along random walks", arguments: 0..<100)
  func walks(_ seed: Int) throws { try compare(.toy, seed: UInt64(seed), files: 3) }

  @Test("They do so in the larger groups")
  func largerGroups() throws { try compare(.ss512, seed: 100, files: 1) }

  @Test("The walks see every kind of outcome")
  func coverage() throws {
    var outcomes: Set<String> = []
    for seed in 0..<25 {
      var marking = counted()
      let key = marking.signingKey(of: "owner")
      var walk = try Walk(marking, seed: UInt64(seed), signing: key)
      try walk.run(files: 3)
      for step in walk.steps { outcomes.insert("\(step.name) \(step.outcome.prefix(11))") }
    }
    for expected in [
      "open done", "open policyUnsat", "open keyOutdate", "match true", "match false",
      "check token true", "check token false", "row update some", "row update none",
      "key update notHeld(a", "check altered update falseRow(0)",
      "open altered masked commitmentM", "check altered request digestMisma",
      "encrypt tooManyCopi", "encrypt anew done", "encrypt anew notNamed(a", "old keys tagMismatch",
      "supersede done", "supersede notSupersed",
    ] {
      let found = outcomes.contains { $0.hasPrefix(expected) || expected.hasPrefix($0) }
      #expect(found, "\(expected)")
    }
  }

  /// Draws a key, certifies it and checks that: whether it holds, its size and what it cost.
  private func certify<Scheme: SharingScheme>(_ scheme: Scheme) throws -> Step {
    var scheme = scheme
    let centre = scheme.signingKey(of: "centre")
    let key = scheme.verificationKey(of: centre)
    let certificate = try scheme.certify(key, of: "x", by: centre)
    let isValid = scheme.isValid(certificate, by: key)
    return Step(
      name: "certify", outcome: "\(isValid)", operations: scheme.tally,
      byteCount: certificate.byteCount(.toy))
  }

  @Test("Certificates and signing keys cost the same")
  func certificates() throws {
    let step = try certify(real())
    #expect(try step == certify(counted()))
    #expect(step.outcome == "true")
    #expect(step.operations[.rsaKeyGeneration] == 1)
  }
}
