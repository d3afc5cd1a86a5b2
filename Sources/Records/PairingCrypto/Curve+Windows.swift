import CGMP

// Exponents in windows: tables of odd multiples for bases that come once, of all multiples at
// every window for bases that stay.
extension Field {
  /// Window width for a base that comes once.
  static func width(bits: Int) -> Int { bits < 128 ? 4 : bits < 800 ? 5 : 6 }

  /// Writes the odd multiples of a point as Jacobian points in a row; false if one is infinity,
  /// which only a point of small order can cause.
  ///
  /// The doubled point D serves as if it were affine: on the isomorphic curve where its Z is one,
  /// P is (x Z², y Z³), all sums are mixed, and the formula for sums does not know the curve.
  func oddMultiples(
    _ table: Limbs, entries: Int, _ x: ConstantLimbs, _ y: ConstantLimbs, scratch: Limbs
  ) -> Bool {
    let doubled = scratch
    let sum = scratch + 3 * n
    let power = scratch + 6 * n
    set(point: table, x, y)
    set(point: doubled, x, y)
    double(point: doubled)
    let z = doubled + 2 * n
    guard !isZero(z) else { return false }
    square(power, z)
    multiply(sum, x, power)
    multiply(power, power, z)
    multiply(sum + n, y, power)
    copy(sum + 2 * n, one)
    for index in 1..<entries {
      add(point: sum, doubled, doubled + n)
      guard !isZero(sum + 2 * n) else { return false }
      let entry = table + index * 3 * n
      copy(entry, sum)
      copy(entry + n, sum + n)
      multiply(entry + 2 * n, sum + 2 * n, z)
    }
    return true
  }

  /// Adds the powers of several bases with common doublings (Straus) to infinity.
  ///
  /// `tables` are normalised odd multiples, `entries` points a base; `digits` are non-adjacent
  /// forms, `stride` digits a base.
  func sumOfMultiples(
    _ p: Limbs, tables: Limbs, entries: Int, digits: UnsafePointer<Int8>, stride: Int,
    terms: Range<Int>
  ) {
    setInfinity(p)
    var isInfinity = true
    for position in (0..<stride).reversed() {
      if !isInfinity { double(point: p) }
      for term in terms {
        let digit = Int(digits[term * stride + position])
        guard digit != 0 else { continue }
        let entry = tables + (term * entries + abs(digit) >> 1) * 3 * n
        add(point: p, entry, entry + n, isNegated: digit < 0)
        isInfinity = false
      }
    }
  }

  /// A multiple of an affine point of any order by any number; Jacobian.
  mutating func multiple(_ p: Limbs, _ x: ConstantLimbs, _ y: ConstantLimbs, by number: [UInt]) {
    let bits = number.bitWidth
    let width = Field.width(bits: bits)
    let entries = 1 << (width - 2)
    let table = take(Field.elementsForMultiple(bits: bits))
    let scratch = table + 3 * entries * n
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: bits + 1) { digits in
      guard let address = digits.baseAddress else { return }
      number.withLimbs { limbs in
        let reader = BitReader(limbs: limbs, count: number.count)
        if oddMultiples(table, entries: entries, x, y, scratch: scratch) {
          _ = SignedDigits.nonAdjacent(reader, bits: bits, width: width, into: address)
          normalise(table, count: entries, prefixes: scratch)
          sumOfMultiples(
            p, tables: table, entries: entries, digits: address, stride: bits + 1, terms: 0..<1)
        } else {
          _ = SignedDigits.nonAdjacent(reader, bits: bits, width: 2, into: address)
          plainMultiple(p, x, y, digits: address, count: bits + 1)
        }
      }
    }
  }

  /// Elements that `multiple` takes.
  static func elementsForMultiple(bits: Int) -> Int {
    let entries = 1 << (width(bits: bits) - 2)
    return 3 * entries + max(entries + 2, 7)
  }
}
