import PairingCrypto

@testable import RecordSharing

/// The formulas of Paper §II-C as printed, to show what they do.
enum Printed {
  /// D_x = h(x)^{1/v_x}, without the user's t.
  static func key(
    _ key: UserKey<RealElements>, master: RealScheme.MasterKey,
    _ prepared: RealScheme.PreparedParameters, _ scheme: inout RealScheme
  ) -> UserKey<RealElements> {
    var printed = key
    for (index, component) in key.components.enumerated() {
      guard let place = prepared.parameters.universe.index(of: component.attribute) else {
        continue
      }
      let exponent = scheme.group.inverse(master.secrets[place])
      for copy in component.points.indices {
        let base = scheme.hash(RowLabel(component.attribute, occurrence: copy + 1))
        printed.components[index].points[copy] = scheme.group.power(base, exponent)
      }
    }
    return printed
  }

  /// k = C' A / e(D, C'') with A = A2 / A1, A1 = ∏ e(C_i, D_{ρ(i)})^{w_i}, A2 = ∏ e(C'_i, D')^{w_i}.
  static func recover(
    _ capsule: Capsule<RealElements>, rows: [Int], weights: [Scalar], _ key: UserKey<RealElements>,
    _ group: inout PairingGroup
  ) -> TargetElement {
    var quotient = TargetElement.one(group.parameters)
    for (row, weight) in zip(rows, weights) {
      guard let component = key.point(for: capsule.policy.labels[row]) else { continue }
      let a1 = group.power(group.pair(capsule.rows[row].point, component), weight)
      let a2 = group.power(group.pair(capsule.shares[row], key.registered), weight)
      quotient = group.multiply(quotient, group.multiply(a2, group.inverse(a1)))
    }
    let numerator = group.multiply(capsule.masked, quotient)
    return group.multiply(
      numerator, group.inverse(group.pair(key.blinded, capsule.header)))
  }

  /// t2 = g^{aπ}, the first factor of t1.
  static func token(
    _ pi: Scalar, sum: Scalar, _ prepared: RealScheme.PreparedParameters,
    _ group: inout PairingGroup
  ) -> (t1: GroupElement, t2: GroupElement) {
    let t1 = group.product([
      .fixed(prepared.sharing, pi), .fixed(prepared.generator, pi * sum),
    ])
    return (t1, group.power(prepared.sharing, pi))
  }
}
