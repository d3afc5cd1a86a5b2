import PairingCrypto

/// Artefacts of marks that stand for numbers.
///
/// A mark says which secret an element was made of and what it is for; whoever knows the second can
/// recover the first, as a pairing would show that two elements hold the same exponent. Marks give
/// the same decisions as the numbers up to accidents of probability 2⁻⁶⁴. They are no cryptography.
public enum CountedElements: SchemeElements {
  /// Stands for an element of G.
  public typealias Point = CountedPoint
  /// Stands for an element of G_T.
  public typealias Target = CountedTarget
  /// Stands for an exponent.
  public typealias Exponent = CountedExponent
  /// Stands for a record.
  public typealias Record = CountedRecord
  /// Stands for a sealed text.
  public typealias Sealed = CountedSealed
  /// Stands for a signature.
  public typealias Signature = CountedSignature
  /// Stands for a public key.
  public typealias VerificationKey = CountedKey

  /// The bytes of a record.
  public static func byteCount(of record: CountedRecord) -> Int { record.byteCount }

  /// Counts a compressed point.
  public static func write(_ point: CountedPoint, to writer: inout ArtefactWriter) {
    writer.element(mark: point.mark, byteCount: writer.parameters.elementBytes)
  }

  /// Counts two coordinates.
  public static func write(_ target: CountedTarget, to writer: inout ArtefactWriter) {
    writer.element(mark: target.mark, byteCount: writer.parameters.targetBytes)
  }

  /// Counts as many bytes as the order has.
  public static func write(_ exponent: CountedExponent, to writer: inout ArtefactWriter) {
    writer.opaque(mark: exponent.mark, byteCount: writer.parameters.scalarBytes)
  }

  /// Counts a ciphertext with its tag and its length.
  public static func write(_ sealed: CountedSealed, to writer: inout ArtefactWriter) {
    let byteCount = sealed.byteCount + Symmetric.tagByteCount
    writer.count(byteCount)
    writer.opaque(mark: mixed(sealed.content, sealed.seal), byteCount: byteCount)
  }

  /// Counts a signature and its length.
  public static func write(_ signature: CountedSignature, to writer: inout ArtefactWriter) {
    writer.count(signature.size.byteCount)
    writer.opaque(mark: signature.mark, byteCount: signature.size.byteCount)
  }

  /// Counts a public key and its length.
  public static func write(_ key: CountedKey, to writer: inout ArtefactWriter) {
    writer.count(key.byteCount)
    writer.opaque(mark: key.mark, byteCount: key.byteCount)
  }

  /// Another mark.
  public static func altered(_ point: CountedPoint) -> CountedPoint {
    CountedPoint(mark: mixed(point.mark, 0x616C_7465_7265_64))
  }

  /// Another mark.
  public static func altered(_ target: CountedTarget) -> CountedTarget {
    CountedTarget(mark: ~target.mark)
  }

  /// Another mark.
  public static func altered(_ exponent: CountedExponent) -> CountedExponent {
    CountedExponent(mark: ~exponent.mark)
  }

  /// Another seal.
  public static func altered(_ sealed: CountedSealed) -> CountedSealed {
    CountedSealed(byteCount: sealed.byteCount, content: sealed.content, seal: ~sealed.seal)
  }

  /// Another mark.
  public static func altered(_ signature: CountedSignature) -> CountedSignature {
    CountedSignature(size: signature.size, mark: ~signature.mark)
  }
}

/// Stands for an element of G.
public struct CountedPoint: Hashable, Sendable {
  let mark: UInt64

  init(mark: UInt64) { self.mark = mark }

  /// The element for a purpose that holds a secret.
  init(_ secret: UInt64, _ role: Role) { mark = scattered(secret ^ role.mask) }

  /// The secret of an element for a purpose; anything at all if it is for another one.
  func secret(_ role: Role) -> UInt64 { gathered(mark) ^ role.mask }
}

/// Stands for an element of G_T.
public struct CountedTarget: Hashable, Sendable {
  let mark: UInt64

  init(mark: UInt64) { self.mark = mark }

  /// The element for a purpose that holds a secret.
  init(_ secret: UInt64, _ role: Role) { mark = scattered(secret ^ role.mask) }

  /// The secret of an element for a purpose; anything at all if it is for another one.
  func secret(_ role: Role) -> UInt64 { gathered(mark) ^ role.mask }
}

/// Stands for an exponent.
public struct CountedExponent: Hashable, Sendable {
  let mark: UInt64
}

/// Stands for a record: its size and what tells it from others.
public struct CountedRecord: Hashable, Sendable {
  /// The size in bytes.
  public let byteCount: Int
  /// Which content it is.
  public let content: UInt64

  /// A record of a size, told from others by a number.
  public init(byteCount: Int, content: UInt64) {
    self.byteCount = byteCount
    self.content = content
  }
}

/// Stands for a sealed text.
public struct CountedSealed: Hashable, Sendable {
  /// The size of the plaintext in bytes.
  let byteCount: Int
  let content: UInt64
  /// Depends on key, additional data and content.
  let seal: UInt64
}

/// Stands for an RSA signature.
public struct CountedSignature: Hashable, Sendable {
  let size: RSAKeySize
  let mark: UInt64
}

/// Stands for an RSA public key.
public struct CountedKey: Hashable, Sendable {
  let size: RSAKeySize
  let mark: UInt64

  /// The bytes of an encoded key: version, size and modulus.
  var byteCount: Int { 3 + size.byteCount }
}

/// What an element is for: a letter of the scheme and what it is indexed by.
struct Role {
  let mask: UInt64

  init(_ letter: Letter, _ a: UInt64 = 0, _ b: UInt64 = 0) {
    mask = mixed(mixed(mixed(0x517C_C1B7_2722_0A95, UInt64(letter.rawValue)), a), b)
  }

  enum Letter: UInt8 {
    case sharing, searching, masking, attributeKey
    case userBlinded, userRegistered, userSearching, userComponent
    case masked, header, share, row
    case indexAnchor, indexSearching, indexSharing, indexEntry
    case tokenQuestion, tokenSearching, tokenPersonal, tokenCommitment
  }
}

/// The inverse of ``scattered(_:)``.
func gathered(_ word: UInt64) -> UInt64 {
  var z = word
  z = z ^ (z >> 31) ^ (z >> 62)
  z = z &* 0x3196_42B2_D24D_8EC3
  z = z ^ (z >> 27) ^ (z >> 54)
  z = z &* 0x96DE_1B17_3F11_9089
  return z ^ (z >> 30) ^ (z >> 60)
}
