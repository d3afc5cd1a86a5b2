import Crypto

/// What a signature is about: a signature made for one domain does not count in another.
public enum SignatureDomain: UInt8, CaseIterable, Sendable {
  /// The digest of a ciphertext, by its owner.
  case ciphertext = 1
  /// A transaction of the chain.
  case transaction = 2
  /// A client's request.
  case request = 3
  /// A message between replicas.
  case consensus = 4
  /// Another party's public key, by the trust centre.
  case keyCertificate = 5
  /// An entry of the registry of users, by an attribute authority.
  case registration = 6
  /// A revoked attribute or its new key, by an attribute authority.
  case revocation = 7
}

extension RSAPrivateKey {
  /// Signs the digest of a message in a domain: `H(domain || digest)^S mod n`.
  ///
  /// H is the full-domain hash, so a signature says nothing about any other message; there is no
  /// randomness in it. As long as the modulus.
  ///
  /// - Throws: `RSAFailure.faultySignature` if the result does not pass its own check.
  public func sign(
    digest: [UInt8], domain: SignatureDomain, tally: inout OperationTally
  ) throws(RSAFailure) -> [UInt8] {
    tally.count(.rsaSign)
    let hash = RSAFullDomainHash.of(digest, domain: domain, size: publicKey.size)
    return try signRaw(hash).bytes(count: publicKey.size.byteCount)
  }

  /// The secret operation, checked: a number to the power of the secret exponent modulo n.
  func signRaw(_ number: borrowing BigInteger) throws(RSAFailure) -> BigInteger {
    try release(signatureHalves(number), of: number)
  }

  /// The results modulo p and q.
  func signatureHalves(_ number: borrowing BigInteger) -> RSASignatureHalves {
    let p = BigInteger(bytes: p)
    let q = BigInteger(bytes: q)
    return RSASignatureHalves(
      moduloP: (number % p).secretPower(BigInteger(bytes: exponentP), modulo: p),
      moduloQ: (number % q).secretPower(BigInteger(bytes: exponentQ), modulo: q))
  }

  /// Joins the halves by Garner's formula; 2p > q as both have the same number of bits.
  func join(_ halves: borrowing RSASignatureHalves) -> BigInteger {
    let p = BigInteger(bytes: p)
    let q = BigInteger(bytes: q)
    let difference = (halves.moduloP + p * BigInteger(2) - halves.moduloQ) % p
    return halves.moduloQ + q * ((difference * BigInteger(bytes: inverseOfQ)) % p)
  }

  /// Joins the halves and hands out only a signature that the public key confirms.
  ///
  /// With one half wrong, the greatest common divisor of `Sig^T - H` and n is a prime factor.
  func release(
    _ halves: borrowing RSASignatureHalves, of number: borrowing BigInteger
  ) throws(RSAFailure) -> BigInteger {
    let signature = join(halves)
    guard publicKey.raise(signature) == number else { throw .faultySignature }
    return signature
  }
}

/// A signature modulo each prime.
struct RSASignatureHalves: ~Copyable {
  var moduloP: BigInteger
  var moduloQ: BigInteger
}

extension RSAPublicKey {
  /// Whether the secret half of this key signed this digest in this domain.
  ///
  /// Counts one verification whatever the answer.
  public func verify(
    _ signature: [UInt8], digest: [UInt8], domain: SignatureDomain, tally: inout OperationTally
  ) -> Bool {
    do {
      try check(signature, digest: digest, domain: domain, tally: &tally)
      return true
    } catch {
      return false
    }
  }

  /// Checks `Sig^T mod n = H(domain || digest)` and says what is wrong.
  ///
  /// Counts one verification whatever the answer. `Deviation:` Paper §II-C prints `Sig = H` and
  /// `Sig^S = H`; eq. (6) and (7) are right.
  ///
  /// - Throws: `RSAFailure` if the signature has another length, is not below n, or is not one of
  ///   this digest in this domain by this key.
  public func check(
    _ signature: [UInt8], digest: [UInt8], domain: SignatureDomain, tally: inout OperationTally
  ) throws(RSAFailure) {
    tally.count(.rsaVerify)
    let raised = try raised(signature)
    guard raised == RSAFullDomainHash.of(digest, domain: domain, size: size) else {
      throw .signatureMismatch
    }
  }

  /// What a signature that anybody may have sent stands for.
  func raised(_ signature: [UInt8]) throws(RSAFailure) -> BigInteger {
    guard signature.count == size.byteCount else {
      throw .signatureLength(found: signature.count, allowed: size.byteCount)
    }
    let number = BigInteger(bytes: signature)
    guard number < BigInteger(bytes: modulus) else { throw .signatureNotReduced }
    return raise(number)
  }
}

/// The full-domain hash: `MGF1-SHA-256(SHA-256("FDH" || m), |n| - 1)` with m = domain || digest.
///
/// One byte shorter than the modulus, so always below it. A plain digest would be multiplicative:
/// the product of two signatures is then one of the product of the digests. Proven in the random
/// oracle model (Bellare and Rogaway 1996). Its hashing belongs to the signature and is not counted.
enum RSAFullDomainHash {
  static func of(_ digest: [UInt8], domain: SignatureDomain, size: RSAKeySize) -> BigInteger {
    let seed = Array(SHA256.hash(data: Array("FDH".utf8) + [domain.rawValue] + digest))
    return BigInteger(bytes: mask(seed: seed, byteCount: size.byteCount - 1))
  }

  /// MGF1 with SHA-256 (RFC 8017 §B.2.1).
  static func mask(seed: [UInt8], byteCount: Int) -> [UInt8] {
    var mask: [UInt8] = []
    mask.reserveCapacity(byteCount + SHA256.byteCount)
    var counter: UInt32 = 0
    while mask.count < byteCount {
      let index = withUnsafeBytes(of: counter.bigEndian) { Array($0) }
      mask.append(contentsOf: SHA256.hash(data: seed + index))
      counter += 1
    }
    return Array(mask.prefix(byteCount))
  }
}
