import CGMP

// Powers in the subgroup of F_q2 of norm one by Lucas sequences: for u = a + b i and P = 2 a the
// sequence V_k = u^k + u^-k needs a product and a square of F_q a bit, and
// u^k = V_k / 2 + i (V_k a - V_(k+1)) / (2 b).
extension Field {
  /// V_e and V_(e+1) for a nonzero exponent; scratch is an element.
  func lucas(
    _ v: Limbs, _ next: Limbs, twiceReal: ConstantLimbs, _ exponent: ConstantLimbs, bits: Int,
    scratch two: Limbs
  ) {
    double(two, one)
    copy(v, twiceReal)
    square(next, twiceReal)
    subtract(next, next, two)
    for position in (0..<(bits - 1)).reversed() {
      if exponent[position >> 6] >> UInt(position & 63) & 1 == 0 {
        multiply(next, next, v)
        subtract(next, next, twiceReal)
        square(v, v)
        subtract(v, v, two)
      } else {
        multiply(v, v, next)
        subtract(v, v, twiceReal)
        square(next, next)
        subtract(next, next, two)
      }
    }
  }

  /// The power of u = a + b i, given 1/b, where u has norm one and b is not zero; scratch is four
  /// elements.
  func unitPower(
    _ r: Limbs, real: ConstantLimbs, inverseImaginary: ConstantLimbs, _ exponent: [UInt],
    scratch: Limbs
  ) {
    let v = scratch
    let next = scratch + n
    let twice = scratch + 2 * n
    double(twice, real)
    exponent.withLimbs { limbs in
      lucas(
        v, next, twiceReal: twice, limbs, bits: exponent.bitWidth, scratch: scratch + 3 * n)
    }
    multiply(twice, v, real)
    subtract(twice, twice, next)
    multiply(twice, twice, inverseImaginary)
    multiply(r + n, twice, half)
    multiply(r, v, half)
  }

  /// f^((q² - 1)/r) = (conj(f)/f)^h of a nonzero f; scratch is nine elements.
  ///
  /// With f = x + y i, conj(f)/f has real part (x² - y²)/N and imaginary part -2 x y/N for
  /// N = x² + y². One inversion, of 2 x y N, serves both 1/N and 1/b = -N/(2 x y).
  func finalExponentiation(_ r: Limbs, _ f: ConstantLimbs, _ domain: Domain, scratch: Limbs) {
    let norm = scratch
    let real = scratch + n
    let inverse = scratch + 2 * n
    let product = scratch + 3 * n
    self.norm(norm, f)
    multiply(product, f, f + n)
    double(product, product)
    guard !isZero(product) else {
      // conj(f)/f is 1 or -1, and h is even.
      setOneQuadratic(r)
      return
    }
    multiply(inverse, norm, product)
    invert(inverse, inverse)
    square(real, f)
    square(scratch + 4 * n, f + n)
    subtract(real, real, scratch + 4 * n)
    multiply(real, real, inverse)
    multiply(real, real, product)
    multiply(inverse, inverse, norm)
    multiply(inverse, inverse, norm)
    negate(inverse, inverse)
    unitPower(
      r, real: real, inverseImaginary: inverse, domain.cofactor, scratch: scratch + 5 * n)
  }

  /// Whether an element of norm one is in the group of order r: V_r = 2; scratch is four elements.
  func isInTargetGroup(_ value: ConstantLimbs, _ domain: Domain, scratch: Limbs) -> Bool {
    let twice = scratch + 2 * n
    double(twice, value)
    domain.order.withLimbs { limbs in
      lucas(
        scratch, scratch + n, twiceReal: twice, limbs, bits: domain.orderBits,
        scratch: scratch + 3 * n)
    }
    double(twice, one)
    return areEqual(scratch, twice)
  }
}
