import ArgumentParser
import Experiments
import Foundation
import Notation

extension CheckCommand {
  /// The names that --only gives, or all.
  func chosenNames() throws -> Chosen {
    guard !only.isEmpty else { return .all }
    let names: [String]
    do throws(BaselineError) {
      names = try Baseline(directory: results).names()
    } catch {
      Console.error("\(error)")
      throw ExitCode.missingInput
    }
    for name in only where !names.contains(name) {
      let nearest = Suggestion.nearest(to: name, among: names)
      throw ValidationError(
        "'--only \(name)': there is no such name in \(results)/provenance"
          + (nearest.map { "; did you mean '\($0)'?" } ?? "."))
    }
    return .these(only)
  }

  /// The names of results that are compared.
  enum Chosen {
    case all
    case these([String])

    func has(_ name: String) -> Bool {
      switch self {
      case .all: true
      case .these(let names): names.contains(name)
      }
    }
  }

  func load(_ chosen: Chosen) throws -> [Scenario] {
    if Provenance(directory: results).hasFormerFile {
      Console.error("warning: \(Provenance(directory: results).formerRemark)")
    }
    guard scenarios.isEmpty else {
      return try PlanOptions.load(scenarios, settings: [], seed: nil)
    }
    let names: [String]
    do throws(BaselineError) {
      names = try Baseline(directory: results).scenarioNames().filter(chosen.has)
    } catch {
      Console.error("\(error)\n  make it with: consim run Scenarios/*.yaml --out \(results)")
      throw ExitCode.missingInput
    }
    do {
      return try PlanOptions.load(names.map(ScenarioFiles.path), settings: [], seed: nil)
    } catch {
      Console.error("  these are the scenarios that \(results)/provenance names")
      throw error
    }
  }

  /// The costs of cryptography, unless scenarios were named or the results do not have them.
  func loadCosts(_ baseline: Baseline) throws -> CostTable? {
    guard scenarios.isEmpty, (try? baseline.hasCryptoCosts()) == true else { return nil }
    guard let costs = CommandExtension.registered?.costs else {
      Console.error("warning: \(Workloads.missing): the costs of cryptography were not compared")
      return nil
    }
    return try costs()
  }

  /// The claims of the paper, unless scenarios were named or the results do not have them.
  ///
  /// Claims of another file, or judged by tables of another directory, cannot be judged again.
  func loadClaims(_ baseline: Baseline) throws -> ClaimsTable? {
    guard scenarios.isEmpty, (try? baseline.hasClaims()) == true,
      FileManager.default.fileExists(atPath: ClaimsCommand.file)
    else { return nil }
    do throws(ScenarioError) {
      return try ClaimsTable(claims: ClaimsCommand.file, results: results)
    } catch {
      Console.error(error.description)
      guard error.cause == .unreadable else { throw ExitCode.badScenario }
      Console.error("warning: the claims were not compared")
      return nil
    }
  }

  /// The names whose tables must be what was written; nil for all tables of the directory.
  func alterationScope(_ chosen: Chosen, _ loaded: [Scenario]) -> [String]? {
    switch chosen {
    case .these(let names): names
    case .all: scenarios.isEmpty ? nil : loaded.map(\.name)
    }
  }

  /// The tolerances of the file that was named, or that lies beside the results.
  func loadTolerances(
    _ loaded: [Scenario], _ costs: CostTable?, _ baseline: Baseline
  ) throws -> Tolerances {
    let beside = "\(results)/\(ToleranceSpec.fileName)"
    let found = FileManager.default.fileExists(atPath: beside) ? beside : nil
    guard !inputs, let path = tolerance ?? found else { return .none }
    do throws(ScenarioError) {
      return try Tolerances(path: path, for: baseline.subjects(loaded, costs))
    } catch {
      Console.error(error.description)
      throw error.cause == .unreadable ? ExitCode.missingInput : ExitCode.badScenario
    }
  }

  /// Looks for all files before anything is run.
  func requireBaseline(_ scenarios: [Scenario], _ baseline: Baseline) throws {
    do throws(BaselineError) {
      try baseline.requireComplete(scenarios.map(\.name))
    } catch {
      Console.error(error.description)
      throw ExitCode.missingInput
    }
    var isComplete = true
    for scenario in scenarios {
      let missing = baseline.missingFiles(of: scenario)
      if missing.isEmpty { continue }
      isComplete = false
      for path in missing { Console.error("\(path): error: there is no such file") }
      Console.error("  make it with: consim run \(scenario.fileName) --out \(results)")
    }
    if !isComplete { throw ExitCode.missingInput }
  }
}
