import ConsensusCore
import DiscreteEvents

/// Turns of several proposers within one view (Paper §III-A).
extension LeaderPolicy {
  // MARK: Paper §III-A: the proposer of a sequence number

  // Rule: Paper III-A-2, Paper III-C-2
  /// The primary of the view, or with turns the first one admitted from the turn's place on.
  ///
  /// Turns depend on the sequence number and the state after the one before (Model §2.5); rounds are
  /// serial, so that everybody has that state. Whom the NEW-VIEW of the view judges is passed over in
  /// its first round: the sheet learns of the judgement only when that round executes, which must not
  /// wait for the one who is judged.
  @inline(__always)
  public func proposer(
    of sequence: SequenceNumber, in view: View, of membership: Membership, judged: [Judgement]
  ) -> ReplicaID {
    guard let turnLength else { return membership.primary(of: view) }
    let rounds = (sequence.number - 1) / turnLength - membership.start.number / turnLength
    let first = membership.turns(of: view) &+ rounds
    for place in membership.members.indices {
      // A Byzantine view number may be close to the largest: wraps as views do.
      let candidate = membership.member(at: first &+ UInt64(truncatingIfNeeded: place))
      let isBlamed = judged.contains { $0.subject == candidate }
      if !isBlamed, admits(candidate, in: membership) { return candidate }
    }
    return membership.member(at: first)
  }

  /// The view after `view` whose primary may lead; the next one if nobody may, since a literal skip
  /// loop would not end.
  ///
  /// The map from views to primaries never changes; exclusion only skips views.
  public func nextAdmitted(after view: View, in membership: Membership) -> View {
    var candidate = view.next
    for _ in membership.members {
      if admits(membership.primary(of: candidate), in: membership) { return candidate }
      candidate = candidate.next
    }
    return view.next
  }
}
