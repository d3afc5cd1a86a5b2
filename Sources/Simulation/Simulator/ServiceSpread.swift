import DiscreteEvents

/// The law of the factor by which the time of a job differs from what its work costs; its mean is 1.
public enum ServiceSpread: Hashable, Sendable {
  /// Every factor is as likely as its length: service times without memory, as in M/M/1.
  case exponential
  /// The logarithm of the factor is normal with this standard deviation.
  case logNormal(sigma: Double)

  /// The law, with 2^32 ns for the factor 1.
  var law: Distribution {
    let one = VirtualDuration(nanoseconds: 1 << 32)
    switch self {
    case .exponential: return .exponential(minimum: .zero, mean: one)
    case .logNormal(let sigma):
      // A log-normal variable has exp(sigma^2 / 2) times its median for a mean.
      let mean = Distribution.logNormal(median: one, sigma: sigma).mean
      let median = Double(one.nanoseconds) / Double(mean.nanoseconds) * Double(one.nanoseconds)
      return .logNormal(
        median: VirtualDuration(nanoseconds: Int64(median.rounded())), sigma: sigma)
    }
  }
}
