import ArgumentParser
import Experiments

/// `consim check`: runs scenarios again and compares with the result files there are.
struct CheckCommand: AsyncParsableCommand {
  /// The forms in which a comparison is told.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, junit, github
    /// The means of the new results, for the action github-action-benchmark.
    case githubBenchmark = "github-benchmark"
  }

  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run scenarios again and compare with their result files.",
    discussion: """
      Without scenarios it takes all that have a file in the directory provenance of the \
      results, from Scenarios and its directories, and the costs of cryptography and the \
      claims if they have one. Files are compared byte by byte. The report begins with how many \
      results are equal; then come, for each that is not, which of its inputs changed, and \
      the worst changes of every series, with their direction. Tables that were altered since \
      they were written, or that nothing accounts for, are differences. Another model version (a \
      digest of the sources that can reach a result) is named, and is no difference alone. \
      Nothing is written unless --update-baseline or --out is given.

      A file of tolerances lists differences that have been reviewed, with reasons; 'consim \
      schema tolerance' prints its keys. It is for changes of the model: what names rows, texts, \
      seeds and inputs have no tolerance.

      Exit codes: 0 equal, 2 different, 4 different within tolerance, 65 a file of tolerances is \
      wrong, 66 a result has no provenance. A table that is not there is compared by its SHA-256.
      """)

  @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml"]))
  var scenarios: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      """
      Only the results of this name, of those that have provenance; may be repeated. It does not \
      go with scenario files.
      """, valueName: "name"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp("The directory of the result files.", valueName: "directory"),
    completion: .directory)
  var results = "Results"

  @Option(
    help: ArgumentHelp(
      "The file of tolerances; baseline.yaml beside the results by default, if it is there.",
      valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var tolerance: String?

  @Option(help: "The form of the report.")
  var format = Format.text

  @Option(
    help: """
      Which means github-benchmark lists: those of which more, or less, is better. That action \
      takes one kind a file.
      """)
  var sense = MetricSense.bigger

  @OptionGroup var report: ReportFileOptions

  private var out: String? { report.out }

  @OptionGroup var workers: WorkerOptions

  @Flag(
    help: """
      Run no scenario: compare tables with their hashes, and scenarios, cost profiles and claims \
      with the digests of those that the tables were made from.
      """)
  var inputs = false

  @Flag(help: "Replace the result files by the new results instead.")
  var updateBaseline = false

  @Flag(name: .shortAndLong, help: "Print nothing but differences and errors.")
  var quiet = false

  func validate() throws {
    if inputs, updateBaseline {
      throw ValidationError(
        "--inputs compares only, and --update-baseline writes: give one of them.")
    }
    for name in only { try requireName(name, "--only") }
    if !only.isEmpty, !scenarios.isEmpty {
      throw ValidationError(
        "'--only' chooses among the results that have provenance: leave it or the files away.")
    }
    try tolerance.map { try requireName($0, "--tolerance") }
    try ReportOutput.require(out, isForRunner: format == .github)
    if updateBaseline, tolerance != nil || out != nil || format != .text {
      throw ValidationError(
        "--update-baseline compares nothing: leave --tolerance, --format and --out away.")
    }
    if inputs, tolerance != nil {
      throw ValidationError("--inputs compares no numbers, which --tolerance is about.")
    }
    if inputs, format == .githubBenchmark {
      throw ValidationError("'--format github-benchmark' lists new results, and --inputs has none.")
    }
    if sense != .bigger, format != .githubBenchmark {
      throw ValidationError("'--sense' is for '--format github-benchmark'.")
    }
  }

  mutating func run() async throws {
    let chosen = try chosenNames()
    let loaded = try load(chosen)
    let baseline = Baseline(directory: results)
    let costs = try chosen.has(CostTable.name) ? loadCosts(baseline) : nil
    if updateBaseline {
      try await update(loaded, costs)
      return
    }
    try ReportOutput.requireWritable(out)
    try requireBaseline(loaded, baseline)
    let tolerances = try loadTolerances(loaded, costs, baseline)
    var comparison = try Comparison(
      baseline, tolerances, names: alterationScope(chosen, loaded), isTold: !inputs)
    var verdicts = Verdicts()
    var benchmarks = BenchmarkList(sense)
    for scenario in loaded {
      let commands = CheckedResult.Commands(
        show: "run \(scenario.fileName) --out New",
        keep: "check \(scenario.fileName) --results \(results) --update-baseline")
      if inputs {
        try comparison.add(scenario.name, commands) { () throws(BaselineError) in
          [try baseline.inputChange(of: scenario)]
        }
        continue
      }
      let run = await Progress.run(scenario, workers: workers.count, isQuiet: quiet)
      verdicts.note(Verdict(run.scenario, run.results), settings: [])
      try comparison.add(scenario.name, commands) { () throws(BaselineError) in
        try baseline.compare(run.scenario, run.results)
      }
      if format == .githubBenchmark { benchmarks.append(run.scenario, run.results) }
    }
    if let costs { try compare(costs, &comparison) }
    if chosen.has(ClaimsCommand.name), let claims = try loadClaims(baseline) {
      try compare(claims, &comparison)
    }
    let report = comparison.finished()
    guard !report.results.isEmpty else {
      Console.error("\(results)/provenance: error: it names nothing that could be checked")
      throw ExitCode.missingInput
    }
    try deliver(report, benchmarks)
    try verdicts.check()
    switch report.verdict {
    case .equal: break
    case .withinTolerance: throw ExitCode.withinTolerance
    case .different: throw ExitCode.regression
    }
  }

  private func compare(_ claims: ClaimsTable, _ comparison: inout Comparison) throws {
    let command = "claims --results \(results)"
    let baseline = comparison.baseline
    try comparison.add(
      ClaimsCommand.name, CheckedResult.Commands(show: command, keep: command)
    ) { () throws(BaselineError) in try baseline.compare(claims) }
  }

  private func compare(_ costs: CostTable, _ comparison: inout Comparison) throws {
    let commands = CheckedResult.Commands(
      show: "crypto costs --out New", keep: "crypto costs --out \(results)")
    let baseline = comparison.baseline
    try comparison.add(
      CostTable.name, commands, hint: "make it with: consim crypto costs --out \(results)"
    ) { () throws(BaselineError) in try baseline.compare(costs) }
  }

  private func deliver(_ report: CheckReport, _ benchmarks: BenchmarkList) throws {
    let text = report.text(isQuiet: quiet)
    switch format {
    case .text: try ReportOutput.deliver(text.isEmpty ? "" : text + "\n", to: out, text: text)
    case .json: try ReportOutput.deliver(report.json, to: out, text: text)
    case .junit: try ReportOutput.deliver(report.suites.junit, to: out, text: text)
    case .github: try ReportOutput.tellRunner(report.suites)
    case .githubBenchmark: try ReportOutput.deliver(benchmarks.json, to: out, text: text)
    }
  }

  private func update(_ scenarios: [Scenario], _ costs: CostTable?) async throws {
    let writer = try ResultWriter.opened(results)
    try writer.requireSoundProvenance(scenarios.map(\.name))
    var verdicts = Verdicts()
    var speech = Speech()
    for scenario in scenarios {
      let run = await Progress.run(scenario, workers: workers.count, isQuiet: quiet)
      try writer.store(run.scenario, run.results)
      verdicts.note(Verdict(run.scenario, run.results), settings: [])
      if !quiet { speech.say(writer.account(of: scenario)) }
    }
    try costs.map { try writer.store($0) }
    try verdicts.check()
    try speech.check()
  }
}
