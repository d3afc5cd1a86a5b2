import ArgumentParser
import Experiments
import Foundation
import Notation
import Tables
import YAMLDocuments

/// `consim shrink`: cuts a failing scenario down to its core.
struct ShrinkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shrink",
    abstract: "Cut a scenario that breaks an invariant down to its core.",
    discussion: """
      The first run of the scenario that breaks an invariant, or that its limits cut short, is cut \
      down step by step: faults, \
      network changes, clients and other keys are left out, replicas are taken away, laws become \
      constants and numbers round. What still breaks the same invariant is kept. The result is \
      told in words and written as a scenario that 'consim replay' runs and draws. Where clients \
      starve, their patience and the time-outs stay, and so does a healed quorum: less would \
      starve them without any bug. The same scenario gives the same result, whatever --jobs says.

      Examples:
        consim shrink Findings/pbft-p-1-1f.yaml
        consim shrink scenario.yaml --runs 500 --out core.yaml
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file for the core; FILE-shrunk.yaml for FILE.yaml by default.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(help: ArgumentHelp("The most runs to try.", valueName: "number"))
  var runs = 5000

  @Flag(help: "Let the core break another invariant as well.")
  var any = false

  @OptionGroup var plan: PlanOptions

  @OptionGroup var workers: WorkerOptions

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    try requireName(scenario, "scenario file")
    try out.map { try requireName($0, "--out") }
    if runs < 1 { throw ValidationError("'--runs \(runs)' must be at least 1.") }
  }

  func run() async throws {
    let subject = try Self.load(scenario, plan)
    try plan.requireEffect(in: [subject.scenario])
    let path = out ?? Self.shrunkName(of: scenario)
    if SameFile.are(path, scenario) {
      Console.error("\(scenario): error: '--out \(path)' is the scenario itself, which is kept")
      throw ExitCode.validationFailure
    }
    let directory = OutputFile.parent(of: path)
    if subject.needsItsDirectory, !SameFile.are(directory, OutputFile.parent(of: scenario)) {
      Console.error(
        "\(scenario): error: '--out \(path)' is in another directory, and 'costs' names a file "
          + "relative to the scenario's")
      throw ExitCode.validationFailure
    }
    let isShown = !quiet && Console.isTerminal
    let found: FailingPlan
    do throws(ShrinkError) {
      found = try await subject.failingPlan(
        workers: workers.count, name: Self.name(of: path)
      ) { done, all in
        if isShown { Console.status("looking for a failing run: \(done) of \(all)") }
      }
    } catch {
      if isShown { Console.status("") }
      Console.error(error.description)
      switch error.cause {
      case .sound: throw ExitCode.regression
      case .endless: throw ExitCode.violation
      case .unwritable: throw ExitCode.badScenario
      }
    }
    let shrinker = Shrinker(workers: workers.count, runLimit: runs, acceptsAny: any)
    let outcome = await shrinker.shrink(found, directory: subject.directory) { progress in
      if isShown { Console.status("\(progress.runs) runs, \(progress.values) values left") }
    }
    if isShown { Console.status("") }
    let text = ReplayText(
      outcome, source: Self.lastPart(scenario), name: Self.lastPart(path)
    ).text
    Interruption.willWrite(into: directory)
    do throws(OutputError) {
      try OutputFile.write(Array(text.utf8), to: path)
    } catch {
      throw Exit.failed(error)
    }
    if !quiet { try report(outcome, path: path) }
  }

  private func report(_ outcome: Shrinker.Outcome, path: String) throws {
    let ending =
      outcome.isComplete
      ? "\(outcome.runs) runs; \(outcome.minimality)"
      : "the limit of \(outcome.runs) runs ended it, so it may not be minimal: see --runs"
    try Console.output(
      """
      \(PlanScript(outcome.plan).text)
      before: \(PlanMeasure(outcome.original).text)
      after:  \(PlanMeasure(outcome.plan).text)
      \(ending)
      \(path): digest \(outcome.plan.digest)
        replay: consim replay '\(path)'
      """)
  }

  private static func load(
    _ path: String, _ plan: PlanOptions
  ) throws -> ShrinkSubject {
    do throws(ScenarioError) {
      return try ShrinkSubject(
        YAMLDocument.readFile(path), directory: OutputFile.parent(of: path),
        settings: plan.settings, sweeps: plan.sweeps, seed: plan.seed)
    } catch {
      Console.error(error.description)
      throw error.cause == .unreadable ? ExitCode.missingInput : ExitCode.badScenario
    }
  }

  private static func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The name with `-shrunk` before its extension, once.
  private static func shrunkName(of path: String) -> String {
    let name = lastPart(path)
    let directory = path.dropLast(name.count)
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    let suffix = name[..<dot].hasSuffix("-shrunk") ? "" : "-shrunk"
    return "\(directory)\(name[..<dot])\(suffix)\(name[dot...])"
  }

  /// The name of the scenario in a file, so that pictures are named as the file is: of every other
  /// sign a hyphen; nil if nothing is left.
  private static func name(of path: String) -> String? {
    let file = lastPart(path)
    let dot = file.lastIndex(of: ".") ?? file.endIndex
    let words = file[..<dot].lowercased().split { !$0.isASCII || !$0.isLetter && !$0.isNumber }
    return words.isEmpty ? nil : words.joined(separator: "-")
  }
}
