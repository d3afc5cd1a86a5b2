import ConsensusCore
import PBFT

// What proves something in an epoch, apart from the checks of the protocol that is judged.
extension EpochRecord {
  /// Whether the batch committed: the COMMITs of q members (PBFT §4.2).
  func proves(_ certificate: CommitCertificate, _ verifier: Verifier) -> Bool {
    guard isQuorum(certificate.signers) else { return false }
    return verifier.isValid(aggregate: certificate.aggregate, of: certificate.signers) { signer in
      SignedContent.commit(
        certificate.view, certificate.sequence, certificate.digest, signer)
    }
  }

  /// Whether the batch prepared: the PRE-PREPARE of one member and the PREPAREs of q - 1 others (PBFT
  /// §4.2).
  func proves(_ certificate: PreparedCertificate, _ verifier: Verifier) -> Bool {
    let proposal = certificate.proposal
    var all = certificate.signers
    guard all.insert(certificate.proposer), isQuorum(all),
      proposal.isSigned(by: certificate.proposer, verifier)
    else { return false }
    return verifier.isValid(aggregate: certificate.aggregate, of: certificate.signers) { signer in
      SignedContent.prepare(proposal.view, proposal.sequence, proposal.digest, signer)
    }
  }

  /// Whether the checkpoint is stable: the CHECKPOINTs of q members, or the state before everything
  /// (PBFT §4.3).
  func proves(_ proof: CheckpointProof, _ verifier: Verifier) -> Bool {
    if proof.sequence.number == 0 {
      return proof.digest == Digest(0) && proof.signers.count == 0 && proof.aggregate == .none
    }
    guard isQuorum(proof.signers) else { return false }
    return verifier.isValid(aggregate: proof.aggregate, of: proof.signers) { signer in
      SignedContent.checkpoint(proof.sequence, proof.digest, signer)
    }
  }

  /// Whether these are at least q members and nobody else.
  private func isQuorum(_ signers: ReplicaSet) -> Bool {
    signers.count >= certificate && signers.intersection(members) == signers
  }
}
