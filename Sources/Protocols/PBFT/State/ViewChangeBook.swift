import ConsensusCore
import DiscreteEvents

/// What a replica collects on the way from one view to the next.
package struct ViewChangeBook: Sendable {
  /// The VIEW-CHANGE with the highest target of every replica.
  private(set) var latest: [ViewChange?]
  /// What this replica holds against primaries, until a batch of a later view has executed: by
  /// then the NEW-VIEW that carried the complaints has been judged.
  private(set) var complaints: [Complaint] = []
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

  // MARK: Model §4.2: complaints and proofs

  mutating func complain(_ complaint: Complaint) {
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

  // MARK: PBFT §4.4: VIEW-CHANGEs of all members

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

  // Rule: PBFT 4.4-13
  /// The messages for exactly `target`, ascending by replica.
  func supporting(_ target: View) -> [ViewChange] {
    latest.compactMap { $0?.target == target ? $0 : nil }
  }

  // MARK: PBFT §4.5.2: who asks for higher views

  /// The number of replicas that ask for `target` or a higher view.
  func count(from target: View) -> Int {
    latest.count { $0.map { $0.target >= target } ?? false }
  }

  // Rule: PBFT 4.5.2-5
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

extension ViewChangeBook: FieldHashable {
  package enum Field: UInt8, StateField {
    case latest, complaints, evidence, failures, awaited, senders
  }

  package static var readings: FieldSet<Field> { [.senders] }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .latest: hasher.add(latest)
    case .complaints: hasher.add(complaints)
    case .evidence: hasher.add(evidence)
    case .failures: hasher.add(failures)
    case .awaited: hasher.add(awaited)
    case .senders: hasher.add(latest.compactMap { $0?.replica })
    }
  }
}
