import Notation
import Simulator

// How service times vary.
extension RunPlan {
  /// A largest deviation, or a law.
  static let spreadKind = ValueKind.either([.probability, .mapping(spreadSpec)])

  private static let spreadSpec = MappingSpec(
    "jitter", "The law of the factor of a job's service time; its mean is 1.",
    keys: [
      .required(
        "law",
        .choice([
          .init("exponential", "Without memory, as in a queue M/M/1."),
          .init("log-normal", "With `sigma` of the logarithm."),
        ]), "The family."),
      .optional("sigma", .decimal(0.001...3), "The standard deviation of the logarithm."),
    ])

  mutating func readSpread(_ reader: ValueReader) {
    guard reader.form == .mapping else {
      jitter = reader.ratio(of: reader.probability())
      return
    }
    spread = reader.mapping { law in
      let sigma = law.optional("sigma")?.decimal()
      guard law["law"].choice() == "log-normal" else {
        if sigma != nil {
          law.error(
            "the law 'exponential' has no 'sigma'", at: "sigma", hint: "its deviation is its mean")
        }
        return .exponential
      }
      if sigma == nil { law.error("the law 'log-normal' needs 'sigma'", at: "law") }
      return .logNormal(sigma: sigma ?? 1)
    }
  }
}

extension ServiceSpread {
  /// The law as a scenario writes it.
  var node: YAMLNode {
    switch self {
    case .exponential: .made([("law", .made("exponential"))])
    case .logNormal(let sigma):
      .made([("law", .made("log-normal")), ("sigma", .made(decimalText(sigma)))])
    }
  }
}
