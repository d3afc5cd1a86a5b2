import DiscreteEvents
import PairingCrypto
import RecordSharing
import TestSupport
import Testing

@testable import HealthRecords

extension RecordShadow {
  /// Charges something else for a step.
  mutating func alter(_ step: PricedStep, _ change: (inout StepPrices.Price) -> Void) {
    var price = prices[step]
    change(&price)
    prices.prices[step] = price
  }
}

@Suite("Findings of record shadows") struct ShadowFindingTests {
  /// Users 0, 1, 4 and 5 may read every file, 2 and 3 none.
  ///
  /// Made once, as drawing RSA keys takes long; each test has a copy.
  static let base = Result {
    var scene = ShadowScene(
      try hospital(
        ["doctor AND cardiology"],
        users: [["doctor", "cardiology"], ["nurse"], ["doctor", "cardiology", "nurse"]]))
    for owner in 0..<3 { _ = try scene.shadow.owner(owner) }
    return scene
  }

  func scene() throws -> ShadowScene { try Self.base.get() }

  @Test("A step that is charged too little or too much is found")
  func prices() throws {
    var scene = try scene()
    for (index, wrong) in [
      PricedStep.token, .checkToken, .matchFile, .open(userClass: 0, policy: 0),
      .decrypt(policy: 0, size: 0),
    ].enumerated() {
      var shadow = scene.shadow
      shadow.alter(wrong) { $0.tally.count(.byteHashed) }
      var found = shadow.carryOut(
        .search(
          AccessRequest(user: 0, target: 1, occasion: index, misses: false, flaw: .none),
          among: [1], matching: [1]))
      for file in 1..<6 {
        found += shadow.carryOut(.read(user: 0, file: file, returned: .stored))
      }
      #expect(found.contains { $0.invariant == "E-0" }, "\(wrong)")
      #expect(found.allSatisfy { $0.invariant == "E-0" })
    }
    scene.shadow.alter(.index) { $0.bytes += 1 }
    scene.expect("E-0", .encrypt(file: 20, owner: 0))
  }

  @Test("A failing step that performs more than its price is found")
  func failingStep() throws {
    var scene = try scene()
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    let size = scene.world.size(of: 20)
    scene.shadow.alter(.checkStorage(policy: 0, size: size)) { $0.tally[.subgroupCheck] -= 1 }
    scene.expect("E-0", .checkStorage(file: 20, flaw: .digest))
  }

  @Test("A grant that the policy does not give is found")
  func wrongGrant() throws {
    var scene = try scene()
    scene.expect("E-1", .open(user: 2, file: 0))
    scene.expect("E-1", .read(user: 3, file: 0, returned: .stored))
  }

  @Test("A trespasser who may read, and colluders one of whom may, are found")
  func rightsTaken() throws {
    var scene = try scene()
    scene.expect("E-1", .trespass(user: 0, file: 0))
    scene.expect("E-1", .collude(user: 0, with: 4, file: 0))
  }

  @Test("A record that is not the original is found")
  func otherRecord() throws {
    var scene = try scene()
    _ = try scene.shadow.stored(0)
    // A file whose own number is another: what it says is compared with what that one says.
    scene.shadow.files[1] = scene.shadow.files[0]
    scene.expect("E-1", .read(user: 0, file: 1, returned: .stored))
  }

  @Test("A ciphertext that the cloud server lost a bit of is found")
  func spoiltStore() throws {
    var scene = try scene()
    let file = try scene.shadow.stored(0).file
    scene.shadow.files[0]?.ciphertext = file.ciphertext.altering(.body)
    scene.expect("E-1", .read(user: 0, file: 0, returned: .stored))
  }

  @Test("A ciphertext that is right although it should be another's is found")
  func rightAlthoughSwapped() throws {
    var scene = try scene()
    scene.expect("E-1", .read(user: 0, file: 0, returned: .other(0)))
  }

  @Test("A cloud server that would refuse what is right is found")
  func wrongRefusal() throws {
    var scene = try scene()
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    let request = try #require(scene.shadow.files[20]?.request)
    for part in [RequestAlteration.contentDigest, .rowDigest, .signature] {
      scene.shadow.files[20]?.request = request.altering(part)
      scene.expect("E-2", .checkStorage(file: 20, flaw: .none))
    }
    scene.expect("E-2", .checkStorage(file: 21, flaw: .none))
  }

  @Test("A flaw that the cloud server does not see is found")
  func unseenFlaw() throws {
    var scene = try scene()
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    // The owner's key is the one that is foreign elsewhere: its signature is right.
    scene.shadow.steps.registry = KeyRegistry()
    try scene.shadow.steps.enrol(scene.shadow.asker.publicKey, as: OwnerID(0).partyName)
    scene.expect("E-2", .checkStorage(file: 20, flaw: .signature))
  }

  @Test("An abstract with another's signature, or a wrong index, is found")
  func falseAbstract() throws {
    var scene = try scene()
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    var spoilt = scene.shadow
    let owner = try #require(scene.shadow.owners[0])
    spoilt.owners[0] = PricedOwner(
      number: 0, signingKey: spoilt.asker, publicKey: owner.publicKey)
    #expect(spoilt.carryOut(.commit(file: 20, owner: 0)).contains { $0.invariant == "E-3" })
    let request = try #require(scene.shadow.files[20]?.request)
    scene.shadow.files[20]?.request = request.altering(.ciphertext(.index(.searching)))
    scene.expect("E-3", .commit(file: 20, owner: 0))
  }

  @Test("An abstract by who is not the owner is found")
  func foreignCommit() throws {
    var scene = try scene()
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    scene.expect("E-5", .commit(file: 20, owner: 1))
  }

  @Test("A match too many, a match too few and a flaw too many are found")
  func matches() throws {
    var scene = try scene()
    let request = AccessRequest(user: 2, target: 0, occasion: 5, misses: false, flaw: .none)
    let among = Array(0..<6)
    let matching = scene.matching(request, among)
    scene.expectNothing(.search(request, among: among, matching: matching))
    scene.expect("E-4", .search(request, among: among, matching: []))
    let other = try #require(among.first { !matching.contains($0) })
    scene.expect("E-4", .search(request, among: among, matching: matching + [other]))
    // The registry shows another's D'.
    let user = try #require(scene.shadow.users[2])
    let foreign = try scene.shadow.user(3)
    scene.shadow.users[2] = PricedUser(
      number: 2, userClass: user.userClass, key: foreign.key, prepared: user.prepared,
      entry: user.entry)
    scene.expect("E-4", .search(request, among: among, matching: matching))
    scene.shadow.users[2] = user
    scene.shadow.users[3] = PricedUser(
      number: 3, userClass: user.userClass, key: user.key, prepared: user.prepared,
      entry: foreign.entry)
    let flawed = AccessRequest(user: 2, target: 0, occasion: 5, misses: false, flaw: .foreign)
    scene.expect("E-4", .search(flawed, among: among, matching: []))
  }

  @Test("Each user signs requests with a key of its own, under its own name")
  func usersKeys() throws {
    var scene = try scene()
    let keys = try (0..<3).map { try scene.shadow.signingKey(ofUser: $0).publicKey }
    #expect(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2])
    let registry = scene.shadow.steps.registry
    #expect((0..<3).map { registry.key(of: UserID(UInt32($0))) } == keys)
    // A node looks the key up by name: with another's under it, it admits nothing.
    scene.shadow.steps.registry = KeyRegistry()
    try scene.shadow.steps.enrol(keys[1], as: UserID(2).partyName)
    let request = AccessRequest(user: 2, target: 0, occasion: 5, misses: false, flaw: .none)
    let matching = scene.matching(request, [0])
    scene.expect("E-3", .search(request, among: [0], matching: matching))
  }

  @Test("A curious cloud server that knows the keyword key, or a key, is found")
  func pry() throws {
    var scene = try scene()
    scene.expectNothing(.pry(file: 0))
    var guesses = try scene.shadow.madeUp()
    guesses.keywordKey = scene.shadow.steps.system.keywordKey
    scene.shadow.guesses = guesses
    scene.expect("E-8", .pry(file: 0))
    guesses.prepared = try scene.shadow.lines(of: 0)
    scene.shadow.guesses = guesses
    scene.expect("E-1", .pry(file: 0))
  }

  @Test("Old keys that open after a re-keying, and new ones that do not, are found")
  func rekeying() throws {
    var scene = try scene()
    _ = try scene.shadow.stored(0)
    let doctor = try #require(scene.world.settings.universe.index(of: Attribute("doctor")))
    for user in [0, 4] { try scene.shadow.makeUser(user) }
    // One who lost it has got the new component all the same.
    var leaky = scene.shadow
    _ = leaky.carryOut(.rekey(attribute: doctor, except: [], files: [0]))
    leaky.lost[0] = [doctor]
    try leaky.checkKeys(0, leaky.files[0]?.abstract, leaky.changes[0], [0])
    #expect(leaky.findings.map(\.invariant) == ["E-7"])
    // One who kept it has an older component than the one that is renewed.
    let user = try #require(scene.shadow.users[4])
    let outdated = user.key.claiming(Epoch(9), for: try Attribute("doctor"))
    scene.shadow.users[4] = PricedUser(
      number: 4, userClass: user.userClass, key: outdated,
      prepared: scene.shadow.steps.scheme.prepare(outdated), entry: user.entry)
    scene.expect("E-7", .rekey(attribute: doctor, except: [0, 1], files: [0]))
  }

  @Test("New rows that a node refuses, and rows that do not renew, are found")
  func rows() throws {
    var scene = try scene()
    let (_, abstract) = try scene.shadow.stored(0)
    let doctor = try #require(scene.world.settings.universe.index(of: Attribute("doctor")))
    let act = ShadowAct.rekey(attribute: doctor, except: [], files: [0])
    let row = try #require(
      abstract.capsule.policy.labels.firstIndex { $0.attribute.name == "doctor" })
    var spoilt = scene.shadow
    spoilt.files[0]?.abstract = abstract.altering(.capsule(.row(row)))
    #expect(spoilt.carryOut(act).contains { $0.invariant == "E-7" })
    // The cloud server's copy is of another epoch than the chain's.
    let stored = try #require(scene.shadow.files[0]?.ciphertext)
    scene.shadow.files[0]?.ciphertext = stored.altering(.capsule(.epoch(row)))
    scene.expect("E-7", act)
  }

  @Test("A location that is not the file's is found")
  func location() throws {
    var scene = try scene()
    let other = try scene.shadow.stored(1).file
    _ = try scene.shadow.stored(0)
    scene.shadow.files[0] = other
    scene.expect("E-1", .open(user: 0, file: 0))
  }

  @Test("A secret that travels is found, whichever it is and wherever it stands")
  func secrets() throws {
    var scene = try scene()
    let world = scene.world
    scene.expectNothing(.encrypt(file: 20, owner: 0))
    let encrypted = try #require(scene.shadow.files[20]?.encrypted)
    let abstract = try scene.shadow.stored(20).abstract
    let user = try scene.shadow.user(0)
    let owner = try scene.shadow.owner(0)
    let doctor = try #require(world.settings.universe.index(of: Attribute("doctor")))
    scene.expectNothing(.rekey(attribute: doctor, except: [], files: [20]))
    let renewed = try scene.shadow.user(0)
    let steps = scene.shadow.steps
    let record = scene.shadow.record(of: 20)
    let word = scene.shadow.text(slot: 1, word: world.word(of: 20, slot: 1))
    let components = (user.key.components + renewed.key.components).flatMap(\.points)
    let secrets: [[UInt8]] =
      [record, Array(record[32..<48]), Array(word.utf8), steps.system.keywordKey.encoded]
      + encrypted.keys.secretBytes + owner.signingKey.secretBytes + steps.centre.secretBytes
      + steps.scheme.contentSecrets(
        of: record, under: abstract.capsule.policy, as: FileID(20), of: OwnerID(0),
        with: steps.parameters)
      + steps.system.master.secretBytes + scene.shadow.changes[0].secret.secretBytes
      + ([user.key.blinded, user.key.searching] + components).map(\.bytes)
    let message = abstract.encoded(.toy)
    for (number, secret) in secrets.enumerated() {
      for offset in 0..<16 {
        var shadow = scene.shadow
        shadow.travel(Array(message[..<offset]) + secret + message[offset...])
        #expect(shadow.findings.map(\.invariant) == ["E-8"], "secret \(number) at \(offset)")
      }
    }
    scene.shadow.travel(message)
    scene.shadow.travel(user.key.registered.bytes)
    #expect(scene.shadow.findings.isEmpty)
  }
}
