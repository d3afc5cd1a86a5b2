import PairingCrypto

extension AccessPolicy {
  /// Whether someone who holds these attributes may read.
  ///
  /// Recursive: for policies within the limit of depth.
  public func isSatisfied(by held: AttributeSet) -> Bool {
    switch self {
    case .attribute(let attribute): held.contains(attribute)
    case .all(let children): children.allSatisfy { $0.isSatisfied(by: held) }
    case .any(let children): children.contains { $0.isSatisfied(by: held) }
    case .atLeast(let threshold, let children):
      children.count { $0.isSatisfied(by: held) } >= threshold
    }
  }
}

/// Rows that together give the secret, and what their weights are made of.
///
/// ``weights(in:)`` computes the weights; which rows have one other than 1 is known without.
public struct Reconstruction: Hashable, Sendable {
  /// A threshold gate of which as many children are used as it asks for.
  struct Gate: Hashable, Sendable {
    /// The places of these children, from 1, ascending.
    var points: [Int]
    /// The threshold gate above, if there is one.
    let above: Place?
  }

  /// A child used of a threshold gate.
  struct Place: Hashable, Sendable {
    /// The gate, as an index of `gates`.
    let gate: Int
    /// The child, as an index of the gate's points.
    let point: Int
  }

  /// The rows, ascending; no smaller number of rows satisfies the policy.
  public let rows: [Int]
  /// The threshold gates used, those above first.
  let gates: [Gate]
  /// The nearest threshold gate above each row used.
  let places: [Place?]

  /// Whether every weight is 1, so that no exponentiation is needed: no row used is below a
  /// threshold gate. (`1 of` and `n of n` are no such gates.)
  public var hasUnitWeights: Bool { gates.isEmpty }

  /// Whether a row's weight is computed, given its place among ``rows``; otherwise it is 1.
  ///
  /// A computed weight may happen to be 1.
  public func isWeighted(at index: Int) -> Bool { places[index] != nil }

  /// How many rows have a computed weight.
  public var weightedRowCount: Int { places.count { $0 != nil } }

  /// How many inversions modulo the order ``weights(in:)`` counts: 1, or 0 when every weight is 1.
  public var scalarInversionCount: Int { gates.isEmpty ? 0 : 1 }

  /// The weights w with Σ wᵢ Mᵢ = (1, 0, ..., 0), in the order of ``rows``.
  ///
  /// A weight is the product of the Lagrange coefficients Π m / (m - j) of the threshold gates
  /// above its row.
  public func weights(in group: inout PairingGroup) -> [Scalar] {
    let one = Scalar.one(group.parameters)
    guard !gates.isEmpty else { return rows.map { _ in one } }
    var numerators: [Scalar] = []
    var denominators: [Scalar] = []
    var starts: [Int] = []
    for gate in gates {
      starts.append(numerators.count)
      for point in gate.points {
        let others = gate.points.filter { $0 != point }
        numerators.append(Self.product(of: others, group.parameters))
        denominators.append(Self.product(of: others.map { $0 - point }, group.parameters))
      }
    }
    // A point's coefficient, times the weight of its gate.
    var weights = Self.quotients(numerators, denominators, in: &group)
    for (index, gate) in gates.enumerated() {
      guard let above = gate.above else { continue }
      let factor = weights[starts[above.gate] + above.point]
      for point in gate.points.indices {
        weights[starts[index] + point] = weights[starts[index] + point] * factor
      }
    }
    return places.map { place in
      guard let place else { return one }
      return weights[starts[place.gate] + place.point]
    }
  }

  /// A product of small numbers, multiplied as integers as long as they stay below every order.
  private static func product(of factors: [Int], _ parameters: ParameterSet) -> Scalar {
    var product = Scalar.one(parameters)
    var small: UInt64 = 1
    var isNegative = false
    for factor in factors {
      if small >= 1 << 40 {
        product = product * Scalar(small, parameters)
        small = 1
      }
      small *= UInt64(factor.magnitude)
      if factor < 0 { isNegative.toggle() }
    }
    product = product * Scalar(small, parameters)
    return isNegative ? -product : product
  }

  /// All quotients with one inversion, by Montgomery's trick.
  ///
  /// Denominators are products of differences below the order, so none is 0.
  private static func quotients(
    _ numerators: [Scalar], _ denominators: [Scalar], in group: inout PairingGroup
  ) -> [Scalar] {
    var prefixes: [Scalar] = []
    var product = Scalar.one(group.parameters)
    for denominator in denominators {
      prefixes.append(product)
      product = product * denominator
    }
    var inverse = group.inverse(product)
    var quotients = numerators
    for index in denominators.indices.reversed() {
      quotients[index] = numerators[index] * (inverse * prefixes[index])
      inverse = inverse * denominators[index]
    }
    return quotients
  }
}

extension ShareMatrix {
  /// What satisfying a subtree costs: rows, that is pairings, and then rows with weights, that is
  /// exponentiations.
  private struct Cost {
    var rows: Int
    var weighted: Int

    static func isCheaper(_ a: Self, _ b: Self) -> Bool {
      (a.rows, a.weighted) < (b.rows, b.weighted)
    }
  }

  /// The cheapest rows whose combination is (1, 0, ..., 0), for someone who holds these attributes;
  /// nil when they don't satisfy the policy.
  ///
  /// Fewest rows first, then fewest with a weight other than 1, then those further left.
  public func reconstruction(for held: AttributeSet) -> Reconstruction? {
    reconstruction { held.contains(labels[$0].attribute) }
  }

  /// The same for someone who can use certain rows.
  func reconstruction(where isUsable: (Int) -> Bool) -> Reconstruction? {
    let costs = costs(where: isUsable)
    guard costs[0] != nil else { return nil }
    var rows: [Int] = []
    var places: [Reconstruction.Place?] = []
    var gates: [Reconstruction.Gate] = []
    var pending: [(node: Int, place: Reconstruction.Place?)] = [(0, nil)]
    while let (index, place) = pending.popLast() {
      let node = nodes[index]
      switch node.kind {
      case .leaf(let row):
        rows.append(row)
        places.append(place)
      case .all:
        for child in node.children.reversed() { pending.append((child, place)) }
      case .any:
        if let child = cheapest(1, of: node.children, costs).first {
          pending.append((child, place))
        }
      case .atLeast(let threshold):
        let chosen = cheapest(threshold, of: node.children, costs).sorted()
        gates.append(
          Reconstruction.Gate(points: chosen.map { nodes[$0].position + 1 }, above: place))
        for (point, child) in chosen.enumerated().reversed() {
          pending.append((child, Reconstruction.Place(gate: gates.count - 1, point: point)))
        }
      }
    }
    return Reconstruction(rows: rows, gates: gates, places: places)
  }

  /// The cheapest way to satisfy each node, nil when there is none.
  private func costs(where isUsable: (Int) -> Bool) -> [Cost?] {
    var costs = [Cost?](repeating: nil, count: nodes.count)
    for (index, node) in nodes.enumerated().reversed() {
      switch node.kind {
      case .leaf(let row):
        costs[index] = isUsable(row) ? Cost(rows: 1, weighted: 0) : nil
      case .all: costs[index] = sum(of: node.children, costs)
      case .any: costs[index] = sum(of: cheapest(1, of: node.children, costs), costs)
      case .atLeast(let threshold):
        let chosen = cheapest(threshold, of: node.children, costs)
        guard chosen.count == threshold, let total = sum(of: chosen, costs) else { continue }
        costs[index] = Cost(rows: total.rows, weighted: total.rows)
      }
    }
    return costs
  }

  /// What satisfying all of some nodes costs; nil when one can't be, or there are none.
  private func sum(of children: [Int], _ costs: [Cost?]) -> Cost? {
    guard !children.isEmpty else { return nil }
    var total = Cost(rows: 0, weighted: 0)
    for child in children {
      guard let cost = costs[child] else { return nil }
      total.rows += cost.rows
      total.weighted += cost.weighted
    }
    return total
  }

  /// The cheapest nodes that can be satisfied, as many as are asked for if there are; ties go to
  /// the left.
  private func cheapest(_ count: Int, of children: [Int], _ costs: [Cost?]) -> [Int] {
    let possible = children.compactMap { child in costs[child].map { (child: child, cost: $0) } }
    let sorted = possible.sorted { a, b in
      if Cost.isCheaper(a.cost, b.cost) { return true }
      return !Cost.isCheaper(b.cost, a.cost) && a.child < b.child
    }
    return sorted.prefix(count).map(\.child)
  }
}
