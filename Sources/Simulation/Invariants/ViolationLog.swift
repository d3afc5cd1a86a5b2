import ConsensusCore
import DiscreteEvents
import Simulator

/// The violations a probe found: all are counted, and the first ones are kept, that of every invariant
/// among them.
package struct ViolationLog: Sendable {
  /// How many violations are kept with their details.
  static let capacity = 256

  package private(set) var kept: [Violation] = []
  /// All violations, those not kept included.
  package private(set) var count = 0

  /// The instant of the event that is being judged.
  package var now = VirtualTime.zero

  /// Nothing found yet.
  package init() {}

  package mutating func report(
    _ invariant: InvariantID, at replica: ReplicaID?, _ detail: @autoclosure () -> String
  ) {
    count += 1
    if kept.count == Self.capacity {
      // One that is only counted may break often, and must not hide another.
      guard !kept.contains(where: { $0.invariant == invariant }) else { return }
      leaveOutRepeated()
    }
    kept.append(
      Violation(invariant: invariant, replica: replica, time: now, detail: detail()))
  }

  /// Gives up the last violation of an invariant of which an earlier one is kept.
  private mutating func leaveOutRepeated() {
    let repeated = kept.indices.last { index in
      kept[..<index].contains { $0.invariant == kept[index].invariant }
    }
    if let repeated { kept.remove(at: repeated) }
  }
}
