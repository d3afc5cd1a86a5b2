import ArgumentParser
import Experiments

extension SelfTestSize: ExpressibleByArgument {}

/// `consim selftest`: compares the simulator with laws that are known exactly.
struct SelfTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Compare the simulator with laws that are known exactly.",
    discussion: """
      Real protocol code runs where a formula says what must come out: intervals, shares and \
      stale blocks of proof of work, double spends, selfish mining, PBFT under loss, first \
      elections of Raft. Each estimate must be within 4 standard errors of its law. Equal seeds \
      give equal tables.

      Exit codes: 0 all laws hold, 2 one does not.
      """)

  @Option(help: "How much is simulated: small takes seconds, full minutes.")
  var size = SelfTestSize.small

  @Option(help: ArgumentHelp("The seed of all runs.", valueName: "number"))
  var seed: UInt64 = 1

  func run() throws {
    let report = SelfTest(size, seed: seed).run { oracle in
      if Console.isTerminal { Console.status(oracle) }
    }
    if Console.isTerminal { Console.status("") }
    try Console.output(report.text, terminator: "")
    if !report.passes { throw ExitCode.regression }
  }
}
