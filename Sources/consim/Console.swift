import ArgumentParser
import Experiments
import Foundation

/// Where messages for people go.
enum Console {
  /// Prints to standard error.
  static func error(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }

  /// Whether a person watches standard error.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Rewrites the line that a person watches.
  static func status(_ text: String) {
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }
}

/// What this machine offers; it decides how long a run takes and nothing else.
enum Machine {
  static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// Runs a scenario and shows how far it is.
enum Progress {
  static func run(_ scenario: Scenario, workers: Int, isQuiet: Bool) async -> [RunResult] {
    let isShown = !isQuiet && Console.isTerminal
    let name = scenario.name
    let results = await Runner(workers: workers).run(scenario) { done, all in
      if isShown { Console.status("\(name): run \(done) of \(all)") }
    }
    if isShown { Console.status("") }
    return results
  }
}

/// Turns findings into exit codes.
enum Exit {
  /// Prints what a scenario did not expect, with the commands that replay it, and stops.
  static func check(_ verdict: Verdict, of scenario: Scenario, _ plan: PlanOptions) throws {
    for finding in verdict.unexpected {
      Console.error(finding.text(settings: plan.settings))
    }
    if !verdict.unexpected.isEmpty { throw ExitCode.violation }
    for finding in verdict.missing {
      Console.error(finding.text(settings: plan.settings))
    }
    if !verdict.missing.isEmpty { throw ExitCode.regression }
  }

  /// Prints an output problem and stops with its code.
  static func failed(_ error: OutputError) -> ExitCode {
    Console.error(error.description)
    return ExitCode(error.exitCode)
  }
}
