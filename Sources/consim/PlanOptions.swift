import ArgumentParser
import Experiments

/// How many runs are made at a time.
struct WorkerOptions: ParsableArguments {
  @Option(
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
      "Set a key of the scenario, such as pbft.batch=10; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  /// Reads all scenarios; prints the problems of all of them before it gives up.
  func load(_ paths: [String]) throws -> [Scenario] {
    try Self.load(paths, settings: settings, seed: seed)
  }

  /// Reads all scenarios; prints the problems of all of them before it gives up.
  static func load(_ paths: [String], settings: [String], seed: UInt64?) throws -> [Scenario] {
    for path in paths { try requireName(path, "scenario file") }
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
    for (place, scenario) in scenarios.enumerated() {
      guard let other = scenarios[..<place].first(where: { $0.name == scenario.name }) else {
        continue
      }
      Console.error(
        other.fileName == scenario.fileName
          ? "\(scenario.fileName): error: the file is given twice"
          : "\(scenario.fileName): error: its name is '\(scenario.name)', as that of "
            + "\(other.fileName), so one would overwrite the results of the other")
      throw ExitCode.validationFailure
    }
    return scenarios
  }

  /// Stops where a sweep would take no notice of a setting.
  func requireEffect(in scenarios: [Scenario]) throws {
    for scenario in scenarios {
      for setting in settings {
        let key = String(setting.prefix { $0 != "=" })
        guard let place = scenario.sweptKeys.firstIndex(of: key),
          scenario.cells.allSatisfy({ !$0.parameters[place].isEmpty })
        else { continue }
        Console.error(
          "\(scenario.fileName): error: '--set \(setting)' changes nothing: the scenario sweeps "
            + "'\(key)', and every run has a value of its own")
        throw ExitCode.validationFailure
      }
    }
  }
}
