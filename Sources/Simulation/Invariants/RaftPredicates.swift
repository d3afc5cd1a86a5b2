import ConsensusCore
import Raft

/// The invariants of Raft over the steps of a replica, each stated once.
///
/// The probe asks them of the events of a run, an exploration of what replicas did.
package enum RaftPredicates {
  /// a majority holds what is committed.
  @inline(__always)
  package static func isMajority(_ holders: Int, of replicas: Int) -> Bool {
    holders > replicas / 2
  }

  /// a leader counts replicas for entries of its own term only (Raft §5.4.2).
  @inline(__always)
  package static func mayCount(_ position: LogPosition, in term: Term) -> Bool {
    position.term == term
  }

  /// a voter's log is not more up to date than that of the candidate (Raft §5.4.1).
  @inline(__always)
  package static func mayVote(
    forLogThatEndsAt candidateLast: LogPosition, withOwnEndingAt ownLast: LogPosition
  ) -> Bool { candidateLast >= ownLast }

  /// a replica applies the indexes in their order, without a gap.
  @inline(__always)
  package static func isNext(_ position: LogPosition, after applied: UInt64) -> Bool {
    position.index.number == applied + 1
  }
}
