import YAMLDocuments

extension Scenario {
  /// What sets a key after the command line did, so that a setting loses.
  public struct Override: Sendable {
    /// The key as the file writes it; the setting's own or one that it is a part of.
    public var key: String
    /// Whether the scenario sweeps it; otherwise a series or a variant sets it in its `with`.
    public var isSwept: Bool
    /// Whether it does so in every run, so that the setting changes nothing.
    public var isEverywhere: Bool
  }

  /// What sets `key` again in some runs, or nil if every run keeps what the command line sets.
  public func override(of key: String) -> Override? {
    let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var found: Override?
    var count = 0
    for cell in cells {
      let winner = cell.substitutions.last { path.starts(with: $0.steps.map(\.name)) }
      // A swept key has this one value.
      guard let winner, winner.location.source.name != Substitution.settingFlag else {
        continue
      }
      count += 1
      let isSwept = sweptKeys.contains(winner.path)
      if found == nil || isSwept {
        found = Override(key: winner.path, isSwept: isSwept, isEverywhere: false)
      }
    }
    found?.isEverywhere = count == cells.count
    return found
  }
}
