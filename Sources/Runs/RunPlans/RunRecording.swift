import DiscreteEvents
import Notation
import Simulator

/// What is written of a run beside its results: its course over time, and every latency.
public struct RunRecording: Hashable, Sendable {
  /// The length of the intervals of a series; nil for no series.
  public var every: VirtualDuration?
  /// Whether the distribution of latencies is written.
  public var latencies = false

  /// Nothing is recorded.
  public init() {}

  /// Whether nothing is recorded.
  public var isEmpty: Bool { self == RunRecording() }

  /// The shortest interval.
  static let shortest = VirtualDuration.microseconds(1)

  /// The most rows of a series over all runs of a scenario.
  package static let rowLimit = 2_000_000
}

extension RunRecording {
  private static let section = Section<Self>(
    "record", "What is recorded of a run beside its results.", initial: { Self() },
    fields: [
      .optional(
        "every", .duration(from: shortest), \.every,
        "The length of an interval: NAME-series.csv has a row for each, and one for each machine in it."
      ),
      .field(
        "latencies", .flag, default: "false", \.latencies,
        "Whether NAME-latencies.csv has the exact distribution of latencies."),
    ],
    check: { reader, recording in
      guard reader.isSound("every", "latencies"), recording.isEmpty else { return }
      reader.error(
        "'record' records nothing", hint: "write 'every: 1 s', 'latencies: true', or remove it")
    })

  /// The `record` of a scenario: `latencies`, or a mapping.
  static let codec = Codec<Self>(
    .either([
      .choice([.init("latencies", "The same as `{ latencies: true }`.")]), .mapping(section.spec),
    ]),
    read: { reader in
      guard reader.form == .mapping else {
        var recording = Self()
        recording.latencies = reader.choice() == "latencies"
        return recording
      }
      return reader.mapping(section.read)
    },
    write: { section.node(of: $0) })

  static let key = KeySpec.optional(
    "record", codec.kind, "What is recorded of every run beside its results."
  )
  .needing(.messages)
}

extension RunPlan {
  /// The most rows of the series of one run: one for each interval, and one for each machine in it.
  package var seriesRows: Int {
    guard let every = recording.every, let end = latestEnd else { return 0 }
    let intervals = Int((end.nanoseconds - 1) / every.nanoseconds) + 1
    let (rows, overflow) = intervals.multipliedReportingOverflow(by: nodes.count + 1)
    return overflow ? .max : rows
  }

  /// Whether an interval of the series is longer than the run can be.
  package var recordsOneInterval: Bool {
    guard let every = recording.every, let end = latestEnd else { return false }
    return every.nanoseconds > end.nanoseconds
  }
}
