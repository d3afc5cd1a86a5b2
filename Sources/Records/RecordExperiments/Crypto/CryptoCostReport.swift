import Experiments
import PairingCrypto
import RecordSharing
import Tables

/// What the steps of record sharing cost against the number of attributes or keywords.
///
/// Counts and sizes come from the counted engine, prices from profiles: nothing is measured, so the
/// same profiles give the same bytes.
public struct CryptoCostReport: Sendable {
  /// The profiles of the committed result file, by name.
  public static let profiles = ["reference-ss512", "reference-ss1536", "pbc-ss512"]

  /// The numbers of attributes or keywords.
  static let sizes = 1...50

  /// The table.
  public let table: CostTable

  /// Computes the table for some profiles, at most one of each name.
  public init(_ profiles: [CryptoCostProfile]) throws {
    var rows: [(profile: CryptoCostProfile, step: SharingStep, size: Int, cost: StepCost)] = []
    for profile in profiles {
      let engine = CountedScheme(
        profile.parameters, keySize: RSAKeySize(rawValue: profile.rsaBits) ?? .bits2048, seed: 1)
      var steps = try SharingSteps(engine, size: Self.sizes.upperBound)
      for step in SharingStep.allCases {
        for size in Self.sizes {
          rows.append((profile, step, size, try steps.cost(of: step, size: size)))
        }
      }
    }
    // What no step performs needs no column.
    let counted = CountedOperation.allCases.filter { operation in
      rows.contains { $0.cost.operations[operation] > 0 }
    }
    let keys = ["parameters", "profile", "step", "attributes"]
    var table = Table(
      columns: keys + counted.map { $0.name.replacing("-", with: "_") } + ["bytes", "cost_us"])
    for row in rows {
      let time = row.profile.cost(of: row.cost.operations)
      table.append(
        [
          .text(row.profile.parameters.name), .text(row.profile.name), .text(row.step.rawValue),
          .integer(Int64(row.size)),
        ] + counted.map { .integer(Int64(row.cost.operations[$0])) } + [
          .integer(Int64(row.cost.byteCount)),
          .decimal(Double(time.nanoseconds) / 1_000, digits: 3),
        ])
    }
    self.table = CostTable(
      table, keys: keys, sources: profiles.map { ($0.name, $0.digest.description) })
  }
}
