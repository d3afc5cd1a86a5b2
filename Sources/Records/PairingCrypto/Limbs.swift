import CGMP

/// The address of a natural number's limbs, the least significant first.
typealias Limbs = UnsafeMutablePointer<UInt>
/// The address of limbs that are only read.
typealias ConstantLimbs = UnsafePointer<UInt>

extension [UInt] {
  /// The limbs of a hexadecimal number, without leading zeros.
  init(hexadecimal: String) {
    self = []
    var shift = 0
    for character in hexadecimal.reversed() {
      if shift == 0 { append(0) }
      self[count - 1] |= UInt(character.hexDigitValue ?? 0) << UInt(shift)
      shift = (shift + 4) & 63
    }
  }

  /// The limbs of a big-endian number in bytes; at least `minimum` of them.
  init(bigEndian bytes: some RandomAccessCollection<UInt8>, minimum: Int = 0) {
    self.init(repeating: 0, count: Swift.max((bytes.count + 7) / 8, minimum))
    var position = 0
    for byte in bytes.reversed() {
      self[position >> 3] |= UInt(byte) << UInt((position & 7) * 8)
      position += 1
    }
  }

  /// The low bytes of the number, the most significant first.
  func bigEndianBytes(_ size: Int) -> [UInt8] {
    (0..<size).map { index in
      let position = size - 1 - index
      guard position >> 3 < count else { return 0 }
      return UInt8(truncatingIfNeeded: self[position >> 3] >> UInt((position & 7) * 8))
    }
  }

  /// How many bits the number has.
  var bitWidth: Int {
    guard let top = lastIndex(where: { $0 != 0 }) else { return 0 }
    return top * 64 + 64 - self[top].leadingZeroBitCount
  }

  /// Whether the number is below another of as many limbs.
  func isBelow(_ other: [UInt]) -> Bool {
    precondition(count == other.count, "numbers of different widths")
    for index in indices.reversed() where self[index] != other[index] {
      return self[index] < other[index]
    }
    return false
  }

  /// The remainder modulo a number whose top limb is not zero; as wide as that number.
  func remainder(by divisor: [UInt]) -> [UInt] {
    guard count >= divisor.count else {
      return self + [UInt](repeating: 0, count: divisor.count - count)
    }
    var quotient = [UInt](repeating: 0, count: count - divisor.count + 1)
    var remainder = [UInt](repeating: 0, count: divisor.count)
    limbs_divide(&quotient, &remainder, self, count, divisor, divisor.count)
    return remainder
  }

  /// The product with a number of as many limbs.
  func times(_ other: [UInt]) -> [UInt] {
    precondition(count == other.count, "numbers of different widths")
    var product = [UInt](repeating: 0, count: 2 * count)
    limbs_multiply(&product, self, other, count)
    return product
  }

  /// Lends the address of the limbs.
  @inline(__always)
  func withLimbs<Result>(_ body: (ConstantLimbs) -> Result) -> Result {
    withUnsafeBufferPointer { buffer in
      guard let address = buffer.baseAddress else { preconditionFailure("a number of no limbs") }
      return body(address)
    }
  }
}

/// Reads bits of a number.
struct BitReader {
  let limbs: ConstantLimbs
  let count: Int

  /// A few bits from a position upwards; those beyond the number are zero.
  func bits(at position: Int, width: Int) -> Int {
    let index = position >> 6
    let offset = UInt(position & 63)
    guard index < count else { return 0 }
    var word = limbs[index] >> offset
    if offset > 0, index + 1 < count { word |= limbs[index + 1] << (64 - offset) }
    return Int(word & (1 << UInt(width) - 1))
  }
}

/// Ways to write an exponent with signed digits.
enum SignedDigits {
  /// The non-adjacent form of a window width: odd digits below 2^(width-1), mostly zeros.
  ///
  /// Writes `bits + 1` digits, the least significant first, and returns where the last nonzero
  /// digit ends.
  static func nonAdjacent(
    _ reader: BitReader, bits: Int, width: Int, into digits: UnsafeMutablePointer<Int8>
  ) -> Int {
    for position in 0...bits { digits[position] = 0 }
    var position = 0
    var carry = 0
    var end = 0
    while position <= bits {
      guard reader.bits(at: position, width: 1) != carry else {
        position += 1
        continue
      }
      var digit = reader.bits(at: position, width: width) + carry
      carry = digit >> (width - 1)
      digit -= carry << width
      digits[position] = Int8(truncatingIfNeeded: digit)
      end = position + 1
      position += width
    }
    return end
  }
}
