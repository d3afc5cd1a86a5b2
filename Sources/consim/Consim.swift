import ArgumentParser
import Experiments
import Traps

/// The command-line program: runs scenarios, judges claims, compares with committed results.
@main
struct Consim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consim",
    abstract: "Simulate PBFT, sc-PBFT, Raft and proof of work, deterministically.",
    discussion: """
      Start with:
        consim run Scenarios/figure8.yaml              write Results/figure8.csv
        consim claims                                  judge the paper's claims
        consim trace Scenarios/figure8.yaml --round 1  watch one block being made

      Exit codes:
        0         done
        2         a result or a claim differs, or an expected failure did not happen
        3         an invariant broke, or a run reached a limit
        64        wrong usage
        65        wrong scenario
        66        missing input
        69        missing tool
        70        a bug of ours
        73, 74    output cannot be created, cannot be stored
        130, 143  interrupted, terminated
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, ValidateCommand.self, ClaimsCommand.self, CheckCommand.self,
      TraceCommand.self, SchemaCommand.self, BenchCommand.self, CalibrateCommand.self,
      CryptoCommand.self, SelfTestCommand.self, ExploreCommand.self, FuzzCommand.self,
      ShrinkCommand.self, ReplayCommand.self, TrapCommand.self,
    ])

  static func main() async {
    TrapNote.install()
    let watch = Interruption.watch()
    await main(nil)
    withExtendedLifetime(watch) {}
  }
}
