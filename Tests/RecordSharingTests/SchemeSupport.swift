import PairingCrypto
import Testing

@testable import RecordSharing

/// A system with its keys, under either engine.
struct World<Scheme: SharingScheme> {
  var scheme: Scheme
  var system: SystemKeys<Scheme>
  var prepared: Scheme.PreparedParameters

  init(
    _ scheme: Scheme, attributes names: String = "a b c d e f g h", slots: Int = 4, copies: Int = 2
  ) throws {
    self.scheme = scheme
    system = try self.scheme.setUp(
      universe: try attributes(names), slots: slots, copies: copies)
    prepared = self.scheme.prepare(system.parameters)
  }

  mutating func issue(_ user: UInt32, _ names: String) throws -> IssuedKey<Scheme.Elements> {
    try scheme.generateKey(
      for: UserID(user), attributes: try attributes(names), master: system.master, with: prepared)
  }

  mutating func key(_ user: UInt32, _ names: String) throws -> Scheme.PreparedKey {
    scheme.prepare(try issue(user, names).key)
  }

  mutating func encrypt(
    _ file: UInt64, _ policy: String, words: [String?] = ["a", "b", "c", "d"], bytes: Int = 40
  ) throws -> EncryptedFile<Scheme> {
    try encrypt(file, under: try sharingPolicy(policy), words: words, bytes: bytes)
  }

  mutating func encrypt(
    _ file: UInt64, under policy: SharingPolicy, words: [String?] = ["a", "b", "c", "d"],
    bytes: Int = 40
  ) throws -> EncryptedFile<Scheme> {
    let index = try scheme.index(
      words, of: FileID(file), key: system.keywordKey, with: prepared)
    return try scheme.encrypt(
      scheme.record(byteCount: bytes, content: file), under: policy, as: FileID(file),
      of: OwnerID(1), index: index, tables: nil, with: prepared)
  }

  /// Encrypts a file and makes its abstract.
  mutating func publish(
    _ file: UInt64, _ policy: String, signedBy key: Scheme.SigningKey
  ) throws -> Published<Scheme> {
    let encrypted = try encrypt(file, policy)
    let request = try scheme.storageRequest(encrypted.ciphertext, signedBy: key)
    let abstract = scheme.abstract(
      of: request, at: StorageLocation(0x1234_5678_9ABC_DEF0 ^ file), keys: encrypted.keys,
      ownerKey: scheme.verificationKey(of: key), hospital: "St. Anna", doctor: "Dr. Weiß")
    return Published(encrypted: encrypted, request: request, abstract: abstract)
  }
}

extension KeyRegistry {
  /// What the chain has after the enrolment of parties whom a centre certified.
  static func enrolling<Scheme: SharingScheme>(
    _ parties: KeyValuePairs<String, Scheme.SigningKey>, with scheme: Scheme,
    by centre: Scheme.SigningKey
  ) throws -> Self where Scheme.Elements == Elements {
    var scheme = scheme
    var registry = Self()
    for (party, key) in parties {
      let certificate = try scheme.certify(
        scheme.verificationKey(of: key), of: party, by: centre)
      try scheme.enrol(certificate, by: scheme.verificationKey(of: centre), in: &registry)
    }
    return registry
  }
}

extension SharingScheme {
  /// What the chain has if owner 1 and user 1 sign with a key, which is the centre's, too.
  func registry(
    _ key: SigningKey, owner: OwnerID = OwnerID(1)
  ) throws -> KeyRegistry<Elements> {
    try .enrolling(
      [owner.partyName: key, UserID(1).partyName: key], with: self, by: key)
  }
}

struct Published<Scheme: SharingScheme> {
  var encrypted: EncryptedFile<Scheme>
  var request: StorageRequest<Scheme.Elements>
  var abstract: Abstract<Scheme.Elements>
}

func sharingPolicy(_ text: String) throws -> SharingPolicy {
  try SharingPolicy(try AccessPolicy.parse(text))
}

func real(_ parameters: ParameterSet = .toy, seed: UInt64 = 1) -> RealScheme {
  RealScheme(parameters, keySize: .bits2048, seed: seed)
}

func counted(_ parameters: ParameterSet = .toy, seed: UInt64 = 1) -> CountedScheme {
  CountedScheme(parameters, keySize: .bits2048, seed: seed)
}

/// RSA keys take long to draw, so the tests share two pairs.
enum Keys {
  static let owner: RSAPrivateKey = make("owner")
  static let centre: RSAPrivateKey = make("centre")

  private static func make(_ party: String) -> RSAPrivateKey {
    var scheme = real()
    return scheme.signingKey(of: party)
  }
}

/// What a call threw, if it did.
func failure<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Failure? {
  do throws(Failure) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}
