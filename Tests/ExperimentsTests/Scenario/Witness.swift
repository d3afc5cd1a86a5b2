import Testing

@testable import Experiments

/// A small scenario for a key and two values that make different results.
struct Witness: Sendable, CustomTestStringConvertible {
  /// What differs between the values.
  enum Difference: Sendable {
    /// The digest over all events, or the end of the run.
    case run
    /// A table: the key only says what is measured or carried out besides.
    case table
    /// The first line of a trace: the key only names something.
    case legend
    /// Broken invariants or what is reported about them: the key only says what is judged.
    case verdict
  }

  let key: String
  let values: [String]
  var name = "pbft"
  var schedule = "{ duration: 300 ms }"
  var lines = ""
  var measure = "metrics"
  var network = "network: { latency: 5 ms }"
  /// The key that is set, with the witnessed one inside its values, where that is another.
  var path: String?
  var difference = Difference.run
  var testDescription: String { key }
}

extension Witness {
  static let silent = "faults: [{ nodes: [0], behaviour: silent }]\n"
  static let quick = "pbft: { view-timeout: 50 ms, retransmission: 30 ms }\n"
  static let tests = "{ tests: 2, window: 100 ms, interval: 200 ms, rotation-delay: 20 ms }"
}
