import Foundation
import Notation
import Tables
import YAMLDocuments

/// Why results cannot be compared with a baseline.
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
    /// Every difference; none when the bytes are equal.
    public var differences: [ResultDifference]
    /// Whether the file is there; where it is not, its SHA-256 was compared.
    public var isKept = true
  }

  /// A table that is not what was written, or that nothing accounts for.
  public struct Alteration: Sendable {
    /// The entry of the table; nil where there is none.
    public var entry: String?
    /// The table and what is wrong with it.
    public var change: FileChange
  }

  /// The directory of the result files.
  public let directory: String

  /// The baseline in a directory, which is only read.
  public init(directory: String) { self.directory = directory }

  /// The scenarios that have provenance, in alphabetical order.
  ///
  /// - Throws: ``BaselineError`` when an entry is missing or is not what was written, or belongs to
  ///   an interrupted run of which there is nothing complete.
  public func scenarioNames() throws(BaselineError) -> [String] {
    var found: [String] = []
    for name in try completeNames() {
      if try provenance.entry(name).subject == .scenario { found.append(name) }
    }
    return found
  }

  /// Whether the costs of cryptography have provenance.
  ///
  /// - Throws: ``BaselineError`` as for the scenarios.
  public func hasCryptoCosts() throws(BaselineError) -> Bool {
    try completeNames().contains(CostTable.name)
  }

  /// Every table that is not what was written, and every table that nothing accounts for.
  ///
  /// - Parameter scenarios: Only their tables are looked at; nil for all of the directory.
  /// - Returns: One change for each such table, none where all is in order.
  /// - Throws: ``BaselineError`` when an entry is missing or is not what was written.
  public func alterations(of scenarios: [String]?) throws(BaselineError) -> [Alteration] {
    var changes: [Alteration] = []
    var known: Set<String> = [Self.claimsName + ".csv"]
    let names: [String]
    if let scenarios { names = scenarios } else { names = try provenance.names() }
    for name in names {
      let tables = try provenance.entry(name).tables
      for (file, hash) in tables.sorted(by: { $0.key < $1.key }) {
        known.insert(file)
        guard let bytes = try? InputFile.table("\(directory)/\(file)").get(),
          Provenance.hash(bytes) != hash
        else { continue }
        changes.append(
          alteration(
            of: file, in: name, "the table is not the one that was written: its SHA-256 is another")
        )
      }
    }
    guard scenarios == nil else { return changes }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for file in files.sorted() where file.hasSuffix(".csv") && !known.contains(file) {
      changes.append(
        alteration(of: file, in: nil, "the table has no provenance in \(provenance.folder)"))
    }
    return changes
  }

  private func alteration(of file: String, in entry: String?, _ sentence: String) -> Alteration {
    Alteration(
      entry: entry,
      change: FileChange(path: "\(directory)/\(file)", differences: [.altered(sentence)]))
  }

  /// The entries of complete results.
  func completeNames() throws(BaselineError) -> [String] {
    let names = try provenance.names()
    for name in names where name.hasSuffix(Provenance.partialSuffix) {
      let whole = String(name.dropLast(Provenance.partialSuffix.count))
      if !names.contains(whole) { throw try refusal(of: whole) }
    }
    return names.filter { !$0.hasSuffix(Provenance.partialSuffix) }
  }

  /// Says that there is nothing but the beginning of a scenario's results.
  private func refusal(of name: String) throws(BaselineError) -> BaselineError {
    let partial = name + Provenance.partialSuffix
    let extent = try provenance.entry(partial).complete ?? "some"
    return BaselineError(
      description: "\(path(partial)): error: this result is partial, \(extent) runs: "
        + "an interrupted run left it\n  run the scenario again to complete it")
  }

  /// Refuses scenarios of which an interrupted run left only the beginning.
  ///
  /// - Throws: ``BaselineError`` with the name of the partial result.
  public func requireComplete(_ names: [String]) throws(BaselineError) {
    let manager = FileManager.default
    for name in names where !manager.fileExists(atPath: provenance.path(name)) {
      let partial = provenance.path(name + Provenance.partialSuffix)
      if manager.fileExists(atPath: partial) { throw try refusal(of: name) }
    }
  }

  /// Compares the costs of cryptography with their file, byte by byte.
  ///
  /// - Returns: One entry for the table and one for what made it.
  /// - Throws: ``BaselineError`` when a file is missing or cannot be read.
  public func compare(_ report: CostTable) throws(BaselineError) -> [FileChange] {
    let table = try change(of: report.file, in: report.file.name)
    return [table, try inputChange(of: report)]
  }

  /// Compares the cost profiles with those that the costs of cryptography were made from.
  ///
  /// - Throws: ``BaselineError`` when the entry is missing or is not what was written.
  private func inputChange(of report: CostTable) throws(BaselineError) -> FileChange {
    let old = try provenance.entry(report.file.name).values
    let digests = old["cost_profiles"] as? [String: String] ?? [:]
    var differences: [ResultDifference] = []
    for source in report.sources {
      let before = digests[source.name] ?? "empty"
      if before != source.digest {
        differences.append(
          .input(
            .costProfile(source.name),
            "the digest of the cost profile \(source.name) was \(before), now \(source.digest)"))
      }
    }
    return FileChange(path: provenance.path(report.file.name), differences: differences)
  }

  /// Whether the claims have provenance.
  ///
  /// - Throws: ``BaselineError`` as for the scenarios.
  public func hasClaims() throws(BaselineError) -> Bool {
    try completeNames().contains(Self.claimsName)
  }

  /// Compares a scenario and its cost profiles with those that its results were made from.
  ///
  /// Nothing is run: equal inputs give equal results as long as the model is the same.
  ///
  /// - Throws: ``BaselineError`` when the entry is missing or is not what was written.
  public func inputChange(of scenario: Scenario) throws(BaselineError) -> FileChange {
    let old = try provenance.entry(scenario.name).values
    return FileChange(
      path: provenance.path(scenario.name),
      differences: Self.inputDifferences(old, scenario))
  }

  /// The name of the table that `consim claims` writes.
  static let claimsName = ResultNames.claims

  /// The files of a scenario that are neither there nor known by their SHA-256.
  public func missingFiles(of scenario: Scenario) -> [String] {
    let known = (try? provenance.entry(scenario.name).tables) ?? [:]
    let tables = Report(scenario, []).files.map(\.name).filter { known["\($0).csv"] == nil }
    return (tables.map { path($0) } + [provenance.path(scenario.name)]).filter {
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
    for file in Report(scenario, results).files {
      changes.append(try change(of: file, in: scenario.name))
    }
    changes.append(
      FileChange(
        path: provenance.path(scenario.name),
        differences: try provenanceDifferences(scenario, results)))
    return changes
  }

  var provenance: Provenance { Provenance(directory: directory) }

  private func path(_ name: String) -> String { "\(directory)/\(name).csv" }

  private func bytes(of path: String) throws(BaselineError) -> [UInt8] {
    switch InputFile.table(path) {
    case .success(let bytes): return bytes
    case .failure(let problem):
      throw BaselineError(description: "\(path): error: \(problem.message)")
    }
  }

  /// Compares a table with its file, or with the hash in an entry where there is no file.
  func change(
    of file: Report.File, in entry: String
  ) throws(BaselineError) -> FileChange {
    let path = path(file.name)
    if !FileManager.default.fileExists(atPath: path),
      let hash = try provenance.entry(entry).tables["\(file.name).csv"]
    {
      let isEqual = Provenance.hash(file.table.csv) == hash
      return FileChange(
        path: path,
        differences: isEqual
          ? [] : [.form("the SHA-256 of the table is another; the table itself is not kept")],
        isKept: false)
    }
    let old = try bytes(of: path)
    return FileChange(
      path: path,
      differences: old == file.table.csv ? [] : Self.differences(old, file, path: path))
  }

  private static func differences(
    _ old: [UInt8], _ file: Report.File, path: String
  ) -> [ResultDifference] {
    do throws(CSVError) {
      let found = file.table.differences(from: try Table(csv: old, named: path), keys: file.keys)
      guard found.isEmpty else { return found.map { .table($0) } }
      return [.form("the cells are equal, but the order of rows, quotes or line ends are not")]
    } catch {
      return [.form("the old file is no result file: \(error)")]
    }
  }
}
