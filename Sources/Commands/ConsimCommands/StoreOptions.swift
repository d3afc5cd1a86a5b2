import ArgumentParser
import Experiments
import Foundation

/// Where `run` keeps results, and which runs it makes.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A directory that keeps the result of every run. Runs that are there are not made again.",
      valueName: "directory"),
    completion: .directory)
  var store: String?

  @Option(
    help: ArgumentHelp(
      """
      Make a part of the runs: i/n with i from 0, 'auto' or 'auto/n' in an array of Slurm, PBS, LSF, \
      SGE or Kubernetes. No tables are written.
      """, valueName: "i/n"))
  var shard: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Make only runs such as replicas=4,series=PBFT; may be repeated.", valueName: "key=value,...")
  )
  var only: [String] = []

  func validate() throws {
    guard let store else {
      if shard != nil { throw ValidationError("'--shard' needs '--store'.") }
      if !only.isEmpty { throw ValidationError("'--only' needs '--store'.") }
      return
    }
    try requireName(store, "--store")
    _ = try part()
    _ = try selection()
  }

  /// The shard, if one was named.
  func part() throws -> Shard? {
    guard let shard else { return nil }
    do throws(ShardError) {
      return try Shard(shard, environment: ProcessInfo.processInfo.environment)
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The cells that `--only` leaves.
  func selection() throws -> RunSelection {
    do throws(SelectionError) {
      return try RunSelection(only)
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The cells of a scenario that `--only` leaves.
  func cells(of scenario: Scenario) throws -> [Int] {
    let selection = try selection()
    do throws(SelectionError) {
      return try selection.cells(of: scenario)
    } catch {
      Console.error("\(scenario.fileName): error: \(error)")
      throw ExitCode.validationFailure
    }
  }
}

extension RunStore {
  /// Opens a store, or stops with the code that says why not.
  static func opened(_ directory: String, creates: Bool) throws -> RunStore {
    let store = try reporting { () throws(StoreError) in
      try RunStore(directory, creates: creates)
    }
    Interruption.willWrite(into: store.folder)
    if store.model == Version.unknownModel {
      Console.error(
        "\(directory): warning: this program does not know its model version (make builds one that "
          + "does), so that results of other such programs cannot be told from its own")
    }
    return store
  }

  /// Carries work on a store out, or stops with the code that says why not.
  static func reporting<Result>(_ work: () throws(StoreError) -> Result) throws -> Result {
    do throws(StoreError) {
      return try work()
    } catch {
      Console.error(error.description)
      throw error.exitCode
    }
  }
}

extension StoreError {
  /// 2 where results differ, 65 where the store is not in order, 73 and 74 where nothing can be written.
  var exitCode: ExitCode {
    switch self {
    case .output(let error): ExitCode(error.exitCode)
    case .unusable: .badScenario
    case .contradiction: .regression
    }
  }
}

extension PlanOptions {
  /// The options as a shell reads them.
  var arguments: String {
    let first = seed.map { " --seed \($0)" } ?? ""
    let set = settings.reduce(first) { $0 + " --set \(ShellText.quoted($1))" }
    return sweeps.reduce(set) { $0 + " --sweep \(ShellText.quoted($1))" }
  }
}
