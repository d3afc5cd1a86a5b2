import Crypto

extension PairingGroup {
  /// Hashes a message to an element of G that is not the identity and whose logarithm nobody knows.
  ///
  /// RFC 9380 style: `hash_to_field` with `expand_message_xmd` and SHA-256 gives a coordinate and
  /// a further byte the sign; there is no registered suite for this curve. One exponentiation maps
  /// every coordinate to a point, then the cofactor is cleared. Should that give the identity
  /// (probability 1/r), the uniform bytes are hashed in the message's place.
  /// `domain` is the domain separation tag of the use.
  public mutating func hash(_ message: [UInt8], domain: [UInt8]) -> GroupElement {
    tally.count(.hashToGroup)
    return HashToField.hash(message, domain: domain, parameters) { x, isOdd in
      parameters.mapToGroup(x: x, isOdd: isOdd)
    }
  }
}

/// The part of RFC 9380 that does not depend on the curve.
enum HashToField {
  /// L = ceil((ceil(log2 q) + 128) / 8), RFC 9380 §5.1: 80 in `ss512`, 208 in `ss1536`.
  static func coordinateBytes(_ parameters: ParameterSet) -> Int {
    (parameters.domain.modulus.bitWidth + 128 + 7) / 8
  }

  /// Maps the hash of a message to an element with a coordinate and a sign, until it is not the
  /// identity.
  static func hash(
    _ message: [UInt8], domain: [UInt8], _ parameters: ParameterSet,
    map: (_ x: [UInt], _ isOdd: Bool) -> GroupElement
  ) -> GroupElement {
    var message = message
    while true {
      let size = coordinateBytes(parameters)
      let uniform = expand(message, domain: domain, count: size + 1)
      let element = map([UInt](bigEndian: uniform[..<size]), uniform[size] & 1 == 1)
      if !element.isIdentity { return element }
      message = uniform
    }
  }

  /// `expand_message_xmd` with SHA-256, RFC 9380 §5.3.1 and §5.3.3; at most 8160 bytes.
  static func expand(_ message: [UInt8], domain: [UInt8], count: Int) -> [UInt8] {
    precondition((1...(255 * 32)).contains(count), "\(count) bytes to expand to")
    let tag =
      domain.count <= 255
      ? domain : Array(SHA256.hash(data: Array("H2C-OVERSIZE-DST-".utf8) + domain))
    let suffix = tag + [UInt8(tag.count)]
    var hash = SHA256()
    hash.update(data: [UInt8](repeating: 0, count: 64))
    hash.update(data: message)
    hash.update(data: [UInt8(count >> 8), UInt8(count & 255), 0])
    hash.update(data: suffix)
    let first = Array(hash.finalize())
    var block = [UInt8](repeating: 0, count: 32)
    var uniform: [UInt8] = []
    for index in 1...((count + 31) / 32) {
      block = Array(SHA256.hash(data: zip(first, block).map { $0 ^ $1 } + [UInt8(index)] + suffix))
      uniform += block
    }
    return Array(uniform.prefix(count))
  }
}
