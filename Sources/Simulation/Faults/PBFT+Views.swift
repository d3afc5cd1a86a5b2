import ConsensusCore
import DiscreteEvents
import PBFT
import Simulator

// Falsified VIEW-CHANGEs, NEW-VIEWs and the certificates they carry.
extension ForgeryContext {
  /// As many replicas as form a certificate, the forger's neighbours first.
  func signers(count: Int, without excluded: ReplicaID?) -> ReplicaSet {
    var set = ReplicaSet()
    for step in 0..<replicas where set.count < count {
      let candidate = ReplicaID((replica.index + step) % replicas)
      if candidate != excluded { set.insert(candidate) }
    }
    return set
  }

  /// A certificate of plausible form for a batch that never prepared.
  mutating func inventedCertificate(
    at sequence: SequenceNumber, before target: View
  ) -> PreparedCertificate {
    let view = View(target.number > 0 ? target.number - 1 : 0)
    let proposal = Proposal(
      view: view, sequence: sequence, digest: Digest(draw.next()), signedBy: signer)
    let count = Quorum(replicas: replicas).certificate - 1
    return PreparedCertificate(
      proposal: proposal, proposer: replica, signers: signers(count: count, without: replica),
      aggregate: Signature(tag: draw.next()))
  }
}

// VIEW-CHANGEs that say more than they may.
extension ForgeryContext {
  /// A VIEW-CHANGE with certificates that have no place in it, or with more proofs of misconduct than
  /// anybody needs; all is signed as far as the accomplices can.
  mutating func overfullViewChange<Policy>(
    to target: View, in name: ReplicaID, like example: PBFTMessage<Policy>
  ) -> ViewChange {
    var message = ViewChange(
      epoch: 0, target: target, stable: .genesis, certificates: [], complaints: [], evidence: [],
      replica: name, signedBy: signer)
    if case .viewChange(let own) = example {
      message.epoch = own.epoch
      message.stable = own.stable
      message.certificates = own.certificates
    }
    switch choose(3) {
    case 0: misplaceCertificates(of: &message)
    case 1: message.certificates.append(misplacedCertificate(above: message.stable, target))
    default: message.evidence = floodOfEvidence(knownProposal(in: example))
    }
    message.signature = (signer(of: name) ?? signer).sign(message.content)
    return message
  }

  /// Moves the view or the window away from under certificates that are true.
  private mutating func misplaceCertificates(of message: inout ViewChange) {
    guard let last = message.certificates.last else {
      message.certificates = [misplacedCertificate(above: message.stable, message.target)]
      return
    }
    if choose(2) == 0 {
      message.target = View(
        last.proposal.view.number &- min(last.proposal.view.number, draw.below(2)))
    } else {
      message.stable = .genesis
    }
  }

  /// A certificate of the view asked for or a later one, or for a sequence number outside the window.
  private mutating func misplacedCertificate(
    above stable: CheckpointProof, _ target: View
  ) -> PreparedCertificate {
    let isLate = choose(2) == 0
    let view = isLate ? target.number &+ draw.below(3) : target.number &- min(target.number, 1)
    let sequence =
      isLate
      ? stable.sequence.following
      : choose(2) == 0
        ? SequenceNumber(draw.below(stable.sequence.number | 1)) : distant(stable.sequence)
    return colludedCertificate(at: sequence, in: View(view))
  }

  /// A certificate that names as many backups as it must, or the accomplices alone, with the signatures
  /// of those who lie: enough of them where liars are many.
  private mutating func colludedCertificate(
    at sequence: SequenceNumber, in view: View
  ) -> PreparedCertificate {
    let proposal = Proposal(
      view: view, sequence: sequence, digest: Digest(draw.next()), signedBy: signer)
    var backups = accomplices
    backups.remove(replica)
    let count = Quorum(replicas: replicas).certificate - 1
    if backups.count < count, choose(2) == 0 { backups = signers(count: count, without: replica) }
    var tag: UInt64 = 0
    backups.forEach { backup in
      let content = SignedContent.prepare(view, sequence, proposal.digest, backup)
      if let signer = signer(of: backup) { tag ^= signer.sign(content).tag }
    }
    return PreparedCertificate(
      proposal: proposal, proposer: replica, signers: backups, aggregate: Signature(tag: tag))
  }

  /// One proof again and again, one for each of many views of an accomplice, who can sign them all, or
  /// many that convince nobody.
  private mutating func floodOfEvidence(_ known: KnownProposal?) -> [Evidence] {
    let count = replicas + 1 + choose(32)
    let first = View(standing.view)
    let liar = accomplice
    let sort = choose(3)
    return (0..<UInt64(count)).map { number in
      switch sort {
      case 0: confession(of: liar, in: first)
      case 1: confession(of: liar, in: View(first.number &+ number))
      default: inventedEvidence(known)
      }
    }
  }

  /// A true proof against an accomplice: two proposals for one place, both signed.
  private func confession(of liar: ReplicaID, in view: View) -> Evidence {
    let proposals = [1, 2].map { (digest: UInt64) in
      Proposal(
        view: view, sequence: SequenceNumber(standing.executed &+ 1), digest: Digest(digest),
        signedBy: signer(of: liar) ?? signer)
    }
    return .equivocation(proposals[0], proposals[1], by: liar)
  }
}

extension ViewChange {
  /// The message falsified and signed again where the forger can.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> ViewChange? {
    var message = self
    switch forgery {
    case .tamper:
      message.certificates.removeAll()
    case .equivocate:
      guard context.isInOtherHalf, !certificates.isEmpty else { return nil }
      message.certificates.removeAll()
    case .wrongDigest:
      message.alterDigest(in: &context)
    case .badSignature:
      message.signature = context.spoilt(signature)
      return message
    case .impersonate:
      message.replica = context.victim
    case .staleView, .futureView:
      guard let other = target.forged(as: forgery) else { return nil }
      message.target = other
    case .inventedCertificate:
      message.certificates.removeAll()
      message.certificates.append(
        context.inventedCertificate(at: stable.sequence.next, before: target))
    }
    message.signature = context.signer.sign(message.content)
    return message
  }

  /// Changes the digest of the last prepared batch, or of the checkpoint when there is none.
  private mutating func alterDigest(in context: inout ForgeryContext) {
    guard let last = certificates.popLast() else {
      stable = CheckpointProof(
        sequence: stable.sequence, digest: context.altered(stable.digest),
        signers: stable.signers, aggregate: stable.aggregate)
      return
    }
    let proposal = Proposal(
      view: last.proposal.view, sequence: last.proposal.sequence,
      digest: context.altered(last.proposal.digest), signature: last.proposal.signature)
    certificates.append(
      PreparedCertificate(
        proposal: proposal, proposer: last.proposer, signers: last.signers,
        aggregate: last.aggregate))
  }
}

extension NewView {
  /// The message falsified and signed again where the forger can.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> NewView? {
    var message = self
    switch forgery {
    case .tamper:
      if message.proposals.popLast() == nil { message.propose(in: &context) }
    case .wrongDigest:
      let last = message.proposals.popLast()
      message.propose(at: last?.sequence, in: &context)
    case .equivocate:
      guard context.isInOtherHalf else { return nil }
      message.propose(in: &context)
    case .inventedCertificate:
      message.propose(in: &context)
    case .badSignature:
      message.signature = context.spoilt(signature)
      return message
    case .impersonate:
      message.replica = context.victim
    case .staleView, .futureView:
      guard let other = view.forged(as: forgery) else { return nil }
      message.view = other
    }
    message.signature = context.signer.sign(message.content)
    return message
  }

  /// Proposes a batch that no VIEW-CHANGE implies, after what is proposed already.
  private mutating func propose(
    at sequence: SequenceNumber? = nil, in context: inout ForgeryContext
  ) {
    let stable = viewChanges.map(\.stable.sequence).max() ?? .zero
    let next = sequence ?? proposals.last?.sequence.next ?? stable.next
    proposals.append(
      Proposal(
        view: view, sequence: next, digest: Digest(context.draw.next()), signedBy: context.signer))
  }
}

extension CommitCertificate {
  /// The certificate falsified together with the batch that it goes with.
  func forged(
    with batch: Batch, as forgery: Forgery, in context: inout ForgeryContext
  ) -> (certificate: CommitCertificate, batch: Batch)? {
    switch forgery {
    case .tamper, .wrongDigest:
      return batch.tampered(in: &context).map { (self, $0) }
    case .equivocate:
      guard context.isInOtherHalf else { return nil }
      return batch.alternative.map { (self, $0) }
    case .impersonate:
      return (self, batch.with(proposer: context.victim))
    case .badSignature:
      return (with(view: view, digest: digest, aggregate: context.spoilt(aggregate)), batch)
    case .staleView, .futureView:
      guard let other = view.forged(as: forgery) else { return nil }
      return (with(view: other, digest: digest, aggregate: aggregate), batch)
    case .inventedCertificate:
      guard let other = batch.alternative else { return nil }
      let forged = with(view: view, digest: other.digest, aggregate: context.spoilt(aggregate))
      return (forged, other)
    }
  }

  private func with(view: View, digest: Digest, aggregate: Signature) -> CommitCertificate {
    CommitCertificate(
      view: view, sequence: sequence, digest: digest, signers: signers, aggregate: aggregate)
  }
}

extension CheckpointProof {
  /// The proof falsified; it belongs to no view and names no sender.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> CheckpointProof? {
    switch forgery {
    case .tamper, .wrongDigest:
      with(digest: context.altered(digest), aggregate: aggregate)
    case .equivocate:
      context.isInOtherHalf ? with(digest: context.altered(digest), aggregate: aggregate) : nil
    case .badSignature:
      with(digest: digest, aggregate: context.spoilt(aggregate))
    case .inventedCertificate:
      CheckpointProof(
        sequence: SequenceNumber(sequence.number &+ 1), digest: context.altered(digest),
        signers: context.signers(
          count: Quorum(replicas: context.replicas).certificate, without: nil),
        aggregate: Signature(tag: context.draw.next()))
    case .impersonate, .staleView, .futureView: nil
    }
  }

  private func with(digest: Digest, aggregate: Signature) -> CheckpointProof {
    CheckpointProof(sequence: sequence, digest: digest, signers: signers, aggregate: aggregate)
  }
}
