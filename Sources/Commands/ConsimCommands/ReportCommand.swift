import ArgumentParser
import Charts
import Experiments
import Foundation
import Notation
import Tables

/// `consim report`: puts results into one page.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Put results into one HTML page, with charts, tables and where they come from.",
    discussion: """
      The page needs no network and no other file: charts and whole tables are in it. Each result that has \
      provenance gets a section: its built-in chart or the one that 'consim plot' draws by itself, its \
      tables, and its origin. Where the scenario is found that made it, one round of its first run is \
      drawn too. Tables that were altered are marked. The same results give the same page.

      Scenarios are looked for in Scenarios, or given with --scenario.

      Examples:
        consim report
        consim report mine --scenario mine.yaml --title 'Three regions' --out mine.html
      """)

  @Argument(help: "The directory of the results.", completion: .directory)
  var results = "Results"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The page; report.html beside the results by default.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var out: String?

  @Option(
    help: ArgumentHelp("Show only this result; may be repeated.", valueName: "name"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "A scenario that made a result; may be repeated.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var scenario: [String] = []

  @Option(help: ArgumentHelp("What stands on top.", valueName: "text"))
  var title: String?

  @Flag(name: .customLong("no-rounds"), help: "Run nothing: leave out the pictures of rounds.")
  var hasNoRounds = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    try requireName(results, "directory")
    try out.map { try requireName($0, "--out") }
    if hasNoRounds, !scenario.isEmpty {
      throw ValidationError("'--scenario' is for rounds, and '--no-rounds' leaves them out.")
    }
  }

  func run() throws {
    try Gnuplot.require()
    let records = try chosen(
      Exit.reading { () throws(BaselineError) in
        try ResultRecord.all(in: results)
      })
    let altered = try Exit.reading { () throws(BaselineError) in
      try Baseline(directory: results).alterations(of: nil)
    }
    let scenarios = try hasNoRounds ? [] : PlanOptions.load(scenario, settings: [], seed: nil)
    for scenario in scenarios where !records.contains(where: { $0.name == scenario.name }) {
      Console.error(
        "\(scenario.fileName): error: the page has no result '\(scenario.name)': there are "
          + records.map(\.name).joined(separator: ", "))
      throw ExitCode.validationFailure
    }
    var sections: [ReportPage.Section] = []
    for record in records {
      if !quiet, Console.isTerminal { Console.status("report: \(record.name)") }
      let source = ReportSource(
        record: record, results: results, altered: Set(altered.map(\.change.path)),
        scenario: scenarios.first { $0.name == record.name })
      sections.append(try source.section(hasRound: !hasNoRounds))
    }
    if !quiet, Console.isTerminal { Console.status("") }
    try write(ReportPage(title: title ?? "Results of consim", sections: sections).bytes)
  }

  private func chosen(_ records: [ResultRecord]) throws -> [ResultRecord] {
    guard !records.isEmpty else {
      Console.error(
        "\(results)/provenance: error: it names no complete result\n"
          + "  make one with: consim run FILE --out \(results)")
      throw ExitCode.missingInput
    }
    let names = records.map(\.name)
    for name in only where !names.contains(name) {
      let hint = Suggestion.nearest(to: name, among: names).map { "; did you mean '\($0)'?" }
      Console.error("\(results)/provenance: error: there is no result '\(name)'\(hint ?? "")")
      throw ExitCode.missingInput
    }
    return only.isEmpty ? records : records.filter { only.contains($0.name) }
  }

  private func write(_ bytes: [UInt8]) throws {
    let path = out ?? "\(results)/report.html"
    try Exit.write(bytes, to: path)
    if !quiet { try Console.output("\(path): \(bytes.count) bytes") }
  }
}

/// Where the section of a result comes from.
private struct ReportSource {
  let record: ResultRecord
  /// The directory of the results.
  let results: String
  /// The paths of tables that are not what was written.
  let altered: Set<String>
  /// The scenario, where it was given.
  let scenario: Scenario?

  /// Reads the tables and draws the pictures.
  func section(hasRound: Bool) throws -> ReportPage.Section {
    var remarks: [String] = []
    var sheets: [ReportPage.Sheet] = []
    for file in record.files {
      let path = "\(results)/\(file.name)"
      guard FileManager.default.fileExists(atPath: path) else {
        remarks.append("\(file.name) is not there.")
        continue
      }
      sheets.append(
        ReportPage.Sheet(
          name: file.name, table: try TableFile(path, in: results).read(),
          isAltered: altered.contains(path)))
    }
    var pictures = try charts(of: sheets, &remarks)
    if hasRound, record.scenarioDigest != nil {
      round(&remarks).map { pictures.append($0) }
    }
    return ReportPage.Section(
      record: record, pictures: pictures, sheets: sheets, remarks: remarks)
  }

  /// The built-in charts of the result, or those of its tables.
  private func charts(
    of sheets: [ReportPage.Sheet], _ remarks: inout [String]
  ) throws -> [ReportPage.Picture] {
    let drawing = Drawing(results: results, out: nil, formats: [.svg], isQuiet: true)
    let known = BuiltInChart.available(in: results).filter { $0.results == record.name }
    var pictures: [ReportPage.Picture] = []
    for chart in known {
      pictures.append(
        ReportPage.Picture(
          caption: record.title.isEmpty ? record.name : record.title,
          svg: try drawing.picture(of: chart)))
    }
    guard record.scenarioDigest != nil else { return pictures }
    let endings = (known.isEmpty ? ["-summary"] : []) + ["-series", "-latencies"]
    for ending in endings {
      guard let sheet = sheets.first(where: { $0.name == record.name + ending + ".csv" }) else {
        continue
      }
      do {
        var request = ChartRequest()
        // Latencies span orders of magnitude.
        request.isXLogarithmic = ending == "-latencies"
        let chart = try Chart(sheet.table, file: sheet.name, title: record.title, request)
        let script = ChartScript(chart, name: record.name + ending)
        let svg = try Gnuplot.pictures(of: script, [.svg])[0]
        pictures.append(ReportPage.Picture(caption: chart.description, svg: svg))
      } catch let error as ChartError {
        remarks.append("No chart of \(sheet.name): \(error.reason)")
      }
    }
    return pictures
  }

  /// A round of the first run that has messages; nil where the scenario is not the one that made the
  /// result, or a picture of it cannot be read.
  private func round(_ remarks: inout [String]) -> ReportPage.Picture? {
    guard let scenario = scenario ?? ScenarioFiles.scenario(named: record.name) else { return nil }
    guard scenario.digest.description == record.scenarioDigest else {
      remarks.append("The scenario has changed since: no round of it is drawn.")
      return nil
    }
    var number = 1
    for cell in scenario.cells {
      if let replay = try? Replay(scenario, number: number, hasSeed: false) {
        guard let replayed = try? replay.replayed(from: nil, to: nil) else { return nil }
        return ReportPage.Picture(
          caption: "One round: \(replayed.heading), \(replayed.part)",
          svg: Array(replayed.svg.utf8))
      }
      number += cell.seeds.count
    }
    return nil
  }
}
