import CGMP

/// Several products of powers that are computed together.
///
/// Powers of bases with tables are sums of affine points. Neighbours of all products are added in
/// pairs with one inversion a round, six field products a sum instead of eleven, while there are
/// enough of them; what is left joins the powers of other bases in Jacobian coordinates.
struct PowerProducts {
  private let parameters: ParameterSet
  private let products: [[PowerTerm]]
  private let bases: [(element: GroupElement, exponent: Scalar)]

  /// The points of one product that are still to be added.
  struct PointList {
    /// Where the first one is.
    let start: Int
    /// How many there are.
    var count: Int
  }

  /// Fewer additions than this are not worth an inversion.
  private static let pairsWorthInverting = 4

  /// Products with the bases and exponents of all variable powers in their order.
  init(
    _ parameters: ParameterSet, _ products: [[PowerTerm]],
    _ bases: [(element: GroupElement, exponent: Scalar)]
  ) {
    self.parameters = parameters
    self.products = products
    self.bases = bases
  }

  /// The values of the products.
  func evaluate() -> [GroupElement] {
    let capacity = pointCapacity
    let half = capacity / 2 + 1
    return parameters.withField(elements: 2 * capacity + 2 * half + 2) { field in
      let points = field.take(2 * capacity)
      let denominators = field.take(half)
      let prefixes = field.take(half + 2)
      var lists = gather(field, points)
      while true {
        let pairs = lists.reduce(0) { $0 + $1.count / 2 }
        let isLastRound = bases.isEmpty && pairs > 0 && lists.allSatisfy { $0.count <= 2 }
        guard isLastRound || pairs >= Self.pairsWorthInverting else { break }
        field.addNeighbours(points, &lists, denominators: denominators, prefixes: prefixes)
      }
      guard bases.isEmpty, lists.allSatisfy({ $0.count <= 1 }) else {
        return evaluate(points, lists)
      }
      return lists.map { list in
        let coordinates = field.keep(points + list.start * 2 * field.n, elements: 2 * list.count)
        return GroupElement(parameters, coordinates: coordinates)
      }
    }
  }

  /// An upper bound of the affine points of all products.
  private var pointCapacity: Int {
    var capacity = 0
    for terms in products {
      for term in terms {
        switch term {
        case .fixed(let base, _): capacity += Windows.count(parameters.domain, base.windowBits)
        case .element: capacity += 1
        case .variable: continue
        }
      }
    }
    return capacity
  }

  /// Collects the affine points of every product.
  private func gather(_ field: Field, _ points: Limbs) -> [PointList] {
    var next = 0
    return products.map { terms in
      var list = PointList(start: next, count: 0)
      for term in terms {
        let address = points + next * 2 * field.n
        switch term {
        case .fixed(let base, let exponent): next += field.gather(address, base, exponent)
        case .element(let element):
          guard !element.isIdentity else { continue }
          element.coordinates.withLimbs { limbs_copy(address, $0, 2 * field.n) }
          next += 1
        case .variable: continue
        }
      }
      list.count = next - list.start
      return list
    }
  }

  /// Adds the powers without tables and the points that are left.
  private func evaluate(_ points: Limbs, _ lists: [PointList]) -> [GroupElement] {
    let bits = parameters.domain.orderBits
    let width = Field.width(bits: bits)
    let entries = 1 << (width - 2)
    let stride = bits + 1
    let tableElements = 3 * entries * bases.count
    let scratchElements = max(entries * bases.count, products.count) + 7
    let elements = tableElements + 3 * products.count + scratchElements
    return parameters.withField(elements: elements) { field in
      let n = field.n
      let tables = field.take(tableElements)
      let results = field.take(3 * products.count)
      let scratch = field.take(scratchElements)
      withUnsafeTemporaryAllocation(of: Int8.self, capacity: stride * bases.count + 1) { digits in
        guard let address = digits.baseAddress else { return }
        for (index, base) in bases.enumerated() {
          field.beginPower(
            base.element, base.exponent, width: width, bits: bits, digits: address + index * stride,
            table: tables + index * 3 * entries * n, scratch: scratch)
        }
        field.normalise(tables, count: entries * bases.count, prefixes: scratch)
        var next = 0
        for (index, terms) in products.enumerated() {
          let p = results + index * 3 * n
          let first = next
          for case .variable in terms { next += 1 }
          field.sumOfMultiples(
            p, tables: tables, entries: entries, digits: address, stride: stride,
            terms: first..<next)
          for point in lists[index].start..<(lists[index].start + lists[index].count) {
            let coordinates = points + point * 2 * n
            field.add(point: p, coordinates, coordinates + n)
          }
        }
      }
      field.normalise(results, count: products.count, prefixes: scratch)
      return products.indices.map {
        GroupElement(parameters, field, normalised: results + $0 * 3 * n)
      }
    }
  }
}

extension Field {
  /// Writes the digits and the odd multiples of one power; the identity has no digits.
  fileprivate func beginPower(
    _ base: GroupElement, _ exponent: Scalar, width: Int, bits: Int,
    digits: UnsafeMutablePointer<Int8>, table: Limbs, scratch: Limbs
  ) {
    let entries = 1 << (width - 2)
    guard !base.isIdentity else {
      table.update(repeating: 0, count: 3 * entries * n)
      digits.update(repeating: 0, count: bits + 1)
      return
    }
    let words = exponent.words
    words.withLimbs { limbs in
      _ = SignedDigits.nonAdjacent(
        BitReader(limbs: limbs, count: words.count), bits: bits, width: width, into: digits)
    }
    let isOfPrimeOrder = base.coordinates.withLimbs { point in
      oddMultiples(table, entries: entries, point, point + n, scratch: scratch)
    }
    precondition(isOfPrimeOrder, "an element of small order")
  }

  /// Adds neighbours among the points of each list with one inversion for all.
  ///
  /// Opposite neighbours vanish: their denominator is zero and stays so. `denominators` has an
  /// element for each pair, `prefixes` two more.
  fileprivate func addNeighbours(
    _ points: Limbs, _ lists: inout [PowerProducts.PointList], denominators: Limbs, prefixes: Limbs
  ) {
    var pairs = 0
    for list in lists {
      for pair in 0..<(list.count / 2) {
        let a = points + (list.start + 2 * pair) * 2 * n
        let b = a + 2 * n
        let denominator = denominators + pairs * n
        subtract(denominator, b, a)
        if isZero(denominator), areEqual(a + n, b + n) { double(denominator, a + n) }
        pairs += 1
      }
    }
    invertAll(denominators, stride: n, count: pairs, prefixes: prefixes)
    pairs = 0
    for index in lists.indices {
      let first = points + lists[index].start * 2 * n
      var kept = 0
      for pair in 0..<(lists[index].count / 2) {
        let a = first + 4 * pair * n
        let b = a + 2 * n
        let inverse = denominators + pairs * n
        pairs += 1
        guard !isZero(inverse) else { continue }
        addAffine(first + kept * 2 * n, a, b, inverse: inverse, isDoubling: areEqual(a, b))
        kept += 1
      }
      if lists[index].count & 1 == 1 {
        limbs_copy(first + kept * 2 * n, first + (lists[index].count - 1) * 2 * n, 2 * n)
        kept += 1
      }
      lists[index].count = kept
    }
  }

  /// r = a + b of affine points, given the inverse of xb - xa, or of 2 ya if both are the same.
  @inline(__always)
  func addAffine(
    _ r: Limbs, _ a: ConstantLimbs, _ b: ConstantLimbs, inverse: ConstantLimbs, isDoubling: Bool
  ) {
    let slope = work + 2 * n
    let x = work + 3 * n
    let y = work + 4 * n
    if isDoubling {
      square(slope, a)
      double(x, slope)
      add(slope, slope, x)
      add(slope, slope, one)
    } else {
      subtract(slope, b + n, a + n)
    }
    multiply(slope, slope, inverse)
    square(x, slope)
    subtract(x, x, a)
    subtract(x, x, b)
    subtract(y, a, x)
    multiply(y, y, slope)
    subtract(r + n, y, a + n)
    copy(r, x)
  }
}
