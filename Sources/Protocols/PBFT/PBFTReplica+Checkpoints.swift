import ConsensusCore
import DiscreteEvents

/// Checkpoints, the watermarks that follow them, and the garbage that they free (PBFT §4.3).
extension PBFTReplica {
  // MARK: PBFT §4.3: a replica takes a checkpoint

  // Rule: PBFT 4.3-1, PBFT 4.3-2
  mutating func takeCheckpoint(into effects: inout Output) {
    assert(state.executed > checkpoints.stable.sequence)
    checkpoints.keep(state)
    effects.charge(.hash)
    effects.charge(.sign)
    effects.persist(.checkpoint(state))
    let vote = checkpointVote(for: state)
    effects.observe(.tookCheckpoint(state.executed, vote.digest))
    effects.send(.checkpoint(vote), to: peers)
    if state.nextMembership != nil { remindLater(into: &effects) }
    count(vote, into: &effects)
    if let unreachedCheckpoint, unreachedCheckpoint.sequence > checkpoints.stable.sequence,
      checkpoints.hasSnapshot(of: unreachedCheckpoint)
    {
      stabilise(unreachedCheckpoint, into: &effects)
    }
  }

  // Rule: PBFT 4.3-2
  func checkpointVote(for snapshot: ReplicatedState<Policy>) -> CheckpointVote {
    let digest = snapshot.digest
    return CheckpointVote(
      sequence: snapshot.executed, digest: digest, replica: id,
      signature: signer.sign(SignedContent.checkpoint(snapshot.executed, digest, id)))
  }

  // MARK: PBFT §4.3: a quorum makes a checkpoint stable

  // Rule: PBFT 4.3-3
  mutating func onCheckpoint(_ vote: CheckpointVote, into effects: inout Output) {
    effects.charge(.verify)
    let content = SignedContent.checkpoint(vote.sequence, vote.digest, vote.replica)
    guard verifier.isValid(vote.signature, of: Endpoint(vote.replica), over: content) else {
      return reject(.badSignature, from: Endpoint(vote.replica), into: &effects)
    }
    guard membership.set.contains(vote.replica) else {
      return reject(.notAMember, from: Endpoint(vote.replica), into: &effects)
    }
    count(vote, into: &effects)
  }

  mutating func count(_ vote: CheckpointVote, into effects: inout Output) {
    if let proof = checkpoints.add(vote, quorum: membership.quorum.certificate) {
      stabilise(proof, into: &effects)
    }
  }

  // Rule: PBFT 4.3-5, PBFT 4.3-6
  /// Acts on the proof of a stable checkpoint: collects garbage if this replica has reached it,
  /// otherwise remembers that it is behind.
  mutating func stabilise(_ proof: CheckpointProof, into effects: inout Output) {
    guard proof.sequence > checkpoints.stable.sequence else { return }
    guard checkpoints.hasSnapshot(of: proof) else {
      guard proof.sequence > state.executed, proof.sequence > unreachedCheckpoint?.sequence ?? .zero
      else {
        return
      }
      unreachedCheckpoint = proof
      remindLater(into: &effects)
      if proof.sequence > log.high { askForState(into: &effects) }
      return
    }
    assert(proof.sequence <= state.executed, "P-14: stable here is what executed here")
    checkpoints.becomeStable(proof)
    log.advance(to: proof.sequence)
    if let behind = unreachedCheckpoint, behind.sequence <= proof.sequence {
      unreachedCheckpoint = nil
    }
    effects.persist(.stable(proof))
    effects.observe(.stable(proof.sequence, proof.digest))
    if state.executed == proof.sequence, state.nextMembership != nil {
      Policy.endMembership(at: &self, into: &effects)
    }
    if isHandingOver, state.executed == proof.sequence { handOver(into: &effects) }
    replayEarly(into: &effects)
    executeReady(into: &effects)
    propose(into: &effects)
  }
}
