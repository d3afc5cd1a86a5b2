import CGMP

/// An element of G: a point of prime order on the curve, or the identity.
public struct GroupElement: Sendable, Equatable {
  /// The set of the curve.
  public let parameters: ParameterSet
  /// x and y in Montgomery form; nothing for the identity.
  let coordinates: [UInt]

  /// Trusts the coordinates to be those of a point of G.
  init(_ parameters: ParameterSet, coordinates: [UInt]) {
    self.parameters = parameters
    self.coordinates = coordinates
  }

  /// The identity: the point at infinity.
  public static func identity(_ parameters: ParameterSet) -> Self {
    Self(parameters, coordinates: [])
  }

  /// Whether it is the identity.
  public var isIdentity: Bool { coordinates.isEmpty }

  /// The compressed point: 2, or 3 if y is odd, and x, big-endian; all zero for the identity.
  ///
  /// 65 bytes in `ss512`, 193 in `ss1536`.
  public var bytes: [UInt8] {
    guard !isIdentity else { return [UInt8](repeating: 0, count: parameters.elementBytes) }
    return parameters.withField(elements: 0) { field in
      coordinates.withLimbs { x in
        let y = field.number(x + field.n)
        let number = field.number(x)
        return [2 | UInt8(truncatingIfNeeded: y[0] & 1)]
          + number.bigEndianBytes(parameters.domain.fieldBytes)
      }
    }
  }

  /// Version byte, parameter id and `bytes`.
  public var serialized: [UInt8] { Header.serialise(bytes, parameters) }

  /// The element with the opposite y.
  var inverted: Self {
    guard !isIdentity else { return self }
    return parameters.withField(elements: 2) { field in
      let point = field.take(2)
      coordinates.withLimbs { x in
        field.copy(point, x)
        field.negate(point + field.n, x + field.n)
      }
      return Self(parameters, coordinates: field.keep(point, elements: 2))
    }
  }
}

extension GroupElement {
  /// Takes a point that was made affine, X, Y, Z in a row.
  init(_ parameters: ParameterSet, _ field: Field, normalised point: ConstantLimbs) {
    self.init(
      parameters,
      coordinates: field.isZero(point + 2 * field.n) ? [] : field.keep(point, elements: 2))
  }
}
