import PairingCrypto
import RecordSharing

/// A step that was carried out, and what it took.
struct PerformedStep: Sendable {
  /// Which.
  var step: PricedStep
  /// What it took.
  var cost: StepCost
}

/// The keys of an owner.
struct PricedOwner<Scheme: SharingScheme>: Sendable {
  let number: Int
  let signingKey: Scheme.SigningKey
  let publicKey: Scheme.Elements.VerificationKey
}

/// The keys of a user.
struct PricedUser<Scheme: SharingScheme>: Sendable {
  let number: Int
  let userClass: Int
  var key: UserKey<Scheme.Elements>
  /// The lines of the key, unless they were dropped.
  var prepared: Scheme.PreparedKey?
  let entry: RegistryEntry<Scheme.Elements>
}

/// What an owner has of a file that was encrypted.
struct PricedFile<Scheme: SharingScheme>: Sendable {
  let number: Int
  let policy: Int
  let size: Int
  let owner: Int
  var ciphertext: Ciphertext<Scheme.Elements>
  let keys: Scheme.ContentKeys

  /// Which version of the file it is.
  var name: FileID { ciphertext.file }
}

/// A letter did not open, or it held something else.
struct SpoiltLetter: Error {}

/// Carries steps out by either engine, and notes what each took.
///
/// Both engines run this code, so that what is charged and what is performed can differ only where
/// the engines do.
struct PricedSteps<Scheme: PricedScheme>: Sendable {
  let policies: [SharingPolicy]
  let hasKeyPerOwner: Bool
  /// The engine.
  var scheme: Scheme
  /// MK, κ and PK as it was in the beginning.
  var system: SystemKeys<Scheme>
  /// PK as it is.
  var parameters: Scheme.PreparedParameters
  /// Whose public key is which.
  var registry = KeyRegistry<Scheme.Elements>()
  /// TC's RSA keys.
  let centre: Scheme.SigningKey
  var letters: LetterBox
  private var tables: Scheme.AttributeTables?
  private let labels: [RowLabel]
  /// What it takes to check and prepare PK, which is the same for everybody and done once.
  private var takingUp = OperationTally()
  private var makingTables = OperationTally()
  private var repeated = OperationTally()
  private var performed: [PerformedStep] = []

  init(_ scheme: Scheme, _ settings: RecordSettings, seed: UInt64) throws {
    var scheme = scheme
    policies = settings.policies.map(\.value)
    hasKeyPerOwner = settings.scope == .owner
    letters = LetterBox(seed: seed)
    labels = settings.usesTables ? policies.flatMap(\.labels) : []
    let copies = policies.flatMap(\.labels).map(\.occurrence).max() ?? 1
    let (keys, drawing) = try scheme.measured { scheme in
      (
        try scheme.setUp(universe: settings.universe, slots: settings.slots, copies: copies),
        scheme.signingKey(of: "TC")
      )
    }
    (system, centre) = keys
    let published = system.parameters
    let (prepared, takingUp) = try scheme.measured { scheme in
      guard scheme.areInGroups(published) else { throw SpoiltLetter() }
      return scheme.prepare(published)
    }
    parameters = prepared
    self.takingUp = takingUp
    if !labels.isEmpty {
      let labels = labels
      let (made, making) = scheme.measured { $0.tables(for: labels) }
      tables = made
      makingTables = making
    }
    self.scheme = scheme
    note(.setUp, drawing, bytes: system.parameters.byteCount(scheme.parameterSet))
  }

  /// What was performed since it was asked for last.
  mutating func takePerformed() -> [PerformedStep] {
    defer { performed.removeAll(keepingCapacity: true) }
    return performed
  }

  private mutating func note(_ step: PricedStep, _ operations: OperationTally, bytes: Int) {
    performed.append(
      PerformedStep(step: step, cost: StepCost(operations: operations, byteCount: bytes)))
  }

  /// Carries a step out; the body answers what it makes and how large that is.
  mutating func perform<Value>(
    _ step: PricedStep, _ body: (inout Self) throws -> (Value, bytes: Int)
  ) rethrows -> Value {
    let before = scheme.tally + letters.tally + repeated
    let (value, bytes) = try body(&self)
    note(step, scheme.tally + letters.tally + repeated - before, bytes: bytes)
    return value
  }

  /// The size of an artefact.
  func size<A: Artefact>(_ artefact: A) -> Int where A.Elements == Scheme.Elements {
    artefact.byteCount(scheme.parameterSet)
  }

  /// The bytes of a signature after its length.
  var signatureBytes: Int { 4 + scheme.keySize.byteCount }

  private mutating func takeUpParameters() { repeated += takingUp }

  /// κ, or the key of one owner's files.
  mutating func keywordKey(of owner: Int) -> Scheme.KeywordKey {
    guard hasKeyPerOwner else { return system.keywordKey }
    return scheme.keywordKey(system.keywordKey, for: OwnerID(UInt32(owner)))
  }

  /// The tables that owners keep.
  var ownersTables: Scheme.AttributeTables? { tables }

  // MARK: Steps 1 and 2

  /// Hands MK and κ to an authority.
  mutating func masterKey(of authority: Int) throws -> Letter {
    try perform(.masterKey) { steps in
      let secret =
        steps.scheme.content(of: steps.system.master)
        + steps.scheme.content(of: steps.system.keywordKey)
      let party = PricedWords.name("AA", authority)
      let letter = steps.letters.seal(secret, for: party, "master key")
      guard steps.letters.open(letter, for: party, "master key") == secret else {
        throw SpoiltLetter()
      }
      steps.takeUpParameters()
      return (letter, letter.sealed.byteCount)
    }
  }

  /// An owner draws keys, gets them certified, and κ.
  mutating func owner(
    _ number: Int
  ) throws -> (
    owner: PricedOwner<Scheme>, certificate: Certificate<Scheme.Elements>, letter: Letter
  ) {
    let party = OwnerID(UInt32(number)).partyName
    let signingKey = perform(.ownerKey) { steps in
      steps.takeUpParameters()
      steps.repeated += steps.makingTables
      // A name with its length, and the key with its own: version, size and modulus.
      let bytes = 4 + party.utf8.count + 4 + 3 + steps.scheme.keySize.byteCount
      return (steps.scheme.signingKey(of: party), bytes)
    }
    let publicKey = scheme.verificationKey(of: signingKey)
    let secret = scheme.content(of: system.keywordKey)
    let (certificate, letter) = try perform(.certify) { steps in
      let certificate = try steps.scheme.certify(publicKey, of: party, by: steps.centre)
      let letter = steps.letters.seal(secret, for: party, "keyword key")
      return ((certificate, letter), steps.size(certificate) + letter.sealed.byteCount)
    }
    try perform(.checkCertificate) { steps in
      let centre = steps.scheme.verificationKey(of: steps.centre)
      guard steps.scheme.isValid(certificate, by: centre),
        steps.letters.open(letter, for: party, "keyword key") == secret
      else { throw SpoiltLetter() }
      return ((), 0)
    }
    perform(.enrolment) { steps in ((), steps.size(certificate)) }
    // Nodes check the certificate's signature in admitting it, which is another step.
    try enrol(certificate)
    let owner = PricedOwner<Scheme>(
      number: number, signingKey: signingKey, publicKey: publicKey)
    return (owner, certificate, letter)
  }

  /// Takes a certified key into the registry.
  private mutating func enrol(_ certificate: Certificate<Scheme.Elements>) throws {
    let key = scheme.verificationKey(of: centre)
    try scheme.enrol(certificate, by: key, in: &registry)
  }

  /// Certifies and enrols the key of a party that brings its own: nobody is charged.
  mutating func enrol(_ key: Scheme.Elements.VerificationKey, as party: String) throws {
    try enrol(try scheme.certify(key, of: party, by: centre))
  }

  /// An authority issues a user's key, which the user takes.
  mutating func user(
    _ number: Int, of userClass: Int, holding attributes: AttributeSet,
    signedBy authority: Scheme.SigningKey
  ) throws -> (
    user: PricedUser<Scheme>, letter: Letter, signature: Scheme.Elements.Signature
  ) {
    let party = PricedWords.name("DU", number)
    let (issued, secret, letter) = try perform(.userKey(userClass)) { steps in
      let issued = try steps.scheme.generateKey(
        for: UserID(UInt32(number)), attributes: attributes, master: steps.system.master,
        with: steps.parameters)
      let secret =
        steps.scheme.content(of: issued.key) + steps.scheme.content(of: steps.system.keywordKey)
      let letter = steps.letters.seal(secret, for: party, "user key")
      return ((issued, secret, letter), letter.sealed.byteCount)
    }
    let signature = try perform(.registryEntry(userClass)) { steps in
      let digest = steps.scheme.digest(of: issued.entry)
      let signature = try steps.scheme.sign(digest, domain: .registration, key: authority)
      return (signature, steps.size(issued.entry) + steps.signatureBytes)
    }
    let prepared = try perform(.takeKey(userClass)) { steps in
      steps.takeUpParameters()
      guard steps.letters.open(letter, for: party, "user key") == secret,
        steps.scheme.areInGroups(issued.key)
      else { throw SpoiltLetter() }
      return (steps.scheme.prepare(issued.key), 0)
    }
    let user = PricedUser<Scheme>(
      number: number, userClass: userClass, key: issued.key, prepared: prepared,
      entry: issued.entry)
    return (user, letter, signature)
  }

  // MARK: Any step

  /// Signs a transaction that is no upload, token or enrolment.
  mutating func otherRequest(
    saying digest: ContentDigest, by key: Scheme.SigningKey
  ) throws -> Scheme.Elements.Signature {
    try perform(.request) { steps in
      (try steps.scheme.sign(digest, domain: .request, key: key), steps.signatureBytes)
    }
  }

  /// Checks the signature of a transaction that is no upload or token.
  mutating func admit(
    _ signature: Scheme.Elements.Signature, saying digest: ContentDigest,
    by key: Scheme.Elements.VerificationKey
  ) -> Bool {
    perform(.admitRequest) { steps in
      (steps.scheme.verify(signature, of: digest, domain: .request, key: key), 0)
    }
  }
}
