import CGMP

/// A natural number of GMP, for set-up, RSA and serialisation; field arithmetic works on limbs.
///
/// Owns its limbs and frees them; operations make new values. GMP ends the process when a number
/// outgrows memory, so bytes are imported only up to `maximumByteCount` and every caller checks
/// the length of what comes from outside before it gets here. Nothing is constant time except
/// `secretPower`, and limbs are not wiped.
struct BigInteger: ~Copyable {
  /// The longest number that can be imported, in bytes: above every modulus and product in use.
  static let maximumByteCount = 4096

  private var value = __mpz_struct()

  /// A number of one limb.
  init(_ limb: UInt) {
    integer_init(&value)
    integer_set_limb(&value, limb)
  }

  /// The number that big-endian bytes spell; leading zeros are allowed, no byte at all is zero.
  ///
  /// - Precondition: at most `maximumByteCount` bytes.
  init(bytes: [UInt8]) {
    precondition(bytes.count <= Self.maximumByteCount, "\(bytes.count) bytes are too many")
    integer_init(&value)
    bytes.withUnsafeBytes { integer_import(&value, $0.count, $0.baseAddress) }
  }

  /// A place for the result of an operation.
  private init(
    _ a: borrowing Self, _ b: borrowing Self,
    _ operation: (mpz_ptr?, mpz_srcptr?, mpz_srcptr?) -> Void
  ) {
    integer_init(&value)
    withUnsafePointer(to: a.value) { a in
      withUnsafePointer(to: b.value) { b in operation(&value, a, b) }
    }
  }

  deinit {
    var ending = value
    integer_clear(&ending)
  }

  // MARK: Looking at it

  private func read<Result>(_ body: (mpz_srcptr?) -> Result) -> Result {
    withUnsafePointer(to: value) { body($0) }
  }

  /// How many bits it has without leading zeros; 0 has none.
  var bitWidth: Int { isZero ? 0 : read { Int(integer_bits($0)) } }

  var isZero: Bool { read { integer_sign($0) == 0 } }

  var isOdd: Bool { bit(0) }

  func bit(_ index: Int) -> Bool { read { integer_bit($0, mp_bitcnt_t(index)) == 1 } }

  /// Its bytes, big-endian, padded with zeros to a width.
  ///
  /// - Precondition: the number fits.
  func bytes(count: Int) -> [UInt8] {
    let needed = (bitWidth + 7) / 8
    precondition(needed <= count, "\(needed) bytes do not fit into \(count)")
    guard needed > 0 else { return [UInt8](repeating: 0, count: count) }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      buffer.update(repeating: 0)
      var written = 0
      if let start = buffer.baseAddress {
        read { integer_export(start + (count - needed), &written, $0) }
      }
      assert(written == needed)
      initialised = count
    }
  }

  // MARK: Order

  static func compare(_ a: borrowing Self, _ b: borrowing Self) -> Int {
    Int(a.read { a in b.read { b in integer_compare(a, b) } })
  }

  static func == (a: borrowing Self, b: borrowing Self) -> Bool { compare(a, b) == 0 }

  static func != (a: borrowing Self, b: borrowing Self) -> Bool { compare(a, b) != 0 }

  static func < (a: borrowing Self, b: borrowing Self) -> Bool { compare(a, b) < 0 }

  static func >= (a: borrowing Self, b: borrowing Self) -> Bool { compare(a, b) >= 0 }

  // MARK: Arithmetic

  static func + (a: borrowing Self, b: borrowing Self) -> Self { Self(a, b, integer_add) }

  static func * (a: borrowing Self, b: borrowing Self) -> Self { Self(a, b, integer_multiply) }

  /// The difference of two natural numbers.
  ///
  /// - Precondition: the first is not the smaller.
  static func - (a: borrowing Self, b: borrowing Self) -> Self {
    precondition(a >= b, "the difference would be negative")
    return Self(a, b, integer_subtract)
  }

  /// The distance between two numbers.
  static func distance(_ a: borrowing Self, _ b: borrowing Self) -> Self {
    a < b ? b - a : a - b
  }

  /// The remainder of a division, in 0 ..< modulus.
  ///
  /// - Precondition: the modulus is not zero.
  static func % (a: borrowing Self, modulus: borrowing Self) -> Self {
    precondition(!modulus.isZero, "division by zero")
    return Self(a, modulus, integer_remainder)
  }

  /// The quotient, rounded down.
  ///
  /// - Precondition: the divisor is not zero.
  static func / (a: borrowing Self, divisor: borrowing Self) -> Self {
    precondition(!divisor.isZero, "division by zero")
    return Self(a, divisor, integer_quotient)
  }

  static func greatestCommonDivisor(_ a: borrowing Self, _ b: borrowing Self) -> Self {
    Self(a, b, integer_gcd)
  }

  /// The inverse modulo a number, or nil where there is none.
  ///
  /// - Precondition: the modulus is above 1.
  func inverse(modulo modulus: borrowing Self) -> Self? {
    precondition(modulus.bitWidth > 1, "no inverse modulo 0 or 1")
    var found: Int32 = 0
    let result = Self(self, modulus) { found = integer_invert($0, $1, $2) }
    return found == 0 ? nil : consume result
  }

  /// The power modulo a number, in time that depends on all of them: for public exponents.
  ///
  /// - Precondition: the modulus is not zero.
  func power(_ exponent: borrowing Self, modulo modulus: borrowing Self) -> Self {
    precondition(!modulus.isZero, "division by zero")
    return Self(exponent, modulus) { result, exponent, modulus in
      read { integer_power(result, $0, exponent, modulus) }
    }
  }

  /// The power modulo a number by GMP's routine for secret exponents.
  ///
  /// - Precondition: the modulus is odd and the exponent is not zero, else GMP ends the process.
  func secretPower(_ exponent: borrowing Self, modulo modulus: borrowing Self) -> Self {
    precondition(modulus.isOdd && !exponent.isZero, "an even modulus or no exponent")
    return Self(exponent, modulus) { result, exponent, modulus in
      read { integer_power_secret(result, $0, exponent, modulus) }
    }
  }

  // MARK: Primes

  /// The smallest probable prime above it.
  func nextPrime() -> Self {
    Self(self, self) { prime, number, _ in integer_next_prime(prime, number) }
  }

  /// Whether it passes GMP's test: Baillie-PSW, then `rounds - 24` rounds of Miller-Rabin.
  ///
  /// GMP draws the bases from a stream of its own with a fixed seed, so the answer repeats.
  func isProbablyPrime(rounds: Int) -> Bool {
    read { integer_is_probably_prime($0, Int32(rounds)) != 0 }
  }
}
