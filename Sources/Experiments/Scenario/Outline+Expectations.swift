import ConsensusCore
import Invariants
import Notation
import RunPlans

extension Outline {
  /// Reports expectations about invariants that no run of the file can break.
  func checkExpectations(_ cells: [Scenario.Cell], _ tree: YAMLNode) {
    guard !cells.isEmpty else { return }
    var places: [(invariant: InvariantID, location: Location)] = []
    func collect(_ node: YAMLNode?) {
      guard case .mapping(let entries)? = node?.content else { return }
      places += entries.map { (InvariantID($0.key), $0.location) }
    }
    collect(tree["expect"])
    for one in series.flatMap(\.substitutions) + variants.flatMap(\.substitutions) {
      if one.path == "expect" { collect(one.value) }
      if one.path.hasPrefix("expect.") {
        places.append((InvariantID(String(one.path.dropFirst(7))), one.location))
      }
    }
    for place in places where !cells.contains(where: { $0.has(invariant: place.invariant) }) {
      reader.error(
        "no run of this file can break '\(place.invariant)'", at: place.location,
        hint: "name an invariant of a protocol that runs, or remove it")
    }
  }
}
