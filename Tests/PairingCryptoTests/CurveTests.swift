import Testing

@testable import PairingCrypto

@Suite("The curve")
struct CurveTests {
  /// The sum of two points by the code for mixed additions, starting from 2^shift times the first.
  private func sum(_ a: GroupElement, _ b: GroupElement, isNegated: Bool) -> GroupElement {
    let set = a.parameters
    return set.withField(elements: 6) { field in
      let p = field.take(3)
      field.setInfinity(p)
      if !a.isIdentity { a.coordinates.withLimbs { field.add(point: p, $0, $0 + field.n) } }
      b.coordinates.withLimbs { field.add(point: p, $0, $0 + field.n, isNegated: isNegated) }
      field.normalise(p, count: 1, prefixes: field.take(3))
      return GroupElement(set, field, normalised: p)
    }
  }

  @Test("Additions meet doubling, inverses and the identity", arguments: ParameterSet.allCases)
  func specialCases(_ set: ParameterSet) {
    var draws = Draws(20)
    let p = set.randomElement(&draws)
    let double = set.multiple(p, [2])
    #expect(sum(p, p, isNegated: false) == double)
    #expect(sum(p, p, isNegated: true).isIdentity)
    #expect(sum(p, p.inverted, isNegated: false).isIdentity)
    #expect(sum(p, p.inverted, isNegated: true) == double)
    #expect(sum(.identity(set), p, isNegated: false) == p)
    #expect(sum(.identity(set), p, isNegated: true) == p.inverted)
    #expect(sum(double, p, isNegated: true) == p)
    #expect(sum(double, p, isNegated: false) == set.multiple(p, [3]))
  }

  @Test(
    "An addition to a point with Z other than one meets the same special cases",
    arguments:
      ParameterSet.allCases)
  func specialCasesWithDenominators(_ set: ParameterSet) {
    var draws = Draws(21)
    let p = set.randomElement(&draws)
    let double = set.multiple(p, [2])
    for (other, isNegated, expected) in [
      (double, false, set.multiple(p, [4])), (double, true, GroupElement.identity(set)),
      (p, false, set.multiple(p, [3])), (p, true, p),
    ] {
      let result = set.withField(elements: 6) { field in
        let t = field.take(3)
        p.coordinates.withLimbs { field.set(point: t, $0, $0 + field.n) }
        field.double(point: t)
        other.coordinates.withLimbs {
          field.add(point: t, $0, $0 + field.n, isNegated: isNegated)
        }
        field.normalise(t, count: 1, prefixes: field.take(3))
        return GroupElement(set, field, normalised: t)
      }
      #expect(result == expected)
    }
  }

  @Test(
    "Points of order 2, 3 and 4 exist and are not in the group",
    arguments:
      ParameterSet.allCases, [UInt(2), 3, 4])
  func smallOrders(_ set: ParameterSet, _ order: UInt) {
    let point = set.pointOfSmallOrder(order)
    #expect(set.multiple(point, [order]).isIdentity)
    for smaller in 1..<order { #expect(!set.multiple(point, [smaller]).isIdentity) }
    let isInSubgroup = set.withField(elements: 3) { field in
      let scratch = field.take(3)
      return point.coordinates.withLimbs {
        field.isInSubgroup(set.domain, $0, $0 + field.n, scratch: scratch)
      }
    }
    #expect(!isInSubgroup)
  }

  @Test(
    "Multiples in windows equal plain ones, also of points of small order",
    arguments: [
      ParameterSet.toy, .ss512,
    ])
  func multiples(_ set: ParameterSet) {
    var draws = Draws(22)
    let domain = set.domain
    var points = [UInt(2), 3, 4, 6, 12].map(set.pointOfSmallOrder)
    points += (0..<3).compactMap { set.multipleOfCurvePoint(x: 100 + $0, []) }
    points.append(set.randomElement(&draws))
    let numbers: [[UInt]] =
      [[0], [1], [2], [3], [12], [31], [32], domain.order, domain.cofactor, domain.modulus]
      + (0..<5).map { _ in (0..<4).map { _ in UInt(draws.next()) } }
    for point in points {
      for number in numbers {
        let result = set.withField(
          elements: 6 + Field.elementsForMultiple(bits: number.bitWidth)
        ) { field in
          let p = field.take(3)
          point.coordinates.withLimbs {
            field.multiple(p, $0, $0 + field.n, by: number)
          }
          field.normalise(p, count: 1, prefixes: field.take(3))
          return GroupElement(set, field, normalised: p)
        }
        #expect(result == set.multiple(point, number))
      }
    }
  }

  @Test("Making points affine together equals making each affine, with infinity among them")
  func normalisation() {
    let set = ParameterSet.toy
    var draws = Draws(23)
    let points = (0..<9).map { _ in set.randomElement(&draws) }
    set.withField(elements: 3 * 11 + 13) { field in
      let n = field.n
      let all = field.take(3 * 11)
      for (index, point) in points.enumerated() {
        let p = all + (index < 4 ? index : index + 1) * 3 * n
        point.coordinates.withLimbs { field.set(point: p, $0, $0 + n) }
        for _ in 0...index { field.double(point: p) }
      }
      field.setInfinity(all + 4 * 3 * n)
      field.setInfinity(all + 10 * 3 * n)
      field.normalise(all, count: 11, prefixes: field.take(13))
      for index in 0..<11 {
        let element = GroupElement(set, field, normalised: all + index * 3 * n)
        if index == 4 || index == 10 {
          #expect(element.isIdentity)
        } else {
          let source = index < 4 ? index : index - 1
          #expect(element == set.multiple(points[source], [1 << UInt(source + 1)]))
        }
      }
    }
  }

  @Test(
    "x = 1 and (0, 0) have small order and come out as the identity",
    arguments:
      ParameterSet.allCases)
  func traps(_ set: ParameterSet) {
    let largest = [set.domain.modulus[0] - 1] + set.domain.modulus.dropFirst()
    for isOdd in [false, true] {
      // Either 1 or -1 has a root; both belong to points of order 4.
      #expect(set.mapToGroup(x: [1], isOdd: isOdd).isIdentity)
      #expect(set.mapToGroup(x: Array(largest), isOdd: isOdd).isIdentity)
      #expect(set.mapToGroup(x: [0], isOdd: isOdd).isIdentity)
      #expect(set.pointOfOrder(x: [1], isOdd: isOdd)?.isIdentity ?? true)
      #expect(!set.mapToGroup(x: [2], isOdd: isOdd).isIdentity)
    }
  }

  @Test(
    "A coordinate without point is refused, its negative has one",
    arguments:
      ParameterSet.allCases)
  func oneOfBoth(_ set: ParameterSet) {
    let domain = set.domain
    for x in UInt(2)..<20 {
      var negative = domain.modulus
      negative[0] -= x  // The lowest limb of every modulus is larger.
      let found = set.pointOfOrder(x: [x], isOdd: false)
      let other = set.pointOfOrder(x: negative, isOdd: false)
      #expect((found == nil) != (other == nil))
      #expect(set.mapToGroup(x: [x], isOdd: false) == found ?? other)
      if set == .ss1536, x > 4 { break }
    }
  }
}
