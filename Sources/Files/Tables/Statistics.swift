/// Statistics of replicates and of latencies, bit for bit the same in every run.
///
/// Everything here is computed in the order of the array from + - * / and square root alone, which
/// IEEE 754 fixes exactly. Results are stored by index, so their order is that of the plan and not
/// of completion.
public enum Statistics {
  /// The arithmetic mean; nil for no values or a value that is not finite.
  public static func mean(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let mean = sum(values) / Double(values.count)
    return mean.isFinite ? mean : nil
  }

  /// The arithmetic mean of whole numbers, such as nanoseconds: the sum is exact and the division
  /// rounds once; nil for no values.
  public static func mean(_ values: [Int64]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sum = values.reduce(into: Int128(0)) { $0 += Int128($1) }
    return Double(sum) / Double(values.count)
  }

  /// The sample standard deviation, with n - 1 below; nil for fewer than two values or a value that
  /// is not finite.
  ///
  /// Two passes: the squares of deviations from the mean do not cancel.
  public static func standardDeviation(_ values: [Double]) -> Double? {
    guard values.count >= 2, let mean = mean(values) else { return nil }
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    let deviation = (sum(squares) / Double(values.count - 1)).squareRoot()
    return deviation.isFinite ? deviation : nil
  }

  /// Half the width of the 95 % confidence interval of the mean: t s / sqrt(n); nil where the
  /// standard deviation is.
  ///
  /// Assumption: the values are independent and about normal, as means of replicates with different
  /// seeds are.
  public static func halfWidth95(_ values: [Double]) -> Double? {
    guard let deviation = standardDeviation(values) else { return nil }
    return studentT95(degreesOfFreedom: values.count - 1) * deviation
      / Double(values.count).squareRoot()
  }

  /// The value that a Student variable exceeds in size with probability 5 %.
  ///
  /// Rounded up in the fifth decimal, up to 30 degrees of freedom and at 40, 60 and 120. Between those and
  /// beyond, it is interpolated in 1 / degrees of freedom: the quantile is convex there, so that the
  /// interpolation is never too small, and too large by less than 0.0001.
  public static func studentT95(degreesOfFreedom: Int) -> Double {
    precondition(degreesOfFreedom >= 1, "\(degreesOfFreedom) degrees of freedom")
    if degreesOfFreedom <= smallT.count { return smallT[degreesOfFreedom - 1] }
    let x = 1 / Double(degreesOfFreedom)
    var above = (x: 1 / Double(smallT.count), t: smallT[smallT.count - 1])
    for next in [(1.0 / 40, 2.02108), (1.0 / 60, 2.00030), (1.0 / 120, 1.97994), (0, 1.95997)] {
      let below = (x: next.0, t: next.1)
      if x >= below.x { return below.t + (above.t - below.t) * (x - below.x) / (above.x - below.x) }
      above = below
    }
    return above.t
  }

  /// The 97.5 % quantiles for 1 to 30 degrees of freedom, rounded up in the fifth decimal.
  private static let smallT: [Double] = [
    12.70621, 4.30266, 3.18245, 2.77645, 2.57059, 2.44692, 2.36463, 2.30601,
    2.26216, 2.22814, 2.20099, 2.17882, 2.16037, 2.14479, 2.13145, 2.11991,
    2.10982, 2.10093, 2.09303, 2.08597, 2.07962, 2.07388, 2.06866, 2.06390,
    2.05954, 2.05553, 2.05184, 2.04841, 2.04523, 2.04228,
  ]

  /// The smallest value that at least `perMille` thousandths of the values do not exceed (nearest
  /// rank); nil for no values.
  ///
  /// The result is one of the values, never an interpolation. `sorted` is ascending; `perMille` is 0
  /// to 1000, and 500 is the median, 990 the 99th percentile, 0 the least value.
  public static func percentile(_ perMille: Int, ofSorted sorted: [Int64]) -> Int64? {
    precondition((0...1000).contains(perMille), "\(perMille) thousandths")
    guard !sorted.isEmpty else { return nil }
    // ceil(count * perMille / 1000), split so that no count overflows.
    let (thousands, rest) = sorted.count.quotientAndRemainder(dividingBy: 1000)
    let rank = thousands * perMille + (rest * perMille + 999) / 1000
    return sorted[max(rank, 1) - 1]
  }

  /// The sum from the first value to the last, with Neumaier's compensation: about as exact as if it
  /// was rounded once.
  private static func sum(_ values: [Double]) -> Double {
    var sum = 0.0
    var lost = 0.0
    for value in values {
      let next = sum + value
      lost += sum.magnitude >= value.magnitude ? (sum - next) + value : (value - next) + sum
      sum = next
    }
    return sum + lost
  }
}

/// What a result table says about the values of one cell over its replicates.
public struct Summary: Hashable, Sendable {
  /// How many values there are.
  public let count: Int
  /// Their mean; nil for none.
  public let mean: Double?
  /// Their sample standard deviation; nil for fewer than two.
  public let standardDeviation: Double?
  /// Half the width of the 95 % confidence interval of the mean; nil for fewer than two.
  public let halfWidth95: Double?

  /// Summarises values in the order of their replicates.
  public init(_ values: [Double]) {
    count = values.count
    mean = Statistics.mean(values)
    standardDeviation = Statistics.standardDeviation(values)
    halfWidth95 = Statistics.halfWidth95(values)
  }
}
