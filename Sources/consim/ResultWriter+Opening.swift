import ArgumentParser
import Experiments

extension ResultWriter {
  /// Opens a directory for results, or stops with the code that says why not.
  static func opened(_ directory: String) throws -> ResultWriter {
    Interruption.willWrite(into: directory)
    do throws(OutputError) {
      return try ResultWriter(directory: directory)
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Writes the files of a scenario, or stops with the code that says why not.
  func store(_ scenario: Scenario, _ results: [RunResult]) throws {
    do throws(OutputError) {
      try Interruption.deferring { () throws(OutputError) in try write(scenario, results) }
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Writes the costs of cryptography, or stops with the code that says why not.
  func store(_ report: CryptoCostReport) throws {
    do throws(OutputError) {
      try Interruption.deferring { () throws(OutputError) in try write(report) }
    } catch {
      throw Exit.failed(error)
    }
  }
}
