import Testing

@testable import PairingCrypto

@Suite("Integers of GMP")
struct RSAIntegerTests {
  private func bytes(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  private func value(_ number: borrowing BigInteger) -> UInt64 {
    number.bytes(count: 8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  @Test("Arithmetic agrees with that of 64 bits")
  func arithmetic() {
    var generator = DeterministicGenerator(seed: 1, party: "test", purpose: "integers")
    for _ in 0..<200 {
      let a = UInt64.random(in: 0..<1 << 31, using: &generator)
      let b = UInt64.random(in: 1..<1 << 31, using: &generator)
      let x = BigInteger(UInt(a))
      let y = BigInteger(bytes: [0, 0] + bytes(b))
      #expect(value(x + y) == a + b)
      #expect(value(x * y) == a * b)
      #expect(value(x % y) == a % b)
      #expect(value(x / y) == a / b)
      #expect(value(BigInteger.distance(x, y)) == max(a, b) - min(a, b))
      let order = (x < y, x >= y, x == y, x != y)
      #expect(order == (a < b, a >= b, a == b, a != b))
      #expect(x.isOdd == (a & 1 == 1))
      #expect(x.bitWidth == UInt64.bitWidth - a.leadingZeroBitCount)
      if b > 1, let inverse = x.inverse(modulo: y) {
        #expect(value(inverse * x % y) == 1)
      } else {
        #expect(b == 1 || value(BigInteger.greatestCommonDivisor(x, y)) > 1)
      }
    }
  }

  @Test("Both kinds of power agree with repeated multiplication")
  func powers() {
    let modulus: UInt64 = 1_000_003
    for base in [0, 1, 2, 12345, 999_999] as [UInt64] {
      var expected: UInt64 = 1
      for exponent in 1...40 as ClosedRange<UInt> {
        expected = expected * base % modulus
        let x = BigInteger(UInt(base))
        #expect(value(x.power(BigInteger(exponent), modulo: BigInteger(UInt(modulus)))) == expected)
        #expect(
          value(x.secretPower(BigInteger(exponent), modulo: BigInteger(UInt(modulus)))) == expected)
      }
    }
  }

  @Test("Bytes are padded in front, and zero is zeros or nothing")
  func bytes() {
    #expect(BigInteger(bytes: []).isZero && BigInteger(bytes: [0, 0]).isZero)
    #expect(BigInteger(0).bytes(count: 0) == [] && BigInteger(0).bytes(count: 2) == [0, 0])
    #expect(BigInteger(bytes: [1, 2]).bytes(count: 4) == [0, 0, 1, 2])
    let long = [UInt8](repeating: 0xa5, count: BigInteger.maximumByteCount)
    #expect(BigInteger(bytes: long).bytes(count: long.count) == long)
  }

  @Test("The next prime and the test of primes agree with the sieve")
  func primes() {
    let primes = (2...400).filter { n in (2..<n).allSatisfy { !n.isMultiple(of: $0) } }
    for number in 2...390 {
      let isPrime = BigInteger(UInt(number)).isProbablyPrime(rounds: 25)
      #expect(isPrime == primes.contains(number))
      #expect(Int(value(BigInteger(UInt(number)).nextPrime())) == primes.first { $0 > number })
    }
  }
}
