import ArgumentParser
import Experiments

extension ResultWriter {
  /// Opens a directory for results, or stops with the code that says why not.
  static func opened(_ directory: String) throws -> ResultWriter {
    do throws(OutputError) {
      return try ResultWriter(directory: directory)
    } catch {
      throw Exit.failed(error)
    }
  }
}
