import Foundation
import Tables

/// Why the results of a scenario were not all written.
public struct ResultError: Error, CustomStringConvertible {
  /// What went wrong first.
  public let cause: OutputError
  /// The files that were not written because of it.
  public let missing: [String]

  /// The problem, and what is missing.
  public var description: String {
    "\(cause)\n  not written: \(missing.joined(separator: ", "))"
  }
}

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
    try OutputFile.tryDirectory(directory)
  }

  /// Writes every table of a scenario and then its provenance, and removes what an interrupted run
  /// of it left.
  public func write(_ scenario: Scenario, _ results: [RunResult]) throws(ResultError) {
    let files = Report(scenario, results).files
    try write(files, named: scenario.name, Provenance.entry(scenario, results), suffix: "")
    for file in files { unlink(path(file.name + Provenance.partialSuffix)) }
    unlink(provenance.path(scenario.name + Provenance.partialSuffix))
  }

  /// Writes what an interrupted scenario has: tables and provenance with `.partial` in their names.
  public func write(_ partial: PartialResults) throws(ResultError) {
    var entry = Provenance.entry(partial.scenario, partial.results)
    entry["complete"] = partial.extent
    try write(
      Report(partial.scenario, partial.results).files, named: partial.scenario.name, entry,
      suffix: Provenance.partialSuffix)
  }

  /// Writes the costs of cryptography and their provenance.
  public func write(_ report: CostTable) throws(ResultError) {
    try write([report.file], named: CostTable.name, Provenance.entry(report), suffix: "")
  }

  /// The path of a result file.
  public func path(_ name: String) -> String { "\(directory)/\(name).csv" }

  /// The provenance of the directory.
  public var provenance: Provenance { Provenance(directory: directory) }

  /// What was written.
  public func account(of scenario: Scenario) -> String {
    "  wrote \(path(scenario.name)), its summaries and \(provenance.path(scenario.name))"
  }

  func write(
    _ files: [Report.File], named name: String, _ entry: [String: Any], suffix: String
  ) throws(ResultError) {
    var paths = files.map { path($0.name + suffix) } + [provenance.path(name + suffix)]
    var hashes: [String: String] = [:]
    do throws(OutputError) {
      for file in files {
        let bytes = file.table.csv
        hashes[file.name + suffix + ".csv"] = Provenance.hash(bytes)
        try OutputFile.write(bytes, to: path(file.name + suffix))
        paths.removeFirst()
      }
      var entry = entry
      entry["tables"] = hashes
      try provenance.record(name + suffix, entry)
    } catch {
      throw ResultError(cause: error, missing: paths)
    }
  }
}

/// The results of a scenario that was interrupted: those of its first points, all of whose runs were
/// done.
public struct PartialResults: Sendable {
  /// The scenario with these points only.
  public let scenario: Scenario
  /// Their results, in the order of the plan.
  public let results: [RunResult]
  /// How many runs these are and how many were planned, such as `2380 of 5000`.
  public let extent: String

  /// Finds the longest beginning of the plan that is done; nil if its first point is not.
  ///
  /// - Parameters:
  ///   - whole: The scenario as it was planned.
  ///   - done: Results in any order.
  public init?(_ whole: Scenario, done: [RunResult]) {
    let counts = Dictionary(grouping: done, by: \.cell).mapValues(\.count)
    let points = whole.cells.indices.prefix { counts[$0] == whole.cells[$0].seeds.count }.count
    guard points > 0 else { return nil }
    var part = whole
    part.cells = Array(whole.cells.prefix(points))
    scenario = part
    var places: [UInt64: Int] = [:]
    for cell in part.cells {
      for (place, seed) in cell.seeds.enumerated() { places[seed] = place }
    }
    results = done.filter { $0.cell < points }.sorted { left, right in
      (left.cell, places[left.seed] ?? 0) < (right.cell, places[right.seed] ?? 0)
    }
    extent = "\(results.count) of \(whole.cells.reduce(0) { $0 + $1.seeds.count })"
  }
}
