import Tables

/// The table of what cryptography costs, which follows from cost profiles and no run.
public struct CostTable: Sendable {
  /// The name of the result file, without `.csv`.
  public static let name = ResultNames.cryptoCosts

  /// The result file.
  public let file: Report.File
  /// The profiles by name with their digests.
  public let sources: [(name: String, digest: String)]

  /// Creates the table of some profiles.
  package init(_ table: Table, keys: [String], sources: [(name: String, digest: String)]) {
    file = Report.File(name: Self.name, table: table, keys: keys)
    self.sources = sources
  }
}
