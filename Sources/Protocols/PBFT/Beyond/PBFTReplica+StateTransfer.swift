import ConsensusCore
import DiscreteEvents

/// The state at a stable checkpoint, for a replica that is behind it (PBFT §5.3).
extension PBFTReplica {
  // MARK: Beyond PBFT §4.3: a replica learns of a stable checkpoint

  mutating func onStable(
    _ proof: CheckpointProof, from sender: Endpoint, into effects: inout Output
  ) {
    effects.charge(.verify, count: proof.signers.count)
    guard proof.sequence > checkpoints.stable.sequence else { return }
    if proof.isValid(in: membership, verifier) {
      stabilise(proof, into: &effects)
    } else if !proof.isVouched(in: membership, verifier) {
      return reject(.badCertificate, from: sender, into: &effects)
    }
    guard proof.sequence > state.executed else { return }
    effects.send(.fetchState(proof.sequence), to: .one(sender))
  }

  func askForState(into effects: inout Output) {
    guard let unreachedCheckpoint else { return }
    let holders = unreachedCheckpoint.signers.members.filter { $0 != id }
    guard !holders.isEmpty else { return }
    let turn = Int(truncatingIfNeeded: unreachedCheckpoint.sequence.number &+ UInt64(id.index))
    effects.send(
      .fetchState(unreachedCheckpoint.sequence), to: .one(Endpoint(holders[turn % holders.count])))
  }

  // MARK: Beyond PBFT §4.3: the state is handed over

  mutating func onFetchState(from sender: Endpoint, into effects: inout Output) {
    guard let stableState = checkpoints.stableState, checkpoints.stable.sequence > .zero else {
      return
    }
    effects.send(
      .state(StateTransfer(proof: checkpoints.stable, state: stableState)), to: .one(sender))
  }

  // Rule: PBFT 4.4-22
  /// Takes over a state that a quorum of the state's own membership vouches for; if this replica
  /// missed epochs, f + 1 of the membership it knows must be in that quorum.
  ///
  /// Members only leave, so that all of the quorum are members here as well. Hence a replica finds back
  /// over any number of epochs as long as the quorum of the last exceeds the f of the one it knows: from
  /// ten members to five, not to four.
  ///
  /// Deviation: beyond that it stays behind until its operator restores it. A chain of CONFIG blocks
  /// with their commit certificates would prove each membership by the one before; nobody keeps it.
  mutating func onState(
    _ transfer: StateTransfer<Policy>, from sender: Endpoint, into effects: inout Output
  ) {
    let proof = transfer.proof
    effects.charge(.hash)
    effects.charge(.verify, count: proof.signers.count)
    guard proof.sequence > state.executed else { return }
    guard transfer.state.executed == proof.sequence,
      transfer.state.recomputedDigest == proof.digest,
      proof.isValid(in: transfer.state.membership, verifier),
      transfer.state.membership == membership || proof.isVouched(in: membership, verifier)
    else { return reject(.badCertificate, from: sender, into: &effects) }
    let epoch = membership.epoch
    let effective = state.ledger.executed
    state.adopt(transfer.state)
    requests.dropExecuted(by: state.ledger)
    effects.persist(.state(state))
    effects.observe(.transferred(proof.sequence, proof.digest))
    checkpoints.keep(state)
    if membership.epoch == epoch {
      stabilise(proof, into: &effects)
    } else {
      startAnew(at: proof, into: &effects)
    }
    lastProposed = max(lastProposed, state.executed)
    // The window may have been too low for what the NEW-VIEW proposes again.
    if phase == .normal, let installedBy, installedBy.view == view {
      for proposal in installedBy.proposals where proposal.sequence > state.executed {
        acceptAgain(proposal, by: installedBy.replica, into: &effects)
      }
    }
    executeReady(into: &effects)
    if state.ledger.executed > effective { endAwaiting(into: &effects) }
    restartRequestTimer(into: &effects)
    // What committed after the checkpoint is missing as well.
    if isMember { effects.send(.status(status), to: .one(sender)) }
  }

  /// Enters the membership of a transferred state.
  ///
  /// Its checkpoint becomes stable first: a VIEW-CHANGE of the new epoch must not speak of a
  /// checkpoint below what this replica holds (P-13).
  private mutating func startAnew(at proof: CheckpointProof, into effects: inout Output) {
    checkpoints.becomeStable(proof)
    log.advance(to: proof.sequence)
    if let behind = unreachedCheckpoint, behind.sequence <= proof.sequence {
      unreachedCheckpoint = nil
    }
    effects.persist(.stable(proof))
    effects.observe(.stable(proof.sequence, proof.digest))
    Policy.changedMembership(at: &self, into: &effects)
  }
}
