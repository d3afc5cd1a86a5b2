import ArgumentParser
import Experiments

/// The command-line program: runs scenarios, judges claims, compares with committed results.
@main
struct Consim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consim",
    abstract: "Simulate PBFT, sc-PBFT, Raft and proof of work, deterministically.",
    discussion: """
      Start with:
        consim run Scenarios/figure8.yaml      write Results/figure8.csv and its summary
        consim claims                          judge the paper's claims by the results
        consim trace Scenarios/figure8.yaml --round 1   watch one block being agreed on

      Exit codes: 0 done, 2 a result or claim differs, 3 an invariant broke, 64 wrong usage,
      65 wrong scenario, 66 missing input, 69 missing tool, 70 a bug of ours, 73 or 74 output
      cannot be written, 130 interrupted.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, ValidateCommand.self, ClaimsCommand.self, CheckCommand.self,
      TraceCommand.self, SchemaCommand.self, BenchCommand.self,
    ])
}

/// The exit codes that are the program's own; those of ArgumentParser stay as they are.
extension ExitCode {
  static let regression = ExitCode(2)
  static let violation = ExitCode(3)
  static let badScenario = ExitCode(65)
  static let missingInput = ExitCode(66)
}
