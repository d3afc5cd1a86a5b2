import Tables

/// One difference of a result file, or of what the file was made from.
public enum ResultDifference: Hashable, Sendable, CustomStringConvertible {
  /// The columns, a row or a cell of a table.
  case table(TableDifference)
  /// An input; the sentence has both digests.
  case input(Input, String)
  /// The events of some runs, by their digest.
  case runs(String)
  /// A table is not what was written, or nothing accounts for it.
  case altered(String)
  /// The bytes, where no cell can be named.
  case form(String)

  /// What results are made from.
  public enum Input: Hashable, Sendable {
    /// The scenario's file or settings.
    case scenario
    /// The cost profile of a name.
    case costProfile(String)
    /// The seeds of a point.
    case seeds
    /// How many points there are.
    case points
    /// The file of claims.
    case claims
  }

  /// One sentence without a full stop.
  public var description: String {
    switch self {
    case .table(let difference): difference.description
    case .input(_, let sentence), .runs(let sentence), .altered(let sentence), .form(let sentence):
      sentence
    }
  }
}
