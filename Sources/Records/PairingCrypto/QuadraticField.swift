import CGMP

// F_q2 = F_q(i), i² = -1. An element is two field elements in a row: re, im.
//
// Sums of products are reduced once (lazy reduction): all products are below q², so sums and
// differences stay below q R with one correction each.
extension Field {
  @inline(__always)
  private var sum: Limbs { work }
  @inline(__always)
  private var difference: Limbs { work + n }

  /// (a0 + a1 i)² = (a0 + a1)(a0 - a1) + 2 a0 a1 i.
  func squareQuadratic(_ r: Limbs, _ a: ConstantLimbs) {
    add(sum, a, a + n)
    subtract(difference, a, a + n)
    multiply(r + n, a, a + n)
    double(r + n, r + n)
    multiply(r, sum, difference)
  }

  /// Three products (Karatsuba), two reductions.
  func multiplyQuadratic(_ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs) {
    limbs_multiply(wide0, a, b, n)
    limbs_multiply(wide1, a + n, b + n, n)
    add(sum, a, a + n)
    add(difference, b, b + n)
    limbs_multiply(wide2, sum, difference, n)
    subtractWide(wide2, wide0)
    subtractWide(wide2, wide1)
    subtractWide(wide0, wide1)
    reduce(r, wide0)
    reduce(r + n, wide2)
  }

  /// The conjugate, which is the inverse if the norm is one.
  @inline(__always)
  func conjugate(_ r: Limbs, _ a: ConstantLimbs) {
    copy(r, a)
    negate(r + n, a + n)
  }

  /// Sets one of F_q2.
  @inline(__always)
  func setOneQuadratic(_ r: Limbs) {
    copy(r, one)
    setZero(r + n)
  }

  /// Whether an element is one.
  func isOneQuadratic(_ a: ConstantLimbs) -> Bool { areEqual(a, one) && isZero(a + n) }

  /// a0² + a1².
  func norm(_ r: Limbs, _ a: ConstantLimbs) {
    limbs_square(wide0, a, n)
    limbs_square(wide1, a + n, n)
    addWide(wide0, wide1)
    reduce(r, wide0)
  }
}
