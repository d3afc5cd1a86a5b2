import ArgumentParser
import Experiments
import Foundation
import Notation

/// `consim check`: runs scenarios again and compares with the result files there are.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run scenarios again and compare with their result files.",
    discussion: """
      Without scenarios it takes all that have a file in the directory provenance of the \
      results, from Scenarios and its directories, and the costs of cryptography and the \
      claims if they have one. Tables that were altered since they were written, or that nothing accounts for, \
      are told before anything runs. Files are \
      compared byte by byte; what differs is printed cell by cell. Another model version (a digest \
      of the sources that can reach a result) is named, and is no difference alone. Nothing is \
      written unless --update-baseline is given.

      Exit codes: 0 equal, 2 different, 66 a result file is missing.
      """)

  @Argument(help: "Scenario files.", completion: .file(extensions: ["yaml"]))
  var scenarios: [String] = []

  @Option(
    help: ArgumentHelp("The directory of the result files.", valueName: "directory"),
    completion: .directory)
  var results = "Results"

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

  /// So many differences of one file are printed.
  private static let shown = 20

  func validate() throws {
    if inputs, updateBaseline {
      throw ValidationError(
        "--inputs compares only, and --update-baseline writes: give one of them.")
    }
  }

  mutating func run() async throws {
    let loaded = try load()
    let baseline = Baseline(directory: results)
    let costs = try loadCosts(baseline)
    if updateBaseline {
      try await update(loaded, costs)
      return
    }
    try requireBaseline(loaded, baseline)
    var isEqual = try isUnaltered(loaded, baseline)
    guard !loaded.isEmpty || costs != nil || !isEqual else {
      Console.error("\(results)/provenance: error: it names nothing that could be checked")
      throw ExitCode.missingInput
    }
    var verdicts = Verdicts()
    for scenario in loaded {
      let file = scenario.fileName
      let changes: [Baseline.FileChange]
      if inputs {
        changes = try Self.reading { () throws(BaselineError) in
          [try baseline.inputChange(of: scenario)]
        }
      } else {
        let run = await Progress.run(scenario, workers: workers.count, isQuiet: quiet)
        verdicts.note(Verdict(run.scenario, run.results), settings: [])
        changes = try Self.reading { () throws(BaselineError) in
          try baseline.compare(run.scenario, run.results)
        }
      }
      isEqual =
        try report(
          changes, of: scenario.name, show: "run \(file) --out New",
          keep: "check \(file) --results \(results) --update-baseline") && isEqual
    }
    if let costs { isEqual = try compare(costs, baseline) && isEqual }
    if let claims = try loadClaims(baseline) { isEqual = try compare(claims, baseline) && isEqual }
    try verdicts.check()
    if !isEqual { throw ExitCode.regression }
  }

  private func load() throws -> [Scenario] {
    if Provenance(directory: results).hasFormerFile {
      Console.error("warning: \(Provenance(directory: results).formerRemark)")
    }
    guard scenarios.isEmpty else {
      return try PlanOptions.load(scenarios, settings: [], seed: nil)
    }
    let names: [String]
    do throws(BaselineError) {
      names = try Baseline(directory: results).scenarioNames()
    } catch {
      Console.error("\(error)\n  make it with: consim run Scenarios/*.yaml --out \(results)")
      throw ExitCode.missingInput
    }
    do {
      return try PlanOptions.load(names.map(Self.file), settings: [], seed: nil)
    } catch {
      Console.error("  these are the scenarios that \(results)/provenance names")
      throw error
    }
  }

  /// Where the scenario of a name lies: in some folder of Scenarios, as NAME.yaml or without the name's
  /// beginning, as Scenarios/records/steps.yaml of records-steps.
  private static func file(_ name: String) -> String {
    let stems = [name, String(name.drop { $0 != "-" }.dropFirst())]
    let files =
      FileManager.default.enumerator(atPath: "Scenarios")?.compactMap { $0 as? String } ?? []
    let found = files.sorted().filter { file in
      stems.contains { file == $0 + ".yaml" || file.hasSuffix("/\($0).yaml") }
        && (try? String(contentsOfFile: "Scenarios/" + file, encoding: .utf8))?
          .split(separator: "\n").contains("name: \(name)") == true
    }
    return "Scenarios/" + (found.first ?? "\(name).yaml")
  }

  /// The costs of cryptography, unless scenarios were named or the results do not have them.
  private func loadCosts(_ baseline: Baseline) throws -> CostTable? {
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
  private func loadClaims(_ baseline: Baseline) throws -> ClaimsTable? {
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

  private func compare(_ claims: ClaimsTable, _ baseline: Baseline) throws -> Bool {
    let changes = try Self.reading { () throws(BaselineError) in try baseline.compare(claims) }
    return try report(
      changes, of: "claims", show: "claims --results \(results)",
      keep: "claims --results \(results)")
  }

  private static func reading<Value>(
    _ work: () throws(BaselineError) -> Value
  ) throws -> Value {
    do throws(BaselineError) {
      return try work()
    } catch {
      Console.error(error.description)
      throw ExitCode.missingInput
    }
  }

  private func compare(_ costs: CostTable, _ baseline: Baseline) throws -> Bool {
    let changes: [Baseline.FileChange]
    do throws(BaselineError) {
      changes = try baseline.compare(costs)
    } catch {
      Console.error("\(error)\n  make it with: consim crypto costs --out \(results)")
      throw ExitCode.missingInput
    }
    return try report(
      changes, of: CostTable.name, show: "crypto costs --out New",
      keep: "crypto costs --out \(results)")
  }

  /// Tells of tables that are not what was written, before anything is run.
  private func isUnaltered(_ loaded: [Scenario], _ baseline: Baseline) throws -> Bool {
    let changes: [Baseline.FileChange]
    do throws(BaselineError) {
      changes = try baseline.alterations(of: scenarios.isEmpty ? nil : loaded.map(\.name))
    } catch {
      Console.error(error.description)
      throw ExitCode.missingInput
    }
    for change in changes {
      for difference in change.differences {
        try Console.output("\(change.path): \(difference)")
      }
    }
    return changes.isEmpty
  }

  /// Looks for all files before anything is run.
  private func requireBaseline(_ scenarios: [Scenario], _ baseline: Baseline) throws {
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

  private func report(
    _ changes: [Baseline.FileChange], of name: String, show: String, keep: String
  ) throws -> Bool {
    let changed = changes.filter { !$0.differences.isEmpty }
    // The entry was read for the comparison.
    let remark = (try? Baseline(directory: results).modelRemark(on: name)) ?? nil
    guard !changed.isEmpty else {
      let missing = changes.filter { !$0.isKept }.count
      let hashed = missing == 0 ? nil : "\(missing) of them by SHA-256 alone"
      let remarks = [hashed, remark].compactMap { $0 }
      let note = remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))"
      if !quiet { try Console.output("\(name): \(changes.count) files, no difference\(note)") }
      return true
    }
    if let remark { try Console.output("\(name): \(remark)") }
    for change in changed {
      for difference in change.differences.prefix(Self.shown) {
        try Console.output("\(change.path): \(difference)")
      }
      let rest = change.differences.count - Self.shown
      if rest > 0 { try Console.output("\(change.path): and \(rest) more differences") }
    }
    try Console.output(
      """
        see for yourself: consim \(show)
        if it is meant:   consim \(keep)
      """)
    return false
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
