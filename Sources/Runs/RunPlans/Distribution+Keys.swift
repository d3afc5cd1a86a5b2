import DiscreteEvents
import Notation
import Simulator

extension ValueKind {
  /// A bare duration or a law with its parameters.
  package static let distribution = ValueKind.either([.duration, .mapping(lawSpec)])
}

package let lawSpec = MappingSpec(
  "law", "A distribution of durations; a bare duration is the constant one.",
  keys: [
    .required(
      "law",
      .choice([
        .init("constant", "Always `mean`."), .init("uniform", "Between `from` and `to`."),
        .init("normal", "With `mean` and `deviation`, cut at 0."),
        .init("log-normal", "With `median` and `sigma` of the logarithm."),
        .init("exponential", "`minimum` plus a part with mean `mean`."),
        .init("pareto", "At least `minimum`, tail exponent `shape`."),
      ]), "The family."),
    .optional("mean", .duration, "The mean."),
    .optional("from", .duration, "The least value."),
    .optional("to", .duration, "The largest value."),
    .optional("deviation", .duration, "The standard deviation."),
    .optional("median", .duration, "The median."),
    .optional("sigma", .decimal(0...10), "The standard deviation of the logarithm."),
    .optional("minimum", .duration, "The least value."),
    .optional("shape", .decimal(0.1...100), "The tail exponent."),
  ])

extension Distribution {
  /// Reads a bare duration or a law with its parameters.
  package init(_ reader: ValueReader) {
    guard reader.form == .mapping else {
      self = .constant(reader.duration())
      return
    }
    self = reader.mapping { law in
      func span(_ key: String) -> VirtualDuration {
        guard let value = law.optional(key) else {
          law.error("the law '\(law["law"].choice())' needs '\(key)'", at: "law")
          return .zero
        }
        return value.duration()
      }
      func number(_ key: String) -> Double {
        guard let value = law.optional(key) else {
          law.error("the law '\(law["law"].choice())' needs '\(key)'", at: "law")
          return 1
        }
        return value.decimal()
      }
      switch law["law"].choice() {
      case "uniform":
        let (from, to) = (span("from"), span("to"))
        if to < from { law.error("'to' is before 'from'", at: "to", hint: "swap them") }
        return .uniform(from: min(from, to), to: max(from, to))
      case "normal": return .normal(mean: span("mean"), deviation: span("deviation"))
      case "log-normal": return .logNormal(median: span("median"), sigma: number("sigma"))
      case "exponential":
        return .exponential(
          minimum: law.optional("minimum")?.duration() ?? .zero, mean: span("mean"))
      case "pareto": return .pareto(minimum: span("minimum"), shape: number("shape"))
      default: return .constant(span("mean"))
      }
    }
  }

  /// The law as a scenario writes it.
  package var node: YAMLNode {
    func law(_ name: String, _ parameters: [(key: String, value: YAMLNode?)]) -> YAMLNode {
      .made([(key: "law", value: .made(name))] + parameters)
    }
    func span(_ value: VirtualDuration) -> YAMLNode { .made(Codec.duration(), value) }
    return switch self {
    case .constant(let value): span(value)
    case .uniform(let from, let to): law("uniform", [("from", span(from)), ("to", span(to))])
    case .exponential(let minimum, let mean):
      law(
        "exponential", [("minimum", minimum == .zero ? nil : span(minimum)), ("mean", span(mean))])
    case .normal(let mean, let deviation):
      law("normal", [("mean", span(mean)), ("deviation", span(deviation))])
    case .logNormal(let median, let sigma):
      law("log-normal", [("median", span(median)), ("sigma", .made(decimalText(sigma)))])
    case .pareto(let minimum, let shape):
      law("pareto", [("minimum", span(minimum)), ("shape", .made(decimalText(shape)))])
    }
  }
}

extension ValueReader {
  /// The ratio that a number stands for; reports a number with more than six decimals, which no
  /// ratio is equal to.
  package func ratio(of value: Double) -> Ratio {
    let millionths = Int((value * 1e6).rounded())
    if Double(millionths) / 1e6 != value {
      let nearest = decimalText(Double(millionths) / 1e6)
      error(
        "\(label) has more than six decimals", hint: "the nearest possible number is \(nearest)")
    }
    return Ratio(millionths, over: 1_000_000)
  }
}

extension Ratio {
  /// The number with at most six decimals that the ratio was made of.
  package var millionths: Int { Int((UInt64(fixed) * 1_000_000 + 1 << 31) >> 32) }

  /// The ratio as a scenario writes it.
  package var node: YAMLNode { .made(decimalText(Double(millionths) / 1e6)) }
}
