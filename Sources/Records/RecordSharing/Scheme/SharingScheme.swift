import PairingCrypto

/// The scheme of the paper, step by step, for whoever does not care which engine runs it.
///
/// ``RealScheme`` computes, ``CountedScheme`` moves marks; both answer alike, make artefacts of the
/// same sizes and count the same operations at every call. Each call adds what it costs to
/// ``tally``. What is random is drawn by party and purpose from the seed of the engine: the same
/// calls give the same artefacts in whatever order they are made.
///
/// Every authority holds g^β and the v_x (Paper §II-C), so every authority, and the trusted centre,
/// can decrypt everything.
public protocol SharingScheme: Sendable {
  /// What artefacts are made of.
  associatedtype Elements: SchemeElements
  /// MK: what the authorities share.
  associatedtype MasterKey: Sendable
  /// What users and owners need to hash keywords, and nobody else has.
  associatedtype KeywordKey: Sendable
  /// Public parameters with the tables of their bases.
  associatedtype PreparedParameters: Sendable
  /// Tables of the hashes of attributes.
  associatedtype AttributeTables: Sendable
  /// A user's key with the lines of its elements.
  associatedtype PreparedKey: Sendable
  /// A token with the lines of its elements.
  associatedtype PreparedToken: Sendable
  /// The keys derived from K: one seals the record, one its location.
  associatedtype ContentKeys: Equatable, Sendable
  /// An RSA key pair.
  associatedtype SigningKey: Sendable
  /// v'_x / v_x and its inverse.
  associatedtype RekeyingSecret: Sendable

  /// The groups.
  var parameterSet: ParameterSet { get }
  /// The size of RSA keys.
  var keySize: RSAKeySize { get }
  /// What was performed since the engine was made.
  var tally: OperationTally { get }

  // MARK: Step 1, the trusted centre

  /// Draws the system's secrets.
  ///
  /// - Throws: what is wrong with the universe or the numbers.
  mutating func setUp(
    universe: AttributeSet, slots: Int, copies: Int
  ) throws(SetupFailure) -> SystemKeys<Self>

  /// Makes the tables of g, g^a, g^α, e(g,g)^β and of every PAK_x.
  mutating func prepare(_ parameters: PublicParameters<Elements>) -> PreparedParameters

  /// What was prepared.
  func parameters(of prepared: PreparedParameters) -> PublicParameters<Elements>

  // MARK: Step 2, keys

  /// Issues the key of a user (AA); a user's name must not serve twice, or parts of both keys fit
  /// together.
  ///
  /// - Throws: if an attribute is not in the universe.
  mutating func generateKey(
    for user: UserID, attributes: AttributeSet, master: MasterKey,
    with parameters: PreparedParameters
  ) throws(KeyFailure) -> IssuedKey<Elements>

  /// Computes the lines of D, D' and every D_x.
  mutating func prepare(_ key: UserKey<Elements>) -> PreparedKey

  /// Draws an RSA key pair.
  mutating func signingKey(of party: String) -> SigningKey

  /// The public half of a key pair.
  func verificationKey(of key: SigningKey) -> Elements.VerificationKey

  /// The key for the words in one owner's files only, which confines comparisons to them.
  mutating func keywordKey(_ key: KeywordKey, for owner: OwnerID) -> KeywordKey

  // MARK: Step 3, encryption (DO)

  /// Makes the tables of the hashes of attributes, for who encrypts often under them.
  mutating func tables(for labels: [RowLabel]) -> AttributeTables

  /// Encrypts the keywords of a file, one word a slot; nil stands for a filler. A file's name must
  /// not serve twice, whoever owns it.
  ///
  /// - Throws: if there is not one word a slot, or one is too long.
  mutating func index(
    _ words: [String?], of file: FileID, key: KeywordKey, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> KeywordIndex<Elements>

  /// Encrypts a record under a policy; a file's name must not serve twice, or two records are sealed
  /// with one key and nonce.
  ///
  /// - Throws: if the policy or the record is none that can be encrypted.
  mutating func encrypt(
    _ record: Elements.Record, under policy: SharingPolicy, as file: FileID, of owner: OwnerID,
    index: KeywordIndex<Elements>, tables: AttributeTables?, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> EncryptedFile<Self>

  // MARK: Step 4, storage

  /// Seals where a file is (DO); once a file, as the key may serve for one location only.
  mutating func seal(
    _ location: StorageLocation, keys: ContentKeys, policy: SharingPolicy, file: FileID
  ) -> Elements.Sealed

  /// Whether the first three elements of an index hold one τ (BC).
  mutating func isValid(
    _ index: KeywordIndex<Elements>, with parameters: PublicParameters<Elements>
  ) -> Bool

  // MARK: Step 5, access

  /// Asks for files (DU) at a time in nanoseconds; an occasion must not serve twice for a user.
  ///
  /// - Throws: if nothing is asked for, or a slot twice.
  mutating func token(
    for words: [SlotWord], key: UserKey<Elements>, occasion: UInt64, at time: UInt64,
    keywordKey: KeywordKey, with parameters: PreparedParameters
  ) throws(QueryFailure) -> SearchToken<Elements>

  /// Whether a token was made with the key of a registered user for a time (BC).
  ///
  /// The time is that of the signed request: see ``check(_:of:in:with:)``.
  mutating func isValid(
    _ token: SearchToken<Elements>, of entry: RegistryEntry<Elements>, at time: UInt64,
    with parameters: PublicParameters<Elements>
  ) -> Bool

  /// Computes the lines of a token, which serve for every file.
  mutating func prepare(_ token: SearchToken<Elements>) -> PreparedToken

  /// Whether a file has all words of a token in their slots (BC).
  mutating func matches(_ token: PreparedToken, _ index: KeywordIndex<Elements>) -> Bool

  /// Recovers the keys of a file (DU).
  ///
  /// - Throws: why the key doesn't open it.
  mutating func open(
    _ capsule: Capsule<Elements>, with key: PreparedKey
  ) throws(DecryptionFailure) -> ContentKeys

  /// Opens the location in an abstract (DU).
  ///
  /// - Throws: if it was altered.
  mutating func location(
    in abstract: Abstract<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> StorageLocation

  // MARK: Step 6, decryption (DU)

  /// Opens the record of a checked ciphertext.
  ///
  /// - Throws: if it was altered.
  mutating func record(
    in ciphertext: Ciphertext<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> Elements.Record

  // MARK: Revocation

  /// Draws a new key for an attribute (AA).
  ///
  /// The announcement has to be adopted before there is another.
  ///
  /// - Throws: if the universe lacks it, or the parameters are not of the master key's epoch.
  mutating func rekey(
    _ attribute: Attribute, master: inout MasterKey, with parameters: PreparedParameters
  ) throws(UpdateFailure) -> (announcement: Rekeying<Elements>, secret: RekeyingSecret)

  /// Takes up a new key of an attribute and makes its table.
  ///
  /// - Throws: if it does not follow on what is there.
  mutating func adopt(
    _ rekeying: Rekeying<Elements>, in parameters: inout PreparedParameters
  ) throws(UpdateFailure)

  /// Makes the new C_i of a file (CS); nil if the policy doesn't name the attribute, or its C_i are
  /// not of the epoch that ends.
  mutating func update(
    of file: FileID, _ capsule: Capsule<Elements>, secret: RekeyingSecret
  ) -> RowUpdate<Elements>?

  /// Checks new C_i against the old ones (BC): e(C_i', PAK_x) = e(C_i, PAK'_x).
  ///
  /// - Returns: The update for who applies it.
  /// - Throws: what is wrong with them.
  mutating func check(
    _ update: RowUpdate<Elements>, to abstract: Abstract<Elements>,
    from previous: AttributeKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(UpdateFailure) -> CheckedUpdate<Elements>

  /// Makes the new component of a holder who keeps the attribute (AA).
  ///
  /// Who keeps it is what the chain's lists say, so that nobody renews the D_x of who lost x.
  ///
  /// Each D_x is checked to be the one that was issued, e(D_x, PAK_x) = e(Hg(x), D'_uid) with the D' of
  /// the registry: else whoever lost x would have it renewed in the key of somebody else.
  ///
  /// - Throws: if the holder lost the attribute, has no component of the epoch that ends, or a false
  ///   one.
  mutating func keyUpdate(
    for holder: UserKey<Elements>, of entry: RegistryEntry<Elements>,
    unless revocations: AttributeRevocationList, secret: RekeyingSecret
  ) throws(KeyFailure) -> KeyUpdate<Elements>

  /// Checks a new component against the key that was announced (DU): e(D_x', PAK'_x) = e(Hg(x), D').
  ///
  /// - Throws: if it is not for this key, not of this announcement, or false.
  mutating func check(
    _ update: KeyUpdate<Elements>, for key: UserKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure)

  /// Checks and takes up a new component, and computes its lines (DU).
  ///
  /// - Throws: what ``check(_:for:by:)`` throws.
  mutating func adopt(
    _ update: KeyUpdate<Elements>, in key: inout PreparedKey, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure)

  /// What was prepared.
  func key(of prepared: PreparedKey) -> UserKey<Elements>

  // MARK: Any step

  /// Signs a digest in a domain.
  ///
  /// - Throws: if computing the signature went wrong.
  mutating func sign(
    _ digest: ContentDigest, domain: SignatureDomain, key: SigningKey
  ) throws(RSAFailure) -> Elements.Signature

  /// Whether the holder of a key signed a digest in a domain.
  mutating func verify(
    _ signature: Elements.Signature, of digest: ContentDigest, domain: SignatureDomain,
    key: Elements.VerificationKey
  ) -> Bool

  /// An empty writer for what will be hashed.
  func digestWriter() -> ArtefactWriter

  /// The digest of what was written.
  mutating func digest(of content: ArtefactWriter) -> ContentDigest

  /// The Merkle root over digests (RFC 6962).
  mutating func merkleRoot(_ leaves: [ContentDigest]) -> ContentDigest

  /// Performs the checks of who receives elements of the groups from outside, which decoding does.
  mutating func areInGroups<A: Artefact>(_ artefact: A) -> Bool where A.Elements == Elements

  /// A record of a size, the same for the same number.
  func record(byteCount: Int, content: UInt64) -> Elements.Record
}

/// What the setup gives.
public struct SystemKeys<Scheme: SharingScheme>: Sendable {
  /// PK, for everybody.
  public let parameters: PublicParameters<Scheme.Elements>
  /// MK, for the authorities.
  public var master: Scheme.MasterKey
  /// κ, for owners and users.
  public let keywordKey: Scheme.KeywordKey
}

/// A user's key and what the chain shows of it.
public struct IssuedKey<Elements: SchemeElements>: Sendable {
  /// For the user alone.
  public let key: UserKey<Elements>
  /// For the registry on the chain.
  public let entry: RegistryEntry<Elements>
}

/// A ciphertext and what its owner keeps to seal the location.
public struct EncryptedFile<Scheme: SharingScheme>: Sendable {
  /// For the cloud server.
  public let ciphertext: Ciphertext<Scheme.Elements>
  /// For the owner alone.
  public let keys: Scheme.ContentKeys
}

/// What a call cost and the size of what it made.
public struct StepCost: Equatable, Sendable {
  /// The operations.
  public var operations: OperationTally
  /// The bytes of the artefact.
  public var byteCount: Int

  /// Operations with a size.
  public init(operations: OperationTally, byteCount: Int) {
    self.operations = operations
    self.byteCount = byteCount
  }
}

extension SharingScheme {
  /// Runs something and says what it performed.
  public mutating func measured<Value, Failure: Error>(
    _ body: (inout Self) throws(Failure) -> Value
  ) throws(Failure) -> (value: Value, operations: OperationTally) {
    let before = tally
    let value = try body(&self)
    return (value, tally - before)
  }

  /// Makes an artefact and says what that performed and how large it is.
  public mutating func costed<A: Artefact, Failure: Error>(
    _ body: (inout Self) throws(Failure) -> A
  ) throws(Failure) -> (artefact: A, cost: StepCost) {
    let (artefact, operations) = try measured(body)
    let byteCount = artefact.byteCount(parameterSet)
    return (artefact, StepCost(operations: operations, byteCount: byteCount))
  }
}
