import ConsensusCore
import DiscreteEvents
import Notation
import Simulator

/// The `schedule` of a run.
struct ScheduleKeys: Sendable {
  var schedule = Schedule.blocks(1)
  var horizonArrivals: Int?
  var timeLimit = VirtualTime.zero

  static let section = Section<Self>(
    "schedule", "What is measured and when a run ends.", initial: { Self() }, fields: fields,
    rules: [
      .exactlyOne([
        "window", "first-requests", "duration", "blocks", "arrivals", "heal-at",
      ])
    ], check: { reader, keys in keys.read(reader) })

  private static let fields: [Field<Self>] = [
    part(
      KeySpec.optional("tests", .integer(1...100_000), "The number of tests in one run.")
        .needing(.with("window", or: "first-requests"))
    ) { $0.tests.flatMap { $0.tests == 1 ? nil : .made("\($0.tests)") } },
    part(.optional("window", .duration(from: .milliseconds(1)), "How long a test lasts.")) {
      $0.windows.map { .made(Codec.duration(), $0.window) }
    },
    part(
      KeySpec.optional(
        "rotation-delay", .duration,
        "How long after a window the lead is handed on, at replicas whose view has not moved."
      )
      .needing(.handingOver)
    ) { $0.windows?.delay.map { .made(Codec.duration(), $0) } },
    part(.optional("interval", .duration, "The time between the beginnings of two tests.")) {
      $0.windows.map { .made(Codec.duration(), $0.interval) }
    },
    part(
      .optional(
        "first-requests", .integer(1...1_000_000),
        "A test ends when this many requests were accepted, instead of after a window.")
    ) { $0.firstRequests.map { .made("\($0.count)") } },
    part(
      KeySpec.optional("pause", .duration, "The time between two such tests.").needing(.second)
    ) { $0.firstRequests.flatMap { $0.pause == .zero ? nil : .made(Codec.duration(), $0.pause) } },
    part(.optional("warmup", .duration, "Time before a single window opens.")) { keys in
      if case .window(let warmup, _) = keys.schedule, warmup > .zero {
        .made(Codec.duration(), warmup)
      } else {
        nil
      }
    },
    part(
      .optional(
        "duration", .duration(from: VirtualDuration(nanoseconds: 1)),
        "A single window instead of tests.")
    ) { keys in
      if case .window(_, let duration) = keys.schedule {
        .made(Codec.duration(), duration)
      } else {
        nil
      }
    },
    part(.optional("blocks", .integer(1...10_000_000), "The run ends after this many blocks.")) {
      keys in
      if case .blocks(let count) = keys.schedule, keys.horizonArrivals == nil {
        .made("\(count)")
      } else {
        nil
      }
    },
    part(
      .optional(
        "arrivals", .integer(1...10_000),
        "The run ends after this many arrivals of Byzantine members.")
    ) { $0.horizonArrivals.map { .made("\($0)") } },
    part(
      .optional(
        "heal-at", .duration,
        "When all faults are over: from then on clients must be served, and the run ends once they "
          + "were.")
    ) { $0.healing.map { .made(Codec.instant, $0.at) } },
    part(.optional("within", .duration, "For `heal-at`: how long the clients may have to wait.")) {
      $0.healing.map { .made(Codec.duration(), $0.within) }
    },
    part(
      .optional(
        "requests", .integer(1...1_000_000),
        "For `heal-at`: how many requests of each client must be accepted; 1 if left out.")
    ) { $0.healing.map { .made("\($0.requests)") } },
    part(
      KeySpec.optional(
        "rotate-every", .duration(from: .milliseconds(1)),
        "For `heal-at`: until then the lead is commanded to move at every replica, again and again."
      )
      .needing(.with("heal-at").and(.commandable))
    ) { $0.healing?.rotation.map { .made(Codec.duration(), $0) } },
    part(
      KeySpec.optional(
        "settle-within", .duration(from: .milliseconds(1)),
        "For `heal-at`: once the clients are served, liars follow the protocol from their disks, "
          + "everybody is up and reached, and the group must come to rest within this time; then one "
          + "more request must cost what it has to."
      )
      .needing(.with("heal-at"))
    ) { $0.healing?.settling.map { .made(Codec.duration(), $0.within) } },
    part(
      KeySpec.optional(
        "time-limit", .duration,
        "The end of a run whatever happens; if left out 10000 h, or 100 h where the schedule names no "
          + "instant at which a run ends."
      )
      .needing(.messages)
    ) { $0.timeLimit == .zero + $0.defaultLimit ? nil : .made(Codec.instant, $0.timeLimit) },
  ]

  /// A key that ``read(_:)`` reads together with others.
  private static func part(
    _ key: KeySpec, write: @escaping @Sendable (Self) -> YAMLNode?
  ) -> Field<Self> { Field(key, read: { _, _ in }, write: write) }

  private mutating func read(_ reader: MappingReader) {
    let tests = reader.optional("tests")?.integer()
    if let window = reader.optional("window")?.duration() {
      schedule = .tests(TestPlan(tests: tests ?? 1, ending: Self.window(window, reader)))
    } else if let count = reader.optional("first-requests")?.integer() {
      schedule = .tests(
        TestPlan(
          tests: tests ?? 1,
          ending: .firstRequests(
            count: count, pause: reader.optional("pause")?.duration() ?? .zero)))
    } else if let duration = reader.optional("duration")?.duration() {
      schedule = .window(
        warmup: reader.optional("warmup")?.duration() ?? .zero, duration: duration)
    } else if let blocks = reader.optional("blocks")?.integer() {
      schedule = .blocks(blocks)
    } else if let healing = reader.optional("heal-at")?.duration() {
      // The invariants depend on the protocol, which is not known here.
      schedule = .healing(
        HealingPlan(
          at: .zero + healing, within: reader.optional("within")?.duration() ?? .seconds(60),
          requests: reader.optional("requests")?.integer() ?? 1, invariant: .pl1,
          rotation: reader.optional("rotate-every")?.duration(),
          settling: (reader.optional("settle-within")?.duration()).map {
            SettlingPlan(within: $0, invariant: .pl5)
          }))
    } else {
      horizonArrivals = reader.optional("arrivals")?.integer()
      schedule = .blocks(1)
    }
    timeLimit = .zero + (reader.optional("time-limit")?.duration() ?? defaultLimit)
  }

  private static func window(
    _ window: VirtualDuration, _ reader: MappingReader
  ) -> TestPlan.Ending {
    let delay = reader.optional("rotation-delay")?.duration()
    let least = window + (delay ?? .zero)
    let interval = reader.optional("interval")?.duration() ?? least
    if interval < least {
      reader.error(
        "the next test begins before this one and its rotation are over", at: "interval")
    }
    return .window(window, rotationDelay: delay, interval: max(interval, least))
  }

  private var defaultLimit: VirtualDuration {
    .seconds(3600 * (schedule.namesItsEnd ? 10_000 : 100))
  }

  // MARK: Parts

  private var tests: TestPlan? { if case .tests(let plan) = schedule { plan } else { nil } }

  private var windows:
    (window: VirtualDuration, delay: VirtualDuration?, interval: VirtualDuration)?
  {
    guard case .window(let window, let delay, let interval)? = tests?.ending else { return nil }
    return (window, delay, interval)
  }

  private var firstRequests: (count: Int, pause: VirtualDuration)? {
    guard case .firstRequests(let count, let pause)? = tests?.ending else { return nil }
    return (count, pause)
  }

  private var healing: HealingPlan? {
    if case .healing(let plan) = schedule { plan } else { nil }
  }
}

extension Schedule {
  /// Whether a run ends at an instant that the schedule names, whatever the clients get.
  fileprivate var namesItsEnd: Bool {
    switch self {
    case .window, .healing: return true
    case .tests(let plan):
      if case .window = plan.ending { return true }
      return false
    case .blocks: return false
    }
  }
}
