import ConsensusCore
import Simulator

/// What a scenario says about one invariant.
public enum Expectation: String, Hashable, Sendable, CaseIterable {
  /// It must hold; a violation fails the run.
  case holds
  /// It must break: the scenario is beyond what the protocol tolerates, and an oracle that stays
  /// silent is broken (invariant D-7).
  case violated
  /// It may break; violations are reported and nothing more.
  case mayBreak = "may-break"
}

/// What a scenario says about all invariants; those not named must hold.
public struct Expectations: Sendable {
  private var named: [(invariant: InvariantID, expectation: Expectation)] = []

  /// Expects every invariant to hold.
  public init() {}

  /// Expects something else of the invariants named; later ones win over earlier.
  public init(_ named: [(invariant: InvariantID, expectation: Expectation)]) { self.named = named }

  /// What is expected of an invariant.
  public subscript(invariant: InvariantID) -> Expectation {
    get { named.last { $0.invariant == invariant }?.expectation ?? .holds }
    set { named.append((invariant, newValue)) }
  }

  /// The invariants that must break, in the order in which they were named.
  public var mustBreak: [InvariantID] {
    var result: [InvariantID] = []
    for (invariant, _) in named
    where self[invariant] == .violated && !result.contains(invariant) {
      result.append(invariant)
    }
    return result
  }
}

/// Compares what a probe found with what the scenario says.
///
/// - Parameters:
///   - violations: What the probe found, in order.
///   - expectations: What the scenario says.
/// - Returns: The violations of invariants that must hold, in order, and the invariants that must
///   break and did not.
public func judge(
  _ violations: [Violation], _ expectations: Expectations
) -> (unexpected: [Violation], missing: [InvariantID]) {
  let unexpected = violations.filter { expectations[$0.invariant] == .holds }
  let missing = expectations.mustBreak.filter { invariant in
    !violations.contains { $0.invariant == invariant }
  }
  return (unexpected, missing)
}
