import DiscreteEvents
import Foundation

/// Writes the result files of scenarios into one directory, each file whole or not at all.
public struct ResultWriter: Sendable {
  /// The directory.
  public let directory: String

  /// Makes sure that results can be written before anything is run.
  ///
  /// - Throws: ``OutputError`` if the directory cannot be made or written.
  public init(directory: String) throws(OutputError) {
    self.directory = directory
    try OutputFile.makeDirectory(directory)
    OutputFile.removeLeftovers(in: directory)
    let probe = directory + "/.consim-probe"
    do throws(OutputError) {
      try OutputFile.write(Array("probe\n".utf8), to: probe)
    } catch {
      throw OutputError(path: directory, operation: .tryDirectory, code: error.code)
    }
    unlink(probe)
  }

  /// Writes every file of a scenario and its entry in `provenance.json`.
  public func write(_ scenario: Scenario, _ results: [RunResult]) throws(OutputError) {
    for file in Report(scenario, results).files {
      try OutputFile.write(file.table.csv, to: path(file.name))
    }
    try Provenance(directory: directory).record(scenario, results)
  }

  /// Writes the costs of cryptography and their entry in `provenance.json`.
  public func write(_ report: CryptoCostReport) throws(OutputError) {
    try OutputFile.write(report.file.table.csv, to: path(report.file.name))
    try Provenance(directory: directory).record(report)
  }

  /// The path of a result file.
  public func path(_ name: String) -> String { "\(directory)/\(name).csv" }

  /// What was written, for people.
  public func account(of scenario: Scenario) -> String {
    "  wrote \(path(scenario.name)), its summaries and \(directory)/provenance.json"
  }
}

/// What made each result file, kept in `provenance.json`; nothing of wall clock or host is in it.
public struct Provenance {
  /// The directory of the result files.
  public let directory: String

  /// The file.
  public var path: String { directory + "/provenance.json" }

  /// The provenance of the results in a directory.
  public init(directory: String) { self.directory = directory }

  /// What an entry is about.
  enum Section: String, CaseIterable {
    /// A scenario and the files that its runs gave.
    case scenarios
    /// A file that no run gave.
    case tables
  }

  /// Replaces the entry of a scenario and keeps the others.
  func record(_ scenario: Scenario, _ results: [RunResult]) throws(OutputError) {
    try replace(scenario.name, in: .scenarios, by: Self.entry(scenario, results))
  }

  /// Replaces the entry of the costs of cryptography and keeps the others.
  func record(_ report: CryptoCostReport) throws(OutputError) {
    try replace(CryptoCostReport.name, in: .tables, by: Self.entry(report))
  }

  private func replace(
    _ name: String, in section: Section, by entry: String
  ) throws(OutputError) {
    let text = Section.allCases.map { other in
      var entries = entries(other)
      if other == section { entries[name] = entry }
      return (other, entries)
    }
    try OutputFile.write(Array(Self.text(text).utf8), to: path)
  }

  /// The entries as they stand, each a JSON text by its name; none where there is no file.
  private func entries(_ section: Section) -> [String: String] {
    guard let bytes = try? InputFile.table(path).get(),
      let root = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
      let values = root[section.rawValue] as? [String: Any]
    else { return [:] }
    var found: [String: String] = [:]
    for (name, value) in values {
      // An entry that somebody wrote may be of any form: without fragments, a number would trap.
      guard
        let entry = try? JSONSerialization.data(
          withJSONObject: value,
          options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
      else { continue }
      found[name] = String(decoding: entry, as: UTF8.self)
    }
    return found
  }

  static func entry(_ scenario: Scenario, _ results: [RunResult]) -> String {
    let cells = scenario.cells.enumerated().map { index, cell -> [String: Any] in
      let runs = results.filter { $0.cell == index }
      return [
        "series": cell.series, "variant": cell.variant, "parameters": cell.parameters,
        "seeds": runs.map { NSNumber(value: $0.seed) },
        "digest": RunSummary.digest(runs).description,
        "cost_profile": cell.settings.costProfile,
      ]
    }
    let entry: [String: Any] = [
      "version": Version.text, "scenario_digest": scenario.digest.description,
      "title": scenario.title, "figure": scenario.figure, "cells": cells,
    ]
    let data = try? JSONSerialization.data(
      withJSONObject: entry, options: [.sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  static func entry(_ report: CryptoCostReport) -> String {
    var digests: [String: String] = [:]
    for source in report.sources { digests[source.name] = source.digest }
    let entry: [String: Any] = ["version": Version.text, "cost_profiles": digests]
    let data = try? JSONSerialization.data(
      withJSONObject: entry, options: [.sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// The file; a section without entries is left out, but for the first.
  private static func text(_ sections: [(Section, [String: String])]) -> String {
    let parts = sections.filter { $0.0 == .scenarios || !$0.1.isEmpty }.map { section, entries in
      let lines = entries.keys.sorted().map { "    \"\($0)\": \(entries[$0] ?? "{}")" }
      return "  \"\(section.rawValue)\": {\n\(lines.joined(separator: ",\n"))\n  }"
    }
    return "{\n\(parts.joined(separator: ",\n"))\n}\n"
  }
}
