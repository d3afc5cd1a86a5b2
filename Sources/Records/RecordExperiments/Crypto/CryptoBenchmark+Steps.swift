import DiscreteEvents
import PairingCrypto
import RecordSharing
import Tables

extension CryptoBenchmark {
  /// The numbers of attributes or keywords for which steps are timed, if nobody says otherwise.
  public static let sizes = [1, 2, 5, 10, 20, 50]

  /// Times every step of the scheme and answers a table of what it took, beside what its operations
  /// come to by the times of the primitives.
  ///
  /// `progress` is told what comes next, how many steps are done, and how many there are.
  ///
  /// - Throws: What went wrong in the scheme.
  public func steps(
    sizes: [Int], progress: (String, Int, Int) -> Void
  ) throws -> String {
    let parameters = times.parameters
    let costs = CryptoCalibration(times).costs
    let keySize = RSAKeySize(rawValue: CryptoCostProfile.rsaBits(with: parameters)) ?? .bits2048
    var steps = try SharingSteps(
      RealScheme(parameters, keySize: keySize, seed: 1), size: sizes.max() ?? 1)
    let timer = BatchTimer(
      clock: BatchTimer.userTime, leastBatch: Int(leastBatch.nanoseconds),
      batches: PrimitiveTimes.batches)
    var table = TextTable([
      "step", "size", "median", "least", "most", "by operations", "ratio", "bytes", "anchor",
      "ratio",
    ])
    let all = SharingStep.allCases.flatMap { step in sizes.map { (step, $0) } }
    for (done, (step, size)) in all.enumerated() {
      progress("\(step.rawValue) \(size)", done, all.count)
      let cost = try steps.cost(of: step, size: size)
      let work = try steps.prepared(step, size: size)
      var failure: (any Error)?
      let samples = timer.samples([
        TimedSubject(name: step.rawValue) { count in
          do {
            for _ in 0..<count { _ = try work(&steps) }
          } catch {
            failure = error
          }
        }
      ])[0]
      if let failure { throw failure }
      let computed = costs.cost(of: cost.operations).nanoseconds * 1_000
      let anchor = step.anchor(parameters, size: size).map { $0 * 1_000_000 }
      table.append([
        step.rawValue, String(size), TextTable.time(samples.median),
        TextTable.time(samples.spread.lowerBound), TextTable.time(samples.spread.upperBound),
        TextTable.time(computed), TextTable.ratio(samples.median, computed),
        cost.byteCount > 0 ? String(cost.byteCount) : "-", anchor.map(TextTable.time) ?? "-",
        anchor.map { TextTable.ratio(samples.median, $0) } ?? "-",
      ])
    }
    return table.text
  }
}

extension SharingStep {
  /// What the step takes when it is written with PBC's calls only, in microseconds, for some sizes:
  /// AND of so many attributes, tables for g, g^a and E, decryption as one product of pairings.
  func anchor(_ parameters: ParameterSet, size: Int) -> Int64? {
    guard let place = [1, 5, 10, 20].firstIndex(of: size) else { return nil }
    let times: [Int64]
    switch (self, parameters) {
    case (.keyGeneration, .ss512): times = [2_700, 12_000, 23_600, 46_900]
    case (.encrypt, .ss512): times = [3_400, 16_400, 32_600, 65_000]
    case (.decrypt, .ss512): times = [1_700, 3_100, 4_900, 8_500]
    case (.keyGeneration, .ss1536): times = [28_000, 133_000, 269_000, 547_000]
    case (.encrypt, .ss1536): times = [32_000, 160_000, 317_000, 645_000]
    case (.decrypt, .ss1536): times = [15_000, 29_000, 47_000, 83_000]
    default: return nil
    }
    return times[place]
  }
}
