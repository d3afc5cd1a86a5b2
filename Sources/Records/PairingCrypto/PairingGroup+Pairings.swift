import CGMP

extension PairingGroup {
  /// e(a, b).
  public mutating func pair(_ a: GroupElement, _ b: GroupElement) -> TargetElement {
    product(ofPairings: [.pair(a, b)])
  }

  /// The product of several pairings with one final exponentiation and common squarings.
  public mutating func product(ofPairings terms: [PairingTerm]) -> TargetElement {
    var plain: [(GroupElement, GroupElement)] = []
    var prepared: [(PreparedElement, GroupElement)] = []
    for term in terms {
      switch term {
      case .pair(let a, let b):
        require(a.parameters)
        require(b.parameters)
        tally.count(.millerLoop)
        if !a.isIdentity, !b.isIdentity { plain.append((a, b)) }
      case .prepared(let a, let b):
        require(a.parameters)
        require(b.parameters)
        tally.count(.preparedMillerLoop)
        if !a.element.isIdentity, !b.isIdentity { prepared.append((a, b)) }
      }
    }
    tally.count(.finalExponentiation)
    return Self.evaluate(plain, prepared, parameters)
  }

  private static func evaluate(
    _ plain: [(GroupElement, GroupElement)], _ prepared: [(PreparedElement, GroupElement)],
    _ parameters: ParameterSet
  ) -> TargetElement {
    let domain = parameters.domain
    let elements = Field.elementsOfPair * plain.count + 2 * prepared.count + 13
    return parameters.withField(elements: elements) { field in
      let pairs = field.take(Field.elementsOfPair * plain.count)
      for (index, pair) in plain.enumerated() {
        let address = pairs + index * Field.elementsOfPair * field.n
        pair.0.coordinates.withLimbs { p in
          limbs_copy(address + 2 * field.n, p, 2 * field.n)
          field.set(point: address + 4 * field.n, p, p + field.n)
        }
        pair.1.coordinates.withLimbs { limbs_copy(address, $0, 2 * field.n) }
      }
      let seconds = field.take(2 * prepared.count)
      for (index, pair) in prepared.enumerated() {
        pair.1.coordinates.withLimbs {
          limbs_copy(seconds + index * 2 * field.n, $0, 2 * field.n)
        }
      }
      let value = field.take(2)
      withLines(of: prepared[...], []) { lines in
        lines.withUnsafeBufferPointer { buffer in
          let miller = MillerPairs(
            pairs: pairs, count: plain.count, prepared: seconds, lines: buffer)
          field.millerLoop(value, miller, domain)
        }
      }
      field.finalExponentiation(value, value, domain, scratch: field.take(9))
      return TargetElement(parameters, field, value)
    }
  }

  /// Lends the addresses of the lines of all prepared arguments at once.
  private static func withLines(
    of prepared: ArraySlice<(PreparedElement, GroupElement)>, _ addresses: [ConstantLimbs],
    _ body: ([ConstantLimbs]) -> Void
  ) {
    guard let first = prepared.first else {
      body(addresses)
      return
    }
    first.0.lines.withLimbs {
      withLines(of: prepared.dropFirst(), addresses + [$0], body)
    }
  }

  /// A power of any element of G_T.
  public mutating func power(_ base: TargetElement, _ exponent: Scalar) -> TargetElement {
    require(base.parameters)
    require(exponent.parameters)
    tally.count(.targetExponentiation)
    guard !exponent.isZero else { return .one(parameters) }
    return parameters.withField(elements: 7) { field in
      let value = field.take(2)
      let inverse = field.take()
      let scratch = field.take(4)
      return base.coordinates.withLimbs { u in
        // The order is odd, so only one has no imaginary part.
        guard !field.isZero(u + field.n) else { return base }
        field.invert(inverse, u + field.n)
        field.unitPower(
          value, real: u, inverseImaginary: inverse, exponent.words, scratch: scratch)
        return TargetElement(parameters, field, value)
      }
    }
  }

  /// A power of an element of G_T with a table.
  public mutating func power(_ base: TargetFixedBase, _ exponent: Scalar) -> TargetElement {
    require(base.parameters)
    require(exponent.parameters)
    tally.count(.targetExponentiation)
    return parameters.withField(elements: 4) { field in
      let value = field.take(2)
      field.power(value, base, exponent, scratch: field.take(2))
      return TargetElement(parameters, field, value)
    }
  }

  /// The product of two elements of G_T.
  public func multiply(_ a: TargetElement, _ b: TargetElement) -> TargetElement {
    require(a.parameters)
    require(b.parameters)
    return parameters.withField(elements: 2) { field in
      let value = field.take(2)
      a.coordinates.withLimbs { first in
        b.coordinates.withLimbs { field.multiplyQuadratic(value, first, $0) }
      }
      return TargetElement(parameters, field, value)
    }
  }
}
