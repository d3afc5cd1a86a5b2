import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

/// The real engine beside a simulation: at each act it makes, checks, searches and opens for real,
/// and says where that differs from what the simulation decided or charged.
///
/// Compared are the operations and bytes of every step with its price (E-0), whether a record opens
/// and what it says (E-1), what the cloud server stores (E-2), what nodes admit (E-3), what a search
/// finds (E-4), what keys open after a re-keying (E-7), and everything that travels with all secrets
/// (E-8). A step that fails stops early and must not have performed more than its price.
///
/// Artefacts are made when they are first needed: files that were stored before the run, and keys if
/// enrolment is done, are nobody's work in the simulation. What is drawn depends on who and what for,
/// not on when, so the order of acts changes no byte of them. A key that is first needed after a
/// re-keying has the new components at once.
///
/// Kept is what can be needed again: keys, ciphertexts and abstracts of real files, and the lines of
/// ``keptLines`` users' keys; records are made again. A user draws the key pair that signs requests
/// when it first asks; authorities and replicas sign with one, since the simulation has them bring
/// their own.
public struct RecordShadow: Sendable {
  /// Users whose keys are kept with their lines; those of others are computed again.
  public static let keptLines = 64

  /// How many artefacts were made, sent or stored.
  public private(set) var artefacts = 0
  /// How many bytes were looked through for secrets.
  public var scannedBytes: Int { scan.scannedBytes }
  /// How many decrypted records were compared with the original.
  public internal(set) var comparedRecords = 0

  let world: RecordWorld
  /// What was charged.
  var prices: StepPrices
  var steps: PricedSteps<RealScheme>
  var scan = SecretScan()
  /// The keys that authorities and replicas sign with.
  let asker: RSAPrivateKey
  /// What the curious try; drawn when first needed.
  var guesses: PricedGuesses<RealScheme>?
  var owners: [Int: PricedOwner<RealScheme>] = [:]
  var users: [Int: PricedUser<RealScheme>] = [:]
  /// What users sign requests with.
  private var signingKeys: [Int: RSAPrivateKey] = [:]
  var files: [Int: ShadowFile] = [:]
  var openings: [ShadowOpening: RealScheme.ContentKeys] = [:]
  /// Components of users that were renewed since, where they may be needed.
  var outgrown: [Int: [KeyComponent<RealElements>]] = [:]
  /// New keys of attributes in the order of their epochs.
  var changes: [PricedRekeying<RealScheme>] = []
  /// Who lost which attribute by a re-keying.
  var lost: [Int: [Int]] = [:]
  /// The same as the list that an authority heeds.
  var revocations = AttributeRevocationList()
  var findings: [ShadowFinding] = []
  private var hasMasterKeys = false
  private var usersWithLines: [Int] = []

  /// Draws the system's keys.
  public init(_ world: RecordWorld) {
    let settings = world.settings
    self.world = world
    prices = world.prices
    var scheme = RealScheme(
      settings.parameters, keySize: StepPrices.keySize(for: settings.parameters),
      seed: world.seed.value)
    asker = scheme.signingKey(of: "whoever signs")
    do {
      steps = try PricedSteps(scheme, settings, seed: world.seed.value)
    } catch {
      preconditionFailure("the settings cannot be carried out: \(error)")
    }
    keepSecret(steps.system.master.secretBytes, of: "the master key")
    keepSecret([steps.system.keywordKey.encoded], of: "the keyword key")
    keepSecret(steps.centre.secretBytes, of: "the RSA key of TC")
    keepSecret(asker.secretBytes, of: "an RSA key")
    travel(steps.system.parameters)
  }

  /// Carries an act out; where it differs from the simulation.
  public mutating func carryOut(_ act: ShadowAct) -> [ShadowFinding] {
    do {
      try perform(act)
    } catch {
      find(.e0, "\(act) cannot be carried out: \(error)")
    }
    settle()
    defer { findings.removeAll(keepingCapacity: true) }
    return findings
  }

  private mutating func perform(_ act: ShadowAct) throws {
    switch act {
    case .setUp: try handOutMasterKeys()
    case .enrol(let owner): _ = try self.owner(owner)
    case .register(let user): try makeUser(user)
    case .encrypt(let file, let owner): try encrypt(file, of: owner)
    case .checkStorage(let file, let flaw): try checkStorage(file, flaw)
    case .commit(let file, let owner): try commit(file, of: owner)
    case .search(let request, let among, let matching):
      try search(request, among: among, matching: matching)
    case .open(let user, let file): try open(user, file)
    case .read(let user, let file, let returned): try read(user, file, returned)
    case .collude(let user, let other, let file): try collude(user, with: other, file)
    case .trespass(let user, let file): try trespass(user, file)
    case .pry(let file): try pry(file)
    case .rekey(let attribute, let except, let files):
      try rekey(attribute, except: except, files: files)
    case .newKey(let attribute, let except, let files, let underWay):
      try newKey(attribute, except: except, files: files, underWay: underWay)
    case .encryptAnew(let file, let version, let attribute):
      try encryptAnew(file, version, attribute)
    case .supersede(let file, let version): supersede(file, version)
    case .readChain(let user, let file, let opens): try readChain(user, file, opens: opens)
    }
  }

  // MARK: What is found

  mutating func find(_ invariant: InvariantID, _ detail: String) {
    findings.append(ShadowFinding(invariant, detail))
  }

  /// Compares what was performed with the prices; what failed may have stopped early.
  mutating func settle(hasFailed: Bool = false) {
    for performed in steps.takePerformed() {
      let price = prices[performed.step]
      let found = performed.cost.operations
      for operation in CountedOperation.allCases {
        let isRight =
          hasFailed
          ? found[operation] <= price.tally[operation]
          : found[operation] == price.tally[operation]
        guard !isRight else { continue }
        find(
          .e0,
          "\(performed.step): \(found[operation]) times \(operation.name), charged were "
            + "\(price.tally[operation])")
      }
      if performed.cost.byteCount != price.bytes, !hasFailed {
        find(
          .e0,
          "\(performed.step): \(performed.cost.byteCount) bytes, charged were \(price.bytes)")
      }
    }
  }

  // MARK: What travels

  /// Adds secrets that must never be seen.
  mutating func keepSecret(_ secrets: [[UInt8]], of whom: String) {
    for secret in secrets { scan.add(secret, as: whom) }
  }

  /// Looks through what travels or is stored.
  mutating func travel(_ bytes: [UInt8]) {
    artefacts += 1
    guard let secret = scan.scan(bytes) else { return }
    find(.e8, "a secret travels or is stored: \(secret)")
  }

  mutating func travel<A: Artefact>(_ artefact: A) where A.Elements == RealElements {
    travel(artefact.encoded(steps.scheme.parameterSet))
  }

  mutating func travel(_ letter: Letter) {
    guard let bytes = letter.sealed.bytes else { return }
    travel(bytes)
  }

  // MARK: Who takes part

  private mutating func handOutMasterKeys() throws {
    guard !hasMasterKeys else { return }
    hasMasterKeys = true
    for authority in 0..<world.settings.authorities {
      travel(try steps.masterKey(of: authority))
    }
  }

  /// The keys of an owner.
  mutating func owner(_ number: Int) throws -> PricedOwner<RealScheme> {
    if let owner = owners[number] { return owner }
    let (owner, certificate, letter) = try steps.owner(number)
    keepSecret(owner.signingKey.secretBytes, of: "the RSA key of DO \(number)")
    travel(certificate)
    travel(letter)
    owners[number] = owner
    return owner
  }

  /// Makes the keys of a user, unless that was done before.
  mutating func makeUser(_ number: Int) throws {
    guard users[number] == nil else { return }
    let (user, letter, signature) = try steps.user(
      number, of: world.userClass(of: number), holding: world.attributes(of: number),
      signedBy: asker)
    keepSecret(of: user)
    travel(letter)
    travel(user.entry)
    travel(signature.bytes)
    users[number] = user
    keepLines(of: number)
  }

  /// D, D'' and every D_x; the registry shows D'.
  private mutating func keepSecret(of user: PricedUser<RealScheme>) {
    let points =
      [user.key.blinded, user.key.searching] + user.key.components.flatMap(\.points)
    keepSecret(points.map(\.bytes), of: "the key of DU \(user.number)")
  }

  /// The keys of a user.
  mutating func user(_ number: Int) throws -> PricedUser<RealScheme> {
    try makeUser(number)
    guard let user = users[number] else { throw SpoiltLetter() }
    return user
  }

  /// The keys that a user signs requests with, drawn when they are first needed.
  mutating func signingKey(ofUser number: Int) throws -> RSAPrivateKey {
    if let key = signingKeys[number] { return key }
    let party = UserID(UInt32(number)).partyName
    let key = steps.scheme.signingKey(of: party)
    try steps.enrol(key.publicKey, as: party)
    keepSecret(key.secretBytes, of: "the RSA key of DU \(number)")
    signingKeys[number] = key
    return key
  }

  /// The lines of a user's key.
  mutating func lines(of number: Int) throws -> RealScheme.PreparedKey {
    let user = try user(number)
    if let prepared = user.prepared { return prepared }
    let prepared = steps.scheme.prepare(user.key)
    users[number]?.prepared = prepared
    keepLines(of: number)
    return prepared
  }

  /// A user's key with the components that fit an abstract: holders keep old ones for the files that
  /// are not under the new keys yet.
  mutating func key(
    of number: Int, fitting abstract: Abstract<RealElements>
  ) throws -> UserKey<RealElements> {
    var key = try user(number).key
    guard let old = outgrown[number] else { return key }
    for (label, row) in zip(abstract.capsule.policy.labels, abstract.capsule.rows) {
      let fitting = old.first { $0.attribute == label.attribute && $0.epoch == row.epoch }
      if let fitting { key = key.taking(fitting) }
    }
    return key
  }

  /// The lines of a user's key with the components that fit an abstract.
  mutating func lines(
    of number: Int, fitting abstract: Abstract<RealElements>
  ) throws -> RealScheme.PreparedKey {
    let key = try key(of: number, fitting: abstract)
    return try key == user(number).key ? lines(of: number) : steps.scheme.prepare(key)
  }

  private mutating func keepLines(of number: Int) {
    usersWithLines.append(number)
    if usersWithLines.count > Self.keptLines {
      users[usersWithLines.removeFirst()]?.prepared = nil
    }
  }

  /// Puts a holder's renewed key in the place of the old one.
  mutating func replace(_ holder: PricedUser<RealScheme>) {
    let hadLines = users[holder.number]?.prepared != nil
    users[holder.number] = holder
    keepSecret(of: holder)
    if !hadLines { keepLines(of: holder.number) }
  }
}

/// What there is of a real file.
struct ShadowFile: Sendable {
  let number: Int
  let owner: Int
  let policy: Int
  let size: Int
  /// What CS stores, with renewed rows.
  var ciphertext: Ciphertext<RealElements>
  /// What the owner keeps of the version that is stored.
  var keys: RealScheme.ContentKeys
  /// What the owner keeps until the abstract is made.
  var encrypted: PricedFile<RealScheme>?
  var request: StorageRequest<RealElements>?
  /// What is on the chain, with renewed rows.
  var abstract: Abstract<RealElements>?
  /// The abstract of each version as it stands in its block.
  var blocks: [Abstract<RealElements>] = []
  /// The version before, of which an access may be under way.
  var previous: ShadowVersion?
  /// The last version that was begun, whatever became of it: its name does not serve again.
  var lastName: FileID
  /// Versions that the chain has not accepted yet, by the simulation's number.
  var aside: [Int: ShadowVersion] = [:]

  /// The version that is stored and on the chain.
  var current: ShadowVersion? {
    abstract.map { ShadowVersion(ciphertext: ciphertext, abstract: $0, keys: keys) }
  }

  /// Puts a version in the place of the current one.
  mutating func take(_ version: ShadowVersion) {
    previous = current
    ciphertext = version.ciphertext
    keys = version.keys
    abstract = version.abstract
    blocks.append(version.abstract)
  }
}

/// One version of a real file.
struct ShadowVersion: Sendable {
  let ciphertext: Ciphertext<RealElements>
  let abstract: Abstract<RealElements>
  /// What the owner keeps of it.
  let keys: RealScheme.ContentKeys
}

/// Who opened what.
struct ShadowOpening: Hashable, Sendable {
  let user: Int
  /// Which version of which file.
  let file: FileID
}
