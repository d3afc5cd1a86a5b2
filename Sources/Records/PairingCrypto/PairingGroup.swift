/// The groups G and G_T of one parameter set with their pairing, counting what is done.
///
/// A simulator's arithmetic: correct and fast, but neither constant in time nor meant for
/// production. Values of different sets do not mix; to mix them is a programmer's mistake.
public struct PairingGroup: Sendable {
  /// The set.
  public let parameters: ParameterSet
  /// What was done since the caller last set it.
  public var tally: OperationTally

  /// The groups of a set, nothing counted.
  public init(_ parameters: ParameterSet) {
    self.parameters = parameters
    tally = OperationTally()
  }

  /// The generator of G: h times the point with the smallest x >= 2 on the curve and even y.
  public static func generator(of parameters: ParameterSet) -> GroupElement {
    switch parameters {
    case .toy: Generators.toy
    case .ss512: Generators.ss512
    case .ss1536: Generators.ss1536
    }
  }

  /// The inverse in G.
  public func inverse(_ a: GroupElement) -> GroupElement {
    require(a.parameters)
    return a.inverted
  }

  /// The inverse in G_T.
  public func inverse(_ a: TargetElement) -> TargetElement {
    require(a.parameters)
    return a.conjugate
  }

  /// The inverse modulo the order, of a scalar that is not zero.
  public mutating func inverse(_ a: Scalar) -> Scalar {
    require(a.parameters)
    tally.count(.scalarInversion)
    return a.inverted()
  }

  /// A table for a base in G that stays and is not the identity.
  ///
  /// 8 bits suit a base that is used hundreds of times, 4 or 5 one that is used some ten times.
  public mutating func table(for base: GroupElement, windowBits: Int = 8) -> FixedBase {
    require(base.parameters)
    tally.count(.tableOfPowers)
    return FixedBase(base, windowBits: windowBits)
  }

  /// A table for a base in G_T that stays.
  public func table(for base: TargetElement, windowBits: Int = 6) -> TargetFixedBase {
    require(base.parameters)
    return TargetFixedBase(base, windowBits: windowBits)
  }

  /// The lines of a first argument of pairings that stays.
  public mutating func prepare(_ a: GroupElement) -> PreparedElement {
    require(a.parameters)
    tally.count(.preparation)
    return PreparedElement(a)
  }

  /// Traps if a value is of another set.
  func require(_ other: ParameterSet) {
    precondition(
      other == parameters, "a value of \(other.name) among values of \(parameters.name)")
  }
}

/// The generators, computed once.
private enum Generators {
  static let toy = generator(.toy)
  static let ss512 = generator(.ss512)
  static let ss1536 = generator(.ss1536)

  static func generator(_ parameters: ParameterSet) -> GroupElement {
    var x: UInt = 2
    while true {
      let point = parameters.pointOfOrder(x: [x], isOdd: false)
      if let point, !point.isIdentity { return point }
      x += 1
    }
  }
}
