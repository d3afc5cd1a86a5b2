import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// Messages of a PBFT forger's own making: what it can sign together with its accomplices, about the
// sequence numbers and views that the run is at.
extension PBFTReplica {
  /// A message that no honest replica would send now.
  public static func invent(
    like example: Message, in context: inout ForgeryContext
  ) -> Message? {
    if case .state(let transfer) = example, context.choose(2) == 0 {
      return .state(
        StateTransfer(proof: transfer.proof, state: transfer.state.tampered(in: &context)))
    }
    let view = View(context.standing.view &+ context.draw.below(3))
    let sequence = SequenceNumber(context.standing.executed &+ context.draw.below(4))
    let digest: Digest =
      switch example {
      case .prePrepare(let proposal, _): proposal.digest
      case .prepare(let vote), .commit(let vote): vote.digest
      default: Digest(context.draw.next())
      }
    let name = context.accomplice
    switch context.choose(9) {
    case 0, 1:
      return vote(view, sequence, digest, in: name, as: context.choose(2) == 0, context)
    case 2:
      let known = context.knownProposal(in: example)
      return .viewChange(context.inventedViewChange(to: view, in: name, known))
    case 3:
      return .newView(context.inventedNewView(of: view, context.knownProposal(in: example)))
    case 4: return .committed(context.inventedCommit(view, sequence, .null), .null)
    case 5: return .viewChange(context.overfullViewChange(to: view, in: name, like: example))
    case 6, 7:
      // Half of them for a checkpoint that never comes: an endless stream that nothing clears away.
      let isFar = context.choose(2) == 0
      let sequence = isFar ? context.distant(sequence) : sequence
      let digest = isFar ? Digest(context.draw.next()) : digest
      let content = SignedContent.checkpoint(sequence, digest, name)
      return .checkpoint(
        CheckpointVote(
          sequence: sequence, digest: digest, replica: name,
          signature: (context.signer(of: name) ?? context.signer).sign(content)))
    default: return context.inventedPrePrepare(view, sequence, like: example)
    }
  }

  private static func vote(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, in name: ReplicaID,
    as isPrepare: Bool, _ context: ForgeryContext
  ) -> Message {
    let content =
      isPrepare
      ? SignedContent.prepare(view, sequence, digest, name)
      : SignedContent.commit(view, sequence, digest, name)
    let vote = Vote(
      view: view, sequence: sequence, digest: digest, replica: name,
      signature: (context.signer(of: name) ?? context.signer).sign(content),
      proposalSignature: .none)
    return isPrepare ? .prepare(vote) : .commit(vote)
  }
}

extension ForgeryContext {
  /// One of the Byzantine nodes.
  package var accomplice: ReplicaID {
    mutating get {
      let members = accomplices.members
      return members.isEmpty ? replica : members[choose(members.count)]
    }
  }

  /// A sequence number far behind `sequence`, near it or at the end of all.
  mutating func distant(_ sequence: SequenceNumber) -> SequenceNumber {
    let span = draw.next() >> draw.below(64)
    return SequenceNumber(max(sequence.number, sequence.number &+ span))
  }

  /// A PRE-PREPARE for an empty batch, or for true requests in a batch that names another view or
  /// another proposer than its PRE-PREPARE.
  mutating func inventedPrePrepare<Policy>(
    _ view: View, _ sequence: SequenceNumber, like example: PBFTMessage<Policy>
  ) -> PBFTMessage<Policy> {
    var (view, sequence) = (view, sequence)
    var body = Batch(proposer: replica, view: view, requests: [], judgements: [], changes: [])
    if case .prePrepare(let proposal, let batch) = example {
      let isOtherView = choose(2) == 0
      view = proposal.view
      sequence = choose(2) == 0 ? proposal.sequence : proposal.sequence.following
      body = Batch(
        proposer: isOtherView ? batch.proposer : victim,
        view: isOtherView ? mutated(batch.view) : batch.view, requests: batch.requests,
        judgements: batch.judgements, changes: batch.changes)
    }
    return .prePrepare(
      Proposal(view: view, sequence: sequence, digest: body.digest, signedBy: signer), body)
  }

  /// What the accomplices can sign of an aggregate over contents.
  func aggregate(_ content: (ReplicaID) -> UInt64) -> Signature {
    var tag: UInt64 = 0
    accomplices.forEach { if let signer = signer(of: $0) { tag ^= signer.sign(content($0)).tag } }
    return Signature(tag: tag)
  }

  mutating func inventedViewChange(
    to target: View, in name: ReplicaID, _ known: KnownProposal?
  ) -> ViewChange {
    let sequence = SequenceNumber(standing.executed &+ draw.below(3))
    let certificates =
      choose(2) == 0 ? [] : [inventedCertificate(at: sequence, before: target)]
    return ViewChange(
      epoch: 0, target: target, stable: .genesis, certificates: certificates, complaints: [],
      evidence: choose(2) == 0 ? [] : [inventedEvidence(known)], replica: name,
      signedBy: signer(of: name) ?? signer)
  }

  /// A NEW-VIEW carried by the accomplices' VIEW-CHANGEs and by some that nobody signed.
  mutating func inventedNewView(of view: View, _ known: KnownProposal?) -> NewView {
    let names = signers(count: Quorum(replicas: replicas).certificate, without: nil)
    var viewChanges: [ViewChange] = []
    for name in names.members {
      viewChanges.append(inventedViewChange(to: view, in: name, known))
    }
    let proposal = Proposal(
      view: view, sequence: SequenceNumber(standing.executed &+ 1), digest: Digest(draw.next()),
      signedBy: signer)
    return NewView(
      view: view, viewChanges: viewChanges, proposals: choose(2) == 0 ? [] : [proposal],
      replica: replica, signedBy: signer)
  }

  /// A commit certificate with the accomplices' signatures and everybody's names, or theirs alone.
  mutating func inventedCommit(
    _ view: View, _ sequence: SequenceNumber, _ batch: Batch
  ) -> CommitCertificate {
    let signers =
      choose(2) == 0
      ? accomplices : signers(count: Quorum(replicas: replicas).certificate, without: nil)
    return CommitCertificate(
      view: view, sequence: sequence, digest: batch.digest, signers: signers,
      aggregate: aggregate { SignedContent.commit(view, sequence, batch.digest, $0) })
  }
}
