/// A law that spans of virtual time are drawn from.
///
/// A sample is a function of the draw's key alone, is rounded to whole nanoseconds at once, is
/// never negative, and saturates at the longest span.
public enum Distribution: Hashable, Sendable {
  /// Always the same span; takes no random word.
  case constant(VirtualDuration)
  /// Every whole nanosecond from `from` to `to`, both included, is equally likely; `from <= to`.
  case uniform(from: VirtualDuration, to: VirtualDuration)
  /// A normal variable; what falls below 0 becomes 0.
  case normal(mean: VirtualDuration, deviation: VirtualDuration)
  /// A variable whose natural logarithm is normal with standard deviation `sigma`.
  case logNormal(median: VirtualDuration, sigma: Double)
  /// `minimum` plus an exponential variable.
  ///
  /// `mean` is the mean of the exponential part alone: the mean of the whole is `minimum + mean`.
  case exponential(minimum: VirtualDuration, mean: VirtualDuration)
  /// A heavy tail: longer than `x` with probability `(minimum / x)` to the power `shape`.
  case pareto(minimum: VirtualDuration, shape: Double)

  /// Draws one span; each law takes at most one word of the draw.
  @inline(__always)
  public func sample(_ draw: inout Draw) -> VirtualDuration {
    switch self {
    case .constant(let span):
      return max(span, .zero)
    case .uniform(let from, let to):
      return Self.uniform(from, to, &draw)
    case .exponential(let minimum, let mean):
      let excess = -Elementary.logarithm(draw.unit()) * Double(mean.nanoseconds)
      return minimum.extended(by: VirtualDuration(saturating: excess))
    case .normal, .logNormal, .pareto:
      return rareSample(draw.unit())
    }
  }

  /// The shortest span that can be drawn.
  public var minimum: VirtualDuration {
    switch self {
    case .constant(let span), .uniform(let span, _): max(span, .zero)
    case .exponential(let minimum, _), .pareto(let minimum, _): max(minimum, .zero)
    case .normal(let mean, let deviation): deviation == .zero ? max(mean, .zero) : .zero
    case .logNormal(let median, let sigma): sigma == 0 ? max(median, .zero) : .zero
    }
  }

  /// The expected span, for a normal law before it is cut at 0; the longest span if it is infinite.
  public var mean: VirtualDuration {
    switch self {
    case .constant(let span):
      return max(span, .zero)
    case .uniform(let from, let to):
      return from + VirtualDuration(nanoseconds: (to - from).nanoseconds / 2)
    case .normal(let mean, _):
      return max(mean, .zero)
    case .logNormal(let median, let sigma):
      let factor = Elementary.exponential(sigma * sigma / 2)
      return VirtualDuration(saturating: Double(median.nanoseconds) * factor)
    case .exponential(let minimum, let mean):
      return minimum.extended(by: mean)
    case .pareto(let minimum, let shape):
      guard shape > 1 else { return VirtualDuration(nanoseconds: .max) }
      return VirtualDuration(saturating: Double(minimum.nanoseconds) * (shape / (shape - 1)))
    }
  }

  @inline(__always)
  private static func uniform(
    _ from: VirtualDuration, _ to: VirtualDuration, _ draw: inout Draw
  ) -> VirtualDuration {
    let steps = UInt64(bitPattern: to.nanoseconds &- from.nanoseconds) &+ 1
    let offset = Int64(bitPattern: draw.below(steps))
    return VirtualDuration(nanoseconds: max(from.nanoseconds &+ offset, 0))
  }

  /// The laws that are too long to be copied into every caller.
  @inline(never)
  private func rareSample(_ unit: Double) -> VirtualDuration {
    switch self {
    case .normal(let mean, let deviation):
      let excess = Elementary.normalQuantile(unit) * Double(deviation.nanoseconds)
      return VirtualDuration(saturating: Double(mean.nanoseconds) + excess)
    case .logNormal(let median, let sigma):
      let factor = Elementary.exponential(Elementary.normalQuantile(unit) * sigma)
      return VirtualDuration(saturating: Double(median.nanoseconds) * factor)
    case .pareto(let minimum, let shape):
      let factor = Elementary.exponential(-Elementary.logarithm(unit) / shape)
      return VirtualDuration(saturating: Double(minimum.nanoseconds) * factor)
    case .constant, .uniform, .exponential:
      return minimum
    }
  }
}

extension VirtualDuration {
  /// The nearest whole number of nanoseconds, kept between none and the longest span.
  @inline(__always)
  init(saturating nanoseconds: Double) {
    if nanoseconds > 0, nanoseconds < 0x1p52 {
      // At 2^52 the distance between two numbers is one: the sum rounds, and its last 52 bits are
      // the result. This is what conversion does, without its checks.
      let bits = (nanoseconds + 0x1p52).bitPattern & (1 << 52 - 1)
      self.init(nanoseconds: Int64(bitPattern: bits))
    } else {
      self.init(nanoseconds: nanoseconds > 0 ? nanoseconds < 0x1p63 ? Int64(nanoseconds) : .max : 0)
    }
  }

  /// The sum, kept between none and the longest span.
  @inline(__always)
  func extended(by excess: VirtualDuration) -> VirtualDuration {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(excess.nanoseconds)
    return VirtualDuration(nanoseconds: overflow ? .max : max(sum, 0))
  }
}
