import CGMP

/// The prime field F_q at work: constants and scratch memory of one call.
///
/// Elements are n limbs in Montgomery form, below q. Results may lie where operands lie unless a
/// comment says otherwise. A context lives within `ParameterSet.withField`.
struct Field {
  /// Limbs of an element.
  let n: Int
  /// q.
  let modulus: ConstantLimbs
  /// -1/q modulo 2^64.
  let negatedInverse: UInt
  /// Products before reduction, 2n limbs each.
  let wide0: Limbs
  let wide1: Limbs
  let wide2: Limbs
  /// Scratch of the leaves: two elements of F_q2 arithmetic, then those of the curve.
  let work: Limbs
  private var free: Limbs
  private let end: Limbs

  /// Elements that every context keeps for itself.
  static let ownElements = 5 + 6 + 14

  /// Makes a context in memory of `ownElements` and more.
  init(_ domain: Domain, memory: Limbs, elements: Int) {
    n = domain.limbCount
    negatedInverse = domain.negatedInverse
    domain.fieldConstants.withLimbs { limbs_copy(memory, $0, 5 * domain.limbCount) }
    modulus = ConstantLimbs(memory)
    wide0 = memory + 5 * n
    wide1 = memory + 7 * n
    wide2 = memory + 9 * n
    work = memory + 11 * n
    free = memory + Field.ownElements * n
    end = memory + elements * n
  }

  /// One.
  var one: ConstantLimbs { modulus + n }
  /// R² modulo q: a product with it enters Montgomery form.
  var entering: ConstantLimbs { modulus + 2 * n }
  /// R³ modulo q: a product with it turns the inverse of a R into that of a, times R.
  var afterInversion: ConstantLimbs { modulus + 3 * n }
  /// One half.
  var half: ConstantLimbs { modulus + 4 * n }

  /// Memory for some more elements.
  mutating func take(_ count: Int = 1) -> Limbs {
    let taken = free
    free += count * n
    precondition(free <= end, "a field context has too little memory")
    return taken
  }

  // MARK: One field element

  @inline(__always)
  func copy(_ r: Limbs, _ a: ConstantLimbs) { limbs_copy(r, a, n) }

  @inline(__always)
  func setZero(_ r: Limbs) { r.update(repeating: 0, count: n) }

  @inline(__always)
  func isZero(_ a: ConstantLimbs) -> Bool {
    var index = 0
    while index < n {
      if a[index] != 0 { return false }
      index += 1
    }
    return true
  }

  @inline(__always)
  func areEqual(_ a: ConstantLimbs, _ b: ConstantLimbs) -> Bool { limbs_compare(a, b, n) == 0 }

  /// Whether a number of n limbs is at least q.
  @inline(__always)
  func reachesModulus(_ a: ConstantLimbs) -> Bool {
    let top = a[n - 1]
    let bound = modulus[n - 1]
    if top != bound { return top > bound }
    return limbs_compare(a, modulus, n) >= 0
  }

  @inline(__always)
  func add(_ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs) {
    let carry = limbs_add(r, a, b, n)
    if carry != 0 || reachesModulus(r) { _ = limbs_subtract(r, r, modulus, n) }
  }

  @inline(__always)
  func subtract(_ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs) {
    if limbs_subtract(r, a, b, n) != 0 { _ = limbs_add(r, r, modulus, n) }
  }

  @inline(__always)
  func double(_ r: Limbs, _ a: ConstantLimbs) { add(r, a, a) }

  @inline(__always)
  func negate(_ r: Limbs, _ a: ConstantLimbs) {
    if isZero(a) { setZero(r) } else { _ = limbs_subtract(r, modulus, a, n) }
  }

  @inline(__always)
  func multiply(_ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs) {
    limbs_multiply(wide0, a, b, n)
    reduce(r, wide0)
  }

  @inline(__always)
  func square(_ r: Limbs, _ a: ConstantLimbs) {
    limbs_square(wide0, a, n)
    reduce(r, wide0)
  }

  // MARK: Products before reduction: numbers of 2n limbs below q R

  @inline(__always)
  func addWide(_ t: Limbs, _ u: ConstantLimbs) {
    let carry = limbs_add(t, t, u, 2 * n)
    if carry != 0 || reachesModulus(t + n) { _ = limbs_subtract(t + n, t + n, modulus, n) }
  }

  @inline(__always)
  func subtractWide(_ t: Limbs, _ u: ConstantLimbs) {
    if limbs_subtract(t, t, u, 2 * n) != 0 { _ = limbs_add(t + n, t + n, modulus, n) }
  }

  /// t / R modulo q; destroys t.
  @inline(__always)
  func reduce(_ r: Limbs, _ t: Limbs) {
    Field.reduce(r, t, modulus, n, negatedInverse)
  }

  /// Each round clears the lowest limb that is left by adding a multiple of q and keeps the carry
  /// in its place; the carries are added in the end.
  @inline(never)
  static func reduce(
    _ r: Limbs, _ t: Limbs, _ modulus: ConstantLimbs, _ n: Int, _ negatedInverse: UInt
  ) {
    var index = 0
    while index < n {
      t[index] = limbs_add_product(t + index, modulus, n, t[index] &* negatedInverse)
      index += 1
    }
    let carry = limbs_add(r, t + n, t, n)
    let top = r[n - 1]
    let bound = modulus[n - 1]
    if carry != 0 || top > bound || (top == bound && limbs_compare(r, modulus, n) >= 0) {
      _ = limbs_subtract(r, r, modulus, n)
    }
  }
}

extension ParameterSet {
  /// Runs a calculation in the field with memory for some elements.
  @inline(__always)
  func withField<Result, Failure>(
    elements: Int, _ body: (inout Field) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let domain = self.domain
    let count = Field.ownElements + elements
    let memory = Limbs.allocate(capacity: count * domain.limbCount)
    defer { memory.deallocate() }
    var field = Field(domain, memory: memory, elements: count)
    return try body(&field)
  }
}
