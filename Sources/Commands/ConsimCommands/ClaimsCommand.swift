import ArgumentParser
import Experiments
import Notation

/// `consim claims`: judges the paper's claims by the result files.
struct ClaimsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims",
    abstract: "Judge the paper's claims by the results, and write claims.csv.",
    discussion: """
      Each claim names a number of a result file and a band. A claim that fares otherwise \
      than the file of claims expects makes the exit code 2; known gaps are reported and do not.
      """)

  @OptionGroup var tables: TableOptions

  @Option(
    help: ArgumentHelp("The file of claims.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var claims = Self.file

  /// The name of the table that the command writes.
  static let name = "claims"

  /// The claims of the paper.
  static let file = "Scenarios/claims/paper.yaml"

  func run() throws {
    let table: ClaimsTable
    do throws(ScenarioError) {
      table = try ClaimsTable(claims: claims, results: tables.results, fallback: tables.fallback)
    } catch {
      Console.error(error.description)
      throw error.cause == .unreadable ? ExitCode.missingInput : ExitCode.badScenario
    }
    // The file first: what cannot be printed must not cost it.
    let writer = try ResultWriter.opened(tables.results)
    try writer.requireSoundProvenance(["claims"])
    try writer.store(table)
    try Console.output(table.text)
    if !table.isExpected { throw ExitCode.regression }
  }
}
