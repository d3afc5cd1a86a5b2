import ConsensusCore
import Notation

/// The keys of a scenario file: the one declaration behind decoder, `consim schema` and the table
/// of keys in `Scenarios/README.md`.
public enum ScenarioSpec {
  /// The whole file: what describes the experiment, then what describes one run.
  public static let file = MappingSpec(
    "scenario", "An experiment: runs of several protocols under variants and swept parameters.",
    keys: experimentKeys + runKeys)

  /// What describes one run: the keys that series, variants and sweeps may set.
  static let run = MappingSpec("run", "What describes one run.", keys: runKeys)

  private static let experimentKeys: [KeySpec] = [
    .required("name", .text, "The name of the result files, in lower case without blanks."),
    .optional("title", .text, "What the experiment is about, in a few words."),
    .key("figure", .text, default: "-", "The figure of the paper that it reproduces."),
    .required(
      "measure",
      .choice([
        .init("tps", "One row per test with its throughput (Paper eq. 8)."),
        .init("latency", "The same with latency, counted in both ways (Paper eq. 9)."),
        .init("survival", "One row per change of the number of active Byzantine members."),
        .init("metrics", "One row per run with everything that is counted."),
        .init("records", "Where the time of each step of sharing records goes (Paper §II)."),
      ]), "What is written to the result file."),
    .key("seed", .integer(0...NumberText.largest), default: "1", "The first seed."),
    .key(
      "repeat", .integer(1...100_000), default: "1",
      "How many replicates with seeds from the first on; all protocols share them."),
    .required("series", .list(of: .mapping(series), count: 1...64), "The protocols compared."),
    .key(
      "variants", .list(of: .mapping(variant), count: 1...256), default: "[{name: default}]",
      "Conditions under which every series runs."),
    .key(
      "sweep", .entries(of: .list(of: .anything, count: 1...1000), keyName: "key path"),
      default: "{}", "Values for keys; every combination is run and named in the result file."),
    .key(
      "exclude", .list(of: .entries(of: .anything, keyName: "key path")), default: "[]",
      "Combinations of swept values that are left out."),
    .optional(
      "replay", .mapping(replay),
      "What the one run of the file came to; `consim replay` checks it."),
  ]

  static let replay = MappingSpec(
    "replay", "What a replay has to come to.",
    keys: [
      .required("digest", .text, "The digest over all events: sixteen hexadecimal digits."),
      .optional("breaks", .text, "The invariant that the run breaks."),
    ])

  static let series = MappingSpec(
    "series", "One line or bar of a figure.",
    keys: [
      .required(
        "protocol", .choice(ProtocolName.self), "The protocol."),
      .optional("name", .text, "The name in the result file; the protocol's own by default."),
      .key(
        "with", .entries(of: .anything, keyName: "key path"), default: "{}",
        "Values for keys that differ in this series."),
    ])

  static let variant = MappingSpec(
    "variant", "One condition under which every series runs.",
    keys: [
      .required("name", .text, "The name in the result file."),
      .key(
        "with", .entries(of: .anything, keyName: "key path"), default: "{}",
        "Values for keys that differ in this variant; they win over those of a series."),
      .key(
        "series", .list(of: .text), default: "[]",
        "The names of the series that run in it; all when empty."),
      .optional(
        "sweep", .entries(of: .list(of: .anything, count: 1...1000), keyName: "key path"),
        "A sweep instead of the file's."),
      .optional("repeat", .integer(1...100_000), "A number of replicates instead of the file's."),
    ])

  private static let runKeys: [KeySpec] = [
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
      "nodes", .list(of: .mapping(node), count: 0...ReplicaSet.capacity), default: "[]",
      "The machines, one for each replica."
    )
    .needing(.messages),
    .key("network", .mapping(network), default: "{}", "The network between all machines.")
      .needing(.messages),
    .key(
      "costs", .text, default: "free",
      "The cost profile: a file relative to this one, or `free`."
    )
    .needing(.messages),
    .key(
      "cost-overrides", .entries(of: CostProfile.cost, keyName: "work"), default: "{}",
      "Costs that differ from the profile, by kind of work."
    )
    .needing(.messages),
    .key(
      "jitter", .probability, default: "0",
      "The largest relative deviation of a job's service time, drawn for each job."
    )
    .needing(.messages.and(.priced)),
    .key(
      "clients",
      .either([.mapping(clients), .list(of: .mapping(clients), count: 1...64)]), default: "{}",
      "The client machine, or several."
    )
    .needing(.messages),
    .optional("records", .mapping(records), "Who shares records over the chain."),
    .key(
      "application",
      .choice([
        .init("none", "The result of a request depends on the request alone."),
        .init(
          "history", "A result tells which requests took effect before, and in which order."),
      ]), default: "none",
      "What replicas execute; with `history` P-16 and R-14 see what executes in a wrong order."
    )
    .needing(.messages.and(.noRecords)),
    .required("schedule", .mapping(schedule), "What is measured and when a run ends."),
    .key("limits", .mapping(limits), default: "{}", "What ends a run whatever its schedule says."),
    .key("pbft", .mapping(pbft), default: "{}", "Parameters of PBFT and sc-PBFT.")
      .needing(.runs(.pbft, .scPBFT).and(.messages)),
    .key("sc-pbft", .mapping(scpbft), default: "{}", "Parameters of sc-PBFT alone.")
      .needing(.runs(.scPBFT)),
    .key("raft", .mapping(raft), default: "{}", "Parameters of Raft.")
      .needing(.runs(.raft)),
    .key("pow", .mapping(pow), default: "{}", "Parameters of proof of work.")
      .needing(.runs(.pow)),
    .key("faults", .list(of: .mapping(fault), count: 0...64), default: "[]", "Who misbehaves."),
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
      "chain", .mapping(chain), default: "{}",
      "What the scenario promises of the chain of proof of work as a whole."
    )
    .needing(.runs(.pow).and(.messages)),
    .key(
      "probes", .flag, default: "true",
      "Whether invariants are checked; only benchmarks turn them off."
    )
    .needing(.messages),
  ]

  static let node = MappingSpec(
    "node", "The machine of one replica.",
    keys: [
      .required("id", .integer(0...255), "The replica's number; the order in the file is free."),
      .optional("name", .text, "A name for traces."),
      .key(
        "service-time", .decimal(0.001...1000), default: "1",
        "What service times are multiplied by: below 1 for a faster machine."
      )
      .needing(.priced),
      .key(
        "timer-scale", .decimal(0.001...1000), default: "1",
        "What the spans of its timers are multiplied by: above 1 for a clock that is slow."),
      .optional("group", .text, "The name of the group whose latencies apply."),
    ])

  static let law = MappingSpec(
    "law", "A distribution of durations; a bare duration is the constant one.",
    keys: [
      .required(
        "law",
        .choice([
          .init("constant", "Always `mean`."), .init("uniform", "Between `from` and `to`."),
          .init("normal", "With `mean` and `deviation`, cut at 0."),
          .init("log-normal", "With `median` and `sigma` of the logarithm."),
          .init("exponential", "`minimum` plus a part with mean `mean`."),
          .init("pareto", "At least `minimum`, tail exponent `shape`."),
        ]), "The family."),
      .optional("mean", .duration, "The mean."),
      .optional("from", .duration, "The least value."),
      .optional("to", .duration, "The largest value."),
      .optional("deviation", .duration, "The standard deviation."),
      .optional("median", .duration, "The median."),
      .optional("sigma", .decimal(0...10), "The standard deviation of the logarithm."),
      .optional("minimum", .duration, "The least value."),
      .optional("shape", .decimal(0.1...100), "The tail exponent."),
    ])

  static let latency = ValueKind.either([.duration, .mapping(law)])
}

/// The protocols that a series can run.
public enum ProtocolName: String, CaseIterable, Hashable, Sendable {
  /// PBFT as published.
  case pbft
  /// The paper's PBFT with a state sheet.
  case scPBFT = "sc-pbft"
  /// Raft.
  case raft
  /// Proof of work.
  case pow

  /// The name in tables and charts.
  public var title: String {
    switch self {
    case .pbft: "PBFT"
    case .scPBFT: "sc-PBFT"
    case .raft: "Raft"
    case .pow: "PoW"
    }
  }
}
