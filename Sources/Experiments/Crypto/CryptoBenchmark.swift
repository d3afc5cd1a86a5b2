import DiscreteEvents
import PairingCrypto

/// How fast this machine computes the primitives and the steps of the scheme: `consim crypto bench`.
public enum CryptoBenchmark {
  private static let groups: [[Primitive]] =
    [[.pairing, .productOf2, .productOf12], [.preparedPairing, .preparedProductOf12]]
    + Primitive.allCases.dropFirst(5).map { [$0] }

  /// Times all primitives and answers a table with the times of other implementations beside.
  ///
  /// `progress` is told what comes next, how many steps are done, and how many there are.
  public static func primitives(
    _ parameters: ParameterSet, leastBatch: VirtualDuration, progress: (String, Int, Int) -> Void
  ) -> String {
    table(
      PrimitiveTimes.measure(parameters, groups, leastBatch: leastBatch, progress: progress))
  }

  static func table(_ times: PrimitiveTimes) -> String {
    var table = TextTable(["primitive", "median", "least", "most", "anchor", "ratio"])
    for primitive in Primitive.allCases {
      let samples = times[primitive]
      let anchor = primitive.anchor(times.parameters).map { $0 * 1_000 }
      table.append([
        primitive.rawValue, TextTable.time(samples.median),
        TextTable.time(samples.spread.lowerBound), TextTable.time(samples.spread.upperBound),
        anchor.map(TextTable.time) ?? "-",
        anchor.map { TextTable.ratio(samples.median, $0) } ?? "-",
      ])
    }
    return table.text
  }
}
