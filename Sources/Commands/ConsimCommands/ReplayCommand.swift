import ArgumentParser
import DiscreteEvents
import Experiments
import Tables

/// `consim replay`: runs one run again, checks it and draws it.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run one run again, check its digest, and draw it.",
    discussion: """
      If the scenario records a digest under 'replay', as 'consim shrink' writes it, the run has to \
      come to it. NAME.svg is a space-time diagram: a lane for each node, messages as arrows; \
      NAME.mmd is a Mermaid diagram of the messages that arrived. Both show the last round before the violation or the end: \
      from the first step for the sequence number, index or block, or for the change of views or \
      election, that the last step belongs to. --html writes a page instead on which every event can be \
      looked at, of one run or of two beside each other.

      Exit codes: 0 as recorded, or nothing broke but what the scenario expects, 2 not as \
      recorded, or what was expected to break held, 3 an invariant broke or the run was cut short, and nothing was recorded.

      Examples:
        consim replay Findings/pbft-p-1-1f-shrunk.yaml
        consim replay Scenarios/figure8.yaml --run 2 --from '10 ms' --to '15 ms'
        consim replay Scenarios/figure8.yaml --run 1 --beside 2 --html run.html
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The number of the run, if there are several.", valueName: "number"))
  var number: Int?

  @Option(
    help: ArgumentHelp("Draw from this instant on, such as '12 ms'.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Draw up to this instant.", valueName: "time"))
  var to: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for NAME.svg and NAME.mmd.", valueName: "directory"),
    completion: .directory)
  var out = "."

  @Option(
    help: ArgumentHelp(
      "Write a page on which every event can be looked at, instead of the diagrams.",
      valueName: "file"), completion: .file())
  var html: String?

  @Option(
    help: ArgumentHelp(
      "Show this run beside it on the page, with the first event in which they differ.",
      valueName: "number"))
  var beside: Int?

  @OptionGroup var plan: PlanOptions

  func validate() throws {
    try requireName(out, "--out")
    try html.map { try requireName($0, "--html") }
    if beside != nil, html == nil { throw ValidationError("'--beside' needs '--html'.") }
    if let beside, beside < 1 {
      throw ValidationError("'--beside \(beside)' must be at least 1.")
    }
    if let number, number < 1 { throw ValidationError("'--run \(number)' must be at least 1.") }
    _ = try Self.instant(from, "--from")
    _ = try Self.instant(to, "--to")
  }

  func run() throws {
    guard let loaded = try plan.load([scenario]).first else { throw ExitCode.missingInput }
    try plan.requireEffect(in: [loaded])
    if let html { return try writePage(of: loaded, to: html) }
    let replayed = try replayed(loaded)
    do throws(OutputError) {
      try OutputFile.makeDirectory(out)
    } catch {
      throw Exit.failed(error)
    }
    try Exit.write(Array(replayed.svg.utf8), to: "\(out)/\(replayed.name).svg")
    try Exit.write(Array(replayed.mermaid.utf8), to: "\(out)/\(replayed.name).mmd")
    try Console.output(replayed.text)
    try Console.output("\(out)/\(replayed.name).svg, .mmd: \(replayed.part)")
    for difference in replayed.differences {
      Console.error("\(scenario): error: this is another run: \(difference)")
    }
    if !replayed.differences.isEmpty { throw ExitCode.regression }
    if replayed.isRecorded { return }
    if replayed.isUnexpected { throw ExitCode.violation }
    if !replayed.silent.isEmpty { throw ExitCode.regression }
  }

  private func writePage(of loaded: Scenario, to path: String) throws {
    let page: PlayerPage
    do throws(TraceError) {
      var replays = [try Replay(loaded, number: number, hasSeed: plan.seed != nil)]
      if let beside {
        replays.append(try Replay(loaded, number: beside, hasSeed: false))
      }
      page = try PlayerPage(replays, from: instant(from), to: instant(to))
    } catch {
      Console.error(error.description)
      throw ExitCode.validationFailure
    }
    try Exit.write(page.bytes, to: path)
    let counts = page.events.map { "\($0) events" }.joined(separator: " and ")
    try Console.output("\(path): \(counts), \(page.bytes.count) bytes")
  }

  private func replayed(_ loaded: Scenario) throws -> Replayed {
    do throws(TraceError) {
      return try Replay(loaded, number: number, hasSeed: plan.seed != nil)
        .replayed(from: instant(from), to: instant(to))
    } catch {
      Console.error(error.description)
      throw ExitCode.validationFailure
    }
  }

  /// An instant that was validated.
  private func instant(_ text: String?) -> VirtualDuration? { try? Self.instant(text, "") }

  private static func instant(_ text: String?, _ option: String) throws -> VirtualDuration? {
    guard let text else { return nil }
    switch VirtualDuration.parsed(text) {
    case .success(let span): return span
    case .failure(let problem):
      let remark = problem.remark.isEmpty ? "" : " (\(problem.remark))"
      throw ValidationError(
        "'\(option) \(text)' must be a duration such as '12 ms', found '\(text)'\(remark).")
    }
  }
}
