import ConsensusCore
import Notation
import RunPlans

/// The keys of a scenario file: the one declaration behind decoder, `consim schema` and the table
/// of keys in `Scenarios/README.md`.
public enum ScenarioSpec {
  /// The whole file: what describes the experiment, then what describes one run.
  public static var file: MappingSpec { Workloads.kind == nil ? bareFile : wholeFile }

  /// What describes one run: the keys that series, variants and sweeps may set.
  static var run: MappingSpec { Workloads.kind == nil ? bareRun : wholeRun }

  // Each is made once, when its keys are known.
  private static let bareFile = file(nil)
  private static let wholeFile = file(Workloads.kind)
  private static let bareRun = run(nil)
  private static let wholeRun = run(Workloads.kind)

  private static func file(_ kind: (any WorkloadSection.Type)?) -> MappingSpec {
    MappingSpec(
      "scenario", "An experiment: runs of several protocols under variants and swept parameters.",
      keys: experimentKeys + runKeys(kind), rules: [.atMostOne(["repeat", "until"])])
  }

  private static func run(_ kind: (any WorkloadSection.Type)?) -> MappingSpec {
    MappingSpec("run", "What describes one run.", keys: runKeys(kind))
  }

  /// The names of the keys that belong to the experiment and to none of its runs.
  static var experimentNames: [String] { experimentKeys.map(\.name) }

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
    .optional(
      "until", .mapping(StoppingRule.keys),
      "When each point has enough seeds, instead of 'repeat'; for 'measure: metrics'."),
    .required("series", .list(of: .mapping(series), count: 1...64), "The protocols compared."),
    .key(
      "variants", .list(of: .mapping(variant), count: 1...256), default: "[{name: default}]",
      "Conditions under which every series runs."),
    .key(
      "sweep", .entries(of: Outline.values, keyName: "key path"), default: "{}",
      "Values for keys; every combination is run and named in the result file."),
    .key(
      "zip", .entries(of: Outline.values, keyName: "key path"), default: "{}",
      "Values that go together place by place, at every point of the sweep."),
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
        "protocol", .choice(Subjects.all.map { .init($0.name) }), "The protocol."),
      .optional("name", .text, "The name in the result file; the protocol's own by default."),
      .key(
        "with", .entries(of: .anything, keyName: "key path"), default: "{}",
        "Values for keys that differ in this series."),
      .key(
        "sweep", .entries(of: Outline.values, keyName: "key path"), default: "{}",
        "Values for keys that are swept for this series alone, beside what is swept for all."),
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
        "sweep", .entries(of: Outline.values, keyName: "key path"), "A sweep instead of the file's."
      ),
      .optional(
        "zip", .entries(of: Outline.values, keyName: "key path"),
        "Values that go together instead of the file's."),
      .optional("repeat", .integer(1...100_000), "A number of replicates instead of the file's."),
    ])

  /// The section of the workload is declared without its keys where the program does not know them.
  private static func runKeys(_ kind: (any WorkloadSection.Type)?) -> [KeySpec] {
    RunPlan.keys.before
      + [
        .optional(
          Workloads.section, kind.map { .mapping($0.keys) } ?? .anything,
          "Who shares records over the chain.")
      ]
      + RunPlan.keys.after
  }
}
