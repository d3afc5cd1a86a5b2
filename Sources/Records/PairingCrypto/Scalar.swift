import CGMP

/// An exponent: an integer modulo the order of the groups of one parameter set.
public struct Scalar: Sendable {
  /// The set whose order reduces it.
  public let parameters: ParameterSet
  /// The number below the order; the upper limbs are zero in the smaller sets.
  let limbs: InlineArray<4, UInt>

  private init(limbs: InlineArray<4, UInt>, _ parameters: ParameterSet) {
    self.limbs = limbs
    self.parameters = parameters
  }

  private init(reduced: [UInt], _ parameters: ParameterSet) {
    self.init(
      limbs: InlineArray<4, UInt> { $0 < reduced.count ? reduced[$0] : 0 }, parameters)
  }

  /// A number modulo the order.
  public init(_ value: UInt64, _ parameters: ParameterSet) {
    let wide = [UInt(value)] + [UInt](repeating: 0, count: 3)
    self.init(reduced: wide.remainder(by: parameters.domain.order), parameters)
  }

  /// Zero.
  public static func zero(_ parameters: ParameterSet) -> Self { Self(0, parameters) }

  /// One.
  public static func one(_ parameters: ParameterSet) -> Self { Self(1, parameters) }

  /// A big-endian number of any length modulo the order.
  ///
  /// The result is uniform if the bytes are and have some 128 bits more than the order.
  public init(reducing bytes: [UInt8], _ parameters: ParameterSet) {
    let order = parameters.domain.order
    let number = [UInt](bigEndian: bytes, minimum: order.count)
    self.init(reduced: number.remainder(by: order), parameters)
  }

  /// One more than a big-endian number of any length modulo p - 1: an element of Z_p*.
  ///
  /// The result is uniform if the bytes are and have some 128 bits more than the order.
  public init(nonzero bytes: [UInt8], _ parameters: ParameterSet) {
    var modulus = parameters.domain.order
    // The order is odd: nothing is borrowed.
    modulus[0] -= 1
    let number = [UInt](bigEndian: bytes, minimum: modulus.count)
    var rest = number.remainder(by: modulus)
    for index in rest.indices {
      rest[index] &+= 1
      if rest[index] != 0 { break }
    }
    self.init(reduced: rest, parameters)
  }

  /// A uniform scalar other than zero, by rejection.
  public static func random(
    in parameters: ParameterSet, using generator: inout some RandomNumberGenerator
  ) -> Self {
    let order = parameters.domain.order
    let unused = order.count * 64 - order.bitWidth
    while true {
      var candidate = order.map { _ in UInt(generator.next()) }
      candidate[order.count - 1] >>= UInt(unused)
      if candidate.isBelow(order), candidate.contains(where: { $0 != 0 }) {
        return Self(reduced: candidate, parameters)
      }
    }
  }

  /// Whether it is zero.
  public var isZero: Bool { limbs[0] | limbs[1] | limbs[2] | limbs[3] == 0 }

  /// The number, big-endian, in as many bytes as the order has.
  public var bytes: [UInt8] { words.bigEndianBytes(parameters.scalarBytes) }

  /// Version byte, parameter id and `bytes`.
  public var serialized: [UInt8] { Header.serialise(bytes, parameters) }

  /// Reads `bytes`; refuses other lengths and numbers that are not below the order.
  public init(_ bytes: [UInt8], _ parameters: ParameterSet) throws(DecodingFailure) {
    try Header.requireLength(bytes, parameters.scalarBytes)
    let order = parameters.domain.order
    let number = [UInt](bigEndian: bytes, minimum: order.count)
    guard number.isBelow(order) else { throw .scalarTooLarge(parameters) }
    self.init(reduced: number, parameters)
  }

  /// Reads `serialized`.
  public init(
    serialized: [UInt8], _ parameters: ParameterSet
  ) throws(DecodingFailure) {
    try self.init(try Header.open(serialized, parameters), parameters)
  }

  /// The same scalar if it is in Z_p*.
  public func requireNonzero() throws(DecodingFailure) -> Self {
    guard !isZero else { throw .zeroScalar(parameters) }
    return self
  }

  /// The limbs that the order has.
  var words: [UInt] { (0..<parameters.domain.order.count).map { limbs[$0] } }

  /// The inverse; zero has none.
  func inverted() -> Self {
    precondition(!isZero, "zero has no inverse modulo the order")
    let order = parameters.domain.order
    var inverse = order
    order.withLimbs { modulus in
      words.withLimbs { value in
        Integers.invert(&inverse, value, modulo: modulus, order.count)
      }
    }
    return Self(reduced: inverse, parameters)
  }
}

extension Scalar: Equatable {
  /// Whether both are the same number of the same set.
  public static func == (a: Self, b: Self) -> Bool {
    a.parameters == b.parameters && a.limbs[0] == b.limbs[0] && a.limbs[1] == b.limbs[1]
      && a.limbs[2] == b.limbs[2] && a.limbs[3] == b.limbs[3]
  }
}

// Arithmetic modulo the order; both operands are of one set.
extension Scalar {
  private static func requireSame(_ a: Self, _ b: Self) {
    precondition(
      a.parameters == b.parameters,
      "scalars of \(a.parameters.name) and \(b.parameters.name) do not mix")
  }

  /// The sum.
  public static func + (a: Self, b: Self) -> Self {
    requireSame(a, b)
    let first = a.words
    var sum = [UInt](repeating: 0, count: first.count + 1)
    sum[first.count] = limbs_add(&sum, first, b.words, first.count)
    return Self(reduced: sum.remainder(by: a.parameters.domain.order), a.parameters)
  }

  /// The difference.
  public static func - (a: Self, b: Self) -> Self { a + -b }

  /// The product.
  public static func * (a: Self, b: Self) -> Self {
    requireSame(a, b)
    let product = a.words.times(b.words)
    return Self(reduced: product.remainder(by: a.parameters.domain.order), a.parameters)
  }

  /// The negative.
  public static prefix func - (a: Self) -> Self {
    guard !a.isZero else { return a }
    let order = a.parameters.domain.order
    var difference = order
    _ = limbs_subtract(&difference, order, a.words, order.count)
    return Self(reduced: difference, a.parameters)
  }
}
