import CGMP

/// One factor of a product in G.
public enum PowerTerm: Sendable {
  /// A power of a base with a table.
  case fixed(FixedBase, Scalar)
  /// A power of any base.
  case variable(GroupElement, Scalar)
  /// An element as it is.
  case element(GroupElement)
}

extension PairingGroup {
  /// A power of any element.
  public mutating func power(_ base: GroupElement, _ exponent: Scalar) -> GroupElement {
    product([.variable(base, exponent)])
  }

  /// A power of an element with a table.
  public mutating func power(_ base: FixedBase, _ exponent: Scalar) -> GroupElement {
    product([.fixed(base, exponent)])
  }

  /// A product of powers and elements.
  ///
  /// Each power is counted, and a multiplication fewer than there are factors. The empty product
  /// is the identity.
  public mutating func product(_ terms: [PowerTerm]) -> GroupElement {
    powers([terms])[0]
  }

  /// Several products that do not depend on each other, made affine with one inversion.
  ///
  /// Counted as `product` counts each.
  public mutating func powers(_ products: [[PowerTerm]]) -> [GroupElement] {
    var bases: [(element: GroupElement, exponent: Scalar)] = []
    for terms in products {
      tally.count(.pointAddition, max(terms.count - 1, 0))
      for term in terms {
        switch term {
        case .fixed(let base, let exponent):
          require(base.parameters)
          require(exponent.parameters)
          tally.count(.fixedExponentiation)
        case .variable(let base, let exponent):
          require(base.parameters)
          require(exponent.parameters)
          tally.count(.variableExponentiation)
          bases.append((base, exponent))
        case .element(let element): require(element.parameters)
        }
      }
    }
    return Self.evaluate(products, bases, parameters)
  }

  /// The product of two elements.
  public mutating func multiply(_ a: GroupElement, _ b: GroupElement) -> GroupElement {
    product([.element(a), .element(b)])
  }

  private static func evaluate(
    _ products: [[PowerTerm]], _ bases: [(element: GroupElement, exponent: Scalar)],
    _ parameters: ParameterSet
  ) -> [GroupElement] {
    let bits = parameters.domain.orderBits
    let width = Field.width(bits: bits)
    let entries = 1 << (width - 2)
    let tableElements = 3 * entries * bases.count
    let scratchElements = max(entries * bases.count, products.count) + 7
    let elements = tableElements + 3 * products.count + scratchElements
    return parameters.withField(elements: elements) { field in
      let tables = field.take(tableElements)
      let results = field.take(3 * products.count)
      let scratch = field.take(scratchElements)
      let stride = bits + 1
      var digits = [Int8](repeating: 0, count: stride * bases.count)
      digits.withUnsafeMutableBufferPointer { buffer in
        guard let address = buffer.baseAddress else { return }
        for (index, base) in bases.enumerated() {
          field.beginPower(
            base.element, base.exponent, width: width, bits: bits, digits: address + index * stride,
            table: tables + index * 3 * entries * field.n, scratch: scratch)
        }
      }
      field.normalise(tables, count: entries * bases.count, prefixes: scratch)
      digits.withUnsafeBufferPointer { buffer in
        var next = 0
        for (index, terms) in products.enumerated() {
          let p = results + index * 3 * field.n
          let first = next
          for case .variable in terms { next += 1 }
          if let address = buffer.baseAddress, next > first {
            field.sumOfMultiples(
              p, tables: tables, entries: entries, digits: address, stride: stride,
              terms: first..<next)
          } else {
            field.setInfinity(p)
          }
          field.addOthers(p, terms)
        }
      }
      field.normalise(results, count: products.count, prefixes: scratch)
      return products.indices.map {
        GroupElement(parameters, field, normalised: results + $0 * 3 * field.n)
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

  /// Adds the factors that are not powers of any base.
  fileprivate func addOthers(_ p: Limbs, _ terms: [PowerTerm]) {
    for term in terms {
      switch term {
      case .variable: continue
      case .fixed(let base, let exponent): add(point: p, base, exponent)
      case .element(let element):
        guard !element.isIdentity else { continue }
        element.coordinates.withLimbs { add(point: p, $0, $0 + n) }
      }
    }
  }
}
