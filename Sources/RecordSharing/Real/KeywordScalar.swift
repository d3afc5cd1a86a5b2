import PairingCrypto

extension Scalar {
  /// 1 + (n mod (p - 1)) for a big-endian number n: every scalar of Z_p* about equally often.
  init(nonzero bytes: [UInt8], _ parameters: ParameterSet) {
    let one = Scalar.one(parameters)
    // p - 1, with a bit to spare for doubling what is below it.
    let modulus = Self.limbs((-one).bytes)
    var rest = [UInt64](repeating: 0, count: modulus.count)
    for byte in bytes {
      for bit in (0..<8).reversed() {
        Self.append(UInt64(byte >> UInt8(bit) & 1), to: &rest, modulus)
      }
    }
    let reduced = rest.reversed().flatMap { limb in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: limb >> UInt64($0)) }
    }
    self = Scalar(reducing: reduced, parameters) + one
  }

  /// The limbs of a big-endian number, the low one first, with at least one bit to spare.
  private static func limbs(_ bytes: [UInt8]) -> [UInt64] {
    var limbs = [UInt64](repeating: 0, count: bytes.count / 8 + 1)
    for (index, byte) in bytes.reversed().enumerated() {
      limbs[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
    }
    return limbs
  }

  /// Doubles a number below the modulus, adds a bit, and subtracts the modulus if it is reached.
  private static func append(_ bit: UInt64, to number: inout [UInt64], _ modulus: [UInt64]) {
    var carry = bit
    for index in number.indices {
      let limb = number[index]
      number[index] = limb << 1 | carry
      carry = limb >> 63
    }
    for index in number.indices.reversed() where number[index] != modulus[index] {
      if number[index] < modulus[index] { return }
      break
    }
    var borrow = false
    for index in number.indices {
      let (first, firstBorrows) = number[index].subtractingReportingOverflow(modulus[index])
      let (second, secondBorrows) = first.subtractingReportingOverflow(borrow ? 1 : 0)
      number[index] = second
      borrow = firstBorrows || secondBorrows
    }
  }
}
