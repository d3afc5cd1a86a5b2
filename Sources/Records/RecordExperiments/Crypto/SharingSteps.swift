import PairingCrypto
import RecordSharing

/// The steps of the scheme whose cost depends on a number of attributes or keywords.
enum SharingStep: String, CaseIterable, Sendable {
  /// KeyGen for a user with so many attributes.
  case keyGeneration = "key-generation"
  /// Encrypting a record under an AND of so many attributes.
  case encrypt
  /// The same by an owner who keeps tables for the attributes.
  case encryptCached = "encrypt-cached"
  /// Checking and opening that record with a prepared key.
  case decrypt
  /// Checking the elements of a capsule of so many rows that comes from outside.
  case receive = "receive-capsule"
  /// The index of a file with so many slots for keywords, all filled.
  case index
  /// A token for so many keywords.
  case token
  /// Matching a prepared token for so many keywords with one file.
  case match
}

/// A system in which single steps can be carried out with any number of attributes and keywords.
struct SharingSteps<Scheme: SharingScheme> {
  /// One step, carried out once more at every call; answers what it made, if that is sent or kept.
  typealias Work = (inout SharingSteps) throws -> (any Artefact)?

  /// The engine.
  private(set) var scheme: Scheme
  private let system: SystemKeys<Scheme>
  private let parameters: Scheme.PreparedParameters
  private let attributes: [Attribute]
  private let size: Int
  private let signingKey: Scheme.SigningKey
  private var serial: UInt64 = 0

  /// The bytes of the record: few, so that they do not hide the rest.
  static var recordBytes: Int { 4_096 }

  /// A system with so many attributes and as many slots for keywords, at most 64.
  init(_ scheme: Scheme, size: Int) throws {
    var scheme = scheme
    self.size = size
    attributes = try (1...size).map { try Attribute("a\($0)") }
    system = try scheme.setUp(universe: AttributeSet(attributes), slots: size, copies: 1)
    parameters = scheme.prepare(system.parameters)
    signingKey = scheme.signingKey(of: "owner")
    self.scheme = scheme
  }

  /// Carries a step out once and says what it cost.
  mutating func cost(of step: SharingStep, size: Int) throws -> StepCost {
    let work = try prepared(step, size: size)
    let before = scheme.tally
    let artefact = try work(&self)
    return StepCost(
      operations: scheme.tally - before, byteCount: artefact?.byteCount(scheme.parameterSet) ?? 0)
  }

  /// Prepares a step with so many attributes or keywords, at most those of the system.
  mutating func prepared(_ step: SharingStep, size: Int) throws -> Work {
    switch step {
    case .keyGeneration: keyGeneration(size)
    case .encrypt: try encryption(size, tables: nil)
    case .encryptCached:
      try encryption(size, tables: scheme.tables(for: try policy(size).labels))
    case .decrypt: try decryption(size)
    case .receive: try receiving(size)
    case .index: try indexing(size)
    case .token: try tokens(size)
    case .match: try matching(size)
    }
  }

  private mutating func next() -> UInt64 {
    serial += 1
    return serial
  }

  private func policy(_ size: Int) throws -> SharingPolicy {
    try SharingPolicy(
      AccessPolicy.parse(attributes.prefix(size).map(\.name).joined(separator: " AND ")))
  }

  private func words(_ size: Int) -> [String?] {
    (1...self.size).map { $0 <= size ? "word \($0)" : nil }
  }

  private mutating func key(_ size: Int) throws -> IssuedKey<Scheme.Elements> {
    try scheme.generateKey(
      for: UserID(UInt32(truncatingIfNeeded: next())),
      attributes: AttributeSet(attributes.prefix(size)), master: system.master, with: parameters)
  }

  private mutating func index(_ size: Int) throws -> KeywordIndex<Scheme.Elements> {
    try scheme.index(
      words(size), of: FileID(next()), key: system.keywordKey, with: parameters)
  }

  private func keyGeneration(_ size: Int) -> Work {
    { steps in try steps.key(size).key }
  }

  private mutating func encryption(_ size: Int, tables: Scheme.AttributeTables?) throws -> Work {
    let policy = try policy(size)
    let index = try index(1)
    let record = scheme.record(byteCount: Self.recordBytes, content: 1)
    return { steps in
      try steps.scheme.encrypt(
        record, under: policy, as: FileID(steps.next()), of: OwnerID(1), index: index,
        tables: tables, with: steps.parameters
      ).ciphertext
    }
  }

  private mutating func decryption(_ size: Int) throws -> Work {
    let file = try scheme.encrypt(
      scheme.record(byteCount: Self.recordBytes, content: 1), under: policy(size),
      as: FileID(next()), of: OwnerID(1), index: index(1), tables: nil, with: parameters)
    let request = try scheme.storageRequest(file.ciphertext, signedBy: signingKey)
    let abstract = scheme.abstract(
      of: request, at: StorageLocation(1), keys: file.keys,
      ownerKey: scheme.verificationKey(of: signingKey), hospital: "hospital", doctor: "doctor")
    let key = scheme.prepare(try key(size).key)
    return { steps in
      _ = try steps.scheme.decrypt(file.ciphertext, against: abstract, with: key)
      return nil
    }
  }

  private mutating func receiving(_ size: Int) throws -> Work {
    let file = try scheme.encrypt(
      scheme.record(byteCount: Self.recordBytes, content: 1), under: policy(size),
      as: FileID(next()), of: OwnerID(1), index: index(1), tables: nil, with: parameters)
    let capsule = file.ciphertext.capsule
    return { steps in
      precondition(steps.scheme.areInGroups(capsule), "a capsule of foreign elements")
      return capsule
    }
  }

  /// An index has an entry for every slot, so that this system has no more slots than words.
  private mutating func indexing(_ size: Int) throws -> Work {
    let system = try scheme.setUp(
      universe: AttributeSet(attributes.prefix(1)), slots: size, copies: 1)
    let parameters = scheme.prepare(system.parameters)
    let words = Array(words(size).prefix(size))
    return { steps in
      try steps.scheme.index(
        words, of: FileID(steps.next()), key: system.keywordKey, with: parameters)
    }
  }

  private func slotWords(_ size: Int) -> [SlotWord] {
    (1...size).map { SlotWord(Slot(UInt8($0 - 1)), "word \($0)") }
  }

  private mutating func tokens(_ size: Int) throws -> Work {
    let key = try key(1).key
    let words = slotWords(size)
    return { steps in
      try steps.scheme.token(
        for: words, key: key, occasion: steps.next(), at: 1,
        keywordKey: steps.system.keywordKey, with: steps.parameters)
    }
  }

  private mutating func matching(_ size: Int) throws -> Work {
    let index = try index(size)
    let token = try scheme.token(
      for: slotWords(size), key: key(1).key, occasion: next(), at: 1,
      keywordKey: system.keywordKey, with: parameters)
    let prepared = scheme.prepare(token)
    return { steps in
      precondition(steps.scheme.matches(prepared, index), "a file does not match its own words")
      return nil
    }
  }
}
