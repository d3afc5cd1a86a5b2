import ConsensusCore
import DiscreteEvents
import Invariants
import PBFT

/// What one replica of PBFT accepted, prepared, committed, executed and signed.
package struct PBFTRecord: Facts {
  /// A digest at a sequence number of a view.
  struct Ballot: Hashable, Comparable, Sendable {
    let view: UInt64
    let sequence: UInt64
    let digest: UInt64

    init(_ view: View, _ sequence: SequenceNumber, _ digest: Digest) {
      self.view = view.number
      self.sequence = sequence.number
      self.digest = digest.value
    }

    static func < (left: Ballot, right: Ballot) -> Bool {
      (left.view, left.sequence, left.digest) < (right.view, right.sequence, right.digest)
    }

    func contradicts(_ other: Ballot) -> Bool {
      view == other.view && sequence == other.sequence && digest != other.digest
    }
  }

  var accepted: [Ballot] = []
  var prepared: [Ballot] = []
  var committed: [Ballot] = []
  var signedPrepares: [Ballot] = []
  var signedCommits: [Ballot] = []
  /// The digests of the batches executed, in order.
  var executed: [UInt64] = []
  /// By client, the timestamp that took effect last.
  var timestamps: [UInt64] = []
  /// The invariants that this replica broke by itself.
  package var breaches: [Breach] = []

  /// Nothing done yet.
  package init() {}

  mutating func breach(_ invariant: InvariantID, _ replica: ReplicaID, _ detail: String) {
    breaches.append(Breach(invariant, "replica \(replica) \(detail)"))
  }

  /// Adds a ballot to a list; answers false if the list has another digest for its place.
  static func add(_ ballot: Ballot, to list: inout [Ballot]) -> Bool {
    let isConsistent = !list.contains { $0.contradicts(ballot) }
    if !list.contains(ballot) {
      list.append(ballot)
      list.sort()
    }
    return isConsistent
  }
}

extension PBFTModel {
  /// P-2, P-3, P-4, P-8 to P-11: what one replica can break by itself.
  package func record(_ transition: Transition<Subject>, in record: inout PBFTRecord) {
    let id = transition.replica
    if transition.after.view < transition.before.view {
      record.breach(
        .p11, id, "went back from v\(transition.before.view) to v\(transition.after.view)")
    }
    for observation in transition.observations { enter(observation, of: transition, in: &record) }
    for message in transition.sends { enter(message, of: transition, in: &record) }
  }

  private func enter(
    _ observation: PBFTObservation, of transition: Transition<Subject>, in record: inout PBFTRecord
  ) {
    let id = transition.replica
    switch observation {
    case .accepted(let view, let sequence, let digest, _, let low):
      if !PBFTRecord.add(.init(view, sequence, digest), to: &record.accepted) {
        record.breach(.p8, id, "accepted two proposals at v\(view) n\(sequence)")
      }
      if !PBFTPredicates.isInWindow(sequence, above: low, window: configuration.window) {
        record.breach(.p9, id, "accepted n\(sequence) with h = \(low)")
      }
      checkView(view, "accepted a proposal", transition, &record)
    case .prepared(let view, let sequence, let digest):
      _ = PBFTRecord.add(.init(view, sequence, digest), to: &record.prepared)
      checkView(view, "prepared", transition, &record)
    case .committed(let view, let sequence, let digest, _, _):
      _ = PBFTRecord.add(.init(view, sequence, digest), to: &record.committed)
    case .executed(let sequence, let digest):
      if !PBFTPredicates.isNext(sequence, after: UInt64(record.executed.count)) {
        record.breach(.p2, id, "executed n\(sequence) after \(record.executed.count) others")
      }
      record.executed.append(digest.value)
    case .executedRequest(let request, _, let sequence):
      enter(request, at: sequence, of: id, in: &record)
    case .leftView, .enteredView, .tookCheckpoint, .stable, .transferred, .marked, .enteredEpoch,
      .heldRequests, .rejected:
      break
    }
  }

  private func enter(
    _ request: Request, at sequence: SequenceNumber, of id: ReplicaID, in record: inout PBFTRecord
  ) {
    if !request.isAuthentic(Verifier(keys: Self.keys)) || !requests.contains(request) {
      record.breach(.p3, id, "executed at n\(sequence) what no client asked")
    }
    let client = request.client.index
    while record.timestamps.count <= client { record.timestamps.append(0) }
    if !PBFTPredicates.mayTakeEffect(request.timestamp, after: record.timestamps[client]) {
      record.breach(.p4, id, "executed c\(client) t\(request.timestamp) again")
    }
    record.timestamps[client] = request.timestamp
  }

  private func enter(
    _ message: PBFTMessage<RoundRobin>, of transition: Transition<Subject>,
    in record: inout PBFTRecord
  ) {
    let id = transition.replica
    switch message {
    case .prepare(let vote):
      if !PBFTRecord.add(.init(vote.view, vote.sequence, vote.digest), to: &record.signedPrepares) {
        record.breach(.p8, id, "signed two PREPAREs at v\(vote.view) n\(vote.sequence)")
      }
      checkView(vote.view, "sent a PREPARE", transition, &record)
    case .commit(let vote):
      if !PBFTRecord.add(.init(vote.view, vote.sequence, vote.digest), to: &record.signedCommits) {
        record.breach(.p8, id, "signed two COMMITs at v\(vote.view) n\(vote.sequence)")
      }
      checkView(vote.view, "sent a COMMIT", transition, &record)
    case .viewChange(let message): check(message, of: id, in: &record)
    case .newView(let message): check(message, of: id, in: &record)
    case .request, .prePrepare, .reply, .checkpoint, .status, .committed, .fetch, .batch, .stable,
      .fetchState, .state:
      break
    }
  }

  /// P-10: nothing of a view that the replica had asked to leave before this step.
  private func checkView(
    _ view: View, _ step: String, _ transition: Transition<Subject>, _ record: inout PBFTRecord
  ) {
    guard !PBFTPredicates.mayAct(in: view, afterAskingFor: View(transition.before.view)) else {
      return
    }
    record.breach(.p10, transition.replica, "\(step) in v\(view) after asking to leave it")
  }

  /// P-13: the VIEW-CHANGE is valid, and no certificate that the replica has is missing.
  private func check(
    _ message: ViewChange, of id: ReplicaID, in record: inout PBFTRecord
  ) {
    if let problem = predicates.problem(of: message) {
      record.breach(.p13, id, "sent \(problem)")
    }
    for ballot in record.prepared
    where ballot.view < message.target.number && ballot.sequence > message.stable.sequence.number {
      let certificate = message.certificates.first {
        $0.proposal.sequence.number == ballot.sequence
      }
      if !PBFTPredicates.isProven(ballot.sequence, preparedIn: ballot.view, by: certificate) {
        record.breach(.p13, id, "asks for v\(message.target) without n\(ballot.sequence)")
      }
    }
  }

  /// P-12: the NEW-VIEW is what a quorum of VIEW-CHANGEs leads to.
  private func check(_ message: NewView, of id: ReplicaID, in record: inout PBFTRecord) {
    guard let problem = predicates.problem(of: message) else { return }
    record.breach(.p12, id, "sent a NEW-VIEW v\(message.view) that \(problem)")
  }

  // MARK: All replicas together

  /// P-1, P-5, P-6, P-7, P-15, P-17: what takes several replicas to break.
  package func judge(_ records: [PBFTRecord?]) -> [Breach] {
    var breaches: [Breach] = []
    let honest = records.indices.filter { records[$0] != nil }
    for first in honest {
      guard let one = records[first] else { continue }
      breaches += justify(one, of: first, among: records)
      for second in honest where second != first {
        guard let other = records[second] else { continue }
        breaches += compare(one, of: first, with: other, of: second)
      }
    }
    return breaches
  }

  /// P-6, P-15 and P-17: a quorum stands behind every step.
  private func justify(
    _ record: PBFTRecord, of id: Int, among records: [PBFTRecord?]
  ) -> [Breach] {
    var breaches: [Breach] = []
    for ballot in record.committed {
      let sequence = SequenceNumber(ballot.sequence)
      let prepared = records.count { $0?.prepared.contains(ballot) ?? false }
      let mayCommit = predicates.mayCommit(sequence, preparedBy: prepared)
      if !mayCommit || !predicates.commitsWithQuorum(sequence, preparedBy: prepared) {
        breaches.append(
          Breach(
            mayCommit ? .p17 : .p6,
            "replica \(id) committed v\(ballot.view) n\(ballot.sequence), "
              + "which \(prepared) honest replicas prepared"))
      }
    }
    for ballot in record.prepared {
      let primary = Int(ballot.view) % replicas
      let backups = records.indices.count {
        $0 != primary && records[$0]?.accepted.contains(ballot) ?? false
      }
      if !predicates.mayPrepare(SequenceNumber(ballot.sequence), acceptedBy: backups) {
        breaches.append(
          Breach(.p15, "replica \(id) prepared what \(backups) honest backups accepted"))
      }
    }
    return breaches
  }

  private func compare(
    _ one: PBFTRecord, of first: Int, with other: PBFTRecord, of second: Int
  ) -> [Breach] {
    var breaches: [Breach] = []
    for (left, right) in zip(one.executed, other.executed) where left != right && first < second {
      breaches.append(
        Breach(.p1, "replicas \(first) and \(second) executed different batches"))
    }
    for ballot in one.prepared {
      if first < second, let rival = other.prepared.first(where: { $0.contradicts(ballot) }) {
        breaches.append(
          Breach(
            .p5, "replicas \(first) and \(second) prepared different batches at v\(rival.view)"))
      }
    }
    for ballot in one.committed {
      let later = other.accepted.contains {
        $0.view > ballot.view && $0.sequence == ballot.sequence && $0.digest != ballot.digest
      }
      if later {
        breaches.append(
          Breach(
            .p7, "replica \(second) accepted another batch after replica \(first) committed"))
      }
    }
    return breaches
  }

  /// What a replica accepted, prepared and executed.
  package func outcome(_ record: PBFTRecord) -> String {
    func names(_ digests: [UInt64]) -> String {
      digests.map { Digest($0).short }.joined(separator: "+")
    }
    return "accepted \(names(record.accepted.map(\.digest))) prepared "
      + "\(names(record.prepared.map(\.digest))) executed \(names(record.executed))"
  }
}

extension Digest {
  /// The first four digits.
  var short: String { String(description.prefix(4)) }
}
