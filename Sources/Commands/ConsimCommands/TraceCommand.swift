import ArgumentParser
import Experiments
import Foundation
import Notation
import Tables

extension TraceFormat: ExpressibleByArgument {}

/// `consim trace`: shows every event of one run.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Show every event of one run, or the life of one record.",
    discussion: """
      Events are JSON lines; the first explains fields and events of the others. With \
      --text they are lines for reading: time in ms, node, verb, and what happened. \
      --format perfetto writes slices and arrows for ui.perfetto.dev, --format itf states \
      for the tools of TLA+; Documentation/Traces.md explains both. With \
      --record it tells what happened to one file instead, for people. Of all runs in the \
      scenario it is the first that matches --series, --variant and --set; without --seed it \
      has the scenario's first seed. The same run gives the same bytes.

      Examples:
        consim trace Scenarios/figure8.yaml --series PBFT --round 1
        consim trace Scenarios/figure8.yaml --series Raft --messages vote --text
        consim trace Scenarios/figure8.yaml --round 1 --format perfetto --out trace.json
        consim trace Scenarios/records/sharing.yaml --record 30
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(help: ArgumentHelp("The series, such as PBFT.", valueName: "name"))
  var series: String?

  @Option(help: ArgumentHelp("The variant, such as none.", valueName: "name"))
  var variant: String?

  @OptionGroup var plan: PlanOptions

  @Option(
    help: ArgumentHelp(
      "Show only what happens from the decision of height K-1 to that of height K.",
      valueName: "k"))
  var round: Int?

  @Option(
    help: ArgumentHelp(
      "Show only these kinds of message, such as prepare,commit; other events stay.",
      valueName: "kind,..."))
  var messages: String?

  @Option(help: ArgumentHelp("The format.", valueName: "format"))
  var format: TraceFormat?

  @Flag(help: "Write text instead of JSON: --format text.")
  var text = false

  @Option(
    help: ArgumentHelp(
      "Tell the life of this file instead; uploads count on from the preloaded ones.",
      valueName: "number"))
  var record: Int?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write to a file instead.", valueName: "file"), completion: .file())
  var out: String?

  func validate() throws {
    try out.map { try requireName($0, "--out") }
    if let round, round < 1 {
      throw ValidationError("'--round \(round)' must be at least 1.")
    }
    if let record, record < 0 {
      throw ValidationError("'--record \(record)' must not be negative.")
    }
    if record != nil, round != nil || messages != nil || text || format != nil {
      throw ValidationError(
        "'--record' cannot stand beside '--round', '--messages', '--text' and '--format'.")
    }
    if text, let format, format != .text {
      throw ValidationError("'--text' cannot stand beside '--format \(format.rawValue)'.")
    }
  }

  func run() throws {
    let loaded = try load()
    if let record { return try tell(record, of: loaded) }
    let tracer: Tracer
    do throws(TraceError) {
      tracer = try Tracer(
        loaded, series: series, variant: variant, settings: plan.settings, round: round,
        kinds: kinds)
    } catch {
      Console.error(error.description)
      throw ExitCode.validationFailure
    }
    let end = try out.map { try write(tracer, to: $0) } ?? write(tracer, into: STDOUT_FILENO)
    if end.failure != 0 {
      // Whoever closed the pipe has seen enough.
      if end.failure == EPIPE { return }
      throw Exit.failed(
        OutputError(path: out ?? "standard output", operation: .write, code: end.failure))
    }
    if end.isCut {
      Console.error(
        "\(scenario): error: the run has more than 128 MiB of states: each has all that is under way\n"
          + "  choose a part with '--round' or '--messages', or a shorter run")
      throw ExitCode.validationFailure
    }
    if Self.isShort(end, of: tracer) {
      Console.error(
        "\(scenario): error: the run has no round \(tracer.round ?? 0): it ended after "
          + "\(end.rounds)")
      throw ExitCode.validationFailure
    }
  }

  private func tell(_ file: Int, of scenario: Scenario) throws {
    let text: String
    do throws(TraceError) {
      let choice = try RunChoice(
        scenario, series: series, variant: variant, settings: plan.settings)
      text = try choice.life(of: file)
    } catch {
      Console.error(error.description)
      throw ExitCode.validationFailure
    }
    guard let out else { return try Console.output(text, terminator: "") }
    try Exit.write(Array(text.utf8), to: out)
  }

  /// Reads the scenario; a setting that is one of its swept values chooses and changes nothing.
  private func load() throws -> Scenario {
    try requireName(scenario, "scenario file")
    do throws(ScenarioError) {
      // A pipe can be read once only.
      let input = try ScenarioInput(scenario)
      let plain = try? input.scenario(settings: [], sweeps: plan.sweeps, seed: plan.seed)
      let changes = plan.settings.filter { plain.map(Tracer.choices)?.contains($0) != true }
      return try input.scenario(settings: changes, sweeps: plan.sweeps, seed: plan.seed)
    } catch {
      Console.error(error.description)
      throw error.cause == .unreadable ? ExitCode.missingInput : ExitCode.badScenario
    }
  }

  private var kinds: [String] {
    messages.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      ?? []
  }

  private static func isShort(_ end: TraceEnd, of tracer: Tracer) -> Bool {
    tracer.round.map { end.rounds < $0 } ?? false
  }

  private func write(_ tracer: Tracer, into descriptor: Int32) -> TraceEnd {
    tracer.run(as: format ?? (text ? .text : .jsonl), into: descriptor)
  }

  private func write(_ tracer: Tracer, to path: String) throws -> TraceEnd {
    Interruption.willWrite(into: OutputFile.parent(of: path))
    var end = TraceEnd(rounds: 0, failure: 0)
    do throws(OutputError) {
      try OutputFile.write(to: path) { descriptor in
        end = write(tracer, into: descriptor)
        // A trace of a round that never came, or a part of one, is not worth a file.
        let isRefused = end.isCut || Self.isShort(end, of: tracer)
        return end.failure == 0 && isRefused ? ECANCELED : end.failure
      }
    } catch {
      throw Exit.failed(error)
    }
    return end
  }
}
