import DiscreteEvents

/// Places of a list, drawn by their weights.
struct CatalogueWeights: Sendable {
  private let cumulative: [Double]

  /// Weights that are not negative and not all 0.
  init(_ weights: [Double]) {
    var sum = 0.0
    cumulative = weights.map { weight in
      precondition(weight >= 0 && weight.isFinite, "a weight of \(weight)")
      sum += weight
      return sum
    }
    precondition(sum > 0, "no weight above 0 among \(weights.count)")
  }

  /// Draws a place; one of weight 0 never.
  func place(_ draw: inout Draw) -> Int {
    let goal = draw.unit() * (cumulative.last ?? 0)
    if let place = cumulative.firstIndex(where: { $0 > goal }) { return place }
    // Only rounding leads here: the first place that reaches the sum has a weight.
    return cumulative.firstIndex { $0 == cumulative.last } ?? 0
  }
}
