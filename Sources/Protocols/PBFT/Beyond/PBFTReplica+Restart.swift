import ConsensusCore
import DiscreteEvents

/// What a replica does after a crash; ``PBFTDurable`` names what survives.
extension PBFTReplica {
  // MARK: Beyond PBFT §4: a replica resumes from disk

  /// Resumes from disk: nothing that was promised before the crash is forgotten, and what the
  /// peers did meanwhile is asked for at once.
  mutating func restart(from durable: Durable, into effects: inout Output) {
    if let stored = durable.state {
      state = stored
      checkpoints.restore(stable: durable.stable, snapshots: durable.snapshots)
    } else {
      effects.persist(.state(state))
    }
    // Only a checkpoint's state is kept: what lies between checkpoints nobody else can vouch for.
    if state.executed == checkpoints.stable.sequence { checkpoints.keep(state) }
    view = max(durable.view, membership.firstView)
    log.advance(to: durable.stable.sequence)
    if let newView = durable.newView {
      follow(
        newView,
        NewViewContent(newView.viewChanges, quorum: membership.quorum, verifier: verifier))
    }
    for entry in durable.entries { restore(entry) }
    lastProposed = max(lastProposed, state.executed)
    if let own = durable.viewChange, own.target > view {
      phase = .changing(own.target)
      if own.epoch == membership.epoch { changes.record(own) }
    }
    effects.observe(.enteredView(view, primary: membership.primary(of: view), leads: leads))
    if isMember { Policy.restarted(&self, into: &effects) }
    // The power may have failed between the execution and its checkpoint, which the others may need.
    if state.executed > checkpoints.stable.sequence,
      state.executed.number % configuration.checkpointInterval == 0,
      !checkpoints.hasSnapshot(at: state.executed)
    {
      takeCheckpoint(into: &effects)
    }
    for snapshot in checkpoints.unstable where snapshot.executed > .zero {
      count(checkpointVote(for: snapshot), into: &effects)
    }
    remind(into: &effects)
    remindLater(into: &effects)
  }

  private mutating func restore(_ entry: PBFTDurable<Policy>.Entry) {
    guard log.contains(entry.sequence) else { return }
    let index = log.open(entry.sequence, in: view)
    log[index].certificate = entry.certificate
    log[index].certified = entry.certified
    if let certificate = entry.commitCertificate {
      log[index].commitCertificate = certificate
      log[index].decided = entry.certified
    }
    guard let proposal = entry.proposal, proposal.view == view else { return }
    log[index].proposal = proposal
    log[index].proposer = entry.proposer
    log[index].batch = entry.batch
    log[index].settle(on: proposal.digest)
    lastProposed = max(lastProposed, entry.sequence)
    if entry.proposer != id {
      let vote = prepareVote(for: proposal)
      log[index].sentPrepare = true
      _ = log[index].prepares.add(id, vote.digest, vote.signature)
    }
    if let certificate = entry.certificate, certificate.proposal == proposal {
      log[index].isPrepared = true
      log[index].prepares.signers = certificate.signers
      log[index].prepares.aggregate = certificate.aggregate
      log[index].prepares.count = certificate.signers.count
      let vote = commitVote(for: proposal)
      _ = log[index].commits.add(id, vote.digest, vote.signature)
    }
  }
}
