import CGMP

/// An element of G_T: of F_q2, of norm one and of an order that divides that of G.
public struct TargetElement: Sendable, Equatable {
  /// The set of the groups.
  public let parameters: ParameterSet
  /// Real and imaginary part in Montgomery form.
  let coordinates: [UInt]

  /// Trusts the coordinates to be those of an element of G_T.
  init(_ parameters: ParameterSet, coordinates: [UInt]) {
    self.parameters = parameters
    self.coordinates = coordinates
  }

  init(_ parameters: ParameterSet, _ field: Field, _ value: ConstantLimbs) {
    self.init(parameters, coordinates: field.keep(value, elements: 2))
  }

  /// The identity.
  public static func one(_ parameters: ParameterSet) -> Self {
    parameters.withField(elements: 2) { field in
      let value = field.take(2)
      field.setOneQuadratic(value)
      return Self(parameters, field, value)
    }
  }

  /// Whether it is the identity.
  public var isOne: Bool { self == .one(parameters) }

  /// The complex conjugate, which is the inverse because the norm is one.
  public var conjugate: Self {
    parameters.withField(elements: 2) { field in
      let value = field.take(2)
      coordinates.withLimbs { field.conjugate(value, $0) }
      return Self(parameters, field, value)
    }
  }

  /// Real and imaginary part, big-endian: 128 bytes in `ss512`, 384 in `ss1536`.
  public var bytes: [UInt8] {
    parameters.withField(elements: 0) { field in
      coordinates.withLimbs { value in
        let size = parameters.domain.fieldBytes
        return field.number(value).bigEndianBytes(size)
          + field.number(value + field.n).bigEndianBytes(size)
      }
    }
  }

  /// Version byte, parameter id and `bytes`.
  public var serialized: [UInt8] { Header.serialise(bytes, parameters) }
}
