import ArgumentParser
import Experiments

/// `consim run`: carries scenarios out and writes their result files.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run scenarios and write their result files.",
    discussion: """
      For a scenario called NAME this writes NAME.csv (a row per observation), NAME-summary.csv
      and an entry in provenance.json. The same scenario and seed give the same bytes, whatever
      --jobs says. Files appear whole or not at all.
      """)

  @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml"]))
  var scenarios: [String]

  @Option(help: "The directory for result files.", completion: .directory)
  var out = "Results"

  @OptionGroup var plan: PlanOptions

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  mutating func run() async throws {
    let loaded = try plan.load(scenarios)
    let writer = try ResultWriter.opened(out)
    for scenario in loaded {
      let results = await Progress.run(scenario, workers: plan.workers, isQuiet: quiet)
      let verdict = Verdict(scenario, results)
      if !quiet { print(RunSummary(scenario, results).text) }
      try Exit.check(verdict, of: scenario, plan)
      try writer.write(scenario, results)
      if !quiet { print(writer.account(of: scenario)) }
    }
  }
}

/// What several commands need to know about the runs they make.
struct PlanOptions: ParsableArguments {
  @Option(help: "The first seed, instead of the scenario's.")
  var seed: UInt64?

  @Option(help: "How many runs at a time; all cores by default. It changes no result.")
  var jobs: Int?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Set a key of the scenario, such as pbft.batch=10; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs \(jobs)' must be from 1 to 1024.")
    }
  }

  var workers: Int { jobs ?? Machine.cores }

  /// Reads all scenarios; prints the problems of all of them before it gives up.
  func load(_ paths: [String]) throws -> [Scenario] {
    var scenarios: [Scenario] = []
    var failure: ExitCode?
    for path in paths {
      do throws(ScenarioError) {
        scenarios.append(try Scenario(path: path, settings: settings, seed: seed))
      } catch {
        Console.error(error.description)
        failure = error.cause == .unreadable ? .missingInput : failure ?? .badScenario
      }
    }
    if let failure { throw failure }
    return scenarios
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
    for scenario in try plan.load(scenarios) {
      print("\(scenario.fileName): \(scenario.title): \(scenario.outline)")
    }
  }
}

/// `consim schema`: prints what a scenario file may contain.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of scenario files, or the table of their keys.")

  @Flag(help: "Print the keys as Markdown tables instead.")
  var markdown = false

  func run() {
    print(
      markdown
        ? KeyTable.markdown(for: ScenarioSpec.file) : JSONSchema.text(for: ScenarioSpec.file),
      terminator: "")
  }
}
