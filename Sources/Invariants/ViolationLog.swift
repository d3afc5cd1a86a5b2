import ConsensusCore
import DiscreteEvents
import Simulator

/// The violations a probe found: all are counted, the first ones are kept, and the first of every
/// invariant.
struct ViolationLog: Sendable {
  /// How many violations are kept with their details, but for first ones of an invariant.
  static let capacity = 256

  private(set) var kept: [Violation] = []
  /// All violations, those not kept included.
  private(set) var count = 0

  /// The instant of the event that is being judged.
  var now = VirtualTime.zero

  mutating func report(
    _ invariant: String, at replica: ReplicaID?, _ detail: @autoclosure () -> String
  ) {
    count += 1
    // One that is only counted may break often, and must not hide another.
    guard kept.count < Self.capacity || !kept.contains(where: { $0.invariant == invariant }) else {
      return
    }
    kept.append(
      Violation(invariant: invariant, replica: replica, time: now, detail: detail()))
  }
}
