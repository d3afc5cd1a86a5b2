import ArgumentParser
import Experiments
import Notation

/// How many runs are made at a time.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "How many runs at a time; all cores by default. It changes no result.", valueName: "number"))
  var jobs: Int?

  var count: Int { jobs ?? Machine.cores }

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs \(jobs)' must be from 1 to 1024.")
    }
  }
}

/// What several commands let a user change about scenarios.
struct PlanOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The first seed, instead of the scenario's.", valueName: "number"))
  var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      """
      Set a key of the scenario, such as pbft.batch=10, also where it is swept; may be repeated.
      """, valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("sweep"), parsing: .singleValue,
    help: ArgumentHelp(
      """
      Sweep a key, beside what the scenario sweeps: replicas=4,7,10 or 'replicas={ from: 4, to: 31, \
      step: 3 }'; may be repeated.
      """, valueName: "key=values"))
  var sweeps: [String] = []

  func validate() throws {
    var seen: [String: String] = [:]
    if let seed { seen["seed"] = "--seed \(seed)" }
    let given = settings.map { ("--set", $0) } + sweeps.map { ("--sweep", $0) }
    for (flag, setting) in given {
      let key = Self.key(of: setting)
      if let other = seen[key] {
        throw ValidationError(
          "'\(other)' and '\(flag) \(setting)' both set '\(key)'; give one of them.")
      }
      seen[key] = "\(flag) \(setting)"
    }
  }

  /// The key path of a `key=value` argument.
  private static func key(of setting: String) -> String {
    var key = setting.prefix { $0 != "=" }
    while key.last == " " { key.removeLast() }
    return String(key)
  }

  /// Reads all scenarios; prints the problems of all of them before it gives up.
  func load(_ paths: [String]) throws -> [Scenario] {
    try Self.load(paths, settings: settings, sweeps: sweeps, seed: seed)
  }

  /// Reads all scenarios; prints the problems of all of them before it gives up.
  static func load(
    _ paths: [String], settings: [String], sweeps: [String] = [], seed: UInt64?
  ) throws -> [Scenario] {
    for path in paths { try requireName(path, "scenario file") }
    if paths.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("'-' is given twice; standard input can be read once.")
    }
    var scenarios: [Scenario] = []
    var failure: ExitCode?
    for path in paths {
      do throws(ScenarioError) {
        scenarios.append(
          try ScenarioInput(path).scenario(settings: settings, sweeps: sweeps, seed: seed))
      } catch {
        Console.error(error.description)
        failure = error.cause == .unreadable ? .missingInput : failure ?? .badScenario
      }
    }
    if let failure { throw failure }
    for (place, scenario) in scenarios.enumerated() {
      guard let other = scenarios[..<place].first(where: { $0.name == scenario.name }) else {
        continue
      }
      Console.error(
        SameFile.are(other.fileName, scenario.fileName)
          ? "\(scenario.fileName): error: the file is given twice"
          : "\(scenario.fileName): error: its name is '\(scenario.name)', as that of "
            + "\(other.fileName), so one would overwrite the results of the other")
      throw ExitCode.validationFailure
    }
    return scenarios
  }

  /// Stops where the scenario itself sets in every run what a setting sets, and warns where it does
  /// so in some runs.
  func requireEffect(in scenarios: [Scenario]) throws {
    for scenario in scenarios {
      for setting in settings {
        guard let override = scenario.override(of: Self.key(of: setting)) else { continue }
        guard override.isEverywhere else {
          Console.error(
            "\(scenario.fileName): warning: '--set \(setting)' changes some runs only: the "
              + "scenario sets '\(override.key)' itself in the others")
          continue
        }
        let reason =
          override.isSwept
          ? "the scenario sweeps '\(override.key)', and every run has a value of its own"
          : "the scenario sets '\(override.key)' in a 'with' of every run, which wins"
        Console.error(
          "\(scenario.fileName): error: '--set \(setting)' changes nothing: \(reason)")
        throw ExitCode.validationFailure
      }
    }
  }
}
