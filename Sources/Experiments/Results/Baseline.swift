import Foundation

/// Why results cannot be compared with a baseline, for people.
public struct BaselineError: Error, CustomStringConvertible {
  /// `file: error: what is wrong`, then what to do.
  public let description: String
}

/// Result files that were written earlier and that new results are held against.
public struct Baseline: Sendable {
  /// What became of one result file.
  public struct FileChange: Sendable {
    /// The file.
    public var path: String
    /// Every difference, a sentence each; none when the bytes are equal.
    public var differences: [String]
  }

  /// The directory of the result files.
  public let directory: String

  /// The baseline in a directory, which is only read.
  public init(directory: String) { self.directory = directory }

  /// The scenarios that `provenance.json` names, in alphabetical order.
  ///
  /// - Throws: ``BaselineError`` when the file is missing or is not what was written.
  public func scenarioNames() throws(BaselineError) -> [String] {
    try entries(.scenarios).keys.sorted()
  }

  /// Whether `provenance.json` names the costs of cryptography.
  ///
  /// - Throws: ``BaselineError`` when the file is missing or is not what was written.
  public func hasCryptoCosts() throws(BaselineError) -> Bool {
    try entries(.tables)[CryptoCostReport.name] != nil
  }

  /// Compares the costs of cryptography with their file, byte by byte.
  ///
  /// - Returns: One entry for the table and one for what made it.
  /// - Throws: ``BaselineError`` when a file is missing or cannot be read.
  public func compare(_ report: CryptoCostReport) throws(BaselineError) -> [FileChange] {
    let table = try change(of: report.file)
    let old = try entries(.tables)[report.file.name] as? [String: Any]
    let digests = old?["cost_profiles"] as? [String: String] ?? [:]
    var differences: [String] = []
    for source in report.sources {
      let before = digests[source.name] ?? "empty"
      if before != source.digest {
        differences.append(
          "the digest of the cost profile \(source.name) was \(before), now \(source.digest)")
      }
    }
    return [table, FileChange(path: provenance.path, differences: differences)]
  }

  /// The files of a scenario that do not exist.
  public func missingFiles(of scenario: Scenario) -> [String] {
    (Report(scenario, []).files.map { path($0.name) } + [provenance.path]).filter {
      !FileManager.default.fileExists(atPath: $0)
    }
  }

  /// Compares the results of a scenario with its files, byte by byte.
  ///
  /// - Returns: One entry for each file, in the order in which they are written.
  /// - Throws: ``BaselineError`` when a file is missing or cannot be read.
  public func compare(
    _ scenario: Scenario, _ results: [RunResult]
  ) throws(BaselineError) -> [FileChange] {
    var changes: [FileChange] = []
    for file in Report(scenario, results).files { changes.append(try change(of: file)) }
    changes.append(
      FileChange(path: provenance.path, differences: try provenanceDifferences(scenario, results)))
    return changes
  }

  private var provenance: Provenance { Provenance(directory: directory) }

  private func path(_ name: String) -> String { "\(directory)/\(name).csv" }

  private func bytes(of path: String) throws(BaselineError) -> [UInt8] {
    switch InputFile.table(path) {
    case .success(let bytes): return bytes
    case .failure(let problem):
      throw BaselineError(description: "\(path): error: \(problem.message)")
    }
  }

  private func change(of file: Report.File) throws(BaselineError) -> FileChange {
    let path = path(file.name)
    let old = try bytes(of: path)
    return FileChange(
      path: path,
      differences: old == file.table.csv ? [] : Self.differences(old, file, path: path))
  }

  private static func differences(
    _ old: [UInt8], _ file: Report.File, path: String
  ) -> [String] {
    do throws(CSVError) {
      let found = file.table.differences(from: try Table(csv: old, named: path), keys: file.keys)
      guard found.isEmpty else { return found.map(\.description) }
      return ["the cells are equal, but the order of rows, quotes or line ends are not"]
    } catch {
      return ["the old file is no result file: \(error)"]
    }
  }

  // MARK: Provenance

  private func entries(_ section: Provenance.Section) throws(BaselineError) -> [String: Any] {
    let data = Data(try bytes(of: provenance.path))
    guard let root = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let scenarios = root[Provenance.Section.scenarios.rawValue] as? [String: Any]
    else {
      throw BaselineError(
        description: "\(provenance.path): error: this is not what 'consim run' writes")
    }
    return section == .scenarios ? scenarios : root[section.rawValue] as? [String: Any] ?? [:]
  }

  /// Compares the digests: equal tables from other events would be luck.
  private func provenanceDifferences(
    _ scenario: Scenario, _ results: [RunResult]
  ) throws(BaselineError) -> [String] {
    guard let old = try entries(.scenarios)[scenario.name] as? [String: Any] else {
      return ["the scenario \(scenario.name) is new"]
    }
    let text = Data(Provenance.entry(scenario, results).utf8)
    guard let new = try? JSONSerialization.jsonObject(with: text) as? [String: Any] else {
      return []
    }
    var differences: [String] = []
    func compare(_ old: [String: Any], _ new: [String: Any], _ key: String, of what: String) {
      let before = old[key] as? String ?? "empty"
      let now = new[key] as? String ?? "empty"
      if before != now { differences.append("\(key) of \(what) was \(before), now \(now)") }
    }
    compare(old, new, "scenario_digest", of: "\(scenario.name), whose file or settings changed,")
    let oldCells = old["cells"] as? [[String: Any]] ?? []
    let newCells = new["cells"] as? [[String: Any]] ?? []
    guard oldCells.count == newCells.count else {
      return differences + [
        "cells of \(scenario.name) were \(oldCells.count), now \(newCells.count)"
      ]
    }
    for (place, cell) in scenario.cells.enumerated() where place < newCells.count {
      let label = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
        .joined(separator: ", ")
      compare(oldCells[place], newCells[place], "digest", of: "the runs of \(label)")
      compare(oldCells[place], newCells[place], "cost_profile", of: label)
    }
    return differences
  }
}
