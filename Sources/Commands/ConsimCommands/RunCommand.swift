import ArgumentParser
import Charts
import Experiments
import Notation

/// `consim run`: carries scenarios out and writes their result files.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run scenarios and write their result files.",
    discussion: """
      For a scenario called NAME this writes NAME.csv (a row per observation), \
      NAME-summary.csv, with 'measure: records' NAME-operations.csv, and \
      provenance/NAME.json. The same scenario and seed give the \
      same bytes, whatever --jobs says. Files appear whole or not at all, and all are written \
      even where an invariant broke: the exit code tells at the end.

      An interruption (Ctrl-C) writes the points whose runs are all done to NAME.partial.csv; \
      a later complete run removes it. '-' reads a scenario from standard input.

      With --store nothing is lost: each run is a file as soon as it is done, and the same command \
      goes on after an interruption, a kill or a broken invariant. Shards share a store, and \
      'consim merge' writes their tables. SIGTERM ends with 75.
      """)

  @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml"]))
  var scenarios: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for result files.", valueName: "directory"),
    completion: .directory)
  var out = "Results"

  @OptionGroup var kept: StoreOptions

  @OptionGroup var plan: PlanOptions

  @OptionGroup var workers: WorkerOptions

  @Flag(help: "Draw what was run, as 'consim plot NAME' does.")
  var plot = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws { try requireName(out, "--out") }

  mutating func run() async throws {
    if plot { try Gnuplot.require() }
    let loaded = try plan.load(scenarios)
    try plan.requireEffect(in: loaded)
    if let store = kept.store { return try await runStored(loaded, in: store) }
    let writer = try ResultWriter.opened(out)
    try writer.requireSoundProvenance(loaded.map(\.name))
    var verdicts = Verdicts()
    var speech = Speech()
    for scenario in loaded {
      for remark in scenario.remarks { Console.error("\(scenario.fileName): \(remark)") }
      let finished = await Progress.run(
        scenario, workers: workers.count, isQuiet: quiet
      ) { part, ledger in
        Interruption.beforeEnding { writer.farewell(part, ledger.results) }
      }
      try finish(finished.scenario, finished.results, writer, &verdicts, &speech)
    }
    try verdicts.check()
    try speech.check()
  }

  func finish(
    _ scenario: Scenario, _ results: [RunResult], _ writer: ResultWriter,
    _ verdicts: inout Verdicts, _ speech: inout Speech
  ) throws {
    try FinishedRuns(
      scenario: scenario, results: results, plan: plan, isDrawn: plot, isQuiet: quiet
    ).tell(writer, &verdicts, &speech)
  }
}

/// The results of all runs of a scenario.
struct FinishedRuns {
  let scenario: Scenario
  let results: [RunResult]
  let plan: PlanOptions
  /// Whether a chart is drawn of the tables.
  var isDrawn = false
  let isQuiet: Bool

  /// Writes the tables, prints the summary and judges the runs.
  func tell(_ writer: ResultWriter, _ verdicts: inout Verdicts, _ speech: inout Speech) throws {
    // Files first: what cannot be printed must not cost the results.
    try writer.store(scenario, results)
    if !isQuiet {
      speech.say(RunSummary(scenario, results).text)
      speech.say(Workloads.tabled?.summary(of: scenario, results) ?? "", terminator: "")
      speech.say(writer.account(of: scenario))
    }
    if isDrawn { verdicts.note(drawing: { try draw(in: writer.directory) }) }
    // With other seeds and settings nobody expects the same run.
    if plan.seed == nil, plan.settings.isEmpty, plan.sweeps.isEmpty,
      let remark = scenario.remark(on: results)
    {
      Console.error(remark)
    }
    for remark in scenario.idleSettings(in: results) { Console.error(remark) }
    verdicts.note(Verdict(scenario, results), settings: plan.settings)
  }

  private func draw(in directory: String) throws {
    let drawing = Drawing(
      results: directory, out: nil, formats: [.svg, .png], isQuiet: isQuiet)
    if let chart = BuiltInChart(rawValue: scenario.name) {
      try drawing.draw(chart)
    } else {
      try drawing.drawTable(scenario.name, ChartRequest())
    }
  }
}

/// `consim validate`: checks scenario files.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check scenario files and say what they would run.")

  @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml"]))
  var scenarios: [String]

  @OptionGroup var plan: PlanOptions

  func run() throws {
    let loaded = try plan.load(scenarios)
    try plan.requireEffect(in: loaded)
    for scenario in loaded {
      try Console.output("\(scenario.fileName): \(scenario.heading) (\(scenario.outline))")
      for remark in scenario.remarks { try Console.output("  \(remark)") }
    }
  }
}

/// `consim schema`: prints what a scenario file may contain.
struct SchemaCommand: ParsableCommand {
  /// A kind of file with declared keys.
  enum FileKind: String, CaseIterable, ExpressibleByArgument {
    case scenario, costs
    case cryptoCosts = "crypto-costs"
    case claims, judge, tolerance

    /// Its keys; nil where this program was built without what reads it.
    var spec: MappingSpec? {
      switch self {
      case .scenario: ScenarioSpec.file
      case .costs: CostProfile.file
      case .cryptoCosts: CommandExtension.registered?.priceList
      case .claims: ClaimsSpec.file
      case .judge: ClaimsSpec.judged
      case .tolerance: ToleranceSpec.file
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of scenario files, or the table of their keys.")

  @Argument(help: "The kind of file.")
  var kind = FileKind.scenario

  @Flag(help: "Print the keys as Markdown tables instead.")
  var markdown = false

  func run() throws {
    guard let spec = kind.spec else {
      Console.error("error: \(Workloads.missing): it has no files of the kind '\(kind.rawValue)'")
      throw ExitCode.validationFailure
    }
    try Console.output(
      markdown ? KeyTable.markdown(for: spec) : JSONSchema.text(for: spec),
      terminator: "")
  }
}
