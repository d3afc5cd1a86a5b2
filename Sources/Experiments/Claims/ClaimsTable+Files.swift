import Tables

extension Baseline {
  /// Compares verdicts with their file, byte by byte.
  ///
  /// - Returns: One entry for the table and one for what made it.
  /// - Throws: ``BaselineError`` when a file is missing or cannot be read.
  public func compare(_ claims: ClaimsTable) throws(BaselineError) -> [FileChange] {
    let table = try change(
      of: Report.File(
        name: Self.claimsName, table: claims.table, keys: ["id", "claim", "reading"]),
      in: Self.claimsName)
    let old = try provenance.entry(Self.claimsName).values["claims_digest"] as? String ?? "empty"
    let new = claims.digest.description
    return [
      table,
      FileChange(
        path: provenance.path(Self.claimsName),
        differences: old == new
          ? [] : [.input(.claims, "the digest of the claims was \(old), now \(new)")]),
    ]
  }
}

extension ResultWriter {
  /// Writes the claims' table and its provenance.
  public func write(_ claims: ClaimsTable) throws(ResultError) {
    let file = Report.File(name: ResultNames.claims, table: claims.table, keys: [])
    try write([file], named: file.name, Provenance.entry(claims), suffix: "")
  }
}

extension Provenance {
  /// The entry of the claims, without their table.
  static func entry(_ claims: ClaimsTable) -> [String: Any] {
    [
      "version": Version.text, modelKey: Version.model,
      "claims_digest": claims.digest.description,
    ]
  }
}
