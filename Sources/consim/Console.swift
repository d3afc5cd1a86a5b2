import Experiments
import Foundation

/// Where messages for people go.
enum Console {
  /// Prints to standard error; a reader that went away is no error.
  static func error(_ message: String) {
    _ = OutputFile.writeAll(Array((message + "\n").utf8), to: STDERR_FILENO)
  }

  /// Prints to standard output, at once.
  ///
  /// A reader that went away has seen enough; that is no error.
  static func output(_ text: String, terminator: String = "\n") throws {
    let code = OutputFile.writeAll(Array((text + terminator).utf8), to: STDOUT_FILENO)
    if code == 0 || code == EPIPE { return }
    throw Exit.failed(OutputError(path: "standard output", operation: .write, code: code))
  }

  /// Whether a person watches standard error.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Rewrites the line that a person watches.
  static func status(_ text: String) {
    _ = OutputFile.writeAll(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
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
