import RunPlans
import Tables

/// What identifies a run in a store: a digest of all that it depends on, and its seed.
///
/// Runs of one protocol, plan and seed have one key, whatever their scenario, series and variant are called.
package struct RunKey: Hashable, Sendable {
  /// 32 hexadecimal digits of the description.
  package let description: String
  /// The seed.
  package let seed: UInt64

  /// The text of the key, which names its file.
  package var text: String { "\(description)-\(seed)" }

  /// The version of what is digested.
  private static let version = "consim-description 1"

  /// The digest of what the runs of a cell depend on but their seed.
  static func digest(of cell: Scenario.Cell) -> String {
    let text = version + "\n" + cell.settings.description(of: cell.subject)
    return String(SHA256Digest(of: Array(text.utf8)).description.prefix(32))
  }
}
