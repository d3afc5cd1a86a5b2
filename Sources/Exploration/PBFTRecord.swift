import ConsensusCore
import DiscreteEvents
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

  mutating func breach(_ invariant: String, _ replica: ReplicaID, _ detail: String) {
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
  package func record(_ deed: Deed<Subject>, in record: inout PBFTRecord) {
    let id = deed.replica
    if deed.after.view < deed.before.view {
      record.breach("P-11", id, "went back from v\(deed.before.view) to v\(deed.after.view)")
    }
    for observation in deed.observations { enter(observation, of: deed, in: &record) }
    for message in deed.sends { enter(message, of: deed, in: &record) }
  }

  private func enter(
    _ observation: PBFTObservation, of deed: Deed<Subject>, in record: inout PBFTRecord
  ) {
    let id = deed.replica
    switch observation {
    case .accepted(let view, let sequence, let digest, _, let low):
      if !PBFTRecord.add(.init(view, sequence, digest), to: &record.accepted) {
        record.breach("P-8", id, "accepted two proposals at v\(view) n\(sequence)")
      }
      if sequence <= low || sequence.number > low.number + configuration.window {
        record.breach("P-9", id, "accepted n\(sequence) with h = \(low)")
      }
      checkView(view, "accepted a proposal", deed, &record)
    case .prepared(let view, let sequence, let digest):
      _ = PBFTRecord.add(.init(view, sequence, digest), to: &record.prepared)
      checkView(view, "prepared", deed, &record)
    case .committed(let view, let sequence, let digest, _, _):
      _ = PBFTRecord.add(.init(view, sequence, digest), to: &record.committed)
    case .executed(let sequence, let digest):
      if sequence.number != UInt64(record.executed.count) + 1 {
        record.breach("P-2", id, "executed n\(sequence) after \(record.executed.count) others")
      }
      record.executed.append(digest.value)
    case .executedRequest(let request, _, let sequence):
      enter(request, at: sequence, of: id, in: &record)
    case .leftView, .enteredView, .tookCheckpoint, .stable, .transferred, .marked, .enteredEpoch,
      .rejected:
      break
    }
  }

  private func enter(
    _ request: Request, at sequence: SequenceNumber, of id: ReplicaID, in record: inout PBFTRecord
  ) {
    if !request.isAuthentic(Verifier(keys: Self.keys)) || !requests.contains(request) {
      record.breach("P-3", id, "executed at n\(sequence) what no client asked")
    }
    let client = request.client.index
    while record.timestamps.count <= client { record.timestamps.append(0) }
    if request.timestamp <= record.timestamps[client] {
      record.breach("P-4", id, "executed c\(client) t\(request.timestamp) again")
    }
    record.timestamps[client] = request.timestamp
  }

  private func enter(
    _ message: PBFTMessage<NoOversight>, of deed: Deed<Subject>, in record: inout PBFTRecord
  ) {
    let id = deed.replica
    switch message {
    case .prepare(let vote):
      if !PBFTRecord.add(.init(vote.view, vote.sequence, vote.digest), to: &record.signedPrepares) {
        record.breach("P-8", id, "signed two PREPAREs at v\(vote.view) n\(vote.sequence)")
      }
      checkView(vote.view, "sent a PREPARE", deed, &record)
    case .commit(let vote):
      if !PBFTRecord.add(.init(vote.view, vote.sequence, vote.digest), to: &record.signedCommits) {
        record.breach("P-8", id, "signed two COMMITs at v\(vote.view) n\(vote.sequence)")
      }
      checkView(vote.view, "sent a COMMIT", deed, &record)
    case .viewChange(let message): check(message, of: id, in: &record)
    case .newView(let message): check(message, of: id, in: &record)
    case .request, .prePrepare, .reply, .checkpoint, .status, .committed, .fetch, .batch, .stable,
      .fetchState, .state:
      break
    }
  }

  /// P-10: nothing of a view that the replica had asked to leave before this step.
  private func checkView(
    _ view: View, _ deedName: String, _ deed: Deed<Subject>, _ record: inout PBFTRecord
  ) {
    guard view.number < deed.before.view else { return }
    record.breach("P-10", deed.replica, "\(deedName) in v\(view) after asking to leave it")
  }

  /// P-13: every certificate is valid and of an earlier view, and none that the replica has is
  /// missing.
  private func check(
    _ message: ViewChange, of id: ReplicaID, in record: inout PBFTRecord
  ) {
    let (membership, verifier) = (Membership(replicas: replicas), Verifier(keys: Self.keys))
    for certificate in message.certificates
    where !certificate.isValid(in: membership, verifier)
      || certificate.proposal.view >= message.target
    {
      record.breach("P-13", id, "asks for v\(message.target) with a certificate that is none")
    }
    for ballot in record.prepared
    where ballot.view < message.target.number && ballot.sequence > message.stable.sequence.number {
      let isProven = message.certificates.contains {
        $0.proposal.sequence.number == ballot.sequence && $0.proposal.view.number >= ballot.view
      }
      if !isProven {
        record.breach("P-13", id, "asks for v\(message.target) without n\(ballot.sequence)")
      }
    }
  }

  /// P-12: VIEW-CHANGEs of q replicas for this view, and for each sequence number the digest of the
  /// certificate of the highest view.
  private func check(_ message: NewView, of id: ReplicaID, in record: inout PBFTRecord) {
    let quorum = Quorum(replicas: replicas)
    let senders = ReplicaSet(message.viewChanges.map(\.replica))
    if senders.count < quorum.certificate || senders.count != message.viewChanges.count
      || message.viewChanges.contains(where: { $0.target != message.view })
    {
      record.breach("P-12", id, "installs v\(message.view) without a quorum")
    }
    let certificates = message.viewChanges.flatMap(\.certificates).map(\.proposal)
    for proposal in message.proposals {
      let same = certificates.filter { $0.sequence == proposal.sequence }
      let highest = same.max { $0.view < $1.view }
      if proposal.digest != highest?.digest ?? Batch.null.digest {
        record.breach("P-12", id, "proposes another digest at n\(proposal.sequence) again")
      }
    }
    let proposed = Set(message.proposals.map(\.sequence.number))
    if certificates.contains(where: { !proposed.contains($0.sequence.number) }) {
      record.breach("P-12", id, "leaves out a certificate in v\(message.view)")
    }
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
    let quorum = Quorum(replicas: replicas)
    let liars = byzantine.count
    for ballot in record.committed {
      let prepared = records.count { $0?.prepared.contains(ballot) ?? false }
      if prepared < max(quorum.oneHonest, quorum.certificate - liars) {
        breaches.append(
          Breach(
            prepared < quorum.oneHonest ? "P-6" : "P-17",
            "replica \(id) committed v\(ballot.view) n\(ballot.sequence), "
              + "which \(prepared) honest replicas prepared"))
      }
    }
    for ballot in record.prepared {
      let primary = Int(ballot.view) % replicas
      let backups = records.indices.count {
        $0 != primary && records[$0]?.accepted.contains(ballot) ?? false
      }
      if backups < quorum.certificate - 1 - liars {
        breaches.append(
          Breach("P-15", "replica \(id) prepared what \(backups) honest backups accepted"))
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
        Breach("P-1", "replicas \(first) and \(second) executed different batches"))
    }
    for ballot in one.prepared {
      if first < second, let rival = other.prepared.first(where: { $0.contradicts(ballot) }) {
        breaches.append(
          Breach(
            "P-5", "replicas \(first) and \(second) prepared different batches at v\(rival.view)"))
      }
    }
    for ballot in one.committed {
      let later = other.accepted.contains {
        $0.view > ballot.view && $0.sequence == ballot.sequence && $0.digest != ballot.digest
      }
      if later {
        breaches.append(
          Breach(
            "P-7", "replica \(second) accepted another batch after replica \(first) committed"))
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
