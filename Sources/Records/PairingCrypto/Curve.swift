import CGMP

// y² = x³ + x in Jacobian coordinates (X/Z², Y/Z³), infinity is Z = 0. A point is X, Y, Z in a row,
// an affine point x, y.
//
// Doubling and addition come in two halves so that a Miller loop can take the line in between:
// `tangent` and `chord` replace Z and leave the slope's parts in scratch, the `finish` functions
// replace X and Y.
extension Field {
  // Elements 2... of the scratch; the first two belong to F_q2.
  /// Z² of the old point.
  @inline(__always)
  var oldZSquared: Limbs { work + 2 * n }
  /// The numerator of the slope; its denominator is the new Z.
  @inline(__always)
  var slope: Limbs { work + 3 * n }
  /// 2 Y² in a doubling, x2 Z² - X in an addition.
  @inline(__always)
  var auxiliary: Limbs { work + 4 * n }
  @inline(__always)
  private var s0: Limbs { work + 5 * n }
  @inline(__always)
  private var s1: Limbs { work + 6 * n }
  @inline(__always)
  private var s2: Limbs { work + 7 * n }
  @inline(__always)
  private var negated: Limbs { work + 8 * n }

  /// Z' = 2 Y Z, slope 3 X² + Z⁴ and auxiliary 2 Y²: three squarings and a product, two squares
  /// of the slope sharing a reduction.
  @inline(__always)
  func tangent(_ p: Limbs) {
    square(oldZSquared, p + 2 * n)
    limbs_square(wide0, p, n)
    limbs_square(wide1, oldZSquared, n)
    addWide(wide1, wide0)
    addWide(wide1, wide0)
    addWide(wide0, wide1)
    reduce(slope, wide0)
    square(auxiliary, p + n)
    double(auxiliary, auxiliary)
    multiply(p + 2 * n, p + n, p + 2 * n)
    double(p + 2 * n, p + 2 * n)
  }

  /// S = 4 X Y², X' = slope² - 2 S, Y' = slope (S - X') - 8 Y⁴.
  @inline(__always)
  func finishDoubling(_ p: Limbs) {
    multiply(s0, p, auxiliary)
    double(s0, s0)
    square(p, slope)
    subtract(p, p, s0)
    subtract(p, p, s0)
    subtract(s0, s0, p)
    limbs_multiply(wide0, slope, s0, n)
    limbs_square(wide1, auxiliary, n)
    subtractWide(wide0, wide1)
    subtractWide(wide0, wide1)
    reduce(p + n, wide0)
  }

  /// Doubles a point; infinity and points of order 2 give infinity.
  func double(point p: Limbs) {
    tangent(p)
    finishDoubling(p)
  }

  /// H = x Z² - X (auxiliary), slope y Z³ - Y, Z' = Z H.
  @inline(__always)
  func chord(_ p: Limbs, _ x: ConstantLimbs, _ y: ConstantLimbs) {
    square(oldZSquared, p + 2 * n)
    multiply(auxiliary, x, oldZSquared)
    subtract(auxiliary, auxiliary, p)
    multiply(slope, oldZSquared, p + 2 * n)
    multiply(slope, slope, y)
    subtract(slope, slope, p + n)
    multiply(p + 2 * n, p + 2 * n, auxiliary)
  }

  /// V = X H², X' = slope² - H³ - 2 V, Y' = slope (V - X') - Y H³.
  @inline(__always)
  func finishAddition(_ p: Limbs) {
    square(s0, auxiliary)
    multiply(s1, s0, auxiliary)
    multiply(s2, p, s0)
    square(p, slope)
    subtract(p, p, s1)
    subtract(p, p, s2)
    subtract(p, p, s2)
    subtract(s2, s2, p)
    limbs_multiply(wide0, slope, s2, n)
    limbs_multiply(wide1, p + n, s1, n)
    subtractWide(wide0, wide1)
    reduce(p + n, wide0)
  }

  /// Adds an affine point or its inverse to any point.
  func add(point p: Limbs, _ x: ConstantLimbs, _ y: ConstantLimbs, isNegated: Bool = false) {
    var y = y
    if isNegated {
      negate(negated, y)
      y = ConstantLimbs(negated)
    }
    guard !isZero(p + 2 * n) else {
      set(point: p, x, y)
      return
    }
    chord(p, x, y)
    if isZero(auxiliary) {
      // The same x: twice the point, or infinity, which Z = 0 says already.
      guard isZero(slope) else { return }
      set(point: p, x, y)
      double(point: p)
      return
    }
    finishAddition(p)
  }

  /// Makes a point of affine coordinates.
  @inline(__always)
  func set(point p: Limbs, _ x: ConstantLimbs, _ y: ConstantLimbs) {
    copy(p, x)
    copy(p + n, y)
    copy(p + 2 * n, one)
  }

  /// Makes a point infinity.
  @inline(__always)
  func setInfinity(_ p: Limbs) { p.update(repeating: 0, count: 3 * n) }

  /// Makes points affine with one inversion: X and Y become x and y; infinity keeps Z = 0.
  ///
  /// - Parameters:
  ///   - points: Points in a row.
  ///   - count: How many.
  ///   - prefixes: Scratch for `count + 2` elements.
  func normalise(_ points: Limbs, count: Int, prefixes: Limbs) {
    invertAll(points + 2 * n, stride: 3 * n, count: count, prefixes: prefixes)
    for index in 0..<count {
      let p = points + index * 3 * n
      guard !isZero(p + 2 * n) else { continue }
      square(s0, p + 2 * n)
      multiply(p, p, s0)
      multiply(s0, s0, p + 2 * n)
      multiply(p + n, p + n, s0)
    }
  }

  /// x³ + x.
  func curveEquation(_ r: Limbs, _ x: ConstantLimbs) {
    square(s0, x)
    add(s0, s0, one)
    multiply(r, s0, x)
  }

  /// A multiple of an affine point by plain doubling and addition, right for points of any order.
  func plainMultiple(
    _ p: Limbs, _ x: ConstantLimbs, _ y: ConstantLimbs, digits: UnsafePointer<Int8>, count: Int
  ) {
    setInfinity(p)
    for index in (0..<count).reversed() {
      double(point: p)
      if digits[index] != 0 { add(point: p, x, y, isNegated: digits[index] < 0) }
    }
  }

  /// Whether the order of an affine point divides r.
  func isInSubgroup(
    _ domain: Domain, _ x: ConstantLimbs, _ y: ConstantLimbs, scratch p: Limbs
  ) -> Bool {
    set(point: p, x, y)
    domain.loop.withUnsafeBufferPointer { digits in
      for digit in digits {
        double(point: p)
        if digit != 0 { add(point: p, x, y, isNegated: digit < 0) }
      }
    }
    return isZero(p + 2 * n)
  }
}
