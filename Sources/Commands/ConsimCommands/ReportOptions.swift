import ArgumentParser
import Experiments
import Foundation
import Tables

/// The forms in which verdicts are told.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  /// Lines of text.
  case text
  /// One object.
  case json
  /// A file of test results.
  case junit
  /// Commands to the runner of GitHub Actions, and a summary of the job.
  case github
}

/// Where the tables are that numbers are read from.
struct TableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The directory of the result files.", valueName: "directory"),
    completion: .directory)
  var results = "Results"

  @Option(
    help: ArgumentHelp(
      "The directory of those that the first does not hold.", valueName: "directory"),
    completion: .directory)
  var fallback: String?
}

/// The file that a report is written to.
struct ReportFileOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the report to a file, and the text to standard output.", valueName: "file"),
    completion: .file())
  var out: String?
}

/// Where a report goes.
enum ReportOutput {
  /// Refuses a file that a report cannot be written to, before anything is run.
  static func require(_ path: String?, isForRunner: Bool) throws {
    guard let path else { return }
    try requireName(path, "--out")
    if isForRunner {
      throw ValidationError(
        "'--format github' is for the log of a job, where the runner reads it: leave '--out' away.")
    }
  }

  /// Stops where the file cannot be written, before hours are spent on runs.
  static func requireWritable(_ path: String?) throws {
    guard let path else { return }
    Interruption.willWrite(into: OutputFile.parent(of: path))
    do throws(OutputError) {
      try OutputFile.write(to: path) { _ in ECANCELED }
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Writes a report to its file and its text to standard output.
  ///
  /// Without a file the report itself is printed.
  static func deliver(_ report: String, to path: String?, text: String) throws {
    guard let path else {
      if !report.isEmpty { try Console.output(report, terminator: "") }
      return
    }
    do throws(OutputError) {
      try Interruption.deferring { () throws(OutputError) in
        try OutputFile.write(Array(report.utf8), to: path)
      }
    } catch {
      throw Exit.failed(error)
    }
    if !text.isEmpty { try Console.output(text) }
  }

  /// Prints the commands for the runner, and adds to the summary of the job where there is one.
  static func tellRunner(_ suites: TestSuites) throws {
    try Console.output(suites.workflowCommands, terminator: "")
    guard let path = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], !path.isEmpty
    else { return }
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Exit.failed(OutputError(path: path, operation: .create, code: errno))
    }
    defer { close(descriptor) }
    let code = OutputFile.writeAll(Array(suites.markdown.utf8), to: descriptor)
    if code != 0 { throw Exit.failed(OutputError(path: path, operation: .write, code: code)) }
  }
}

extension MetricSense: ExpressibleByArgument {}
