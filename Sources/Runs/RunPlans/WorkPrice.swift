import ConsensusCore
import DiscreteEvents
import Notation

/// What one kind of work costs: a time for each unit, or a price of several terms.
package struct WorkPrice: Hashable, Sendable {
  /// The cost of each unit, in nanoseconds.
  package var each: Int64 = 0
  /// What it costs beside its units.
  package var terms = WorkTerms.none
}

extension WorkCosts {
  /// The price of a kind of work.
  package subscript(price work: Work) -> WorkPrice {
    get { WorkPrice(each: self[work], terms: self[termsOf: work]) }
    set {
      self[work] = newValue.each
      self[termsOf: work] = newValue.terms
    }
  }
}

extension Work {
  /// Whether a unit of this work is a request.
  fileprivate var isOfRequests: Bool { self == .execute || self == .checkRequest }
}

extension WorkPrice {
  /// How a price is written.
  package static let kind = ValueKind.either([RunPlan.cost, .mapping(spec)])

  private static let spec = MappingSpec(
    "price", "A price of several terms; a bare duration is that of each unit.",
    keys: [
      .key(
        "fixed", RunPlan.cost, default: "0 s",
        "What a job pays once, with the first unit that it does."),
      .key(
        "each", RunPlan.cost, default: "0 s",
        "The time of each unit: a copy of a message, a signature, a request."),
      .optional(
        "per-request", RunPlan.cost,
        "The time for each request that a message carries; for `execute` and `check-request` the same as `each`."
      ),
      .optional(
        "per-byte", .price,
        "The time for each byte of a message; for `receive`, `send` and `reply`."),
    ])

  /// Reads the price of `work`; reports terms that it cannot have.
  package init(_ reader: ValueReader, of work: Work?) {
    guard reader.form == .mapping else {
      each = reader.duration().nanoseconds
      return
    }
    self = reader.mapping { keys in
      var price = WorkPrice()
      price.terms.fixed = keys["fixed"].duration().nanoseconds
      price.each = keys["each"].duration().nanoseconds
      guard let work else { return price }
      let perRequest = keys.optional("per-request")?.duration().nanoseconds
      let perByte = keys.optional("per-byte")?.price()
      if work.isOfMessages {
        price.terms.perRequest = perRequest ?? 0
        price.terms.perByte = perByte ?? 0
        return price
      }
      if perByte != nil { keys.refuse("per-byte", of: work) }
      if let perRequest, work.isOfRequests {
        if keys.has("each") {
          keys.error(
            "'\(work.name)' has a request for a unit: 'each' and 'per-request' are one thing",
            at: "per-request", hint: "remove one of them")
        }
        price.each = perRequest
      } else if perRequest != nil {
        keys.refuse("per-request", of: work)
      }
      return price
    }
  }

  /// The price as a scenario writes it.
  package var node: YAMLNode {
    func span(_ nanoseconds: Int64) -> YAMLNode? {
      nanoseconds == 0
        ? nil : .made(Codec.duration(), VirtualDuration(nanoseconds: nanoseconds))
    }
    guard terms != .none else {
      return .made(Codec.duration(), VirtualDuration(nanoseconds: each))
    }
    return .made([
      ("fixed", span(terms.fixed)), ("each", span(each)),
      ("per-request", span(terms.perRequest)),
      ("per-byte", terms.perByte == 0 ? nil : .made(Quantity.price.text(terms.perByte))),
    ])
  }
}

extension MappingReader {
  /// Reports a term that only messages have.
  fileprivate func refuse(_ term: String, of work: Work) {
    let messages = Work.allCases.filter(\.isOfMessages).map { "'\($0.name)'" }
    error(
      "'\(work.name)' has no '\(term)': no message is its unit", at: term,
      hint: "it belongs to \(listed(messages, or: "and")); use 'each' or 'fixed'")
  }
}
