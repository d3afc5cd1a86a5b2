import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import Simulator
import Synchronization

// The keys of a run, in the order of the documentation.
extension RunPlan {
  /// The keys before and after that of a workload.
  package static let keys: (before: [KeySpec], after: [KeySpec]) = (
    [
      .key(
        "model",
        .choice([
          .init("messages", "Every message is simulated."),
          .init("slots", "Only turns and detections are counted (Model §5.4)."),
        ]), default: "messages", "How a run is carried out; slots only for measure survival."),
      .key(
        "replicas", .integer(1...ReplicaSet.capacity), default: "4",
        "The number of replicas n; below 4 only with an expectation that something breaks."),
      .key(
        "nodes", .list(of: .mapping(nodeSpec), count: 0...ReplicaSet.capacity), default: "[]",
        "The machines of the replicas, by number or by count."
      )
      .needing(.messages),
      .key(
        "hosts", .list(of: .mapping(hostSpec), count: 0...ReplicaSet.capacity), default: "[]",
        "Hosts whose machines share cores, as containers do."
      )
      .needing(.messages.and(.priced)),
      .key(
        "network", .mapping(NetworkSpec.network), default: "{}",
        "The network between all machines."
      )
      .needing(.messages),
      .key(
        "costs", .text, default: "free",
        "The cost profile: a file relative to this one, or `free`."
      )
      .needing(.messages),
      .key(
        "cost-overrides", .entries(of: WorkPrice.kind, keyName: "work"), default: "{}",
        "Costs that differ from the profile, by kind of work."
      )
      .needing(.messages),
      .key(
        "jitter", spreadKind, default: "0",
        "The largest relative deviation of a job's service time, or its law; drawn for each job."
      )
      .needing(.messages.and(.priced)),
      .key(
        "clients", clientList.kind, default: "{}",
        "The client machine or machines, or several sorts."
      )
      .needing(.messages),
    ],
    [
      .key(
        "application",
        .choice([
          .init("none", "The result of a request depends on the request alone."),
          .init(
            "history", "A result tells which requests took effect before, and in which order."),
        ]), default: "none",
        "What replicas execute; with `history` P-16 and R-14 see what executes in a wrong order."
      )
      .needing(.messages.and(.noWorkload)),
      .required(
        "schedule", .mapping(ScheduleKeys.section.spec), "What is measured and when a run ends."),
      .key(
        "limits", .mapping(limits), default: "{}", "What ends a run whatever its schedule says."),
      RunRecording.key,
    ] + Subjects.sections.map { $0.key } + [
      .key("faults", faultList.kind, default: "[]", "Who misbehaves."),
      .key(
        "expect",
        .entries(
          of: .choice([
            .init("holds", "It must hold; so must every invariant that is not named."),
            .init("violated", "Every run must break it."),
            .init("may-break", "It may break."),
          ]), keyName: "invariant"), default: "{}",
        "What the runs are expected to do to invariants; `fulfilled` stands for what the schedule asks for."
      ),
      .key(
        "promises",
        .list(
          of: .choice([
            .init("calm", "Nothing fails and every delay is far below the time-outs."),
            .init("settles", "Faults end and clients are content before the run ends."),
          ])), default: "[]", "What the probes may rely on; more invariants are checked then."
      )
      .needing(.messages),
      .key(
        "probes", .flag, default: "true",
        "Whether invariants are checked; only benchmarks turn them off."
      )
      .needing(.messages),
    ]
  )

  /// The time of one unit of work; more would make the time of a job overflow.
  package static let cost = ValueKind.duration(from: .zero, to: .seconds(3_600))

  private static let nodeSpec = MappingSpec(
    "node",
    "The machine of a replica, or machines that are alike: without `id` and `count` all that no other row describes.",
    keys: [
      .optional(
        "id", .integer(0...255), "The replica's number; the order in the file is free."),
      .optional(
        "count", .integer(1...ReplicaSet.capacity),
        "So many replicas: the lowest numbers that no `id` and no earlier `count` takes."),
      .optional("name", .text, "A name for traces.").needing(.with("id")),
      .key(
        "service-time", .decimal(0.001...1000), default: "1",
        "What service times are multiplied by: below 1 for a faster machine."
      )
      .needing(.priced),
      .key(
        "timer-scale", .decimal(0.001...1000), default: "1",
        "What the spans of its timers are multiplied by: above 1 for a clock that is slow."),
      .key(
        "drain", .flag, default: "false",
        "Whether a job takes all that waits: leaders propose and send once for all of it, and `fixed` parts of costs are paid once."
      )
      .needing(.priced),
      .optional(
        "group", GroupReading.kind,
        "The group whose latencies apply; machines go to the groups of a list in turn."),
    ], rules: [.atMostOne(["id", "count"])])

  private static let limits = MappingSpec(
    "limits", "What ends a run whatever its schedule says; the time is limited by the schedule.",
    keys: [
      .optional(
        "events", .integer(1...Int(eventsAtMost)),
        "The most events of a run, or rounds of the slot model: a run that needs more is cut "
          + "short, which fails and tells nothing of progress. Without it a run may take for ever.")
    ])
}

extension ProtocolKeys {
  /// The name of the section.
  static var name: String { section.spec.name }

  /// The key of the section.
  static var key: KeySpec {
    let spec = section.spec
    let runs = Need.runs(section: spec.name)
    return KeySpec.key(spec.name, .mapping(spec), default: "{}", spec.doc)
      .needing(needsMessages ? runs.and(.messages) : runs)
  }

  /// Reads the section of a scenario.
  ///
  /// A section that is not written is the same in every plan, so that it is read once: a sweep has thousands
  /// of points, and each has the sections of all protocols.
  static func read(_ reader: MappingReader) -> any ProtocolKeys {
    let isWritten = reader.has(name)
    let isDefault = !isWritten && reader.isSound()
    let type = ObjectIdentifier(Self.self)
    if isDefault, let known = unwrittenSections.withLock({ $0[type] }) { return known }
    var keys = reader[name].mapping(section.read)
    keys.note(isWritten: isWritten)
    if isDefault { unwrittenSections.withLock { $0[type] = keys } }
    return keys
  }

  /// The section as a scenario writes it, nil for one without keys.
  var node: YAMLNode? {
    let node = Self.section.node(of: self)
    return node.entries.isEmpty ? nil : node
  }
}

/// The sections that are not written, by type; only looked up, never iterated.
private let unwrittenSections = Mutex<[ObjectIdentifier: any ProtocolKeys]>([:])
