/// An RSA key pair whose secret half signs by the Chinese remainder theorem.
///
/// Not for production: only the two exponentiations use GMP's routine for secret exponents, and
/// nothing is wiped from memory.
public struct RSAPrivateKey: Equatable, Sendable {
  /// What others check signatures with.
  public let publicKey: RSAPublicKey

  /// The primes, big-endian, each half as long as the modulus.
  let p: [UInt8]
  let q: [UInt8]
  /// The secret exponent, S in the paper, modulo lcm(p - 1, q - 1).
  let exponent: [UInt8]
  /// The secret exponent modulo p - 1 and q - 1.
  let exponentP: [UInt8]
  let exponentQ: [UInt8]
  /// The inverse of q modulo p.
  let inverseOfQ: [UInt8]

  /// The key of two primes, or nil if they do not make a good one.
  ///
  /// They must be half as long as the modulus, differ by more than 2^(half - 100), make a modulus of
  /// full length, have 65537 coprime to p - 1 and q - 1, and give a secret exponent above 2^half
  /// (FIPS 186-4 §B.3.1). That they are prime is the caller's business.
  init?(_ p: borrowing BigInteger, _ q: borrowing BigInteger, size: RSAKeySize) {
    let half = size.bitCount / 2
    let width = size.byteCount / 2
    guard p.bitWidth == half, q.bitWidth == half else { return nil }
    guard BigInteger.distance(p, q).bitWidth > half - 100 else { return nil }
    let modulus = p * q
    guard modulus.bitWidth == size.bitCount else { return nil }

    let one = BigInteger(1)
    let publicExponent = BigInteger(UInt(RSAPublicKey.exponent))
    let orderP = p - one
    let orderQ = q - one
    let order = orderP * orderQ / BigInteger.greatestCommonDivisor(orderP, orderQ)
    guard let exponent = publicExponent.inverse(modulo: order), exponent.bitWidth > half else {
      return nil
    }
    guard let inverse = q.inverse(modulo: p) else { return nil }
    guard
      let publicKey = try? RSAPublicKey(
        modulus: modulus.bytes(count: size.byteCount), exponent: RSAPublicKey.exponent)
    else { return nil }

    self.publicKey = publicKey
    self.p = p.bytes(count: width)
    self.q = q.bytes(count: width)
    self.exponent = exponent.bytes(count: size.byteCount)
    exponentP = (exponent % orderP).bytes(count: width)
    exponentQ = (exponent % orderQ).bytes(count: width)
    inverseOfQ = inverse.bytes(count: width)
  }

  /// Draws a key pair.
  ///
  /// Each prime is the first above a random number of half the size whose two highest bits are set,
  /// so that the modulus has all its bits. `mpz_nextprime` finds it and a second test confirms it:
  /// Baillie-PSW and 16 rounds of Miller-Rabin (FIPS 186-4 table C.3 asks for 4 to 5 rounds at
  /// these sizes). Taking the next prime prefers primes behind wide gaps a little; no attack is
  /// known to gain by it. The key depends on nothing but the numbers drawn.
  public static func generate(
    _ size: RSAKeySize, using generator: inout some RandomNumberGenerator,
    tally: inout OperationTally
  ) -> RSAPrivateKey {
    tally.count(.rsaKeyGeneration)
    while true {
      let p = prime(bitCount: size.bitCount / 2, using: &generator)
      let q = prime(bitCount: size.bitCount / 2, using: &generator)
      if let key = RSAPrivateKey(p, q, size: size) { return key }
    }
  }

  /// A probable prime p of exactly these bits, the two highest set, with p - 1 coprime to 65537.
  private static func prime(
    bitCount: Int, using generator: inout some RandomNumberGenerator
  ) -> BigInteger {
    let exponent = BigInteger(UInt(RSAPublicKey.exponent))
    let one = BigInteger(1)
    while true {
      var bytes = generator.bytes(count: bitCount / 8)
      bytes[0] |= 0xc0
      let candidate = BigInteger(bytes: bytes).nextPrime()
      guard candidate.bitWidth == bitCount, candidate % exponent != one else { continue }
      if candidate.isProbablyPrime(rounds: 40) { return candidate }
    }
  }
}

extension RSAPrivateKey: CustomStringConvertible, CustomDebugStringConvertible {
  /// The size alone, so that no secret gets into a log.
  public var description: String { "RSA private key of \(publicKey.size.bitCount) bits" }

  /// The size alone, so that no secret gets into a log.
  public var debugDescription: String { description }
}
