import PairingCrypto

/// What artefacts are made of: numbers that were computed, or marks that stand for them.
///
/// An artefact is the same type in both engines and has one serialiser, so its size in bytes can't
/// differ between them.
public protocol SchemeElements: Sendable {
  /// An element of G.
  associatedtype Point: Equatable, Sendable
  /// An element of G_T.
  associatedtype Target: Equatable, Sendable
  /// An exponent, an element of Z_p.
  associatedtype Exponent: Equatable, Sendable
  /// A plaintext record.
  associatedtype Record: Equatable, Sendable
  /// What authenticated encryption makes of a plaintext.
  associatedtype Sealed: Equatable, Sendable
  /// An RSA signature.
  associatedtype Signature: Equatable, Sendable
  /// An RSA public key.
  associatedtype VerificationKey: Equatable, Sendable

  /// The bytes of a record.
  static func byteCount(of record: Record) -> Int
  /// Appends an element of G.
  static func write(_ point: Point, to writer: inout ArtefactWriter)
  /// Appends an element of G_T.
  static func write(_ target: Target, to writer: inout ArtefactWriter)
  /// Appends an exponent in as many bytes as the order has.
  static func write(_ exponent: Exponent, to writer: inout ArtefactWriter)
  /// Appends a sealed text with its length.
  static func write(_ sealed: Sealed, to writer: inout ArtefactWriter)
  /// Appends a signature with its length.
  static func write(_ signature: Signature, to writer: inout ArtefactWriter)
  /// Appends a public key with its length.
  static func write(_ key: VerificationKey, to writer: inout ArtefactWriter)

  /// Another element of G, as whoever tampers puts in the place of one.
  static func altered(_ point: Point) -> Point
  /// Another element of G_T.
  static func altered(_ target: Target) -> Target
  /// Another exponent.
  static func altered(_ exponent: Exponent) -> Exponent
  /// Another sealed text of the same length.
  static func altered(_ sealed: Sealed) -> Sealed
  /// Another signature of the same length.
  static func altered(_ signature: Signature) -> Signature
}

/// Something that travels or is stored, with one canonical encoding.
public protocol Artefact: Equatable, Sendable {
  /// What it is made of.
  associatedtype Elements: SchemeElements
  /// The byte that tells its encoding from that of any other kind.
  static var kind: ArtefactKind { get }
  /// Appends everything but the header.
  func write(to writer: inout ArtefactWriter)
}

extension ArtefactKind {
  /// ``PublicParameters``.
  public static let publicParameters = Self(rawValue: 16)
  /// ``UserKey``.
  public static let userKey = Self(rawValue: 17)
  /// ``RegistryEntry``.
  public static let registryEntry = Self(rawValue: 18)
  /// ``Capsule``.
  public static let capsule = Self(rawValue: 19)
  /// ``Ciphertext``.
  public static let ciphertext = Self(rawValue: 20)
  /// ``KeywordIndex``.
  public static let keywordIndex = Self(rawValue: 21)
  /// ``SearchToken``.
  public static let searchToken = Self(rawValue: 22)
  /// ``StorageRequest``.
  public static let storageRequest = Self(rawValue: 23)
  /// ``Abstract``.
  public static let abstract = Self(rawValue: 24)
  /// ``SignedTransaction``.
  public static let transaction = Self(rawValue: 25)
  /// ``Certificate``.
  public static let certificate = Self(rawValue: 26)
  /// ``Rekeying``.
  public static let rekeying = Self(rawValue: 27)
  /// ``RowUpdate``.
  public static let rowUpdate = Self(rawValue: 28)
  /// ``KeyUpdate``.
  public static let keyUpdate = Self(rawValue: 29)
  /// ``SearchRequest``.
  public static let searchRequest = Self(rawValue: 32)
  /// What the challenge of a token's proof covers.
  static let tokenProof = Self(rawValue: 33)
  /// What a digest of the C_i of one file covers.
  static let capsuleRows = Self(rawValue: 30)
  /// What sealing authenticates besides the text.
  static let sealingContext = Self(rawValue: 31)
}
