/// A supersingular curve y² = x³ + x over F_q with its groups G and G_T of prime order.
///
/// All sets are symmetric (type 1, PBC's type A): e : G × G → G_T with embedding degree 2.
public enum ParameterSet: UInt8, CaseIterable, Sendable {
  /// A 61-bit order, for exhaustive tests: insecure.
  case toy = 1
  /// The constants of PBC's `a.param`: 160-bit order, 512-bit field, about 80 bits of security.
  case ss512 = 2
  /// A 256-bit order and a 1536-bit field: 128 bits of security.
  case ss1536 = 3

  /// The name in scenarios, profiles and files.
  public var name: String {
    switch self {
    case .toy: "toy"
    case .ss512: "ss512"
    case .ss1536: "ss1536"
    }
  }

  /// What the set protects against, in words for people.
  public var strength: String {
    switch self {
    case .toy: "insecure, for tests"
    case .ss512: "about 80 bits"
    case .ss1536: "128 bits"
    }
  }

  /// The set with a name, if there is one.
  public init?(name: String) {
    guard let set = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = set
  }
}
