import ConsensusCore
import DiscreteEvents
import PBFT

/// A policy that removes members at the end of an epoch (Paper §III-B, Model §4.3).
public protocol EpochPolicy: PBFTPolicy {
  /// Whether `primary` has an entry in the sheet.
  func knows(_ primary: ReplicaID) -> Bool
  /// The change of membership that the next epoch block must make, or nil.
  func report(in membership: Membership) -> MembershipChange?
  /// Whether the batch at the end of an epoch may make `change`, or none if nil.
  func permits(_ change: MembershipChange?, in membership: Membership) -> Bool
}

extension EpochPolicy {
  // Rule: Paper III-B-2, Paper III-C-3
  /// A node that leads for the first time is identified (Paper §III-C).
  public static func lookUp(
    _ proposer: ReplicaID, by replica: inout PBFTReplica<Self>,
    into effects: inout Effects<PBFTReplica<Self>>
  ) {
    effects.charge(.sheet)
    guard !replica.state.policy.knows(proposer), replica.identified.insert(proposer) else { return }
    effects.charge(.identity)
  }

  // MARK: Model §4.3: where an epoch ends

  /// The last sequence number that is sure to belong to the present epoch: the membership that votes
  /// on later ones is not known before the batch at the epoch's end has executed.
  @inline(__always)
  public static func lastOfMembership(at replica: PBFTReplica<Self>) -> SequenceNumber {
    guard let length = replica.configuration.epochLength else { return SequenceNumber(.max) }
    let state = replica.state
    guard state.nextMembership == nil else { return state.executed }
    return SequenceNumber((state.executed.number / length + 1) * length)
  }

  /// Never past the next epoch height before that height executed (Model §4.3).
  @inline(__always)
  public static func opens(_ sequence: SequenceNumber, at replica: PBFTReplica<Self>) -> Bool {
    guard let length = replica.configuration.epochLength else { return true }
    if sequence.number % length == 0 { return sequence == replica.state.executed.next }
    return (sequence.number - 1) / length == replica.state.executed.number / length
  }

  // MARK: Model §4.3: the change of membership in a batch

  // Rule: Paper III-B-10
  /// The membership change that `replica` proposes at `sequence` (Model §4.3).
  ///
  /// A sheet that is not agreed on proposes none in the first fresh round of a view: others may have
  /// refused its change, and the height must pass in the end.
  public static func changeDue(
    at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> MembershipChange? {
    guard replica.isEndOfEpoch(sequence) else { return nil }
    let policy = replica.state.policy
    guard policy.takesJudgements || sequence != replica.firstNewSequence else { return nil }
    return policy.report(in: replica.membership)
  }

  // Rule: Paper III-B-10
  /// Whether the batch at `sequence` may make `change`, or none if nil (Model §4.3).
  public static func permits(
    _ change: MembershipChange?, at sequence: SequenceNumber, by replica: PBFTReplica<Self>
  ) -> Bool {
    guard replica.isEndOfEpoch(sequence) else { return change == nil }
    return replica.state.policy.permits(change, in: replica.membership)
  }
}

extension PBFTReplica {
  fileprivate func isEndOfEpoch(_ sequence: SequenceNumber) -> Bool {
    configuration.epochLength.map { sequence.number % $0 == 0 } ?? false
  }
}
