import ConsensusCore
import DiscreteEvents

/// What a replica collects on the way from one view to the next.
struct ViewChangeBook: Sendable {
  /// The VIEW-CHANGE with the highest target of every replica.
  private(set) var latest: [ViewChange?]
  /// What this replica holds against primaries, until a batch of a later view has executed: by
  /// then the NEW-VIEW that carried the complaints has been judged.
  private(set) var complaints: [SignedComplaint] = []
  /// Proofs that this replica found or was shown, one at most for each replica: one convicts it, and
  /// a liar can sign any number against itself.
  private(set) var evidence: [Evidence] = []
  /// View changes that this replica started since the last progress, by time-out or by joining others.
  ///
  /// PBFT §4.5.2 doubles the wait when a timer "expires". A view that ends by evidence, refusal or
  /// command was not too short, so it does not count. A joiner counts, as others' timers expired: a
  /// replica that joins each time would otherwise leave a view before its peers can finish there. A
  /// jump over several views is one view change.
  var failures = 0
  /// The view whose NEW-VIEW timer runs: asked for, or entered and without progress yet.
  var awaited: View?

  init(replicas: Int) { latest = Array(repeating: nil, count: replicas) }

  /// Complaints a message may carry: more could only come from a faulty sender.
  static let complaintLimit = 512

  mutating func complain(_ complaint: SignedComplaint) {
    guard !complaints.contains(where: { $0.view == complaint.view }),
      complaints.count < Self.complaintLimit
    else { return }
    complaints.append(complaint)
  }

  mutating func keep(_ proof: Evidence) {
    guard !evidence.contains(where: { $0.subject == proof.subject }) else { return }
    evidence.append(proof)
  }

  mutating func forgetComplaints(before view: View) {
    if complaints.isEmpty, evidence.isEmpty { return }
    complaints.removeAll { $0.view < view }
    evidence.removeAll { $0.view < view }
  }

  mutating func record(_ message: ViewChange) { latest[message.replica.index] = message }

  /// Forgets messages for views that are reached.
  mutating func reached(_ view: View) {
    for index in latest.indices {
      if let message = latest[index], message.target <= view { latest[index] = nil }
    }
  }

  /// A new membership votes anew.
  mutating func enterEpoch() {
    for index in latest.indices { latest[index] = nil }
  }

  /// The messages for exactly `target`, ascending by replica.
  func supporting(_ target: View) -> [ViewChange] {
    latest.compactMap { $0?.target == target ? $0 : nil }
  }

  /// The number of replicas that ask for `target` or a higher view.
  func count(from target: View) -> Int {
    latest.count { $0.map { $0.target >= target } ?? false }
  }

  /// The smallest view above `view` asked for, if at least `count` replicas other than `replica`
  /// ask for views above it (PBFT §4.5.2).
  func smallestTarget(above view: View, askedBy count: Int, without replica: ReplicaID) -> View? {
    var smallest: View?
    var replicas = 0
    for case .some(let message) in latest where message.target > view && message.replica != replica
    {
      replicas += 1
      smallest = smallest.map { min($0, message.target) } ?? message.target
    }
    return replicas >= count ? smallest : nil
  }
}

/// What a set of VIEW-CHANGEs implies; computed alike by the new primary and by every backup.
struct NewViewContent {
  /// The stable checkpoint with the highest sequence number, min-s.
  let stable: CheckpointProof
  /// What is proposed again: (n, d) for min-s < n <= max-s, ascending.
  let proposals: [(sequence: SequenceNumber, digest: Digest)]
  /// What the complaints and proofs say about the primaries left behind.
  let judgements: [Judgement]

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
    var heard: [(complaint: SignedComplaint, count: Int, last: ReplicaID)] = []
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
