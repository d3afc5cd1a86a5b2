import ArgumentParser
import Experiments
import Foundation

extension SubmitScript.Engine: ExpressibleByArgument {}

/// `consim submit`: prints the script that runs a campaign on an engine.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Print the script that runs a scenario in shards.",
    discussion: """
      The script starts a process for each shard and names the merge. 'consim' has to be on PATH where \
      it runs; CONSIM names another program for Slurm and GNU parallel.
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(help: "What starts the processes.")
  var engine: SubmitScript.Engine

  @Option(help: ArgumentHelp("How many processes share the runs.", valueName: "number"))
  var shards = 16

  @Option(
    help: ArgumentHelp("The directory that keeps the runs.", valueName: "directory"),
    completion: .directory)
  var store = "Store"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for result files.", valueName: "directory"),
    completion: .directory)
  var out = "Results"

  @Flag(help: "Run the script instead of printing it: by sbatch for slurm, by sh for parallel.")
  var go = false

  @OptionGroup var plan: PlanOptions

  func validate() throws {
    try requireName(store, "--store")
    try requireName(out, "--out")
    guard (1...Shard.countLimit).contains(shards) else {
      throw ValidationError("'--shards \(shards)' must be from 1 to \(Shard.countLimit).")
    }
    guard scenario != "-" else {
      throw ValidationError("'-' cannot be submitted: every process reads the file.")
    }
    guard engine == .slurm || engine == .parallel || !go else {
      throw ValidationError("'--go' runs scripts of slurm and parallel only.")
    }
    for text in [scenario, store, out] + plan.settings + plan.sweeps {
      let isBad = text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
      guard !isBad else {
        throw ValidationError("a name with a line break or control character cannot be submitted.")
      }
      let isPlain = !text.utf8.contains { "{}$\"\\".utf8.contains($0) }
      guard isPlain || engine == .slurm || engine == .print else {
        throw ValidationError(
          "'\(text)' has a character that \(engine.rawValue) replaces; use slurm or print.")
      }
    }
  }

  func run() throws {
    let loaded = try plan.load([scenario])
    try plan.requireEffect(in: loaded)
    let campaign = KeyedScenario(loaded[0])
    let script = SubmitScript(
      name: campaign.scenario.name, scenario: scenario, store: store, out: out, shards: shards,
      arguments: plan.arguments
    ).text(for: engine)
    guard go else { return try Console.output(script, terminator: "") }
    try start(script)
  }

  /// Hands the script to what runs it, and ends with its code.
  private func start(_ script: String) throws {
    let tool = engine == .slurm ? "sbatch" : "parallel"
    guard ToolPath.has(tool) else {
      Console.error("error: '\(tool)' is not on PATH")
      throw ExitCode.missingTool
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = engine == .slurm ? ["sbatch"] : ["sh"]
    var environment = ProcessInfo.processInfo.environment
    if environment["CONSIM"] == nil {
      environment["CONSIM"] = Bundle.main.executablePath
    }
    process.environment = environment
    let pipe = Pipe()
    process.standardInput = pipe
    do {
      try process.run()
      try pipe.fileHandleForWriting.write(contentsOf: Data(script.utf8))
      try pipe.fileHandleForWriting.close()
    } catch {
      Console.error("error: '\(tool)' cannot be started: \(error.localizedDescription)")
      throw ExitCode.missingTool
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
  }
}
