import ConsensusCore
import DiscreteEvents

/// What a set of VIEW-CHANGEs implies; computed alike by the new primary and by every backup.
struct NewViewContent {
  /// The stable checkpoint with the highest sequence number, min-s.
  let stable: CheckpointProof
  /// What is proposed again: (n, d) for min-s < n <= max-s, ascending.
  let proposals: [(sequence: SequenceNumber, digest: Digest)]
  /// What the complaints and proofs say about the primaries left behind.
  let judgements: [Judgement]

  // MARK: PBFT §4.4: min-s, max-s and O

  // Rule: PBFT 4.4-14, PBFT 4.4-15, PBFT 4.4-16, PBFT 4.4-17
  /// PBFT §4.4: for each n the certificate with the highest view, the null request in gaps.
  init(_ viewChanges: [ViewChange], quorum: Quorum, verifier: Verifier) {
    var stable = CheckpointProof.genesis
    for message in viewChanges where message.stable.sequence > stable.sequence {
      stable = message.stable
    }
    self.stable = stable
    let certificates = viewChanges.flatMap(\.certificates)
      .filter { $0.proposal.sequence > stable.sequence }
      .map(\.proposal)
    let last = certificates.map(\.sequence).max() ?? stable.sequence
    var best = [Proposal?](repeating: nil, count: Int(last.number - stable.sequence.number))
    for proposal in certificates {
      let index = Int(proposal.sequence.number - stable.sequence.number) - 1
      if best[index].map({ $0.view < proposal.view }) ?? true { best[index] = proposal }
    }
    proposals = best.enumerated().map { offset, proposal in
      (
        SequenceNumber(stable.sequence.number + UInt64(offset) + 1),
        proposal?.digest ?? Batch.null.digest
      )
    }
    judgements = Self.judge(viewChanges, quorum: quorum, verifier: verifier)
  }

  // MARK: Model §4.2: judgements

  // Rule: Paper III-B-7
  /// E3 needs first-hand complaints of f + 1 others, so that at least one is honest; E4 needs one
  /// valid proof (Model §4.2).
  ///
  /// Ascending by view, then subject.
  private static func judge(
    _ viewChanges: [ViewChange], quorum: Quorum, verifier: Verifier
  ) -> [Judgement] {
    var judgements: [Judgement] = []
    for evidence in viewChanges.flatMap(\.evidence) where evidence.isValid(verifier) {
      let judgement = Judgement(
        view: evidence.view, subject: evidence.subject, finding: .provenMalicious)
      if !judgements.contains(judgement) { judgements.append(judgement) }
    }
    // The last to complain: whoever repeats a complaint in one message counts once.
    var heard: [(complaint: Complaint, count: Int, last: ReplicaID)] = []
    for message in viewChanges {
      for complaint in message.complaints
      where complaint.subject != message.replica
        && (complaint.reason == .timeout || complaint.reason == .evidence)
      {
        if let index = heard.firstIndex(where: {
          $0.complaint.view == complaint.view && $0.complaint.subject == complaint.subject
        }) {
          if heard[index].last != message.replica { heard[index].count += 1 }
          heard[index].last = message.replica
        } else {
          heard.append((complaint, 1, message.replica))
        }
      }
    }
    for (complaint, count, _) in heard where count >= quorum.oneHonest {
      let isProven = judgements.contains {
        $0.view == complaint.view && $0.subject == complaint.subject
      }
      guard !isProven else { continue }
      judgements.append(
        Judgement(view: complaint.view, subject: complaint.subject, finding: .timedOut))
    }
    return judgements.sorted { ($0.view, $0.subject) < ($1.view, $1.subject) }
  }
}
