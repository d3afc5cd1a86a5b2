import ArgumentParser
import Experiments
import Tables

/// The exit codes that are the program's own; those of ArgumentParser stay as they are.
extension ExitCode {
  package static let regression = ExitCode(2)
  package static let violation = ExitCode(3)
  /// Results differ, and every difference has been reviewed.
  static let withinTolerance = ExitCode(4)
  package static let badScenario = ExitCode(65)
  package static let missingInput = ExitCode(66)
  package static let missingTool = ExitCode(69)
  package static let cannotCreate = ExitCode(73)
  /// Runs are missing; the same command goes on.
  static let unfinished = ExitCode(75)
  static let interrupted = ExitCode(130)
}

/// Turns problems into exit codes.
package enum Exit {
  /// Prints an output problem and answers its code.
  package static func failed(_ error: OutputError) -> ExitCode {
    Console.error(error.description)
    return ExitCode(error.exitCode)
  }

  /// Writes a file whole, or stops with the code of what kept it from being written.
  static func write(_ bytes: [UInt8], to path: String) throws {
    Interruption.willWrite(into: OutputFile.parent(of: path))
    do throws(OutputError) {
      try OutputFile.write(bytes, to: path)
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Reads earlier results, or stops with the code of a missing input.
  ///
  /// - Parameters:
  ///   - hint: What to do about it; nil where the problem has it.
  ///   - work: What reads.
  /// - Returns: What was read.
  /// - Throws: `ExitCode.missingInput` after the problem was printed.
  static func reading<Value>(
    _ hint: String? = nil, _ work: () throws(BaselineError) -> Value
  ) throws -> Value {
    do throws(BaselineError) {
      return try work()
    } catch {
      Console.error(hint.map { "\(error)\n  \($0)" } ?? error.description)
      throw ExitCode.missingInput
    }
  }
}

/// Refuses an argument that names nothing, such as a variable of a shell that is not set.
///
/// - Parameters:
///   - text: The argument.
///   - place: Which one it is.
/// - Throws: `ValidationError` if it is empty.
package func requireName(_ text: String, _ place: String) throws {
  if text == "-", place == "--out" {
    throw ValidationError(
      "'--out -' is refused: it would make a file or a directory called '-', which is './-'; "
        + "for standard output leave '--out' away or give /dev/stdout where one file is written.")
  }
  guard text.allSatisfy(\.isWhitespace) else { return }
  throw ValidationError(
    place.hasPrefix("-")
      ? "'\(place)' is empty; it must be a name." : "The name of the \(place) is empty.")
}

/// What several scenarios did to invariants.
struct Verdicts {
  private var isBroken = false
  private var isMissing = false
  private var drawing: (any Error)?

  /// Prints what a scenario did not expect, with the commands that replay it.
  mutating func note(_ verdict: Verdict, settings: [String]) {
    for finding in verdict.unexpected + verdict.missing {
      Console.error(finding.text(settings: settings))
    }
    isBroken = isBroken || !verdict.unexpected.isEmpty
    isMissing = isMissing || !verdict.missing.isEmpty
  }

  /// Draws a chart; that it cannot be drawn ends nothing before the end.
  mutating func note(drawing work: () throws -> Void) {
    do {
      try work()
    } catch {
      drawing = drawing ?? error
    }
  }

  /// Stops with the code of what was noted.
  func check() throws {
    if isBroken { throw ExitCode.violation }
    if isMissing { throw ExitCode.regression }
    if let drawing { throw drawing }
  }
}
