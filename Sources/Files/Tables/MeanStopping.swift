/// When there are enough values for a mean: looks at fixed numbers of them.
///
/// A mean is looked at after 10, 20, 40 values and so on, and after the most there may be. Its interval covers
/// slightly less than 95 % where a look ended it, since values that happen to be alike end it early.
public struct MeanStopping: Hashable, Sendable {
  /// Half the width of the 95 % confidence interval, as a share of the mean, in (0, 1].
  public let halfWidth: Double
  /// The most values, from ``firstLook`` on.
  public let valuesAtMost: Int

  /// The values at the first look.
  public static let firstLook = 10

  /// A rule with a width and the most values.
  public init(halfWidth: Double, valuesAtMost: Int) {
    precondition(valuesAtMost >= Self.firstLook, "\(valuesAtMost) values")
    self.halfWidth = halfWidth
    self.valuesAtMost = valuesAtMost
  }

  /// The numbers of values at which the mean is looked at, ascending.
  public var looks: [Int] {
    var looks: [Int] = []
    var next = Self.firstLook
    while next < valuesAtMost {
      looks.append(next)
      next *= 2
    }
    return looks + [valuesAtMost]
  }

  /// Whether the interval is narrow enough; never where a value is missing.
  public func isMet(by values: [Double?]) -> Bool {
    let known = values.compactMap { $0 }
    guard known.count == values.count, let mean = Statistics.mean(known),
      let width = Statistics.halfWidth95(known)
    else { return false }
    return width <= halfWidth * mean.magnitude
  }
}
