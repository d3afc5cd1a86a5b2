import PairingCrypto
import RecordSharing

/// SplitMix64: a small generator whose draws are the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A leaf with a valid name.
func leaf(_ name: String) throws -> AccessPolicy { .attribute(try Attribute(name)) }

/// A set of attributes from names separated by blanks.
func attributes(_ names: String) throws -> AttributeSet {
  AttributeSet(try names.split(separator: " ").map { try Attribute(String($0)) })
}

/// The problems of a text, none when it is a policy.
func problems(
  _ text: String, universe: AttributeSet? = nil, limits: PolicyLimits = .standard
) -> [PolicyProblem] {
  do throws(PolicySyntaxError) {
    _ = try AccessPolicy.parse(text, universe: universe, limits: limits)
    return []
  } catch {
    return error.problems
  }
}

extension SeededGenerator {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  /// A tree over some attributes, not always in normal form.
  mutating func policy(over universe: [Attribute], depth: Int) -> AccessPolicy {
    if depth == 0 || below(4) == 0 { return .attribute(universe[below(universe.count)]) }
    let children = (0..<1 + below(4)).map { _ in policy(over: universe, depth: depth - 1) }
    switch below(3) {
    case 0: return .all(children)
    case 1: return .any(children)
    default: return .atLeast(1 + below(children.count), of: children)
    }
  }

  /// Each attribute with a probability of some percent.
  mutating func subset(of universe: [Attribute], percent: Int) -> AttributeSet {
    AttributeSet(universe.filter { _ in below(100) < percent })
  }

  mutating func scalars(_ count: Int, _ parameters: ParameterSet) -> [Scalar] {
    (0..<count).map { _ in Scalar.random(in: parameters, using: &self) }
  }
}

/// Limits under which trees over few attributes may repeat them.
var manyRepeats: PolicyLimits {
  var limits = PolicyLimits.standard
  limits.occurrences = 4096
  return limits
}

/// Attributes a0, a1, ...
func universe(of count: Int) throws -> [Attribute] {
  try (0..<count).map { try Attribute("a\($0)") }
}
