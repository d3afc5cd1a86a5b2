import DiscreteEvents
import Foundation
import Notation
import RunPlans
import Tables
import YAMLDocuments

/// What made each result file, one file for each scenario in the directory `provenance` beside the
/// tables; nothing of wall clock or host is in it.
///
/// No two scenarios share a file, so that runs into one directory at the same time lose nothing.
public struct Provenance: Sendable {
  /// What an entry is about.
  enum Subject {
    /// A scenario and the tables that its runs gave.
    case scenario
    /// A table that no run gave.
    case table
  }

  /// The contents of one file.
  struct Entry {
    let subject: Subject
    let values: [String: Any]
    /// The SHA-256 of each table, by the name of its file.
    let tables: [String: String]
    /// How many of the planned runs the tables hold, where these are not all.
    let complete: String?
  }

  /// What stands before `.csv` and `.json` in the names of results that were interrupted.
  static let partialSuffix = ".partial"

  /// The directory of the result files.
  public let directory: String

  /// The directory of the entries.
  public var folder: String { directory + "/provenance" }

  /// The single file that held all entries once; it is not read any more.
  public var formerPath: String { directory + "/provenance.json" }

  /// The provenance of the results in a directory.
  public init(directory: String) { self.directory = directory }

  /// The file of an entry.
  public func path(_ name: String) -> String { "\(folder)/\(name).json" }

  /// Whether the single file of former versions is there.
  public var hasFormerFile: Bool { FileManager.default.fileExists(atPath: formerPath) }

  // MARK: Reading

  /// The names of all entries, in alphabetical order; those of interrupted results end in `.partial`.
  ///
  /// - Throws: ``BaselineError`` when there is no directory of results.
  func names() throws(BaselineError) -> [String] {
    let manager = FileManager.default
    guard manager.fileExists(atPath: directory) else {
      throw BaselineError(description: "\(directory): error: there is no such directory")
    }
    guard manager.fileExists(atPath: folder) else { return [] }
    guard let files = try? manager.contentsOfDirectory(atPath: folder) else {
      throw BaselineError(description: "\(folder): error: the directory cannot be read")
    }
    return files.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
      .map { String($0.dropLast(5)) }.sorted()
  }

  /// What to do about the single file of former versions.
  public var formerRemark: String {
    "\(formerPath) is not read any more: run the scenarios again, then remove it"
  }

  /// Reads the entry of a name.
  ///
  /// - Throws: ``BaselineError`` when the file is missing or is not what was written.
  func entry(_ name: String) throws(BaselineError) -> Entry {
    let path = path(name)
    let bytes: [UInt8]
    switch InputFile.table(path) {
    case .success(let found): bytes = found
    case .failure(let problem):
      throw BaselineError(description: "\(path): error: \(problem.message)")
    }
    guard let values = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
      let tables = values["tables"] as? [String: String], values["version"] is String
    else { throw Self.damaged(path) }
    let complete = values["complete"] as? String
    if values["cells"] is [[String: Any]], values["scenario_digest"] is String {
      return Entry(subject: .scenario, values: values, tables: tables, complete: complete)
    }
    guard values["cost_profiles"] is [String: String] || values["claims_digest"] is String else {
      throw Self.damaged(path)
    }
    return Entry(subject: .table, values: values, tables: tables, complete: complete)
  }

  private static func damaged(_ path: String) -> BaselineError {
    BaselineError(
      description: "\(path): error: this is not what 'consim run' writes\n"
        + "  remove it to have it written anew")
  }

  /// Requires entries that would be replaced to be what was written, or absent.
  ///
  /// - Throws: ``BaselineError`` for the first that is neither.
  public func requireSound(_ names: [String]) throws(BaselineError) {
    for name in names + names.map({ $0 + Self.partialSuffix }) {
      var status = stat()
      if lstat(path(name), &status) == 0 { _ = try entry(name) }
    }
  }

  /// The title of the scenario that a table is a result of; nil where nothing accounts for it.
  ///
  /// - Parameter table: The name of the table without `.csv`, such as `figure8-summary`.
  /// - Returns: The title, or nil.
  public func title(ofTable table: String) -> String? {
    var name = Substring(table)
    while true {
      if let entry = try? entry(String(name)), entry.tables[table + ".csv"] != nil {
        return entry.values["title"] as? String
      }
      guard let dash = name.lastIndex(of: "-") else { return nil }
      name = name[..<dash]
    }
  }

  // MARK: Writing

  /// Replaces one entry, unless it differs in nothing but the model version.
  ///
  /// Another model that gives the same results leaves no trace in committed files. An entry whose
  /// model version is unknown is replaced.
  func record(_ name: String, _ entry: [String: Any]) throws(OutputError) {
    if let old = try? self.entry(name).values, Self.isSame(old, entry) { return }
    try OutputFile.makeDirectory(folder)
    try OutputFile.write(Self.text(entry), to: path(name))
  }

  /// Whether two entries differ at most in the model version, and the first names one.
  private static func isSame(_ old: [String: Any], _ new: [String: Any]) -> Bool {
    guard let model = old[modelKey] as? String, model != Version.unknownModel else { return false }
    var new = new
    new[modelKey] = model
    return text(old) == text(new)
  }

  /// The key of the model version in an entry.
  static let modelKey = "model_version"

  private static func text(_ entry: [String: Any]) -> [UInt8] {
    let data = try? JSONSerialization.data(
      withJSONObject: entry, options: [.sortedKeys, .withoutEscapingSlashes])
    return Array(data ?? Data("{}".utf8)) + [UInt8(ascii: "\n")]
  }

  /// The entry of a scenario, without its tables.
  static func entry(_ scenario: Scenario, _ results: [RunResult]) -> [String: Any] {
    let runs = Dictionary(grouping: results, by: \.cell)
    let cells = scenario.cells.enumerated().map { index, cell -> [String: Any] in
      let runs = runs[index] ?? []
      return [
        "series": cell.series, "variant": cell.variant, "parameters": cell.parameters,
        "seeds": runs.map { NSNumber(value: $0.seed) },
        "digest": RunSummary.digest(runs).description,
        "cost_profile": cell.settings.costProfile,
      ]
    }
    return [
      "version": Version.text, modelKey: Version.model,
      "scenario_digest": scenario.digest.description, "cost_profiles": scenario.costDigests,
      "title": scenario.title, "figure": scenario.figure, "cells": cells,
    ]
  }

  /// The entry of the costs of cryptography, without its table.
  static func entry(_ report: CostTable) -> [String: Any] {
    var digests: [String: String] = [:]
    for source in report.sources { digests[source.name] = source.digest }
    return ["version": Version.text, modelKey: Version.model, "cost_profiles": digests]
  }

  /// The SHA-256 of a table's bytes, in hexadecimal digits.
  static func hash(_ bytes: [UInt8]) -> String {
    SHA256Digest(of: bytes).description
  }
}
