import PairingCrypto

/// Artefacts of numbers that were computed.
public enum RealElements: SchemeElements {
  /// An element of G.
  public typealias Point = GroupElement
  /// An element of G_T.
  public typealias Target = TargetElement
  /// A number below the order.
  public typealias Exponent = Scalar
  /// Bytes.
  public typealias Record = [UInt8]
  /// Ciphertext and tag.
  public typealias Sealed = SealedBytes
  /// The bytes of a signature.
  public typealias Signature = RSASignature
  /// A modulus.
  public typealias VerificationKey = RSAPublicKey

  /// The bytes of a record.
  public static func byteCount(of record: [UInt8]) -> Int { record.count }

  /// Appends the compressed point.
  public static func write(_ point: GroupElement, to writer: inout ArtefactWriter) {
    writer.element(point.bytes, byteCount: writer.parameters.elementBytes)
  }

  /// Appends the two coordinates.
  public static func write(_ target: TargetElement, to writer: inout ArtefactWriter) {
    writer.element(target.bytes, byteCount: writer.parameters.targetBytes)
  }

  /// Appends the number.
  public static func write(_ exponent: Scalar, to writer: inout ArtefactWriter) {
    writer.fixed(exponent.bytes)
  }

  /// Appends the ciphertext with its tag after its length.
  public static func write(_ sealed: SealedBytes, to writer: inout ArtefactWriter) {
    writer.field(sealed.bytes)
  }

  /// Appends the signature after its length.
  public static func write(_ signature: RSASignature, to writer: inout ArtefactWriter) {
    writer.field(signature.bytes)
  }

  /// Appends the key in its own encoding after its length.
  public static func write(_ key: RSAPublicKey, to writer: inout ArtefactWriter) {
    writer.field(key.encoded)
  }

  /// The element that its bytes hash to: inverses of several elements would make up for each other.
  public static func altered(_ point: GroupElement) -> GroupElement {
    var group = PairingGroup(point.parameters)
    return group.hash(point.bytes, domain: Array("EHR-ALTERED-V01-XMD:SHA-256".utf8))
  }

  /// The inverse: another element of G_T.
  public static func altered(_ target: TargetElement) -> TargetElement { target.conjugate }

  /// The next number.
  public static func altered(_ exponent: Scalar) -> Scalar {
    exponent + .one(exponent.parameters)
  }

  /// The text with its last bit flipped.
  public static func altered(_ sealed: SealedBytes) -> SealedBytes {
    SealedBytes(flippingLastBit(of: sealed.bytes))
  }

  /// The signature with its last bit flipped.
  public static func altered(_ signature: RSASignature) -> RSASignature {
    RSASignature(flippingLastBit(of: signature.bytes))
  }

  private static func flippingLastBit(of bytes: [UInt8]) -> [UInt8] {
    guard let last = bytes.last else { return bytes }
    return bytes.dropLast() + [last ^ 1]
  }
}

/// Ciphertext and tag of AES-256-GCM.
public struct SealedBytes: Hashable, Sendable {
  /// The ciphertext with the tag behind it.
  public let bytes: [UInt8]

  /// Bytes from anywhere: opening checks them.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// The bytes of an RSA signature.
public struct RSASignature: Hashable, Sendable {
  /// As long as the modulus, big-endian.
  public let bytes: [UInt8]

  /// Bytes from anywhere: verifying checks them.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
}
