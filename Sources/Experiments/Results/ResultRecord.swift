import Foundation
import Tables
import YAMLDocuments

/// What made a result, as its file of provenance has it.
public struct ResultRecord: Sendable {
  /// A point of a scenario.
  public struct Point: Sendable {
    /// The series, the variant, and the values of swept keys.
    public var names: [String]
    /// The seeds of its runs.
    public var seeds: [UInt64]
    /// The digest of all events of its runs.
    public var digest: String
    /// The cost profile.
    public var costProfile: String
  }

  /// A file of the result.
  public struct File: Sendable {
    /// The name, with `.csv`.
    public var name: String
    /// Its SHA-256 when it was written.
    public var digest: String
  }

  /// The name of the result.
  public let name: String
  /// The scenario's title; empty where no scenario made it.
  public let title: String
  /// The version of consim that wrote it.
  public let version: String
  /// The digest of the sources that can reach a result.
  public let model: String
  /// The digest of the scenario; nil where none made it.
  public let scenarioDigest: String?
  /// Digests of cost profiles and other inputs, by name.
  public let inputs: [(name: String, digest: String)]
  /// The points of the scenario.
  public let points: [Point]
  /// The tables, by name.
  public let files: [File]

  /// Reads all records of a directory; interrupted results are left out.
  ///
  /// - Throws: ``BaselineError`` when there is no directory, or a file of provenance is damaged.
  public static func all(in directory: String) throws(BaselineError) -> [ResultRecord] {
    let provenance = Provenance(directory: directory)
    var records: [ResultRecord] = []
    for name in try provenance.names() where !name.hasSuffix(Provenance.partialSuffix) {
      records.append(ResultRecord(name: name, try provenance.entry(name)))
    }
    return records
  }

  private init(name: String, _ entry: Provenance.Entry) {
    let values = entry.values
    self.name = name
    title = values["title"] as? String ?? ""
    version = values["version"] as? String ?? ""
    model = values[Provenance.modelKey] as? String ?? Version.unknownModel
    scenarioDigest = values["scenario_digest"] as? String
    var found = values["cost_profiles"] as? [String: String] ?? [:]
    if let claims = values["claims_digest"] as? String { found["claims"] = claims }
    inputs = found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    points = (values["cells"] as? [[String: Any]] ?? []).map { cell in
      let names = [cell["series"], cell["variant"]].compactMap { $0 as? String }
      return Point(
        names: names + (cell["parameters"] as? [String] ?? []),
        seeds: (cell["seeds"] as? [NSNumber] ?? []).map(\.uint64Value),
        digest: cell["digest"] as? String ?? "", costProfile: cell["cost_profile"] as? String ?? "")
    }
    files = entry.tables.sorted { $0.key < $1.key }.map { File(name: $0.key, digest: $0.value) }
  }
}
