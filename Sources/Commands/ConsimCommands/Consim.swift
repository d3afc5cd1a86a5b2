import ArgumentParser
import CBuild
import Experiments
import Exploration
import Foundation
import RunPlans
import Traps

/// What this program was built from; no result depends on it.
enum Build {
  /// The version.
  static var version: String { Version.text }

  /// The version, the commit, the compiler and the model version.
  static var text: String {
    "consim \(Version.text) (\(String(cString: consim_commit())), \(compiler), "
      + "model \(Version.model))"
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #else
      "Swift 6.2"
    #endif
  }
}

/// The program: all commands of consim.
public enum ConsimCommand {
  /// Carries out what the command line asks for.
  ///
  /// - Parameters:
  ///   - subjects: Protocols of other packages, which scenarios can name beside consim's own.
  ///   - records: What shares records, if the program has it.
  public static func main(subjects: [Subject], records: CommandExtension? = nil) async {
    await main(subjects: subjects, explorations: [], records: records)
  }

  /// Carries out what the command line asks for, with the explorations of further protocols.
  package static func main(
    subjects: [Subject], explorations: [ExplorationCase], records: CommandExtension? = nil
  ) async {
    do {
      try Subjects.register(subjects)
    } catch {
      Console.error("\(error)")
      _exit(70)
    }
    ExplorationCase.register(explorations)
    records?.register()
    await Consim.main()
  }
}

/// The command-line program: runs scenarios, judges claims, compares with committed results.
struct Consim: AsyncParsableCommand {
  /// The protocols that this program knows.
  private static var protocols: String {
    let titles = Subjects.all.map(\.title)
    return titles.dropLast().joined(separator: ", ") + " and " + titles[titles.count - 1]
  }

  static let configuration = CommandConfiguration(
    commandName: "consim",
    abstract: "Simulate \(protocols), deterministically.",
    discussion: """
      Start with:
        consim init mine.yaml                          write a first scenario
        consim run Scenarios/figure8.yaml              write Results/figure8.csv
        consim plot figure8                            draw Results/figure8.svg
        consim claims                                  judge the paper's claims
        consim trace Scenarios/figure8.yaml --round 1  watch one block being made

      Exit codes:
        0         done
        2         a result or a claim differs, or an expected failure did not happen
        3         an invariant broke, or a run reached a limit
        4         results differ, and every difference is within tolerance
        64        wrong usage
        65        wrong scenario or store
        66        missing input
        69        missing tool
        70        a bug of ours
        73, 74    output cannot be created, cannot be stored
        75        runs are missing; the same command goes on
        130, 143  interrupted, terminated
      """,
    version: Build.text,
    subcommands: [
      InitCommand.self, RunCommand.self, ValidateCommand.self, PlanCommand.self, StatusCommand.self,
      MergeCommand.self, SubmitCommand.self, PlotCommand.self, ReportCommand.self,
      ClaimsCommand.self, JudgeCommand.self, CheckCommand.self, TraceCommand.self,
      SchemaCommand.self, BenchCommand.self,
    ] + (CommandExtension.registered?.commands ?? []) + [
      CalibrateSystemCommand.self, SelfTestCommand.self, InvariantsCommand.self,
      ExploreCommand.self, FuzzCommand.self,
      ShrinkCommand.self, ReplayCommand.self, ManualCommand.self, TrapCommand.self,
    ])

  static func main() async {
    Console.occupyClosedDescriptors()
    TrapNote.install()
    if let complaint = Misspelling.complaint(Array(CommandLine.arguments.dropFirst())) {
      Console.error(complaint)
      _exit(ExitCode.validationFailure.rawValue)
    }
    let watch = Interruption.watch()
    await main(nil)
    withExtendedLifetime(watch) {}
  }
}
