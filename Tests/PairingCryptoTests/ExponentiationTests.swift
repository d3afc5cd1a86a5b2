import Testing

@testable import PairingCrypto

@Suite("Exponentiation in G and G_T")
struct ExponentiationTests {
  @Test("Windows of any kind equal doubling and adding", arguments: ParameterSet.allCases)
  func agreement(_ set: ParameterSet) {
    var draws = Draws(30)
    var group = PairingGroup(set)
    let base = set.randomElement(&draws)
    let widths = set == .toy ? Array(2...10) : set == .ss512 ? [4, 5, 8] : [4]
    let tables = widths.map { group.table(for: base, windowBits: $0) }
    let count = set.tries(160)
    let exponents =
      Scalar.edges(set) + (0..<count).map { _ in Scalar.random(in: set, using: &draws) }
    for exponent in set == .ss1536 ? Array(exponents.dropFirst(6)) : exponents {
      let expected = set.multiple(base, exponent.words)
      #expect(group.power(base, exponent) == expected)
      for table in tables {
        #expect(group.power(table, exponent) == expected, "\(table.windowBits) bits")
      }
    }
  }

  @Test("Every entry of a table is the multiple that it stands for", arguments: [2, 3, 5])
  func tableEntries(_ windowBits: Int) {
    let set = ParameterSet.toy
    var draws = Draws(31)
    var group = PairingGroup(set)
    let base = set.randomElement(&draws)
    let table = group.table(for: base, windowBits: windowBits)
    let half = 1 << (windowBits - 1)
    let width = 2 * set.domain.limbCount
    #expect(table.table.count == (61 + windowBits - 1) / windowBits * half * width)
    #expect(table.tableBytes == table.table.count * 8)
    for entry in 0..<(table.table.count / width) {
      let power = windowBits * (entry / half)
      var factor: [UInt] = [0, 0]
      factor[power / 64] = 1 << UInt(power % 64)
      let expected = set.multiple(set.multiple(base, factor), [UInt(entry % half + 1)])
      let coordinates = Array(table.table[(entry * width)..<((entry + 1) * width)])
      #expect(GroupElement(set, coordinates: coordinates) == expected)
    }
  }

  @Test("Powers obey the laws of exponents", arguments: ParameterSet.allCases)
  func laws(_ set: ParameterSet) {
    var draws = Draws(32)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(150) {
      let p = set.randomElement(&draws)
      let a = Scalar.random(in: set, using: &draws)
      let b = Scalar.random(in: set, using: &draws)
      let (pa, pb) = (group.power(p, a), group.power(p, b))
      #expect(group.multiply(pa, pb) == group.power(p, a + b))
      #expect(group.power(pa, b) == group.power(p, a * b))
      #expect(group.power(pa, group.inverse(a)) == p)
      #expect(group.power(p, -a) == group.inverse(pa))
      #expect(group.multiply(pa, group.inverse(pa)).isIdentity)
    }
  }

  @Test("A product of powers equals the powers multiplied", arguments: ParameterSet.allCases)
  func products(_ set: ParameterSet) {
    var draws = Draws(33)
    var group = PairingGroup(set)
    let table = group.table(for: set.randomElement(&draws), windowBits: 5)
    let identity = GroupElement.identity(set)
    for _ in 0..<set.tries(60) {
      let p = (0..<3).map { _ in set.randomElement(&draws) }
      let a = (0..<4).map { _ in Scalar.random(in: set, using: &draws) }
      let terms: [PowerTerm] = [
        .variable(p[0], a[0]), .element(p[1]), .fixed(table, a[1]), .variable(p[2], a[2]),
        .fixed(table, a[3]), .element(identity), .variable(identity, a[0]),
        .variable(p[1], .zero(set)), .fixed(table, .zero(set)),
      ]
      var expected = group.multiply(group.power(p[0], a[0]), p[1])
      expected = group.multiply(expected, group.power(table, a[1] + a[3]))
      expected = group.multiply(expected, group.power(p[2], a[2]))
      #expect(group.product(terms) == expected)
      // The same bases and opposite exponents force all special cases of additions.
      let cancelling: [PowerTerm] = [
        .fixed(table, a[0]), .fixed(table, -a[0]), .variable(p[0], a[1]), .variable(p[0], -a[1]),
      ]
      #expect(group.product(cancelling).isIdentity)
      let twice: [PowerTerm] = [.fixed(table, a[0]), .variable(table.element, a[0])]
      #expect(group.product(twice) == group.power(table, a[0] + a[0]))
    }
    #expect(group.product([]).isIdentity)
  }

  @Test("Several products together equal each alone", arguments: ParameterSet.allCases)
  func severalProducts(_ set: ParameterSet) {
    var draws = Draws(34)
    var group = PairingGroup(set)
    let table = group.table(for: set.randomElement(&draws), windowBits: 4)
    for count in [0, 1, 2, 7] where set == .toy || count < 3 {
      let products: [[PowerTerm]] = (0..<count).map { index in
        let p = set.randomElement(&draws)
        let a = Scalar.random(in: set, using: &draws)
        switch index % 4 {
        case 0: return [.fixed(table, a), .variable(p, a)]
        case 1: return [.variable(p, a), .variable(table.element, a), .element(p)]
        case 2: return []
        default: return [.fixed(table, a)]
        }
      }
      let each = products.map { group.product($0) }
      #expect(group.powers(products) == each)
    }
  }

  @Test("Powers with tables, together or alone, meet coinciding points")
  func coincidences() {
    // Small exponents of related bases make running sums equal or opposite to table entries.
    let set = ParameterSet.toy
    var draws = Draws(35)
    var group = PairingGroup(set)
    let p = set.randomElement(&draws)
    let tables = (1...4).map { group.table(for: set.multiple(p, [$0]), windowBits: 3) }
    for first in UInt64(0)..<7 {
      for second in UInt64(0)..<7 {
        for (index, table) in tables.enumerated() {
          let a = Scalar(first, set)
          let b = Scalar(second, set)
          let factor = Scalar(UInt64(index + 1), set)
          let sum = [PowerTerm.fixed(tables[0], a), .fixed(table, b)]
          let difference = [PowerTerm.fixed(tables[0], a), .fixed(table, -b)]
          let expected = [
            set.multiple(p, (a + factor * b).words), set.multiple(p, (a - factor * b).words),
          ]
          #expect(group.powers([sum, difference]) == expected)
        }
      }
    }
  }

  @Test("The identity to any power is the identity", arguments: ParameterSet.allCases)
  func identity(_ set: ParameterSet) {
    var draws = Draws(36)
    var group = PairingGroup(set)
    let a = Scalar.random(in: set, using: &draws)
    let p = set.randomElement(&draws)
    #expect(group.power(GroupElement.identity(set), a).isIdentity)
    #expect(group.power(p, .zero(set)).isIdentity)
    #expect(group.power(p, .one(set)) == p)
    #expect(group.multiply(p, .identity(set)) == p)
    #expect(group.multiply(.identity(set), p) == p)
    #expect(group.inverse(GroupElement.identity(set)).isIdentity)
    #expect(group.power(TargetElement.one(set), a).isOne)
  }

  @Test(
    "Powers in G_T equal squaring and multiplying, with and without table",
    arguments:
      ParameterSet.allCases)
  func targetPowers(_ set: ParameterSet) {
    var draws = Draws(37)
    var group = PairingGroup(set)
    let u = group.pair(set.randomElement(&draws), set.randomElement(&draws))
    let tables = (set == .toy ? [2, 5, 6, 8] : [6]).map { group.table(for: u, windowBits: $0) }
    let exponents =
      Scalar.edges(set)
      + (0..<set.tries(60)).map { _ in Scalar.random(in: set, using: &draws) }
    for exponent in set == .ss1536 ? Array(exponents.dropFirst(9)) : exponents {
      let multiply = group.multiply as (TargetElement, TargetElement) -> TargetElement
      let expected = exponent.plainPower(u, .one(set), multiply)
      #expect(group.power(u, exponent) == expected)
      for table in tables { #expect(group.power(table, exponent) == expected) }
      #expect(group.multiply(expected, expected.conjugate).isOne)
      #expect(group.inverse(expected) == expected.conjugate)
    }
  }

  @Test(
    "The final exponentiation equals (conj(f)/f)^h by squaring and multiplying",
    arguments:
      ParameterSet.allCases)
  func finalExponentiation(_ set: ParameterSet) {
    var draws = Draws(38)
    let zeros = [UInt](repeating: 0, count: set.domain.limbCount)
    var values = (0..<set.tries(120)).map { _ in
      (set.randomNumber(&draws), set.randomNumber(&draws))
    }
    values += [(set.randomNumber(&draws), zeros), (zeros, set.randomNumber(&draws))]
    let domain = set.domain
    for (real, imaginary) in values {
      let (fast, plain) = set.withField(elements: 17) { field in
        let n = field.n
        let f = field.take(2)
        let u = field.take(2)
        let r = field.take(2)
        let inverse = field.take(2)
        real.withLimbs { field.copy(f, $0) }
        imaginary.withLimbs { field.copy(f + n, $0) }
        // conj(f)/f = conj(f)² / N(f).
        field.norm(inverse, f)
        field.invert(inverse, inverse)
        field.conjugate(u, f)
        field.squareQuadratic(u, u)
        field.multiply(u, u, inverse)
        field.multiply(u + n, u + n, inverse)
        field.setOneQuadratic(r)
        for bit in (0..<domain.cofactor.bitWidth).reversed() {
          field.squareQuadratic(r, r)
          if domain.cofactor[bit / 64] >> UInt(bit % 64) & 1 == 1 {
            field.multiplyQuadratic(r, r, u)
          }
        }
        let plain = field.keep(r, elements: 2)
        field.finalExponentiation(f, f, domain, scratch: field.take(9))
        return (field.keep(f, elements: 2), plain)
      }
      #expect(fast == plain)
    }
  }
}
