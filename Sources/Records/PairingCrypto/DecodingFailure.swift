/// Why bytes from outside are not what they should be.
public enum DecodingFailure: Error, Equatable, Sendable {
  /// Fewer bytes than the encoding has.
  case truncated(found: Int, expected: Int)
  /// More bytes than the encoding has.
  case oversized(found: Int, expected: Int)
  /// A version of the encoding that is not known.
  case wrongVersion(found: UInt8, expected: UInt8)
  /// A parameter id that no set has.
  case unknownParameterSet(found: UInt8)
  /// A value of another parameter set.
  case wrongParameterSet(found: ParameterSet, expected: ParameterSet)
  /// A first byte of a point that is neither 2 nor 3.
  case badPrefix(found: UInt8)
  /// A coordinate that is not below the field's prime.
  case coordinateTooLarge(ParameterSet)
  /// An x that no point of the curve has.
  case notOnCurve(ParameterSet)
  /// The identity, where an element of prime order is expected.
  case identity(ParameterSet)
  /// A point whose order does not divide the group's.
  case outsideSubgroup(ParameterSet)
  /// An element of F_q2 whose norm is not one.
  case normNotOne(ParameterSet)
  /// An element of norm one whose order does not divide the group's.
  case outsideTargetGroup(ParameterSet)
  /// A scalar that is not below the groups' order.
  case scalarTooLarge(ParameterSet)
  /// A scalar that is zero, where one of Z_p* is expected.
  case zeroScalar(ParameterSet)
}

extension DecodingFailure: CustomStringConvertible {
  /// What was found and what is allowed, in a sentence.
  public var description: String {
    switch self {
    case .truncated(let found, let expected): "found \(found) bytes, fewer than \(expected)"
    case .oversized(let found, let expected): "found \(found) bytes, more than \(expected)"
    case .wrongVersion(let found, let expected):
      "found encoding version \(found), known is version \(expected)"
    case .unknownParameterSet(let found):
      "found parameter id \(found), known are "
        + ParameterSet.allCases.map { "\($0.rawValue) (\($0.name))" }.joined(separator: ", ")
    case .wrongParameterSet(let found, let expected):
      "found a value of \(found.name), expected one of \(expected.name)"
    case .badPrefix(let found): "found \(found) before a coordinate, allowed are 2 and 3"
    case .coordinateTooLarge(let set):
      "found a coordinate that is not below the prime of \(set.name)"
    case .notOnCurve(let set): "found a coordinate that no point of \(set.name) has"
    case .identity(let set): "found the identity, allowed are the other elements of \(set.name)"
    case .outsideSubgroup(let set):
      "found a point of the curve outside the group of \(set.name)"
    case .normNotOne(let set):
      "found an element of the quadratic field of \(set.name) whose norm is not one"
    case .outsideTargetGroup(let set):
      "found an element of norm one outside the target group of \(set.name)"
    case .scalarTooLarge(let set): "found a scalar that is not below the order of \(set.name)"
    case .zeroScalar(let set): "found zero, allowed are the other scalars of \(set.name)"
    }
  }
}

/// The two bytes before a value that travels on its own: version and parameter set.
enum Header {
  static let version: UInt8 = 1
  static let size = 2

  /// Prefixes a value.
  static func serialise(_ bytes: [UInt8], _ parameters: ParameterSet) -> [UInt8] {
    [version, parameters.rawValue] + bytes
  }

  /// Removes the header of a value that must be of one set.
  static func open(
    _ serialized: [UInt8], _ expected: ParameterSet
  ) throws(DecodingFailure) -> [UInt8] {
    guard serialized.count >= size else {
      throw .truncated(found: serialized.count, expected: size)
    }
    guard serialized[0] == version else {
      throw .wrongVersion(found: serialized[0], expected: version)
    }
    guard let found = ParameterSet(rawValue: serialized[1]) else {
      throw .unknownParameterSet(found: serialized[1])
    }
    guard found == expected else {
      throw .wrongParameterSet(found: found, expected: expected)
    }
    return Array(serialized[size...])
  }

  /// Refuses bytes of another length.
  static func requireLength(_ bytes: [UInt8], _ expected: Int) throws(DecodingFailure) {
    guard bytes.count >= expected else {
      throw .truncated(found: bytes.count, expected: expected)
    }
    guard bytes.count <= expected else {
      throw .oversized(found: bytes.count, expected: expected)
    }
  }
}
