import ConsensusCore
import DiscreteEvents

/// What a replica does with proofs of misconduct and with the sheet (Paper §III-B).
extension PBFTReplica {
  // MARK: Paper §III-B: a proof ends the view

  // Rule: Paper III-B-6
  /// Leaves the view of a primary that provably misbehaved, without waiting for the timer
  /// (Paper §III-B: "the view-change protocol should be launched immediately").
  mutating func convict(_ evidence: Evidence, into effects: inout Output) {
    changes.keep(evidence)
    // What others than the primary sign is their guilt, and no reason to leave the primary's view.
    guard phase == .normal, evidence.view == view, evidence.subject == blamed.subject else {
      return
    }
    startViewChange(to: nextView(after: view), reason: .evidence, into: &effects)
  }

  // MARK: Paper §III-C: a backup looks the proposer up

  // Rule: Paper III-B-2, Paper III-C-3
  mutating func lookUp(_ proposer: ReplicaID, into effects: inout Output) {
    effects.charge(.sheet)
    guard !state.oversight.knows(proposer), identified.insert(proposer) else { return }
    effects.charge(.identity)
  }
}
