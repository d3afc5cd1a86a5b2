import PairingCrypto
import RecordSharing

/// A system with ten attributes, a user who holds them all, and a file that needs them all.
struct SharingInputs {
  var scheme: RealScheme
  let system: SystemKeys<RealScheme>
  let prepared: RealScheme.PreparedParameters
  let universe: AttributeSet
  let policy: SharingPolicy
  let record: [UInt8]
  let index: KeywordIndex<RealElements>

  init(_ parameters: ParameterSet) throws {
    var scheme = RealScheme(parameters, keySize: .bits2048, seed: 1)
    let attributes = try (0..<10).map { try Attribute("attribute-\($0)") }
    universe = AttributeSet(attributes)
    policy = try SharingPolicy(.all(attributes.map { .attribute($0) }))
    system = try scheme.setUp(universe: universe, slots: 5, copies: 1)
    prepared = scheme.prepare(system.parameters)
    record = scheme.record(byteCount: 1024, content: 1)
    index = try scheme.index(
      ["a", "b", "c", "d", nil], of: FileID(0), key: system.keywordKey, with: prepared)
    self.scheme = scheme
  }

  mutating func key(of user: Int) throws -> UserKey<RealElements> {
    try issue(to: user).key
  }

  mutating func issue(to user: Int) throws -> IssuedKey<RealElements> {
    try scheme.generateKey(
      for: UserID(UInt32(user)), attributes: universe, master: system.master, with: prepared)
  }

  mutating func encrypt(
    _ file: Int, _ tables: RealScheme.AttributeTables?
  ) throws -> Ciphertext<RealElements> {
    try scheme.encrypt(
      record, under: policy, as: FileID(UInt64(file)), of: OwnerID(1), index: index,
      tables: tables, with: prepared
    ).ciphertext
  }

  /// What a user does with a ciphertext: digests to compare with the chain, keys, record.
  mutating func decrypt(
    _ ciphertext: Ciphertext<RealElements>, _ key: RealScheme.PreparedKey
  ) throws -> [UInt8] {
    _ = scheme.digests(of: ciphertext)
    let keys = try scheme.open(ciphertext.capsule, with: key)
    return try scheme.record(in: ciphertext, keys: keys)
  }

  mutating func token(
    _ occasion: Int, _ key: UserKey<RealElements>
  ) throws -> SearchToken<RealElements> {
    try scheme.token(
      for: [SlotWord(Slot(0), "a"), SlotWord(Slot(2), "c"), SlotWord(Slot(3), "d")], key: key,
      occasion: UInt64(occasion), at: 1, keywordKey: system.keywordKey, with: prepared)
  }
}

extension MeasuredOperation {
  /// An operation of the scheme; 10 is the number of attributes.
  func preparedSharing(_ parameters: ParameterSet) throws -> (Int) throws -> [UInt8] {
    var inputs = try SharingInputs(parameters)
    let key = try inputs.key(of: 0)
    switch self {
    case .encrypt10Cold, .encrypt10Tables:
      let labels = inputs.policy.labels
      let tables = self == .encrypt10Tables ? inputs.scheme.tables(for: labels) : nil
      return repeated({ $0.encoded(parameters) }) { try inputs.encrypt($0, tables) }
    case .decrypt10:
      let ciphertext = try inputs.encrypt(0, nil)
      let lines = inputs.scheme.prepare(key)
      return repeated({ $0 }) { _ in try inputs.decrypt(ciphertext, lines) }
    case .token: return repeated({ $0.encoded(parameters) }) { try inputs.token($0, key) }
    case .tokenCheck:
      let entry = try inputs.issue(to: 0).entry
      let token = try inputs.token(0, key)
      let parameters = inputs.system.parameters
      return repeated({ [$0 ? 1 : 0] }) { _ in
        inputs.scheme.isValid(token, of: entry, at: 1, with: parameters)
      }
    case .match:
      let token = inputs.scheme.prepare(try inputs.token(0, key))
      let index = inputs.index
      return repeated({ [$0 ? 1 : 0] }) { _ in inputs.scheme.matches(token, index) }
    default: return repeated({ $0.encoded(parameters) }) { try inputs.key(of: $0) }
    }
  }
}
