import ArgumentParser
import Experiments
import Notation

/// `consim judge`: holds numbers of any tables to bands.
struct JudgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Judge numbers of any tables by bands, ratios and differences.",
    discussion: """
      The file lists numbers as 'consim claims' does, and 'where', 'says' and 'kind' may be left \
      out; 'consim schema judge' prints its keys. A table is named as in the results, or by a path \
      that ends in .csv and starts at the directory of the file. With 'paired-by' rows are \
      paired, as by seeds, and 'lower-95' and 'upper-95' are the ends of the mean's confidence \
      interval. Nothing is written but what --out names.

      Exit codes: 0 all as expected, 2 not, 65 the file is wrong, 66 a table is missing.
      """)

  @Argument(help: "The file of claims.", completion: .file(extensions: ["yaml"]))
  var file: String

  @OptionGroup var tables: TableOptions

  @Option(help: "The form of the report.")
  var format = ReportFormat.text

  @OptionGroup var report: ReportFileOptions

  private var out: String? { report.out }

  func validate() throws {
    try requireName(file, "file of claims")
    try ReportOutput.require(out, isForRunner: format == .github)
  }

  func run() throws {
    try ReportOutput.requireWritable(out)
    let table: ClaimsTable
    do throws(ScenarioError) {
      table = try ClaimsTable(judging: file, results: tables.results, fallback: tables.fallback)
    } catch {
      Console.error(error.description)
      throw error.cause == .unreadable ? ExitCode.missingInput : ExitCode.badScenario
    }
    let text = table.judgement
    switch format {
    case .text: try ReportOutput.deliver(text + "\n", to: out, text: text)
    case .json: try ReportOutput.deliver(table.json, to: out, text: text)
    case .junit: try ReportOutput.deliver(table.suites(file: file).junit, to: out, text: text)
    case .github: try ReportOutput.tellRunner(table.suites(file: file))
    }
    if !table.isExpected { throw ExitCode.regression }
  }
}
