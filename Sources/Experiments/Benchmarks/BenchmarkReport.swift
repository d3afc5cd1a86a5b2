import RunPlans

/// How fast one case ran on this machine, at this moment.
public struct BenchmarkResult: Hashable, Sendable {
  /// What was run.
  public var subject: BenchmarkCase
  /// Messages delivered.
  public var messages: Int
  /// The CPU time that took, in nanoseconds.
  public var nanoseconds: Int
  /// The CPU time of as many messages on the bare engine, in nanoseconds; nil if it was not run.
  public var engineNanoseconds: Int?
  /// The largest resident memory of the process up to the end of the case, in bytes.
  public var peakBytes: Int
  /// The digest of the run, which repeats on every machine.
  public var digest: String

  /// Messages per second of CPU time.
  public var messagesPerSecond: Int { Self.rate(messages, nanoseconds) }

  /// Messages per second of CPU time on the bare engine, if that was run.
  public var engineMessagesPerSecond: Int? { engineNanoseconds.map { Self.rate(messages, $0) } }

  /// The simulator's rate in thousandths of the engine's, if that was run.
  public var perMilleOfEngine: Int? {
    engineMessagesPerSecond.map { $0 > 0 ? messagesPerSecond * 1_000 / $0 : 0 }
  }

  /// The measurement as one line of text.
  public var summary: String {
    let rate = BenchmarkReport.millions(messagesPerSecond)
    let engine =
      engineMessagesPerSecond.map { ", engine \(BenchmarkReport.millions($0)) M/s" } ?? ""
    return "\(subject.name): \(rate) M messages/s\(engine), peak \(peakBytes >> 20) MiB"
  }

  private static func rate(_ messages: Int, _ nanoseconds: Int) -> Int {
    nanoseconds > 0 ? messages * 1_000_000 / max(nanoseconds / 1_000, 1) : 0
  }
}

/// The results of the whole suite.
public struct BenchmarkReport: Hashable, Sendable {
  /// One result per case, in the order of ``BenchmarkCase/all``.
  public var results: [BenchmarkResult]

  /// Creates a report.
  public init(results: [BenchmarkResult]) { self.results = results }

  /// The report as JSON text: keys always in the same order, one case a line, whole numbers only.
  public var json: String {
    let lines = results.map { result in
      var fields = [
        "\"name\": \"\(result.subject.name)\"",
        "\"replicas\": \(result.subject.replicas)",
        "\"delays\": \"\(result.subject.delays.rawValue)\"",
        "\"probes\": \(result.subject.isProbed)",
        "\"messages\": \(result.messages)",
        "\"cpu_ns\": \(result.nanoseconds)",
        "\"messages_per_cpu_second\": \(result.messagesPerSecond)",
      ]
      if let engine = result.engineMessagesPerSecond, let share = result.perMilleOfEngine {
        fields.append("\"engine_messages_per_cpu_second\": \(engine)")
        fields.append("\"per_mille_of_engine\": \(share)")
      }
      fields.append("\"peak_resident_bytes\": \(result.peakBytes)")
      fields.append("\"digest\": \"\(result.digest)\"")
      return "    {" + fields.joined(separator: ", ") + "}"
    }
    return "{\n  \"benchmarks\": [\n" + lines.joined(separator: ",\n") + "\n  ]\n}\n"
  }

  static func millions(_ rate: Int) -> String {
    let hundredths = (rate + 5_000) / 10_000
    let fraction = hundredths % 100
    return "\(hundredths / 100)." + (fraction < 10 ? "0" : "") + "\(fraction)"
  }
}
