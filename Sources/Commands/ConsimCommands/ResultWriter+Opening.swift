import ArgumentParser
import Experiments
import Tables

extension ResultWriter {
  /// Opens a directory for results, or stops with the code that says why not.
  package static func opened(_ directory: String) throws -> ResultWriter {
    Interruption.willWrite(into: directory)
    do throws(OutputError) {
      let writer = try ResultWriter(directory: directory)
      Interruption.willWrite(into: writer.provenance.folder)
      return writer
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Stops where a file of provenance that would be replaced is damaged, before anything is run.
  package func requireSoundProvenance(_ names: [String]) throws {
    if provenance.hasFormerFile { Console.error("warning: \(provenance.formerRemark)") }
    do throws(BaselineError) {
      try provenance.requireSound(names)
    } catch {
      Console.error(error.description)
      throw ExitCode.missingInput
    }
  }

  /// Writes the files of a scenario, or stops with the code that says why not.
  package func store(_ scenario: Scenario, _ results: [RunResult]) throws {
    try storing { () throws(ResultError) in
      try write(scenario, results)
      // What is written needs no partial results any more.
      Interruption.beforeEnding(nil)
    }
  }

  /// Writes the costs of cryptography, or stops with the code that says why not.
  package func store(_ report: CostTable) throws {
    try storing { () throws(ResultError) in try write(report) }
  }

  /// Writes the claims' table, or stops with the code that says why not.
  package func store(_ claims: ClaimsTable) throws {
    try storing { () throws(ResultError) in try write(claims) }
  }

  private func storing(_ work: () throws(ResultError) -> Void) throws {
    do throws(ResultError) {
      try Interruption.deferring(work)
    } catch {
      Console.error(error.description)
      throw ExitCode(error.cause.exitCode)
    }
  }

  /// Writes what is done of a scenario that is interrupted.
  ///
  /// - Returns: One line that tells what is there.
  func farewell(_ scenario: Scenario, _ done: [RunResult]) -> String {
    let planned = scenario.cells.reduce(0) { $0 + $1.seeds.count }
    guard let partial = PartialResults(scenario, done: done) else {
      return "interrupted: \(done.count) of \(planned) runs of \(scenario.name) were done, and no "
        + "point was complete: nothing was written"
    }
    do throws(ResultError) {
      guard partial.results.count < planned else {
        try write(scenario, partial.results)
        return "interrupted\n\(account(of: scenario))"
      }
      try write(partial)
      return "interrupted: \(partial.extent) runs of \(scenario.name) are in "
        + path(scenario.name + ".partial")
    } catch {
      return "interrupted\n\(error)"
    }
  }
}
