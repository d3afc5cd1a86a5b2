/// Zipf's law over ranks from 0: rank r is drawn with a weight of (r + 1)^-exponent.
///
/// It is drawn by inverting the cumulative weights, which are kept in a table, so that the same law
/// serves for the first n ranks only: a catalogue that grows keeps its table.
public struct Zipf: Sendable {
  /// The exponent; 0 is the uniform law.
  public let exponent: Double
  /// The sum of the weights of all ranks up to and including each.
  private let cumulative: [Double]

  /// Computes the table for `count` ranks, at least 1; `exponent` is finite and not negative.
  public init(count: Int, exponent: Double) {
    precondition(count > 0, "Zipf's law over \(count) ranks")
    precondition(exponent.isFinite && exponent >= 0, "Zipf's law with exponent \(exponent)")
    self.exponent = exponent
    var sum = 0.0
    cumulative = (1...count).map { place in
      sum += Elementary.exponential(-exponent * Elementary.logarithm(Double(place)))
      return sum
    }
  }

  /// The number of ranks.
  public var count: Int { cumulative.count }

  /// Draws a rank below `n`, which is between 1 and ``count``.
  public func rank(among n: Int, _ draw: inout Draw) -> Int {
    precondition(n > 0 && n <= count, "a rank among \(n) of \(count)")
    let goal = draw.unit() * cumulative[n - 1]
    // The first rank whose cumulative weight exceeds the goal; rounding may leave only the last.
    var low = 0
    var high = n - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > goal { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
