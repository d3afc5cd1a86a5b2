import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// One field of a PBFT message changed, digested and signed again where the forger can.
extension PBFTReplica {
  /// Changes some field of an outgoing message.
  public static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool {
    context.maybeDivide()
    message = mutated(message, in: &context)
    return true
  }

  private static func mutated(_ message: Message, in context: inout ForgeryContext) -> Message {
    switch message {
    case .request(let request): return .request(context.mutated(request))
    case .prePrepare(let proposal, let batch):
      let (changed, body) = context.mutated(proposal, batch)
      return .prePrepare(changed, body)
    case .prepare(let vote): return .prepare(context.mutated(vote, SignedContent.prepare))
    case .commit(let vote): return .commit(context.mutated(vote, SignedContent.commit))
    case .reply(let reply): return .reply(context.mutated(reply))
    case .checkpoint(let vote): return .checkpoint(context.mutated(vote))
    case .viewChange(let viewChange): return .viewChange(context.mutated(viewChange))
    case .newView(let newView): return .newView(context.mutated(newView))
    case .status(let status): return .status(context.mutated(status))
    case .committed(let certificate, let batch):
      return context.choose(3) == 0
        ? .committed(certificate, context.mutated(batch))
        : .committed(context.mutated(certificate), batch)
    case .fetch(let sequence, let digest, let view):
      return context.choose(2) == 0
        ? .fetch(context.mutated(sequence), digest, missedIn: view)
        : .fetch(sequence, context.mutated(digest), missedIn: view)
    case .batch(let sequence, let batch, nil):
      return context.choose(2) == 0
        ? .batch(context.mutated(sequence), batch, of: nil)
        : .batch(sequence, context.mutated(batch), of: nil)
    case .batch(let sequence, let batch, let proposal?):
      let (changed, body) = context.mutated(proposal, batch)
      return .batch(sequence, context.choose(4) == 0 ? batch : body, of: changed)
    case .stable(let proof): return .stable(context.mutated(proof))
    case .fetchState(let sequence): return .fetchState(context.mutated(sequence))
    case .state(let transfer):
      return .state(context.mutated(transfer))
    }
  }
}

extension ForgeryContext {
  mutating func mutated(_ view: View) -> View { View(mutated(view.number)) }

  mutating func mutated(_ sequence: SequenceNumber) -> SequenceNumber {
    SequenceNumber(mutated(sequence.number))
  }

  /// Signs a changed content with the key of whom it names if that is an accomplice, else with the
  /// own key; one time in eight leaves the old signature.
  mutating func resigned(
    _ signature: Signature, _ content: UInt64, in name: ReplicaID
  ) -> Signature {
    if choose(8) == 0 { return signature }
    return (signer(of: name) ?? signer).sign(content)
  }

  mutating func mutated(_ proposal: Proposal, _ batch: Batch) -> (Proposal, Batch) {
    var (view, sequence, digest) = (proposal.view, proposal.sequence, proposal.digest)
    var body = batch
    switch choose(6) {
    case 0: view = mutated(view)
    case 1: sequence = mutated(sequence)
    case 2: digest = mutated(digest)
    default:
      body = mutated(batch)
      digest = body.digest
    }
    let signature = resigned(
      proposal.signature, SignedContent.proposal(view, sequence, digest), in: replica)
    return (Proposal(view: view, sequence: sequence, digest: digest, signature: signature), body)
  }

  mutating func mutated(_ batch: Batch) -> Batch {
    var (proposer, view, requests) = (batch.proposer, batch.view, batch.requests)
    var (judgements, changes) = (batch.judgements, batch.changes)
    switch choose(7) {
    case 0: proposer = choose(3) == 0 ? nil : mutated(replica)
    case 1: view = mutated(view)
    case 2, 3: requests = shuffled(requests)
    case 4:
      if let first = requests.first { requests[0] = mutated(first) }
    case 5:
      judgements.append(
        Judgement(
          view: View(draw.below(4)), subject: mutated(replica),
          finding: choose(2) == 0 ? .timedOut : .provenMalicious))
    default:
      changes =
        changes.isEmpty
        ? [MembershipChange(removed: mutated(ReplicaSet()), cleared: ReplicaSet())] : []
    }
    return Batch(
      proposer: proposer, view: view, requests: requests, judgements: judgements, changes: changes)
  }

  mutating func mutated(_ vote: Vote, _ content: Vote.Content) -> Vote {
    var vote = vote
    switch choose(5) {
    case 0: vote.view = mutated(vote.view)
    case 1: vote.sequence = mutated(vote.sequence)
    case 2: vote.digest = mutated(vote.digest)
    case 3: vote.replica = mutated(vote.replica)
    default: vote.proposalSignature = mutated(vote.proposalSignature)
    }
    vote.signature = resigned(
      vote.signature, content(vote.view, vote.sequence, vote.digest, vote.replica),
      in: vote.replica)
    return vote
  }

  mutating func mutated(_ vote: CheckpointVote) -> CheckpointVote {
    var vote = vote
    switch choose(3) {
    case 0: vote.sequence = mutated(vote.sequence)
    case 1: vote.digest = mutated(vote.digest)
    default: vote.replica = mutated(vote.replica)
    }
    vote.signature = resigned(
      vote.signature, SignedContent.checkpoint(vote.sequence, vote.digest, vote.replica),
      in: vote.replica)
    return vote
  }

  mutating func mutated(_ proof: CheckpointProof) -> CheckpointProof {
    let field = choose(4)
    return CheckpointProof(
      sequence: field == 0 ? mutated(proof.sequence) : proof.sequence,
      digest: field == 1 ? mutated(proof.digest) : proof.digest,
      signers: field == 2 ? mutated(proof.signers) : proof.signers,
      aggregate: field == 3 ? mutated(proof.aggregate) : proof.aggregate)
  }

  mutating func mutated(_ certificate: CommitCertificate) -> CommitCertificate {
    let field = choose(5)
    return CommitCertificate(
      view: field == 0 ? mutated(certificate.view) : certificate.view,
      sequence: field == 1 ? mutated(certificate.sequence) : certificate.sequence,
      digest: field == 2 ? mutated(certificate.digest) : certificate.digest,
      signers: field == 3 ? mutated(certificate.signers) : certificate.signers,
      aggregate: field == 4 ? mutated(certificate.aggregate) : certificate.aggregate)
  }

  mutating func mutated(_ certificate: PreparedCertificate) -> PreparedCertificate {
    let field = choose(6)
    let old = certificate.proposal
    let proposal = Proposal(
      view: field == 0 ? mutated(old.view) : old.view,
      sequence: field == 1 ? mutated(old.sequence) : old.sequence,
      digest: field == 2 ? mutated(old.digest) : old.digest, signature: old.signature)
    return PreparedCertificate(
      proposal: proposal,
      proposer: field == 3 ? mutated(certificate.proposer) : certificate.proposer,
      signers: field == 4 ? mutated(certificate.signers) : certificate.signers,
      aggregate: field == 5 ? mutated(certificate.aggregate) : certificate.aggregate)
  }

  mutating func mutated(_ status: Status) -> Status {
    var status = status
    switch choose(5) {
    case 0: status.epoch = mutated(status.epoch)
    case 1: status.view = mutated(status.view)
    case 2: status.target = status.target.map { mutated($0) } ?? mutated(status.view)
    case 3: status.stable = mutated(status.stable)
    default: status.executed = mutated(status.executed)
    }
    return status
  }

  mutating func mutated(_ viewChange: ViewChange) -> ViewChange {
    var message = viewChange
    switch choose(10) {
    case 0: message.epoch = mutated(message.epoch)
    case 1: message.target = mutated(message.target)
    case 2: message.stable = mutated(message.stable)
    case 3: message.certificates = shuffled(message.certificates)
    case 4:
      if message.certificates.isEmpty {
        message.certificates = [
          inventedCertificate(at: message.stable.sequence.following, before: message.target)
        ]
      } else {
        let place = choose(message.certificates.count)
        message.certificates[place] = mutated(message.certificates[place])
      }
    case 5: message.complaints = shuffled(message.complaints)
    case 6:
      message.complaints.append(
        Complaint(
          view: View(draw.below(4)), subject: mutated(replica),
          reason: choose(2) == 0 ? .timeout : .join))
    case 7: message.evidence = shuffled(message.evidence)
    case 8:
      message.evidence.append(
        inventedEvidence(message.certificates.last.flatMap { known($0.proposal) }))
    default: message.replica = mutated(message.replica)
    }
    message.signature = resigned(message.signature, message.content, in: message.replica)
    return message
  }

  mutating func mutated(_ newView: NewView) -> NewView {
    var message = newView
    switch choose(6) {
    case 0: message.view = mutated(message.view)
    case 1: message.viewChanges = shuffled(message.viewChanges)
    case 2:
      if !message.viewChanges.isEmpty {
        let place = choose(message.viewChanges.count)
        message.viewChanges[place] = mutated(message.viewChanges[place])
      }
    case 3: message.proposals = shuffled(message.proposals)
    case 4:
      let last = message.proposals.last
      let sequence = last?.sequence ?? SequenceNumber(draw.below(16))
      message.proposals.append(
        Proposal(
          view: message.view, sequence: mutated(sequence),
          digest: mutated(last?.digest ?? Digest(0)), signedBy: signer))
    default: message.replica = mutated(message.replica)
    }
    message.signature = resigned(message.signature, message.content, in: message.replica)
    return message
  }
}

extension SequenceNumber {
  /// The next number, 0 after the last.
  var following: SequenceNumber { SequenceNumber(number &+ 1) }
}
