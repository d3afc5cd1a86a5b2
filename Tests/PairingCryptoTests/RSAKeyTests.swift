import Testing

@testable import PairingCrypto

@Suite("RSA keys")
struct RSAKeyTests {
  @Test(
    "A key has primes of half its size, far apart, and exponents that undo each other",
    arguments: RSAKeys.all)
  func structure(key: RSAPrivateKey) {
    let size = key.publicKey.size
    let p = BigInteger(bytes: key.p)
    let q = BigInteger(bytes: key.q)
    let one = BigInteger(1)
    let e = BigInteger(UInt(RSAPublicKey.exponent))
    let d = BigInteger(bytes: key.exponent)
    #expect((p * q).bytes(count: size.byteCount) == key.publicKey.modulus)
    for (prime, bytes) in [("p", key.p), ("q", key.q)] {
      #expect(bytes.count == size.byteCount / 2 && bytes[0] >= 0xc0, "\(prime)")
      let isPrime = BigInteger(bytes: bytes).isProbablyPrime(rounds: 30)
      #expect(isPrime, "\(prime)")
    }
    #expect(BigInteger.distance(p, q).bitWidth > size.bitCount / 2 - 100)
    #expect(d.bitWidth > size.bitCount / 2)
    for prime in [key.p, key.q] {
      let order = BigInteger(bytes: prime) - one
      #expect(BigInteger.greatestCommonDivisor(order, e).hex == one.hex)
      #expect((e * d % order).hex == one.hex)
    }
    #expect(BigInteger(bytes: key.exponentP).hex == (d % (p - one)).hex)
    #expect(BigInteger(bytes: key.exponentQ).hex == (d % (q - one)).hex)
    #expect((BigInteger(bytes: key.inverseOfQ) * q % p).hex == one.hex)
  }

  @Test("The key of a seed is the one an independent program computes")
  func golden() {
    let digests = RSAKeys.all.map { key in
      var tally = OperationTally()
      return Symmetric.sha256(key.publicKey.modulus, tally: &tally).hex
    }
    #expect(
      digests == [
        "6ddd2adf9c4633318924f6b8bc1c772f26b9809b9e366577f88f1eda5630ba9d",
        "3f25f89e729a3e906de8738cb8361dafea9470849dbda9ec4bf53f4121d982d5",
      ])
  }

  @Test("The same stream draws the same key, another stream another, and each draw is counted")
  func streams() {
    var tally = OperationTally()
    var generator = DeterministicGenerator(seed: 7, party: "owner", purpose: "rsa 2048")
    let again = RSAPrivateKey.generate(.bits2048, using: &generator, tally: &tally)
    #expect(again == RSAKeys.small)
    #expect(RSAKeys.other != RSAKeys.small)
    #expect(RSAKeys.other.publicKey != RSAKeys.small.publicKey)
    var expected = OperationTally()
    expected.count(.rsaKeyGeneration)
    #expect(tally == expected)
  }

  @Test("Unequal or near primes, or of the wrong size, make no key")
  func badPrimes() {
    let p = BigInteger(bytes: RSAKeys.small.p)
    let q = BigInteger(bytes: RSAKeys.small.q)
    #expect(RSAPrivateKey(p, q, size: .bits2048) != nil)
    #expect(RSAPrivateKey(p, p, size: .bits2048) == nil)
    #expect(RSAPrivateKey(p, p.nextPrime(), size: .bits2048) == nil)
    #expect(RSAPrivateKey(p, q, size: .bits3072) == nil)
    #expect(RSAPrivateKey(p, BigInteger(65537), size: .bits2048) == nil)
    // A product of 2047 bits: both halves have 1024, but not their two highest set.
    let low = BigInteger(bytes: [0x80] + [UInt8](repeating: 0, count: 127)).nextPrime()
    let high = BigInteger(bytes: [0xa0] + [UInt8](repeating: 0, count: 127)).nextPrime()
    #expect(RSAPrivateKey(low, high, size: .bits2048) == nil)
  }

  @Test("65537 dividing p - 1 makes no key")
  func commonFactor() throws {
    let e = BigInteger(UInt(RSAPublicKey.exponent))
    let one = BigInteger(1)
    // The first p = 2ek + 1 that is prime, from a start of the right size.
    let start = BigInteger(bytes: [0xd0] + [UInt8](repeating: 0, count: 127))
    var candidate = start - start % (e * BigInteger(2)) + one
    while !candidate.isProbablyPrime(rounds: 25) { candidate = candidate + e * BigInteger(2) }
    #expect(candidate.bitWidth == 1024 && (candidate % e).hex == one.hex)
    #expect(RSAPrivateKey(candidate, BigInteger(bytes: RSAKeys.small.q), size: .bits2048) == nil)
  }

  @Test("A private key does not print its secrets")
  func printing() {
    #expect("\(RSAKeys.small)" == "RSA private key of 2048 bits")
    #expect(String(reflecting: RSAKeys.large) == "RSA private key of 3072 bits")
  }
}

@Suite("RSA public keys from outside")
struct RSAPublicKeyTests {
  @Test("An encoded key decodes to itself: version, bits, modulus", arguments: RSAKeys.all)
  func roundTrip(key: RSAPrivateKey) throws {
    let encoded = key.publicKey.encoded
    let bits = key.publicKey.size.bitCount
    #expect(Array(encoded.prefix(3)) == [1, UInt8(bits >> 8), 0])
    #expect(Array(encoded.dropFirst(3)) == key.publicKey.modulus)
    #expect(try RSAPublicKey(encoded: encoded) == key.publicKey)
  }

  @Test("Only 65537 is taken as exponent, not 1 for which each hash is its own signature")
  func exponents() {
    let modulus = RSAKeys.small.publicKey.modulus
    for exponent in [0, 1, 2, 3, 17, 65536, 65538, 65539, .max] as [UInt64] {
      #expect(throws: RSAFailure.exponent(found: exponent, allowed: 65537)) {
        try RSAPublicKey(modulus: modulus, exponent: exponent)
      }
    }
  }

  @Test("An even, short, long, padded or empty modulus is refused for what it is")
  func moduli() {
    let modulus = RSAKeys.small.publicKey.modulus
    func expect(
      _ bytes: [UInt8], _ failure: RSAFailure, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(throws: failure, sourceLocation: sourceLocation) {
        try RSAPublicKey(modulus: bytes, exponent: 65537)
      }
    }
    expect(modulus.dropLast() + [modulus[255] ^ 1], .evenModulus)
    for count in [0, 1, 128, 255, 257, 383, 385, 512, 100_000] {
      expect(
        [UInt8](repeating: 0xff, count: count), .modulusLength(found: count, allowed: [256, 384]))
    }
    expect([0] + modulus, .modulusLength(found: 257, allowed: [256, 384]))
    expect([modulus[0] & 0x7f] + modulus.dropFirst(), .modulusBits(found: 2047, allowed: 2048))
    expect([0, 0xff] + modulus.dropFirst(2), .modulusBits(found: 2040, allowed: 2048))
    expect([UInt8](repeating: 0, count: 256), .modulusBits(found: 0, allowed: 2048))
    expect([UInt8](repeating: 0, count: 383) + [1], .modulusBits(found: 1, allowed: 3072))
  }

  @Test("A wrong version, size or length of an encoding is refused for what it is")
  func encodings() {
    let encoded = RSAKeys.small.publicKey.encoded
    func expect(
      _ bytes: [UInt8], _ failure: RSAFailure, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(throws: failure, sourceLocation: sourceLocation) {
        try RSAPublicKey(encoded: bytes)
      }
    }
    for count in 0..<3 {
      expect(Array(encoded.prefix(count)), .encodingLength(found: count, allowed: [259, 387]))
    }
    for count in 3..<encoded.count {
      expect(Array(encoded.prefix(count)), .encodingLength(found: count, allowed: [259]))
    }
    expect(encoded + [0], .encodingLength(found: 260, allowed: [259]))
    expect([0] + encoded.dropFirst(), .version(found: 0, allowed: 1))
    expect([2] + encoded.dropFirst(), .version(found: 2, allowed: 1))
    expect([1, 4, 0] + encoded.dropFirst(3), .keyBits(found: 1024, allowed: [2048, 3072]))
    expect([1, 255, 255] + encoded.dropFirst(3), .keyBits(found: 65535, allowed: [2048, 3072]))
    expect([1, 12, 0] + encoded.dropFirst(3), .encodingLength(found: 259, allowed: [387]))
    expect(encoded.dropLast() + [encoded[258] & 0xfe], .evenModulus)
  }

  @Test("Mutated encodings never trap, and what decodes encodes to the same bytes")
  func mutations() {
    var generator = DeterministicGenerator(seed: 3, party: "test", purpose: "mutations")
    var accepted = 0
    for _ in 0..<3000 {
      var bytes = RSAKeys.all[Int.random(in: 0...1, using: &generator)].publicKey.encoded
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        guard !bytes.isEmpty else { break }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(.random(in: 0...255, using: &generator), at: index)
        case 2: bytes.removeLast(min(bytes.count - 1, index))
        case 3: bytes += bytes
        case 4: bytes[min(index, 2)] = .random(in: 0...255, using: &generator)
        default: bytes[index] ^= .random(in: 0...255, using: &generator)
        }
      }
      guard let key = try? RSAPublicKey(encoded: bytes) else { continue }
      accepted += 1
      #expect(key.encoded == bytes)
    }
    #expect(accepted > 500 && accepted < 2500)
  }
}
