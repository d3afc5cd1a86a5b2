import ArgumentParser
import ConsimCommands
import Experiments
import RecordExperiments

/// `consim crypto`: shows, times and prices the cryptography of record sharing.
struct CryptoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crypto",
    abstract: "Show, time and price the cryptography of record sharing.",
    discussion: """
      The cryptography is that of a simulator: right, but not constant in time, its random \
      numbers repeat, and it is not for production.
      """,
    subcommands: [CryptoDemoCommand.self, CryptoBenchCommand.self, CryptoCostsCommand.self])
}

/// `consim crypto demo`: walks one record through the scheme.
struct CryptoDemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Walk one record through the six steps of the paper, for real.",
    discussion: """
      Shows what each role holds, what is on the chain, and what it costs: the trusted centre \
      (TC), the authority (AA), the owner (DO), the cloud server (CS), the user (DU) and the \
      nodes (BC). Then a reader is refused, and an attribute is revoked. The same arguments \
      give the same text.

      The cryptography is that of a simulator: not constant in time, not for production.

      Examples:
        consim crypto demo
        consim crypto demo --policy '2 of (nurse, ward-3, night)' \\
          --attributes nurse,night
      """)

  @OptionGroup var group: ParameterOptions

  @Option(
    help: ArgumentHelp(
      "Who may read: attributes with AND, OR, and k of (a, b, c).", valueName: "text"))
  var policy = "(cardiology AND doctor) OR 2 of (nurse, ward-3, night)"

  @Option(help: ArgumentHelp("What the reader has.", valueName: "name,..."))
  var attributes = "cardiology,doctor"

  @Option(help: ArgumentHelp("What all random numbers follow from.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The cost profile, or 'free'; by default that of the parameter set in Scenarios/costs.",
      valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var profile: String?

  func run() throws {
    let names = attributes.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var demo: RecordDemo
    let profile = try CryptoProfiles.load(profile, for: group.set)
    do throws(DemoProblem) {
      demo = try RecordDemo(profile: profile, policy: policy, attributes: names, seed: seed)
    } catch {
      Console.error(error.description)
      throw ExitCode.validationFailure
    }
    try Console.output(try demo.run(), terminator: "")
  }
}

/// `consim crypto bench`: times primitives and steps of the scheme.
struct CryptoBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time the primitives and the steps of record sharing on this machine.",
    discussion: """
      Every step is timed for 1 to 50 attributes, rows or keywords, beside what its operations \
      come to by the times of the primitives. Times are user CPU time and differ from run to \
      run and from machine to machine. The anchors are PBC's, for RSA those of mpz_powm, taken \
      on another machine: compare ratios. Measure a release build on a quiet machine.
      """)

  @OptionGroup var group: ParameterOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The numbers of attributes, rows or keywords, from 1 to 50.", valueName: "number"))
  var sizes: [Int] = CryptoBenchmark.sizes

  @OptionGroup var batch: BatchOptions

  func validate() throws {
    for size in sizes where !(1...50).contains(size) {
      throw ValidationError("'--sizes \(size)' must be from 1 to 50.")
    }
  }

  func run() throws {
    if Machine.isDebugBuild { Console.error("warning: this is a debug build, and it is slow") }
    let set = try group.set
    let isShown = Console.isTerminal
    func show(_ subject: String, _ done: Int, _ all: Int) {
      if isShown { Console.status("bench: \(subject) (\(done + 1) of \(all))") }
    }
    let bench = CryptoBenchmark(
      set, leastBatch: .milliseconds(Int64(batch.milliseconds)), progress: show)
    if isShown { Console.status("") }
    try Console.output("\(set.name) (\(set.strength)); \(Machine.description)")
    try Console.output(bench.primitives)
    let steps = try bench.steps(sizes: sizes, progress: show)
    if isShown { Console.status("") }
    try Console.output(steps, terminator: "")
  }
}

/// `consim crypto costs`: prices the steps of record sharing.
struct CryptoCostsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "costs",
    abstract: "Price the steps of record sharing by cost profiles, and write crypto-costs.csv.",
    discussion: """
      One row for each profile, step and number of attributes or keywords from 1 to 50: the \
      operations, the bytes and the time. Nothing is measured: the same profiles give the same \
      bytes. 'consim check' compares the file that is there.
      """)

  @Option(
    name: .customLong("profile"), parsing: .singleValue,
    help: ArgumentHelp(
      "A cost profile; may be repeated. By default those of Scenarios/costs.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var profiles: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for the result file.", valueName: "directory"),
    completion: .directory)
  var out = "Results"

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws { try requireName(out, "--out") }

  func run() throws {
    let report = try CryptoProfiles.report(profiles).table
    let writer = try ResultWriter.opened(out)
    try writer.requireSoundProvenance([CostTable.name])
    try writer.store(report)
    if !quiet {
      for source in report.sources {
        try Console.output("\(source.name), digest \(source.digest)")
      }
      try Console.output(
        "  wrote \(writer.path(report.file.name)) and "
          + writer.provenance.path(CostTable.name))
    }
  }
}
