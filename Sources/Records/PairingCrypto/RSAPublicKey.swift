/// The size of an RSA modulus.
public enum RSAKeySize: Int, CaseIterable, Sendable {
  /// About 112 bits of security, to go with `ss512`.
  case bits2048 = 2048
  /// 128 bits of security, to go with `ss1536`.
  case bits3072 = 3072

  /// Bits in the modulus.
  public var bitCount: Int { rawValue }

  /// Bytes in the modulus, and in every signature.
  public var byteCount: Int { rawValue / 8 }
}

/// The public half of an RSA key: what checks signatures.
///
/// The exponent is always 65537: the paper lets it be drawn, 1 included, for which everybody's hash
/// is its own signature (`Deviation:` Paper §II-C). Keys come from outside, so no value exists that
/// did not pass the checks of `init(modulus:exponent:)`.
public struct RSAPublicKey: Hashable, Sendable {
  /// The exponent of every key, T in the paper.
  public static let exponent: UInt64 = 65537

  /// The version of the encoding.
  static let encodingVersion: UInt8 = 1

  /// The bytes before the modulus: version, and bits as two bytes.
  static let headerByteCount = 3

  /// The size of the modulus.
  public let size: RSAKeySize
  /// The modulus, big-endian, as long as the size says.
  public let modulus: [UInt8]

  /// A key from a modulus and an exponent that anybody may have sent.
  ///
  /// Whether the modulus is a product of two primes cannot be told.
  ///
  /// - Throws: `RSAFailure` unless the modulus has exactly one of the sizes, without leading zeros,
  ///   and is odd, and the exponent is 65537.
  public init(modulus: [UInt8], exponent: UInt64) throws(RSAFailure) {
    guard let size = RSAKeySize.allCases.first(where: { $0.byteCount == modulus.count }) else {
      throw .modulusLength(found: modulus.count, allowed: RSAKeySize.allCases.map(\.byteCount))
    }
    guard let first = modulus.first, let last = modulus.last, first >= 0x80 else {
      let zeros = modulus.prefix { $0 == 0 }.count
      let lead = zeros < modulus.count ? modulus[zeros].leadingZeroBitCount : 0
      throw .modulusBits(found: 8 * (modulus.count - zeros) - lead, allowed: size.bitCount)
    }
    guard last & 1 == 1 else { throw .evenModulus }
    guard exponent == Self.exponent else {
      throw .exponent(found: exponent, allowed: Self.exponent)
    }
    self.size = size
    self.modulus = modulus
  }

  /// The canonical encoding: version byte, bits as two big-endian bytes, modulus.
  public var encoded: [UInt8] {
    [Self.encodingVersion, UInt8(size.bitCount >> 8), UInt8(size.bitCount & 0xff)] + modulus
  }

  /// Decodes a key that anybody may have sent.
  ///
  /// - Throws: `RSAFailure` for anything but the one encoding of an acceptable key.
  public init(encoded: [UInt8]) throws(RSAFailure) {
    let allowed = RSAKeySize.allCases.map { Self.headerByteCount + $0.byteCount }
    guard encoded.count >= Self.headerByteCount else {
      throw .encodingLength(found: encoded.count, allowed: allowed)
    }
    guard encoded[0] == Self.encodingVersion else {
      throw .version(found: encoded[0], allowed: Self.encodingVersion)
    }
    let bits = Int(encoded[1]) << 8 | Int(encoded[2])
    guard let size = RSAKeySize(rawValue: bits) else {
      throw .keyBits(found: bits, allowed: RSAKeySize.allCases.map(\.bitCount))
    }
    let length = Self.headerByteCount + size.byteCount
    guard encoded.count == length else {
      throw .encodingLength(found: encoded.count, allowed: [length])
    }
    try self.init(modulus: Array(encoded[Self.headerByteCount...]), exponent: Self.exponent)
  }

  /// The public operation: a number to the power of the exponent modulo n.
  ///
  /// Textbook RSA, for use on a full-domain hash or a padded message only.
  func raise(_ number: borrowing BigInteger) -> BigInteger {
    number.power(BigInteger(UInt(Self.exponent)), modulo: BigInteger(bytes: modulus))
  }
}
