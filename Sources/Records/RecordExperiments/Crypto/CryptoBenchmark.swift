import DiscreteEvents
import PairingCrypto
import Tables

/// How fast this machine computes the primitives and the steps of the scheme: `consim crypto bench`.
public struct CryptoBenchmark {
  let times: PrimitiveTimes
  let leastBatch: VirtualDuration

  /// Times all primitives, in batches that last at least `leastBatch`.
  ///
  /// `progress` is told what comes next, how many batches are done, and how many there are.
  public init(
    _ parameters: ParameterSet, leastBatch: VirtualDuration, progress: (String, Int, Int) -> Void
  ) {
    self.init(
      PrimitiveTimes.measure(
        parameters, Primitive.allCases, leastBatch: leastBatch, progress: progress),
      leastBatch: leastBatch)
  }

  init(_ times: PrimitiveTimes, leastBatch: VirtualDuration) {
    self.times = times
    self.leastBatch = leastBatch
  }

  /// A table of the primitives with the times of other implementations beside.
  public var primitives: String {
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
