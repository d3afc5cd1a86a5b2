import Tables

/// Why a store cannot be used.
public enum StoreError: Error, CustomStringConvertible {
  /// A file cannot be written.
  case output(OutputError)
  /// The directory is no store, or a file of it cannot be read.
  case unusable(String)
  /// Two results of one run differ.
  case contradiction(String)

  /// The problem.
  public var description: String {
    switch self {
    case .output(let error): error.description
    case .unusable(let problem), .contradiction(let problem): problem
    }
  }
}
