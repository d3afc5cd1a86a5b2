import ConsensusCore
import DiscreteEvents

/// The replicas that vote in one epoch, and the map from views to primaries.
///
/// Within epoch e, `primary(v) = members[(offset + v - firstView) mod n]`. The first epoch is the
/// paper's `s = v mod |R|` (Paper eq. 5). After a change the lead goes to the successor of the last
/// leader's id; counting `mod n'` from zero would alias with the epoch length.
public struct Membership: Hashable, Sendable {
  /// The number of the epoch, from 0.
  public let epoch: Int
  /// The voters, ascending.
  public let members: [ReplicaID]
  /// The voters as a set.
  public let set: ReplicaSet
  /// The quorum sizes of this membership.
  public let quorum: Quorum
  /// The last sequence number before this epoch.
  public let start: SequenceNumber

  /// The view in which the epoch's CONFIG block was proposed; no view before it occurs.
  public let firstView: View

  private let offset: UInt64

  /// The first epoch: replicas 0 ..< `count`.
  public init(replicas count: Int) {
    self.init(
      epoch: 0, members: (0..<count).map { ReplicaID($0) }, start: .zero, offset: 0,
      firstView: View(0))
  }

  private init(
    epoch: Int, members: [ReplicaID], start: SequenceNumber, offset: UInt64, firstView: View
  ) {
    self.epoch = epoch
    self.members = members
    set = ReplicaSet(members)
    quorum = Quorum(replicas: members.count)
    self.start = start
    self.offset = offset
    self.firstView = firstView
  }

  // Rule: Paper III-B-11
  /// The epoch after the CONFIG block at `start`, which `leader` proposed in `view`.
  public func applying(
    _ change: MembershipChange, at start: SequenceNumber, proposedBy leader: ReplicaID,
    in view: View
  ) -> Membership {
    let remaining = members.filter { !change.removed.contains($0) }
    let successor = remaining.firstIndex { $0 > leader } ?? 0
    return Membership(
      epoch: epoch + 1, members: remaining, start: start,
      offset: UInt64(truncatingIfNeeded: successor), firstView: view)
  }

  // Rule: PBFT 4.4-9, Paper III-A-1
  /// The primary of `view`; views before the epoch's first do not occur in it.
  @inline(__always)
  public func primary(of view: View) -> ReplicaID { member(at: view.number &- firstView.number) }

  /// The member `turns` places after the epoch's first leader.
  @inline(__always)
  public func member(at turns: UInt64) -> ReplicaID {
    members[Int(truncatingIfNeeded: (offset &+ turns) % UInt64(truncatingIfNeeded: members.count))]
  }

  /// Views since the first view of the epoch.
  @inline(__always)
  public func turns(of view: View) -> UInt64 { view.number &- firstView.number }

  /// A hash that the checkpoint digest covers.
  public var fingerprint: UInt64 {
    mix(
      mix(set.fingerprint, UInt64(truncatingIfNeeded: epoch)),
      mix(mix(offset, firstView.number), start.number))
  }
}

extension Membership: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(epoch, members, set, quorum, start, firstView, offset)
  }
}
