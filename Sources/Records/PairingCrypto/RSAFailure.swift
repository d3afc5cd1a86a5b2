/// Why an RSA key or signature was refused.
public enum RSAFailure: Error, Equatable, Sendable {
  /// An encoded key of another length than its size has.
  case encodingLength(found: Int, allowed: [Int])
  /// An encoded key of another version.
  case version(found: UInt8, allowed: UInt8)
  /// A key of a size that is not offered.
  case keyBits(found: Int, allowed: [Int])
  /// A modulus of another length in bytes.
  case modulusLength(found: Int, allowed: [Int])
  /// A modulus whose highest bit is not set, so that it is shorter than its length says.
  case modulusBits(found: Int, allowed: Int)
  /// An even modulus.
  case evenModulus
  /// An exponent other than the one in use.
  case exponent(found: UInt64, allowed: UInt64)
  /// A signature of another length than the modulus.
  case signatureLength(found: Int, allowed: Int)
  /// A signature that is not below the modulus, so a second spelling of another.
  case signatureNotReduced
  /// A signature of something else, in another domain, or by another key.
  case signatureMismatch
  /// A fault in computing an own signature, which was not released as it may betray the key.
  case faultySignature
}

extension RSAFailure: CustomStringConvertible {
  /// What was found and what is allowed, in a sentence for people.
  public var description: String {
    switch self {
    case .encodingLength(let found, let allowed):
      "the encoded key has \(found) bytes, allowed: \(Self.list(allowed))"
    case .version(let found, let allowed): "the key has version \(found), allowed: \(allowed)"
    case .keyBits(let found, let allowed):
      "the key has \(found) bits, allowed: \(Self.list(allowed))"
    case .modulusLength(let found, let allowed):
      "the modulus has \(found) bytes, allowed: \(Self.list(allowed))"
    case .modulusBits(let found, let allowed): "the modulus has \(found) bits, allowed: \(allowed)"
    case .evenModulus: "the modulus is even"
    case .exponent(let found, let allowed): "the exponent is \(found), allowed: \(allowed)"
    case .signatureLength(let found, let allowed):
      "the signature has \(found) bytes, allowed: \(allowed)"
    case .signatureNotReduced: "the signature is not below the modulus"
    case .signatureMismatch: "the signature does not belong to this message, domain and key"
    case .faultySignature: "computing the signature failed its own check"
    }
  }

  private static func list(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ", ")
  }
}
