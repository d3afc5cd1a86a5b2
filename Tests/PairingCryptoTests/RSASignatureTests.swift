import Testing

@testable import PairingCrypto

@Suite("RSA signatures")
struct RSASignatureTests {
  private static let digest = RSAKeys.digest("record")

  private func signature(
    _ key: RSAPrivateKey, _ domain: SignatureDomain = .ciphertext, digest: [UInt8] = digest
  ) throws -> [UInt8] {
    var tally = OperationTally()
    return try key.sign(digest: digest, domain: domain, tally: &tally)
  }

  /// Why a signature is refused, or nil if it is not.
  private func failure(
    _ key: RSAPublicKey, _ signature: [UInt8], _ domain: SignatureDomain = .ciphertext,
    digest: [UInt8] = digest
  ) -> RSAFailure? {
    var tally = OperationTally()
    do {
      try key.check(signature, digest: digest, domain: domain, tally: &tally)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A signature is accepted for its digest, domain and key, and for no other",
    arguments: RSAKeys.all)
  func domains(key: RSAPrivateKey) throws {
    for domain in SignatureDomain.allCases {
      let signature = try signature(key, domain)
      #expect(signature.count == key.publicKey.size.byteCount)
      for other in SignatureDomain.allCases {
        let refused = failure(key.publicKey, signature, other)
        #expect(refused == (other == domain ? nil : .signatureMismatch))
      }
      let foreign = RSAKeys.digest("another record")
      #expect(failure(key.publicKey, signature, domain, digest: foreign) == .signatureMismatch)
      #expect(failure(key.publicKey, signature, domain, digest: []) == .signatureMismatch)
    }
    #expect(Set(SignatureDomain.allCases.map(\.rawValue)).count == SignatureDomain.allCases.count)
  }

  @Test("A key of the same size or of another refuses the signature")
  func foreignKeys() throws {
    let signature = try signature(RSAKeys.small)
    let refused = failure(RSAKeys.other.publicKey, signature)
    #expect(refused == .signatureMismatch || refused == .signatureNotReduced)
    #expect(
      failure(RSAKeys.large.publicKey, signature) == .signatureLength(found: 256, allowed: 384))
  }

  @Test("The signature is the one an independent program computes, the same each time")
  func golden() throws {
    let digests = try RSAKeys.all.map { key in
      var tally = OperationTally()
      #expect(try signature(key) == signature(key))
      return Symmetric.sha256(try signature(key), tally: &tally).hex
    }
    #expect(
      digests == [
        "dca45cb557cb324c6522143fe2b86f6b57126aeffa18616e6fa0a893dce55e8b",
        "750a7cfa0879d38b19c32ae2a036ce8ec4411125c3ed3085c74a8593138b5991",
      ])
  }

  @Test(
    "Signing by the remainder theorem is the power of the secret exponent", arguments: RSAKeys.all)
  func withoutTheTheorem(key: RSAPrivateKey) throws {
    let modulus = BigInteger(bytes: key.publicKey.modulus)
    for number in [
      [0], [1], [2], (modulus - BigInteger(1)).bytes(count: 384), key.p,
      key.q,
    ] {
      let number = BigInteger(bytes: number)
      let direct = number.power(BigInteger(bytes: key.exponent), modulo: modulus)
      #expect(try key.signRaw(number).hex == direct.hex)
    }
  }

  @Test("The full-domain hash is one byte shorter than the modulus and fills it")
  func fullDomain() {
    for size in RSAKeySize.allCases {
      var widest = 0
      for index in 0..<50 {
        let hash = RSAFullDomainHash.of(
          RSAKeys.digest("\(index)"), domain: .request, size: size)
        widest = max(widest, hash.bitWidth)
      }
      #expect(widest == size.bitCount - 8)
    }
  }

  @Test("Each altered byte of a signature is refused", arguments: RSAKeys.all)
  func alteredBytes(key: RSAPrivateKey) throws {
    let signature = try signature(key)
    for index in signature.indices {
      var altered = signature
      altered[index] ^= index.isMultiple(of: 2) ? 1 : 0xff
      let refused = failure(key.publicKey, altered)
      #expect(refused == .signatureMismatch || refused == .signatureNotReduced)
    }
  }

  @Test("Each altered byte of a digest is refused")
  func alteredDigest() throws {
    let signature = try signature(RSAKeys.small)
    for index in Self.digest.indices {
      var altered = Self.digest
      altered[index] ^= 0x10
      #expect(failure(RSAKeys.small.publicKey, signature, digest: altered) == .signatureMismatch)
    }
  }

  @Test("A signature of another length is refused, zeros in front included")
  func lengths() throws {
    let signature = try signature(RSAKeys.small)
    let key = RSAKeys.small.publicKey
    for bytes in [
      [], Array(signature.dropLast()), Array(signature.dropFirst()), [0] + signature,
      signature + [0], [UInt8](repeating: 1, count: 100_000),
    ] {
      #expect(failure(key, bytes) == .signatureLength(found: bytes.count, allowed: 256))
    }
  }

  @Test("The trivial signatures 0, 1, n - 1 fit nothing; n and above are refused unread")
  func trivial() {
    let key = RSAKeys.small.publicKey
    let n = BigInteger(bytes: key.modulus)
    let one = BigInteger(1)
    for bytes in [
      BigInteger(0).bytes(count: 256), one.bytes(count: 256), (n - one).bytes(count: 256),
    ] {
      #expect(failure(key, bytes) == .signatureMismatch)
    }
    for bytes in [
      key.modulus, (n + one).bytes(count: 256), [UInt8](repeating: 0xff, count: 256),
    ] {
      #expect(failure(key, bytes) == .signatureNotReduced)
    }
  }

  @Test("A valid signature plus n, the same number modulo n, is refused")
  func malleability() throws {
    let key = RSAKeys.small.publicKey
    let n = BigInteger(bytes: key.modulus)
    var seen = 0
    for index in 0..<30 {
      let digest = RSAKeys.digest("record \(index)")
      let sum = try BigInteger(bytes: signature(RSAKeys.small, digest: digest)) + n
      guard sum.bitWidth <= 2048 else { continue }
      seen += 1
      let hash = RSAFullDomainHash.of(digest, domain: .ciphertext, size: .bits2048)
      #expect(key.raise(sum).hex == hash.hex)
      #expect(failure(key, sum.bytes(count: 256), digest: digest) == .signatureNotReduced)
    }
    #expect(seen > 0)
  }

  @Test("Each signature and each verification counts one and no hashing, whatever the answer")
  func counts() throws {
    var tally = OperationTally()
    let key = RSAKeys.small
    let signature = try key.sign(digest: Self.digest, domain: .request, tally: &tally)
    let verify = { (bytes: [UInt8], domain: SignatureDomain, tally: inout OperationTally) in
      key.publicKey.verify(bytes, digest: Self.digest, domain: domain, tally: &tally)
    }
    #expect(verify(signature, .request, &tally))
    #expect(!verify(signature, .consensus, &tally))
    #expect(!verify([], .request, &tally))
    #expect(!verify(key.publicKey.modulus, .request, &tally))
    var expected = OperationTally()
    expected.count(.rsaSign)
    expected.count(.rsaVerify, 4)
    #expect(tally == expected)
  }
}

@Suite("RSA attacks of the scheme's section 8")
struct RSAAttackTests {
  private static let hash = RSAFullDomainHash.of(
    RSAKeys.digest("record"), domain: .ciphertext, size: .bits2048
  ).bytes(count: 256)

  @Test(
    "Only the right exponent undoes a signature; the printed checks Sig = H and Sig^S = H do not")
  func exponents() throws {
    let key = RSAKeys.small
    let n = BigInteger(bytes: key.publicKey.modulus)
    let hash = BigInteger(bytes: Self.hash)
    let signature = try key.signRaw(hash)
    #expect(signature.power(BigInteger(65537), modulo: n).hex == hash.hex)
    #expect(signature.hex != hash.hex)
    #expect(signature.power(BigInteger(bytes: key.exponent), modulo: n).hex != hash.hex)
    for exponent in [1, 2, 3, 17, 65536, 65539] as [UInt] {
      #expect(signature.power(BigInteger(exponent), modulo: n).hex != hash.hex)
    }
    // With the exponent 1 that the paper allows, everybody could sign: the hash is the signature.
    #expect(hash.power(BigInteger(1), modulo: n).hex == hash.hex)
  }

  @Test("Products forge textbook signatures of short digests, but none of a full-domain hash")
  func productForgery() throws {
    let key = RSAKeys.small
    let n = BigInteger(bytes: key.publicKey.modulus)
    let first = RSAKeys.digest("first")
    let second = RSAKeys.digest("second")
    let product = BigInteger(bytes: first) * BigInteger(bytes: second)

    let textbook =
      try key.signRaw(BigInteger(bytes: first)) * key.signRaw(BigInteger(bytes: second)) % n
    #expect(key.publicKey.raise(textbook).hex == product.hex)

    var tally = OperationTally()
    let signatures = try [first, second].map {
      try BigIntegerBytes(key.sign(digest: $0, domain: .ciphertext, tally: &tally))
    }
    let forged = (signatures[0].number * signatures[1].number % n).bytes(count: 256)
    for digest in [
      product.bytes(count: 64), Array(product.bytes(count: 64).suffix(32)), first, second,
    ] {
      #expect(throws: RSAFailure.signatureMismatch) {
        try key.publicKey.check(forged, digest: digest, domain: .ciphertext, tally: &tally)
      }
      #expect(throws: RSAFailure.signatureMismatch) {
        try key.publicKey.check(
          textbook.bytes(count: 256), digest: digest, domain: .ciphertext, tally: &tally)
      }
    }
  }

  @Test("A fault in one half would give a prime away, and is caught before release")
  func faults() throws {
    let key = RSAKeys.small
    let n = BigInteger(bytes: key.publicKey.modulus)
    let hash = BigInteger(bytes: Self.hash)
    let sound = key.signatureHalves(hash)
    #expect(key.publicKey.raise(key.join(sound)).hex == hash.hex)

    for spoilsP in [true, false] {
      var halves = key.signatureHalves(hash)
      if spoilsP {
        halves.moduloP = (halves.moduloP + BigInteger(1)) % BigInteger(bytes: key.p)
      } else {
        halves.moduloQ = (halves.moduloQ + BigInteger(1)) % BigInteger(bytes: key.q)
      }
      let faulty = key.publicKey.raise(key.join(halves))
      let factor = BigInteger.greatestCommonDivisor(BigInteger.distance(faulty, hash), n)
      #expect(factor.bytes(count: 128) == (spoilsP ? key.q : key.p))

      #expect(throws: RSAFailure.faultySignature) {
        _ = try key.release(halves, of: hash).isZero
      }
    }
  }
}

/// A number as bytes, where a collection needs copies.
private struct BigIntegerBytes {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  var number: BigInteger { BigInteger(bytes: bytes) }
}
