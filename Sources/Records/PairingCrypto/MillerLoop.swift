import CGMP

/// The pairs of points of one product of pairings, in the memory of a field context.
///
/// e(P, Q) = f_{r,P}(-xQ, i yQ)^((q² - 1)/r): the distortion map sends (x, y) to (-x, i y), so
/// vertical lines take values in F_q, which the final exponentiation removes. They are left out,
/// and lines may be scaled by elements of F_q.
struct MillerPairs {
  /// Seven elements a pair: x and y of Q, then of P and its running multiple T.
  let pairs: Limbs
  /// How many pairs of points.
  let count: Int
  /// Two elements for each Q whose partner is prepared.
  let prepared: Limbs
  /// The lines of each partner.
  let lines: UnsafeBufferPointer<ConstantLimbs>
}

extension Field {
  /// Elements of a pair of points.
  static let elementsOfPair = 7

  @inline(__always)
  private var line: Limbs { work + 10 * n }

  /// The product of f_{r,P}(Q) over all pairs, up to factors in F_q.
  ///
  /// The last digit of r always meets T = P or T = -P, a vertical line.
  func millerLoop(_ f: Limbs, _ pairs: MillerPairs, _ domain: Domain) {
    setOneQuadratic(f)
    let last = domain.loop.count - 1
    var step = 0
    domain.loop.withUnsafeBufferPointer { digits in
      for (index, digit) in digits.enumerated() {
        if index > 0 { squareQuadratic(f, f) }
        for pair in 0..<pairs.count {
          doublingStep(f, pairs.pairs + pair * Field.elementsOfPair * n)
        }
        multiplyByPrepared(f, pairs, step)
        step += 1
        guard digit != 0, index < last else { continue }
        for pair in 0..<pairs.count {
          additionStep(f, pairs.pairs + pair * Field.elementsOfPair * n, isNegated: digit < 0)
        }
        multiplyByPrepared(f, pairs, step)
        step += 1
      }
    }
  }

  /// Multiplies f by the tangent at T, T = 2 T.
  ///
  /// The line is slope (Z² xQ + X) - 2 Y² + i Z' Z² yQ.
  private func doublingStep(_ f: Limbs, _ pair: Limbs) {
    let t = pair + 4 * n
    tangent(t)
    multiply(line, oldZSquared, pair)
    add(line, line, t)
    multiply(line, line, slope)
    subtract(line, line, auxiliary)
    multiply(line + n, oldZSquared, t + 2 * n)
    multiply(line + n, line + n, pair + n)
    multiplyQuadratic(f, f, line)
    finishDoubling(t)
  }

  /// Multiplies f by the chord of T and ±P, T = T ± P.
  ///
  /// The line is slope (xQ + xP) - Z' yP + i Z' yQ.
  private func additionStep(_ f: Limbs, _ pair: Limbs, isNegated: Bool) {
    let t = pair + 4 * n
    let x = pair + 2 * n
    let y = work + 9 * n
    if isNegated { negate(y, pair + 3 * n) } else { copy(y, pair + 3 * n) }
    chord(t, x, y)
    add(line, pair, x)
    limbs_multiply(wide0, line, slope, n)
    limbs_multiply(wide1, t + 2 * n, y, n)
    subtractWide(wide0, wide1)
    reduce(line, wide0)
    multiply(line + n, t + 2 * n, pair + n)
    multiplyQuadratic(f, f, line)
    finishAddition(t)
  }

  /// Multiplies f by the line of a step of every prepared pair: slope xQ + intercept + i yQ.
  @inline(__always)
  private func multiplyByPrepared(_ f: Limbs, _ pairs: MillerPairs, _ step: Int) {
    for pair in 0..<pairs.lines.count {
      let entry = pairs.lines[pair] + step * 2 * n
      let q = pairs.prepared + pair * 2 * n
      multiply(line, entry, q)
      add(line, line, entry + n)
      copy(line + n, q + n)
      multiplyQuadratic(f, f, line)
    }
  }

  /// The lines of a point's Miller loop, slope and intercept of each, with one inversion.
  ///
  /// `lines` receives two elements a line and scratch is `2 count + 5` elements.
  func prepareLines(
    _ lines: Limbs, count: Int, _ point: ConstantLimbs, _ domain: Domain, scratch: Limbs
  ) {
    let t = scratch
    let denominators = scratch + 3 * n
    let prefixes = denominators + count * n
    let y = work + 9 * n
    set(point: t, point, point + n)
    let last = domain.loop.count - 1
    var step = 0
    for (index, digit) in domain.loop.enumerated() {
      let entry = lines + step * 2 * n
      tangent(t)
      multiply(entry, slope, oldZSquared)
      multiply(entry + n, slope, t)
      subtract(entry + n, entry + n, auxiliary)
      multiply(denominators + step * n, oldZSquared, t + 2 * n)
      finishDoubling(t)
      step += 1
      guard digit != 0, index < last else { continue }
      let next = lines + step * 2 * n
      if digit < 0 { negate(y, point + n) } else { copy(y, point + n) }
      chord(t, point, y)
      copy(next, slope)
      limbs_multiply(wide0, point, slope, n)
      limbs_multiply(wide1, t + 2 * n, y, n)
      subtractWide(wide0, wide1)
      reduce(next + n, wide0)
      copy(denominators + step * n, t + 2 * n)
      finishAddition(t)
      step += 1
    }
    invertAll(denominators, stride: n, count: count, prefixes: prefixes)
    for step in 0..<count {
      let entry = lines + step * 2 * n
      multiply(entry, entry, denominators + step * n)
      multiply(entry + n, entry + n, denominators + step * n)
    }
  }
}

extension Domain {
  /// Lines of a Miller loop: one a digit and one more for each nonzero digit but the last.
  var lineCount: Int { loop.count + loop.dropLast().count { $0 != 0 } }
}
