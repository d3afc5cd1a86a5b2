import Foundation
import Tables

/// The versions of the model that made results and that compares them.
public struct ModelVersions: Hashable, Sendable {
  /// The version that made the results.
  public let old: String
  /// The version of this program.
  public let new: String

  /// Whether the two versions are one, or cannot be compared.
  public enum Order: Hashable, Sendable {
    /// They are one version.
    case same
    /// They are two.
    case different
    /// One of them is unknown, as that of a plain `swift build`.
    case unknown
  }

  /// How they stand to each other.
  public var order: Order {
    if old == Version.unknownModel || new == Version.unknownModel { return .unknown }
    return old == new ? .same : .different
  }

  /// What to say where the versions have different names; nil otherwise.
  public var remark: String? { old == new ? nil : "the model version was \(old), now \(new)" }
}

extension Baseline {
  /// The versions of the model that made an entry and that runs now.
  ///
  /// Another model version alone is no difference: what counts is whether the results differ.
  ///
  /// - Throws: ``BaselineError`` when the entry is missing or is not what was written.
  public func models(of name: String) throws(BaselineError) -> ModelVersions {
    let entry = try provenance.entry(name).values
    return ModelVersions(
      old: entry[Provenance.modelKey] as? String ?? Version.unknownModel, new: Version.model)
  }

  /// Compares the digests: equal tables from other events would be luck.
  func provenanceDifferences(
    _ scenario: Scenario, _ results: [RunResult]
  ) throws(BaselineError) -> [ResultDifference] {
    let old = try provenance.entry(scenario.name).values
    let new = Provenance.entry(scenario, results)
    var differences = Self.inputDifferences(old, scenario)
    let oldCells = old["cells"] as? [[String: Any]] ?? []
    let newCells = new["cells"] as? [[String: Any]] ?? []
    guard oldCells.count == newCells.count else {
      let sentence = "cells of \(scenario.name) were \(oldCells.count), now \(newCells.count)"
      return differences + [.input(.points, sentence)]
    }
    for (place, cell) in scenario.cells.enumerated() where place < newCells.count {
      let label = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
        .joined(separator: ", ")
      let (before, now) = (oldCells[place], newCells[place])
      if let sentence = Self.difference(before, now, "digest", of: "the runs of \(label)") {
        // Where a rule ends the runs, the number of seeds is a result.
        if scenario.until == nil, let seeds = Self.seedDifference(before, now, of: label) {
          differences.append(.input(.seeds, seeds))
        }
        differences.append(.runs(sentence))
      }
      if let sentence = Self.difference(before, now, "cost_profile", of: label) {
        differences.append(.input(.costProfile(cell.settings.costProfile), sentence))
      }
    }
    return differences
  }

  static func inputDifferences(
    _ old: [String: Any], _ scenario: Scenario
  ) -> [ResultDifference] {
    var differences: [ResultDifference] = []
    if let sentence = difference(
      old, ["scenario_digest": scenario.digest.description], "scenario_digest",
      of: "\(scenario.name), whose file or settings changed,")
    {
      differences.append(.input(.scenario, sentence))
    }
    let oldCosts = old["cost_profiles"] as? [String: String] ?? [:]
    for (name, digest) in scenario.costDigests.sorted(by: { $0.key < $1.key }) {
      if let sentence = difference(
        oldCosts, [name: digest], name, of: "the digests of cost profiles")
      {
        differences.append(.input(.costProfile(name), sentence))
      }
    }
    return differences
  }

  private static func difference(
    _ old: [String: Any], _ new: [String: Any], _ key: String, of what: String
  ) -> String? {
    let before = old[key] as? String ?? "empty"
    let now = new[key] as? String ?? "empty"
    return before == now ? nil : "\(key) of \(what) was \(before), now \(now)"
  }

  private static func seedDifference(
    _ old: [String: Any], _ new: [String: Any], of label: String
  ) -> String? {
    func text(_ cell: [String: Any]) -> String {
      let seeds = (cell["seeds"] as? [NSNumber] ?? []).map(\.uint64Value)
      guard let first = seeds.first, let last = seeds.last else { return "none" }
      return seeds.count == 1 ? "\(first)" : "\(first) to \(last) (\(seeds.count))"
    }
    let (before, now) = (text(old), text(new))
    return before == now ? nil : "the seeds of \(label) were \(before), now \(now)"
  }
}
