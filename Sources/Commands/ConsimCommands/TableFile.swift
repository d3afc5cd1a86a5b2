import ArgumentParser
import Foundation
import Notation
import Tables
import YAMLDocuments

/// A table that a user names: a result, or the path of a file.
struct TableFile {
  /// The path as the user may write it.
  let path: String

  /// Finds the table.
  ///
  /// - Parameters:
  ///   - name: A result, of which the summary is meant if it has one, or a path with a `/` or `.csv`.
  ///   - results: The directory of results.
  /// - Throws: `ExitCode` where there is none, with the nearest name there is.
  init(_ name: String, in results: String) throws {
    let manager = FileManager.default
    if name.contains("/") || name.hasSuffix(".csv") {
      path = name
      return
    }
    let paths = ["-summary", ""].map { "\(results)/\(name)\($0).csv" }
    if let found = paths.first(where: { manager.fileExists(atPath: $0) }) {
      path = found
      return
    }
    let partial = ["-summary", ""].map { "\(results)/\(name)\($0).partial.csv" }
      .first { manager.fileExists(atPath: $0) }
    if let partial {
      Console.error(
        "\(partial): error: it is partial: an interrupted run left it; run its scenario again")
      throw ExitCode.missingInput
    }
    let files = (try? manager.contentsOfDirectory(atPath: results)) ?? []
    let stems = files.filter { $0.hasSuffix(".csv") }.sorted().map { $0.dropLast(4) }
    let names = stems.map { String($0.hasSuffix("-summary") ? $0.dropLast(8) : $0) }
    let hint = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
    Console.error(
      manager.fileExists(atPath: results)
        ? "\(results): error: there is no table '\(name)'\(hint)"
        : "\(results): error: there is no such directory")
    throw ExitCode.missingInput
  }

  /// The directory of the file.
  var directory: String { OutputFile.parent(of: path) }

  /// The name without directory and `.csv`.
  var stem: String {
    let name = path.split(separator: "/").last.map { String($0) } ?? path
    return name.hasSuffix(".csv") ? String(name.dropLast(4)) : name
  }

  /// The name of the result.
  var result: String { stem.hasSuffix("-summary") ? String(stem.dropLast(8)) : stem }

  /// Reads the table.
  ///
  /// - Throws: `ExitCode` with what is wrong with the file.
  func read() throws -> Table {
    switch InputFile.table(path) {
    case .failure(let problem):
      Console.error("\(path): error: \(problem.message)")
      throw problem.isUnreadable ? ExitCode.missingInput : ExitCode.badScenario
    case .success(let bytes):
      do throws(CSVError) {
        return try Table(csv: bytes, named: path)
      } catch {
        Console.error(error.description)
        throw ExitCode.badScenario
      }
    }
  }
}
