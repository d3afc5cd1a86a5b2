import Testing

@testable import PairingCrypto

/// Arithmetic modulo numbers of less than 127 bits by adding and doubling.
enum Schoolbook {
  static func product(_ a: UInt128, _ b: UInt128, _ modulus: UInt128) -> UInt128 {
    var result: UInt128 = 0
    for bit in (0..<(128 - b.leadingZeroBitCount)).reversed() {
      result = (result << 1) % modulus
      if b >> UInt128(bit) & 1 == 1 { result = (result + a) % modulus }
    }
    return result
  }

  static func number(_ limbs: [UInt]) -> UInt128 {
    limbs.reversed().reduce(0) { $0 << 64 | UInt128($1) }
  }
}

/// Coarsely integrated operand scanning: a Montgomery product without GMP.
private func montgomeryProduct(_ a: [UInt], _ b: [UInt], _ domain: Domain) -> [UInt] {
  let n = domain.limbCount
  let q = domain.modulus
  var t = [UInt](repeating: 0, count: n + 2)
  for i in 0..<n {
    var carry: UInt128 = 0
    for j in 0..<n {
      carry += UInt128(a[j]) * UInt128(b[i]) + UInt128(t[j])
      t[j] = UInt(truncatingIfNeeded: carry)
      carry >>= 64
    }
    carry += UInt128(t[n])
    t[n] = UInt(truncatingIfNeeded: carry)
    t[n + 1] = UInt(carry >> 64)
    let m = t[0] &* domain.negatedInverse
    carry = (UInt128(m) * UInt128(q[0]) + UInt128(t[0])) >> 64
    for j in 1..<n {
      carry += UInt128(m) * UInt128(q[j]) + UInt128(t[j])
      t[j - 1] = UInt(truncatingIfNeeded: carry)
      carry >>= 64
    }
    carry += UInt128(t[n])
    t[n - 1] = UInt(truncatingIfNeeded: carry)
    t[n] = t[n + 1] + UInt(carry >> 64)
  }
  if t[n] == 0, Array(t[..<n]).isBelow(q) { return Array(t[..<n]) }
  var borrow = false
  for j in 0..<n {
    let (first, under) = t[j].subtractingReportingOverflow(q[j])
    let (second, underAgain) = first.subtractingReportingOverflow(borrow ? 1 : 0)
    t[j] = second
    borrow = under || underAgain
  }
  return Array(t[..<n])
}

@Suite("The prime field")
struct FieldTests {
  /// Zero, one, q - 1, R mod q, all ones modulo q, and random numbers.
  private func values(_ set: ParameterSet, _ count: Int, _ seed: UInt64) -> [[UInt]] {
    var draws = Draws(seed)
    let domain = set.domain
    let n = domain.limbCount
    let zeros = [UInt](repeating: 0, count: n)
    let edges = [
      zeros, [1] + zeros.dropFirst(), [domain.modulus[0] - 1] + domain.modulus.dropFirst(),
      Array(domain.fieldConstants[n..<(2 * n)]),
      [UInt](repeating: .max, count: n).remainder(by: domain.modulus),
    ]
    return edges + (0..<count).map { _ in set.randomNumber(&draws) }
  }

  /// Runs an operation on raw limbs of two elements.
  private func apply(
    _ set: ParameterSet, _ a: [UInt], _ b: [UInt],
    _ body: (Field, Limbs, ConstantLimbs, ConstantLimbs) -> Void
  ) -> [UInt] {
    set.withField(elements: 1) { field in
      let r = field.take()
      a.withLimbs { first in b.withLimbs { body(field, r, first, $0) } }
      return field.keep(r, elements: 1)
    }
  }

  @Test("Montgomery products on mpn equal those of pure Swift", arguments: ParameterSet.allCases)
  func products(_ set: ParameterSet) {
    let values = self.values(set, set == .toy ? 60 : 20, 1)
    for a in values {
      for b in values {
        let expected = montgomeryProduct(a, b, set.domain)
        #expect(apply(set, a, b) { $0.multiply($1, $2, $3) } == expected)
      }
      let square = montgomeryProduct(a, a, set.domain)
      #expect(apply(set, a, a) { field, r, a, _ in field.square(r, a) } == square)
    }
  }

  @Test("Sums, differences and negatives on the toy field are those of integers")
  func sums() {
    let set = ParameterSet.toy
    let q = Schoolbook.number(set.domain.modulus)
    for a in values(set, 40, 2) {
      for b in values(set, 40, 3) {
        let (x, y) = (Schoolbook.number(a), Schoolbook.number(b))
        let sum = apply(set, a, b) { $0.add($1, $2, $3) }
        #expect(Schoolbook.number(sum) == (x + y) % q)
        let difference = apply(set, a, b) { $0.subtract($1, $2, $3) }
        #expect(Schoolbook.number(difference) == (x + q - y) % q)
      }
      let negative = apply(set, a, a) { field, r, a, _ in field.negate(r, a) }
      #expect(Schoolbook.number(negative) == (q - Schoolbook.number(a)) % q)
    }
  }

  @Test("Products of numbers on the toy field are those of the schoolbook")
  func numbers() {
    let set = ParameterSet.toy
    let q = Schoolbook.number(set.domain.modulus)
    for a in values(set, 20, 4) {
      for b in values(set, 20, 5) {
        let product = set.withField(elements: 2) { field in
          let r = field.take()
          let s = field.take()
          field.enter(r, a)
          field.enter(s, b)
          field.multiply(r, r, s)
          return field.number(r)
        }
        let expected = Schoolbook.product(Schoolbook.number(a), Schoolbook.number(b), q)
        #expect(Schoolbook.number(product) == expected)
      }
    }
  }

  @Test("a + b and a - b obey the laws of a group in every set", arguments: ParameterSet.allCases)
  func additiveLaws(_ set: ParameterSet) {
    let values = self.values(set, 10, 6)
    for a in values {
      for b in values {
        let sum = apply(set, a, b) { $0.add($1, $2, $3) }
        #expect(sum.isBelow(set.domain.modulus))
        #expect(apply(set, sum, b) { $0.subtract($1, $2, $3) } == a)
        let negative = apply(set, b, b) { field, r, b, _ in field.negate(r, b) }
        #expect(apply(set, a, negative) { $0.subtract($1, $2, $3) } == sum)
      }
    }
  }

  @Test(
    "Sums and differences of products, reduced once, equal those reduced each",
    arguments:
      ParameterSet.allCases)
  func lazyReduction(_ set: ParameterSet) {
    let values = self.values(set, 6, 7)
    for a in values {
      for b in values {
        let results = set.withField(elements: 4) { field in
          let r = field.take(4)
          let n = field.n
          return a.withLimbs { a in
            b.withLimbs { b in
              // 3 a² + b² and a b - 2 b².
              field.square(r, a)
              field.double(r + n, r)
              field.add(r, r, r + n)
              field.square(r + n, b)
              field.add(r, r, r + n)
              field.double(r + n, r + n)
              field.multiply(r + 2 * n, a, b)
              field.subtract(r + n, r + 2 * n, r + n)
              wideSquare(field, field.wide0, a)
              wideSquare(field, field.wide1, b)
              field.addWide(field.wide1, field.wide0)
              field.addWide(field.wide1, field.wide0)
              field.addWide(field.wide1, field.wide0)
              field.reduce(r + 2 * n, field.wide1)
              wideSquare(field, field.wide1, b)
              wideProduct(field, field.wide0, a, b)
              field.subtractWide(field.wide0, field.wide1)
              field.subtractWide(field.wide0, field.wide1)
              field.reduce(r + 3 * n, field.wide0)
              return (
                field.keep(r, elements: 2), field.keep(r + 2 * n, elements: 2)
              )
            }
          }
        }
        #expect(results.0 == results.1)
      }
    }
  }

  private func wideProduct(
    _ field: Field, _ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs
  ) {
    let n = field.n
    let product = field.array(a).times(field.array(b))
    for index in 0..<(2 * n) { r[index] = product[index] }
  }

  private func wideSquare(_ field: Field, _ r: Limbs, _ a: ConstantLimbs) {
    wideProduct(field, r, a, a)
  }

  @Test("An element times its inverse is one", arguments: ParameterSet.allCases)
  func inverses(_ set: ParameterSet) {
    for a in values(set, 20, 8).dropFirst() {
      let product = apply(set, a, a) { field, r, a, _ in
        field.invert(r, a)
        field.multiply(r, r, a)
      }
      #expect(product == apply(set, a, a) { field, r, _, _ in field.copy(r, field.one) })
    }
  }

  @Test(
    "Inverting many at once equals inverting each, and zeros stay",
    arguments:
      ParameterSet.allCases)
  func batchInversion(_ set: ParameterSet) {
    let values = self.values(set, 7, 9)
    set.withField(elements: 3 * values.count + 2) { field in
      let n = field.n
      let elements = field.take(2 * values.count)
      let prefixes = field.take(values.count + 2)
      for (index, value) in values.enumerated() {
        value.withLimbs { field.copy(elements + index * 2 * n, $0) }
      }
      field.invertAll(elements, stride: 2 * n, count: values.count, prefixes: prefixes)
      for (index, value) in values.enumerated() {
        let expected =
          value.contains { $0 != 0 }
          ? apply(set, value, value) { field, r, a, _ in field.invert(r, a) } : value
        #expect(field.keep(elements + index * 2 * n, elements: 1) == expected)
      }
    }
  }

  @Test(
    "Powers in windows equal powers by squaring and multiplying",
    arguments:
      ParameterSet.allCases)
  func powers(_ set: ParameterSet) {
    var draws = Draws(10)
    let base = set.randomNumber(&draws)
    let zeros = [UInt](repeating: 0, count: set.domain.limbCount)
    let exponents =
      [zeros, set.domain.rootExponent, [0, 1], [1 << 63, 1], [31], [32]]
      + (0..<10).map { _ in [UInt(draws.next()), UInt(draws.next())] }
    for exponent in exponents {
      let (power, plain) = set.withField(elements: 19) { field in
        let r = field.take()
        let plain = field.take()
        let element = field.take()
        field.enter(element, base)
        field.power(r, element, exponent, scratch: field.take(16))
        field.copy(plain, field.one)
        for bit in (0..<(64 * exponent.count)).reversed() {
          field.square(plain, plain)
          if exponent[bit / 64] >> UInt(bit % 64) & 1 == 1 {
            field.multiply(plain, plain, element)
          }
        }
        return (field.keep(r, elements: 1), field.keep(plain, elements: 1))
      }
      #expect(power == plain)
    }
  }

  @Test(
    "Entering and leaving Montgomery form gives the number back",
    arguments:
      ParameterSet.allCases)
  func conversion(_ set: ParameterSet) {
    for a in values(set, 10, 11) {
      let number = set.withField(elements: 1) { field in
        let r = field.take()
        field.enter(r, a)
        return field.number(r)
      }
      #expect(number == a)
    }
  }
}

@Suite("The quadratic field")
struct QuadraticFieldTests {
  @Test("Products, squares and norms equal the schoolbook's", arguments: ParameterSet.allCases)
  func products(_ set: ParameterSet) {
    var draws = Draws(12)
    for _ in 0..<(set == .toy ? 300 : 50) {
      let values = (0..<4).map { _ in set.randomNumber(&draws) }
      set.withField(elements: 14) { field in
        let n = field.n
        let a = field.take(2)
        let b = field.take(2)
        let r = field.take(2)
        let t = field.take(3)
        for (index, value) in values.enumerated() {
          value.withLimbs { field.copy(a + index * n, $0) }
        }
        field.multiply(t, a, b)
        field.multiply(t + n, a + n, b + n)
        field.subtract(t, t, t + n)
        field.multiply(t + n, a, b + n)
        field.multiply(t + 2 * n, a + n, b)
        field.add(t + n, t + n, t + 2 * n)
        let expected = field.keep(t, elements: 2)
        field.multiplyQuadratic(r, a, b)
        #expect(field.keep(r, elements: 2) == expected)
        field.copy(r, a)
        field.copy(r + n, a + n)
        field.multiplyQuadratic(r, r, b)
        #expect(field.keep(r, elements: 2) == expected)
        field.multiplyQuadratic(t, a, a)
        field.squareQuadratic(r, a)
        #expect(field.keep(r, elements: 2) == field.keep(t, elements: 2))
        field.conjugate(t, a)
        field.multiplyQuadratic(r, a, t)
        field.norm(t, a)
        #expect(field.areEqual(r, t))
        #expect(field.isZero(r + n))
      }
    }
  }
}

extension Field {
  /// The limbs of an element.
  func array(_ a: ConstantLimbs) -> [UInt] { keep(a, elements: 1) }
}
