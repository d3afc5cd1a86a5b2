import DiscreteEvents

/// The speed of the simulator, by CPU time: what `consim bench` runs.
///
/// Every case is run beside the bare engine with the same number of nodes, messages and delays; the
/// ratio of the two varies less between machines than either rate.
public enum BenchmarkSuite {
  /// The messages of each case of the suite.
  public static let messagesPerCase = 1_000_000

  /// Runs every case, telling `progress` one line per case; takes less than a minute.
  public static func run(progress: (String) -> Void) -> BenchmarkReport {
    run(BenchmarkCase.all, messages: messagesPerCase, progress: progress)
  }

  /// Runs some cases with about `messages` messages each.
  static func run(
    _ cases: [BenchmarkCase], messages: Int, progress: (String) -> Void
  ) -> BenchmarkReport {
    var results: [BenchmarkResult] = []
    for subject in cases {
      var result = measure(subject, messages: messages)
      result.engineNanoseconds = BenchmarkRun(
        subject: subject, messages: result.messages
      ).carryOutOnEngine()
      progress(result.summary)
      results.append(result)
    }
    return BenchmarkReport(results: results)
  }

  /// Runs one case alone, without the engine, or answers nil when there is none of that name.
  ///
  /// Two runs of different lengths under an instruction counter tell the instructions per message:
  /// the difference of the counts divided by the difference of the messages delivered.
  public static func runCase(named name: String, messages: Int) -> BenchmarkResult? {
    BenchmarkCase.all.first { $0.name == name }.map { measure($0, messages: messages) }
  }

  private static func measure(_ subject: BenchmarkCase, messages: Int) -> BenchmarkResult {
    let run = BenchmarkRun(subject: subject, messages: messages).carryOut()
    return BenchmarkResult(
      subject: subject, messages: run.messages, nanoseconds: run.nanoseconds,
      engineNanoseconds: nil, peakBytes: ProcessUsage.peakBytes,
      digest: run.digest.description)
  }
}
