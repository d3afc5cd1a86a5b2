import PairingCrypto
import RecordSharing

/// A secret in bytes, or how many they would be.
struct LetterContent: Equatable, Sendable {
  /// How many bytes.
  var byteCount: Int
  /// The bytes; nil in the counted engine.
  var bytes: [UInt8]?

  /// Both secrets, one after the other.
  static func + (left: Self, right: Self) -> Self {
    var bytes: [UInt8]?
    if let first = left.bytes, let second = right.bytes { bytes = first + second }
    return Self(byteCount: left.byteCount + right.byteCount, bytes: bytes)
  }
}

/// A secret as it travels: sealed under a key that its two ends have from elsewhere.
struct Letter: Sendable {
  /// The sealed bytes with their tag, or how many they would be.
  var sealed: LetterContent
}

/// What engines have to be able to do with secrets besides the scheme.
protocol PricedScheme: SharingScheme {
  /// The encoding of an artefact.
  func content<A: Artefact>(of artefact: A) -> LetterContent where A.Elements == Elements
  /// The encoding of MK.
  func content(of master: MasterKey) -> LetterContent
  /// The encoding of κ.
  func content(of keywordKey: KeywordKey) -> LetterContent
  /// The encoding of v'_x / v_x.
  func content(of secret: RekeyingSecret) -> LetterContent
}

extension CountedScheme: PricedScheme {
  func content<A: Artefact>(of artefact: A) -> LetterContent where A.Elements == Elements {
    LetterContent(byteCount: artefact.byteCount(parameterSet), bytes: nil)
  }

  func content(of master: MasterKey) -> LetterContent {
    LetterContent(byteCount: master.encodedByteCount(parameterSet), bytes: nil)
  }

  func content(of keywordKey: KeywordKey) -> LetterContent {
    LetterContent(byteCount: RealScheme.KeywordKey.byteCount, bytes: nil)
  }

  func content(of secret: RekeyingSecret) -> LetterContent {
    LetterContent(byteCount: parameterSet.scalarBytes, bytes: nil)
  }
}

extension RealScheme: PricedScheme {
  func content<A: Artefact>(of artefact: A) -> LetterContent where A.Elements == Elements {
    LetterContent(artefact.encoded(parameterSet))
  }

  func content(of master: MasterKey) -> LetterContent { LetterContent(master.encoded) }

  func content(of keywordKey: KeywordKey) -> LetterContent { LetterContent(keywordKey.encoded) }

  func content(of secret: RekeyingSecret) -> LetterContent { LetterContent(secret.encoded) }
}

extension LetterContent {
  /// Bytes that are there.
  init(_ bytes: [UInt8]) { self.init(byteCount: bytes.count, bytes: bytes) }
}

/// The channels on which secrets travel: each letter has a key of its own, drawn from the seed.
struct LetterBox: Sendable {
  /// What sealing and opening performed.
  private(set) var tally = OperationTally()
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  private static let nonce = [UInt8](repeating: 0, count: Symmetric.nonceByteCount)

  private func key(_ party: String, _ purpose: String) -> [UInt8] {
    var stream = DeterministicGenerator(seed: seed, party: party, purpose: "letter: " + purpose)
    return (0..<Symmetric.keyByteCount).map { _ in UInt8(truncatingIfNeeded: stream.next() >> 56) }
  }

  /// Seals a secret for a party; never twice for one purpose.
  mutating func seal(_ secret: LetterContent, for party: String, _ purpose: String) -> Letter {
    guard let bytes = secret.bytes else {
      tally.count(.byteSealed, secret.byteCount)
      return Letter(
        sealed: LetterContent(
          byteCount: secret.byteCount + Symmetric.tagByteCount, bytes: nil))
    }
    return Letter(
      sealed: LetterContent(
        Symmetric.seal(
          bytes, key: key(party, purpose), nonce: Self.nonce, additionalData: [], tally: &tally)))
  }

  /// Opens a secret; nil if it is not for this party and purpose.
  mutating func open(
    _ letter: Letter, for party: String, _ purpose: String
  ) -> LetterContent? {
    guard let bytes = letter.sealed.bytes else {
      let byteCount = letter.sealed.byteCount - Symmetric.tagByteCount
      tally.count(.byteSealed, byteCount)
      return LetterContent(byteCount: byteCount, bytes: nil)
    }
    let opened = try? Symmetric.open(
      bytes, key: key(party, purpose), nonce: Self.nonce, additionalData: [], tally: &tally)
    return opened.map(LetterContent.init)
  }
}
