import CGMP

// Points of the curve from numbers: compressed points, hashes and the generator.
extension Field {
  /// Elements of scratch that the functions below need.
  static let elementsForRoot = 18

  /// The root of x³ + x whose number has a given parity, if there is one; scratch is
  /// `elementsForRoot` elements.
  func solve(_ y: Limbs, _ x: ConstantLimbs, isOdd: Bool, _ domain: Domain, scratch: Limbs) -> Bool
  {
    let value = scratch
    let square = scratch + n
    curveEquation(value, x)
    power(y, value, domain.rootExponent, scratch: scratch + 2 * n)
    self.square(square, y)
    guard areEqual(square, value) else { return false }
    choose(y, isOdd: isOdd, scratch: square)
    return true
  }

  /// A point with coordinate x or -x for every x, with one exponentiation: as q = 3 mod 4 and
  /// f(-x) = -f(x), f(x)^((q + 1)/4) is a root of f(x) or of f(-x).
  func mapToCurve(_ x: Limbs, _ y: Limbs, isOdd: Bool, _ domain: Domain, scratch: Limbs) {
    let value = scratch
    let square = scratch + n
    curveEquation(value, x)
    power(y, value, domain.rootExponent, scratch: scratch + 2 * n)
    self.square(square, y)
    if !areEqual(square, value) { negate(x, x) }
    choose(y, isOdd: isOdd, scratch: square)
  }

  private func choose(_ y: Limbs, isOdd wanted: Bool, scratch: Limbs) {
    if isOdd(y, scratch: scratch) != wanted { negate(y, y) }
  }

  /// h times an affine point, which has an order that divides r, as an element.
  mutating func clearCofactor(_ point: Limbs, _ domain: Domain) -> GroupElement {
    let multiple = take(3)
    self.multiple(multiple, point, point + n, by: domain.cofactor)
    normalise(multiple, count: 1, prefixes: take(3))
    return GroupElement(domain.parameters, self, normalised: multiple)
  }

  /// Elements that clearing the cofactor takes.
  static func elementsForClearing(_ domain: Domain) -> Int {
    6 + elementsForMultiple(bits: domain.cofactor.bitWidth)
  }
}

extension ParameterSet {
  /// h times the point with a given x; nothing if there is none, the identity if its order
  /// divides h.
  func pointOfOrder(x number: [UInt], isOdd: Bool) -> GroupElement? {
    let domain = self.domain
    let size = 2 + Field.elementsForRoot + Field.elementsForClearing(domain)
    return withField(elements: size) { field in
      let point = field.take(2)
      let scratch = field.take(Field.elementsForRoot)
      field.enter(point, number.remainder(by: domain.modulus))
      guard field.solve(point + field.n, point, isOdd: isOdd, domain, scratch: scratch) else {
        return nil
      }
      return field.clearCofactor(point, domain)
    }
  }

  /// h times the point that a number modulo q maps to, which may be the identity.
  func mapToGroup(x number: [UInt], isOdd: Bool) -> GroupElement {
    let domain = self.domain
    let size = 2 + Field.elementsForRoot + Field.elementsForClearing(domain)
    return withField(elements: size) { field in
      let point = field.take(2)
      let scratch = field.take(Field.elementsForRoot)
      field.enter(point, number.remainder(by: domain.modulus))
      field.mapToCurve(point, point + field.n, isOdd: isOdd, domain, scratch: scratch)
      return field.clearCofactor(point, domain)
    }
  }
}
