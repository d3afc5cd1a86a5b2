import DiscreteEvents

/// A digest D(m) of a message or a state (PBFT §2): 64 bits that stand for a collision-free hash.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The hash value.
  public let value: UInt64

  /// Wraps a hash value.
  @inline(__always)
  public init(_ value: UInt64) { self.value = value }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// A signature of one endpoint over one content: 64 bits that only the holder of the key can make.
public struct Signature: Hashable, Sendable {
  /// The tag; XOR of tags aggregates the signatures of several signers over known contents.
  public var tag: UInt64

  /// Wraps a tag.
  @inline(__always)
  public init(tag: UInt64) { self.tag = tag }

  /// No signature at all; no signer makes it, except with probability 2^-64.
  public static let none = Signature(tag: 0)
}

/// The signing key of one endpoint.
///
/// A replica holds its own and nobody else's.
public struct Signer: Sendable {
  /// Whose key this is.
  public let endpoint: Endpoint
  private let secret: UInt64

  /// The key of `endpoint` in the run with key seed `keys`.
  @inline(__always)
  public init(endpoint: Endpoint, keys: Seed) {
    self.endpoint = endpoint
    secret = mix(keys.value ^ 0x51ED_270B_0F3A_91C5, endpoint.word)
  }

  /// Signs the hash of a content.
  @inline(__always)
  public func sign(_ content: UInt64) -> Signature {
    let tag = mix(secret, content)
    return Signature(tag: tag == 0 ? 1 : tag)
  }
}

/// Checks the signatures of everybody; the public half of all keys of a run.
public struct Verifier: Sendable {
  @usableFromInline let keys: Seed

  /// The verifier of the run with key seed `keys`.
  public init(keys: Seed) { self.keys = keys }

  /// Whether `signature` is `endpoint`'s over `content`.
  @inlinable
  @inline(__always)
  public func isValid(_ signature: Signature, of endpoint: Endpoint, over content: UInt64) -> Bool {
    Signer(endpoint: endpoint, keys: keys).sign(content) == signature
  }

  /// Tells whether `signature` is the XOR of the signatures of all `signers` over `content(signer)`.
  ///
  /// Assumption: certificates carry their signatures XORed so that they stay small in the
  /// simulator's memory. Sizes and verification work are charged as for separate signatures.
  public func isValid(
    aggregate signature: Signature, of signers: ReplicaSet, over content: (ReplicaID) -> UInt64
  ) -> Bool {
    var expected: UInt64 = 0
    signers.forEach { signer in
      expected ^= Signer(endpoint: Endpoint(signer), keys: keys).sign(content(signer)).tag
    }
    return expected == signature.tag
  }
}
