import ArgumentParser
import Charts
import Experiments
import Foundation
import Tables
import YAMLDocuments

extension ChartRequest.Size: ExpressibleByArgument {}

/// `consim plot`: draws charts of results.
struct PlotCommand: ParsableCommand {
  /// A kind of axis that is logarithmic.
  enum Logarithmic: String, CaseIterable, ExpressibleByArgument {
    case x, y, xy
  }

  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw results: a chart of any table, or the charts of the paper's figures.",
    discussion: """
      NAME is a result such as 'figure8', of which NAME-summary.csv is drawn or else NAME.csv, or the \
      path of any table with a header. What is not said is chosen: the metric, the key that is swept \
      along x, a line for each protocol, a panel for each variant. It writes NAME-METRIC.svg, .png and \
      .gp, the script for gnuplot with the points in it, which draws the same again.

      A column is called by its name, as the key that is swept ('clients.connections'), or as a metric ('tps' \
      is 'tps_mean'). The caption has the number of seeds and what bounds each mean. Rows that are not \
      told apart are an error and are never averaged; only rows that differ in 'seed' alone are.

      Charts of the paper and of consim's own findings have a design of their own in plot.gp: \
      \(BuiltInChart.allCases.map(\.rawValue).joined(separator: ", ")). They are drawn where only \
      their name is given; without a name all are, of which the tables are there.

      Examples:
        consim plot figure8
        consim plot mine --x clients.connections --y latency_p99_ms --by protocol --log x
        consim plot mine --x tps --y latency_p50_ms --pdf
        consim plot mine-series --y accepted --where seed=1
        consim plot mine-latencies --log x
      """)

  @Argument(help: "Results, or tables.", completion: .file(extensions: ["csv"]))
  var names: [String] = []

  @Option(
    help: ArgumentHelp("The directory of the results.", valueName: "directory"),
    completion: .directory)
  var results = "Results"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The directory for pictures; that of the table by default.", valueName: "directory"),
    completion: .directory)
  var out: String?

  @Option(help: ArgumentHelp("The column along x: a swept key, or a metric.", valueName: "column"))
  var x: String?

  @Option(help: ArgumentHelp("The metric along y.", valueName: "column"))
  var y: String?

  @Option(help: ArgumentHelp("The column with a line for each value.", valueName: "column"))
  var by: String?

  @Option(help: ArgumentHelp("The column with a panel for each value.", valueName: "column"))
  var panel: String?

  @Option(
    name: .customLong("where"), parsing: .singleValue,
    help: ArgumentHelp(
      "Draw only rows with this value, or without it: column=!value. May be repeated; values of "
        + "one column are alternatives.", valueName: "column=value"))
  var conditions: [String] = []

  @Option(help: "The axes that are logarithmic: x, y or xy.")
  var log: Logarithmic?

  @Option(help: ArgumentHelp("The words over the chart.", valueName: "text"))
  var title: String?

  @Option(help: "The width in print: column (3.5 in) or page (7.16 in).")
  var size: ChartRequest.Size?

  @Flag(help: "Write a PDF in the size of print too.")
  var pdf = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    for name in names { try requireName(name, "result") }
    try requireName(results, "--results")
    try out.map { try requireName($0, "--out") }
    for text in conditions where ChartRequest.Condition(text) == nil {
      throw ValidationError("'--where \(text)' must be column=value or column=!value.")
    }
    if !isPlain, names.isEmpty {
      throw ValidationError("Name the result or the table that is to be drawn.")
    }
  }

  func run() throws {
    try Gnuplot.require()
    let drawing = Drawing(results: results, out: out, formats: formats, isQuiet: quiet)
    guard !names.isEmpty else { return try drawing.drawAvailable() }
    var failure: (any Error)?
    for name in names {
      do {
        if isPlain, let chart = BuiltInChart(named: name) {
          try drawing.draw(chart)
        } else {
          try drawing.drawTable(name, request)
        }
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private var formats: [Gnuplot.Format] { pdf ? [.svg, .png, .pdf] : [.svg, .png] }

  private var isPlain: Bool { request.isPlain && title == nil && size == nil }

  private var request: ChartRequest {
    var request = ChartRequest()
    request.x = x
    request.y = y
    request.series = by
    request.panel = panel
    request.conditions = conditions.compactMap { ChartRequest.Condition($0) }
    request.isXLogarithmic = log == .x || log == .xy
    request.isYLogarithmic = log == .y || log == .xy
    request.title = title
    if let size { request.size = size }
    return request
  }
}

/// Draws charts from a directory of results into files.
struct Drawing {
  /// The directory of the results.
  let results: String
  /// The directory for pictures; nil for that of each table.
  let out: String?
  let formats: [Gnuplot.Format]
  let isQuiet: Bool

  /// Draws every built-in chart whose tables are there.
  func drawAvailable() throws {
    let charts = BuiltInChart.available(in: results)
    guard !charts.isEmpty else {
      Console.error(
        "\(results): error: there is no table of a built-in chart\n"
          + "  run a scenario first: consim run Scenarios/figure8.yaml --out \(results)")
      throw ExitCode.missingInput
    }
    for chart in charts { try draw(chart) }
  }

  /// Draws a built-in chart.
  func draw(_ chart: BuiltInChart) throws {
    try requireTables(of: chart)
    try store(ChartScript(chart), in: out ?? results, variables: try variables(of: chart))
  }

  /// The first picture of a built-in chart.
  func picture(of chart: BuiltInChart) throws -> [UInt8] {
    let variables = try variables(of: chart)
    return try Gnuplot.pictures(of: ChartScript(chart), formats, variables: variables)[0]
  }

  /// What the script is given: where its tables are.
  private func variables(of chart: BuiltInChart) throws -> [(name: String, value: String)] {
    [("results", results), ("large", try large(for: chart))]
  }

  private func requireTables(of chart: BuiltInChart) throws {
    for table in chart.missingTables(in: results) {
      let partial = "\(results)/\(table).partial.csv"
      Console.error(
        FileManager.default.fileExists(atPath: partial)
          ? "\(partial): error: it is partial: an interrupted run left it; run its scenario again"
          : "\(results)/\(table).csv: error: there is no such file; run its scenario first")
      throw ExitCode.missingInput
    }
  }

  /// Where the tables of large groups are: Figure 6 takes them from Results if these have none.
  private func large(for chart: BuiltInChart) throws -> String {
    let table = "figure6-large-survival.csv"
    guard chart == .figure6 else { return results }
    let places = [results, "Results"]
    let found = places.first { FileManager.default.fileExists(atPath: "\($0)/\(table)") }
    guard let found else {
      Console.error(
        "\(results)/\(table): error: there is no such file; run Scenarios/figure6-large.yaml")
      throw ExitCode.missingInput
    }
    return found
  }

  /// Draws a chart of any table.
  func drawTable(_ name: String, _ request: ChartRequest) throws {
    let file = try TableFile(name, in: results)
    if file.stem.hasSuffix(".partial") {
      Console.error("\(file.path): warning: an interrupted run left this part of its results")
    }
    let table = try file.read()
    let chart: Chart
    do throws(ChartError) {
      chart = try Chart(
        table, file: file.path,
        title: Provenance(directory: file.directory).title(ofTable: file.stem) ?? file.result,
        request)
    } catch {
      Console.error(error.description)
      throw ExitCode.badScenario
    }
    for remark in chart.remarks { Console.error("\(file.path): \(remark)") }
    try store(
      ChartScript(chart, name: Self.fileName("\(file.result)-\(chart.metric)")),
      in: out ?? file.directory,
      note: ": \(chart.extent)")
  }

  /// A name of a file: what a column may be called and a file should not becomes '_'.
  private static func fileName(_ name: String) -> String {
    let isPlain: (Character) -> Bool = { $0.isLetter || $0.isNumber || "-_.+%".contains($0) }
    return String(name.map { isPlain($0) ? $0 : "_" })
  }

  private func store(
    _ script: ChartScript, in directory: String,
    variables: [(name: String, value: String)] = [], note: String = ""
  ) throws {
    let pictures = try Gnuplot.pictures(of: script, formats, variables: variables)
    let base = "\(directory)/\(script.name)"
    Interruption.willWrite(into: directory)
    do throws(OutputError) {
      try OutputFile.makeDirectory(directory)
      for (format, bytes) in zip(formats, pictures) {
        try OutputFile.write(bytes, to: "\(base).\(format.rawValue)")
      }
      try OutputFile.write(Array(script.text.utf8), to: "\(base).gp")
    } catch {
      throw Exit.failed(error)
    }
    let endings = (formats.map(\.rawValue) + ["gp"]).map { ".\($0)" }.joined(separator: ", ")
    if !isQuiet { try Console.output("\(base)\(endings)\(note)") }
  }
}
