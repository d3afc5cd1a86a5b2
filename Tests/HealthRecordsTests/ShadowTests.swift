import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing
import TestSupport
import Testing

@testable import HealthRecords

/// A small world and what may be read in it.
struct ShadowScene {
  let world: RecordWorld
  var shadow: RecordShadow

  init(_ settings: RecordSettings, seed: UInt64 = 1) {
    world = RecordWorld(settings, seed: Seed(seed))
    shadow = RecordShadow(world)
  }

  func policy(_ file: Int) -> SharingPolicy {
    world.settings.policies[world.policy(of: file)].value
  }

  func readers(_ file: Int) -> [Int] {
    (0..<world.roster.users).filter { may($0, read: file) }
  }

  func may(_ user: Int, read file: Int) -> Bool {
    policy(file).policy.isSatisfied(by: world.attributes(of: user))
  }

  /// Files of a list that hold what a request asks for.
  func matching(_ request: AccessRequest, _ among: [Int]) -> [Int] {
    among.filter { file in
      world.query(request).allSatisfy { world.word(of: file, slot: $0.slot) == $0.word }
    }
  }

  mutating func expectNothing(_ act: ShadowAct) {
    let findings = shadow.carryOut(act)
    #expect(findings.isEmpty, "\(act): \(findings)")
  }

  mutating func expect(_ invariant: InvariantID, _ act: ShadowAct) {
    let findings = shadow.carryOut(act)
    #expect(findings.contains { $0.invariant == invariant }, "\(act): \(findings)")
  }

  /// Encrypts a file, stores it and puts it on the chain.
  mutating func upload(_ file: Int, owner: Int) {
    expectNothing(.encrypt(file: file, owner: owner))
    expectNothing(.checkStorage(file: file, flaw: .digest))
    expectNothing(.checkStorage(file: file, flaw: .signature))
    expectNothing(.checkStorage(file: file, flaw: .none))
    expectNothing(.commit(file: file, owner: owner))
  }

  mutating func search(_ user: Int, _ target: Int, _ among: [Int], occasion: Int) {
    for flaw in AccessRequest.Flaw.allCases {
      for misses in [false, true] {
        let request = AccessRequest(
          user: user, target: target, occasion: occasion + (misses ? 100 : 0), misses: misses,
          flaw: flaw)
        expectNothing(
          .search(request, among: among, matching: flaw == .none ? matching(request, among) : []))
      }
    }
  }
}

@Suite("Record shadows") struct ShadowTests {
  static let policies = [
    "doctor AND cardiology", "doctor OR nurse", "2 of (doctor, nurse, hospital:a)",
    "doctor AND (cardiology OR 2 of (nurse, hospital:a, insurer))",
    "(doctor AND nurse) OR (doctor AND insurer)",
  ]
  static let users = [
    ["doctor", "cardiology"], ["nurse", "hospital:a", "doctor"], ["insurer"],
    ["cardiology", "hospital:a"],
  ]

  /// Everything that can happen to a file: nothing of it may be a finding.
  static func life(_ scene: inout ShadowScene, file: Int, owner: Int, among: [Int]) {
    scene.upload(file, owner: owner)
    let readers = scene.readers(file)
    let others = (0..<scene.world.roster.users).filter { !readers.contains($0) }
    scene.search(readers.first ?? 0, file, among + [file], occasion: file)
    for reader in readers.prefix(2) {
      scene.expectNothing(.open(user: reader, file: file))
      scene.expectNothing(.read(user: reader, file: file, returned: .stored))
    }
    if let reader = readers.first {
      scene.expectNothing(.read(user: reader, file: file, returned: .altered))
      scene.expectNothing(.read(user: reader, file: file, returned: .other(0)))
    }
    for other in others { scene.expectNothing(.trespass(user: other, file: file)) }
    if let first = others.first, let last = others.last, first != last {
      scene.expectNothing(.collude(user: first, with: last, file: file))
    }
    scene.expectNothing(.pry(file: file))
  }

  @Test(
    "Whole lives of files give no finding", arguments: [false, true],
    [RecordSettings.Scope.everything, .owner])
  func lives(usesTables: Bool, scope: RecordSettings.Scope) throws {
    var scene = ShadowScene(
      try hospital(
        Self.policies, users: Self.users, scope: scope, usesTables: usesTables,
        enrolment: .simulated))
    scene.expectNothing(.setUp)
    for owner in 0..<2 { scene.expectNothing(.enrol(owner: owner)) }
    for user in 0..<scene.world.roster.users { scene.expectNothing(.register(user: user)) }
    for file in 20..<28 {
      Self.life(&scene, file: file, owner: 1, among: scope == .owner ? [1, 4] : [0, 1, 2])
    }
    #expect(scene.shadow.comparedRecords > 8)
    #expect(scene.shadow.artefacts > 50)
    #expect(scene.shadow.scannedBytes > 20_000)
  }

  @Test("With enrolment done, keys and old files are made when they are first needed")
  func lazily() throws {
    var scene = ShadowScene(try hospital(Self.policies, users: Self.users))
    #expect(scene.shadow.owners.isEmpty && scene.shadow.users.isEmpty)
    let reader = try #require(scene.readers(3).first)
    scene.expectNothing(.open(user: reader, file: 3))
    scene.expectNothing(.read(user: reader, file: 3, returned: .stored))
    #expect(scene.shadow.owners.count == 1 && scene.shadow.users.count == 1)
    #expect(scene.shadow.files.count == 1)
  }

  @Test("The order in which things are needed changes no artefact")
  func order() throws {
    let settings = try hospital(Self.policies, users: Self.users)
    var forwards = ShadowScene(settings)
    var backwards = ShadowScene(settings)
    for file in 0..<4 { _ = try forwards.shadow.stored(file) }
    for file in (0..<4).reversed() { _ = try backwards.shadow.stored(file) }
    for file in 0..<4 {
      #expect(
        forwards.shadow.files[file]?.abstract?.encoded(.toy)
          == backwards.shadow.files[file]?.abstract?.encoded(.toy))
    }
  }

  @Test("A re-keyed attribute shuts out who lost it and nobody else", arguments: [false, true])
  func rekeying(isLateFile: Bool) throws {
    var scene = ShadowScene(
      try hospital(
        ["doctor AND cardiology", "doctor OR nurse"],
        users: [["doctor", "cardiology"], ["doctor", "nurse"], ["nurse"]]))
    let universe = scene.world.settings.universe
    let doctor = try #require(universe.index(of: Attribute("doctor")))
    let files = Array(0..<6)
    for file in files {
      for reader in scene.readers(file) {
        scene.expectNothing(.open(user: reader, file: file))
      }
    }
    if isLateFile { scene.expectNothing(.encrypt(file: 20, owner: 0)) }
    scene.expectNothing(.rekey(attribute: doctor, except: [0], files: files))
    if isLateFile { scene.expectNothing(.commit(file: 20, owner: 0)) }
    for file in files + (isLateFile ? [20] : []) {
      scene.expectNothing(.trespass(user: 0, file: file))
      for reader in scene.readers(file) where reader != 0 {
        scene.expectNothing(.open(user: reader, file: file))
        scene.expectNothing(.read(user: reader, file: file, returned: .stored))
      }
    }
    // And once more: another user loses it, the first stays out.
    scene.expectNothing(.rekey(attribute: doctor, except: [1], files: files))
    for file in files {
      scene.expectNothing(.trespass(user: 0, file: file))
      for reader in scene.readers(file) where reader > 1 {
        scene.expectNothing(.open(user: reader, file: file))
      }
    }
  }

  @Test("Files that are encrypted anew shut out who lost an attribute", arguments: [false, true])
  func encryptingAnew(isLateFile: Bool) throws {
    var settings = try hospital(
      ["doctor AND cardiology", "doctor OR nurse"],
      users: [["doctor", "cardiology"], ["doctor", "nurse"], ["nurse"]])
    settings.revocation = .reencrypt
    var scene = ShadowScene(settings)
    let doctor = try #require(settings.universe.index(of: Attribute("doctor")))
    let files = Array(0..<6)
    for file in files {
      for reader in scene.readers(file) { scene.expectNothing(.open(user: reader, file: file)) }
    }
    if isLateFile { scene.expectNothing(.encrypt(file: 20, owner: 0)) }
    let before = scene.shadow.files[0]?.ciphertext
    scene.expectNothing(
      .newKey(attribute: doctor, except: [0], files: files, underWay: []))
    for file in files {
      scene.expectNothing(.encryptAnew(file: file, version: 1, attribute: doctor))
      // The chain has not accepted it: who keeps the attribute and who lost it open the old one.
      for reader in scene.readers(file) {
        scene.expectNothing(.open(user: reader, file: file))
        scene.expectNothing(.read(user: reader, file: file, returned: .stored))
      }
    }
    #expect(scene.shadow.files[0]?.ciphertext == before)
    scene.expectNothing(.open(user: 0, file: 0))
    for file in files { scene.expectNothing(.supersede(file: file, version: 1)) }
    #expect(scene.shadow.files[0]?.ciphertext.file.version == 1)
    #expect(scene.shadow.files[0]?.ciphertext.body != before?.body)
    // Who had opened the version before reads it while the cloud server still has it.
    scene.expectNothing(.read(user: 0, file: 0, returned: .stored))
    if isLateFile {
      scene.expectNothing(.commit(file: 20, owner: 0))
      #expect(scene.shadow.files[20]?.ciphertext.file.version == 1)
    }
    for file in files + (isLateFile ? [20] : []) {
      scene.expectNothing(.trespass(user: 0, file: file))
      for reader in scene.readers(file) where reader != 0 {
        scene.expectNothing(.open(user: reader, file: file))
        scene.expectNothing(.read(user: reader, file: file, returned: .stored))
        scene.expectNothing(.read(user: reader, file: file, returned: .altered))
      }
    }
    scene.expectNothing(
      .newKey(attribute: doctor, except: [1], files: files, underWay: []))
    for file in files {
      // Another new version overtakes the second one, which the chain never takes.
      for version in [2, 3] {
        scene.expectNothing(.encryptAnew(file: file, version: version, attribute: doctor))
      }
      scene.expectNothing(.trespass(user: 0, file: file))
      scene.expectNothing(.supersede(file: file, version: 3))
      scene.expectNothing(.supersede(file: file, version: 2))
      for user in [0, 1] { scene.expectNothing(.trespass(user: user, file: file)) }
    }
    #expect(scene.shadow.files[0]?.ciphertext.file.version == 3)
    #expect(scene.shadow.files[0]?.aside.isEmpty == true)
  }

  @Test(
    "By old blocks a revoked user reads re-keyed files and no new versions",
    arguments: [RecordSettings.Revocation.rekey, .reencrypt])
  func chainReader(revocation: RecordSettings.Revocation) throws {
    var settings = try hospital(
      ["doctor AND cardiology"], users: [["doctor", "cardiology"], ["doctor", "cardiology"]])
    settings.revocation = revocation
    settings.misdeeds = [MisdeedRule(.chainReader, share: 1)]
    var scene = ShadowScene(settings)
    func index(_ name: String) throws -> Int {
      try #require(settings.universe.index(of: Attribute(name)))
    }
    let (doctor, cardiology) = (try index("doctor"), try index("cardiology"))
    func renew(_ attribute: Int, except: [Int]) -> ShadowAct {
      revocation == .rekey
        ? .rekey(attribute: attribute, except: except, files: [0, 1])
        : .newKey(attribute: attribute, except: except, files: [0, 1], underWay: [])
    }
    // User 0 keeps cardiology when it gets a new key, and has its old component from before.
    for (version, (attribute, loser)) in [(cardiology, 1), (doctor, 0)].enumerated() {
      scene.expectNothing(renew(attribute, except: [loser]))
      guard revocation == .reencrypt else { continue }
      for file in [0, 1] {
        scene.expectNothing(
          .encryptAnew(file: file, version: version + 1, attribute: attribute))
        // Until the chain has the new version, the old one is open to old keys.
        scene.expectNothing(.readChain(user: 1, file: file, opens: version == 0))
        scene.expectNothing(.supersede(file: file, version: version + 1))
      }
    }
    let opens = revocation == .rekey
    for user in [0, 1] {
      scene.expectNothing(.readChain(user: user, file: 0, opens: opens))
      scene.expect("E-1", .readChain(user: user, file: 1, opens: !opens))
    }
  }

  /// A random policy over some attributes, at most so deep.
  static func policy(_ draw: inout Draw, _ names: [String], depth: Int) -> String {
    let kind = depth == 0 ? 0 : draw.below(4)
    guard kind > 0 else { return names[Int(draw.below(UInt64(names.count)))] }
    let children = (0..<2 + Int(draw.below(2))).map { _ in
      policy(&draw, names, depth: depth - 1)
    }
    switch kind {
    case 1: return "(" + children.joined(separator: " AND ") + ")"
    case 2: return "(" + children.joined(separator: " OR ") + ")"
    default: return "(2 of (" + children.joined(separator: ", ") + "))"
    }
  }

  @Test("What is performed is what is charged for any policies and classes", arguments: 0..<6)
  func randomSettings(seed: UInt64) throws {
    let names = ["a", "bb", "ccc:dddd", "e", "f"]
    var draw = Seed(seed).draw(.choice, 0)
    let policies = (0..<3).map { _ in Self.policy(&draw, names, depth: 2) }
    let users = (0..<3).map { _ in names.filter { _ in draw.chance(0.5) } + ["a"] } + [names]
    var scene = ShadowScene(
      try hospital(policies, users: users, usesTables: seed % 2 == 0, enrolment: .simulated),
      seed: seed)
    for file in 20..<26 { Self.life(&scene, file: file, owner: 1, among: [0]) }
    for attribute in scene.world.settings.universe.indices {
      scene.expectNothing(
        .rekey(attribute: attribute, except: [1], files: [0] + Array(20..<26)))
    }
    for file in 20..<26 {
      let reader = try #require(scene.readers(file).last)
      scene.expectNothing(.open(user: reader, file: file))
      scene.expectNothing(.read(user: reader, file: file, returned: .stored))
    }
  }

  @Test("Lines of few keys are kept, and every key opens all the same")
  func keptLines() throws {
    var settings = try hospital(["doctor"], users: [["doctor"]])
    settings.users[0].count = RecordShadow.keptLines + 10
    var scene = ShadowScene(settings)
    for user in 0..<settings.users[0].count {
      scene.expectNothing(.open(user: user, file: 0))
    }
    #expect(scene.shadow.users.values.count { $0.prepared != nil } == RecordShadow.keptLines)
    scene.expectNothing(.open(user: 0, file: 1))
  }

  @Test("One life in the groups of 80 bits gives no finding")
  func strong() throws {
    var scene = ShadowScene(
      try hospital(
        ["doctor AND (cardiology OR 2 of (nurse, hospital:a, insurer))"],
        users: [["doctor", "cardiology"], ["insurer"], ["nurse"]], parameters: .ss512))
    Self.life(&scene, file: 20, owner: 0, among: [0])
    #expect(scene.shadow.comparedRecords == 2)
  }
}
