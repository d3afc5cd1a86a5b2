import ConsensusCore
import DiscreteEvents
import PBFT

/// The invariants of PBFT over the steps and messages of a replica, each stated once.
///
/// The probe asks them of the events of a run, an exploration of what replicas did.
package struct PBFTPredicates: Sendable {
  let epochs: [EpochRecord]
  let verifier: Verifier
  /// L, the width of the watermark window.
  let window: UInt64

  init(epochs: [EpochRecord], verifier: Verifier, window: UInt64) {
    self.epochs = epochs
    self.verifier = verifier
    self.window = window
  }

  /// The invariants of a group whose membership never changes.
  package init(replicas: Int, liars: ReplicaSet, verifier: Verifier, window: UInt64) {
    var epoch = EpochRecord(members: ReplicaSet(firstReplicas: replicas), after: .zero)
    epoch.count(liars)
    self.init(epochs: [epoch], verifier: verifier, window: window)
  }

  /// The epoch that orders a sequence number, as far as it is known.
  private func epoch(at sequence: SequenceNumber) -> EpochRecord {
    epochs.last { $0.start < sequence.number } ?? epochs[0]
  }

  // MARK: Steps of one replica

  /// P-2: a replica executes the sequence numbers in their order, without a gap.
  @inline(__always)
  package static func isNext(_ sequence: SequenceNumber, after executed: UInt64) -> Bool {
    sequence.number == executed + 1
  }

  /// P-4: the requests of a client take effect in the order of their timestamps, each once.
  @inline(__always)
  package static func mayTakeEffect(_ timestamp: UInt64, after last: UInt64) -> Bool {
    timestamp > last
  }

  /// P-9: h < n <= h + L.
  @inline(__always)
  package static func isInWindow(
    _ sequence: SequenceNumber, above low: SequenceNumber, window: UInt64
  ) -> Bool {
    sequence > low && sequence.number <= low.number + window
  }

  /// P-10: a replica takes no step of the three phases in a view that it has asked to leave.
  @inline(__always)
  package static func mayAct(in view: View, afterAskingFor target: View) -> Bool { view >= target }

  // MARK: Quorums

  /// P-6: an honest replica prepared what commits, at least.
  package func mayCommit(_ sequence: SequenceNumber, preparedBy honest: Int) -> Bool {
    epoch(at: sequence).hasHonest(honest)
  }

  /// P-17: a quorum prepared what commits, all liars taken for granted.
  package func commitsWithQuorum(_ sequence: SequenceNumber, preparedBy honest: Int) -> Bool {
    epoch(at: sequence).hasQuorum(honest)
  }

  /// P-15: q - 1 backups accepted what prepares, all liars taken for granted.
  package func mayPrepare(_ sequence: SequenceNumber, acceptedBy backups: Int) -> Bool {
    epoch(at: sequence).hasBackups(backups)
  }

  /// Whether a quorum of the epoch that took the checkpoint vouches for it.
  func isBacked(_ proof: CheckpointProof) -> Bool {
    epoch(at: proof.sequence).proves(proof, verifier)
  }

  // MARK: VIEW-CHANGE

  /// P-13: what prepared at a sequence number in a view is proven by a certificate of that view or a
  /// later one.
  package static func isProven(
    _ sequence: UInt64, preparedIn view: UInt64, by certificate: PreparedCertificate?
  ) -> Bool {
    guard let proposal = certificate?.proposal else { return false }
    return proposal.sequence.number == sequence && proposal.view.number >= view
  }

  /// What is wrong with a VIEW-CHANGE by itself, if anything (P-13).
  package func problem(of message: ViewChange) -> String? {
    let name = "VIEW-CHANGE v\(message.target) of \(message.replica)"
    guard message.epoch < epochs.count else { return "\(name) is of an unknown epoch" }
    let epoch = epochs[message.epoch]
    guard
      verifier.isValid(message.signature, of: Endpoint(message.replica), over: message.content)
    else { return "\(name) has a wrong signature" }
    guard isBacked(message.stable) else { return "\(name) has no proof of its checkpoint" }
    var previous = message.stable.sequence
    for certificate in message.certificates {
      let proposal = certificate.proposal
      guard proposal.view < message.target else {
        return "\(name) holds a certificate of v\(proposal.view)"
      }
      guard proposal.sequence > previous,
        Self.isInWindow(proposal.sequence, above: message.stable.sequence, window: window)
      else { return "\(name) holds a certificate of n\(proposal.sequence), out of place" }
      guard epoch.proves(certificate, verifier) else {
        return "\(name) holds an invalid certificate of n\(proposal.sequence)"
      }
      previous = proposal.sequence
    }
    return nil
  }

  // MARK: NEW-VIEW

  /// What is wrong with a NEW-VIEW, if anything (P-12).
  package func problem(of newView: NewView) -> String? {
    let sender = Endpoint(newView.replica)
    guard verifier.isValid(newView.signature, of: sender, over: newView.content) else {
      return "has a wrong signature"
    }
    guard let epoch = newView.viewChanges.first?.epoch, epoch < epochs.count else {
      return "is of an unknown epoch"
    }
    var senders = ReplicaSet()
    for message in newView.viewChanges {
      guard message.target == newView.view, message.epoch == epoch,
        epochs[epoch].members.contains(message.replica), senders.insert(message.replica)
      else { return "counts a VIEW-CHANGE of \(message.replica) that it must not count" }
      if let problem = problem(of: message) { return "holds a wrong VIEW-CHANGE: \(problem)" }
    }
    guard senders.count >= epochs[epoch].certificate else {
      return "has \(senders.count) VIEW-CHANGEs"
    }
    let expected = Self.proposals(of: newView.viewChanges)
    guard expected.count == newView.proposals.count else {
      return "proposes \(newView.proposals.count) batches, not \(expected.count)"
    }
    for (proposal, (sequence, digest)) in zip(newView.proposals, expected) {
      guard proposal.sequence.number == sequence, proposal.digest == digest,
        proposal.view == newView.view, proposal.isSigned(by: newView.replica, verifier)
      else { return "proposes another batch at n\(sequence)" }
    }
    return nil
  }

  /// O, computed anew: for each sequence number above the highest stable checkpoint the certificate
  /// of the highest view, the null request in gaps (PBFT §4.4).
  private static func proposals(of viewChanges: [ViewChange]) -> [(UInt64, Digest)] {
    let low = viewChanges.map(\.stable.sequence.number).max() ?? 0
    var result: [(UInt64, Digest)] = []
    var views: [UInt64] = []
    for certificate in viewChanges.flatMap(\.certificates) {
      let proposal = certificate.proposal
      guard proposal.sequence.number > low else { continue }
      let index = Int(proposal.sequence.number - low) - 1
      while result.count <= index {
        result.append((low + UInt64(result.count) + 1, Batch.null.digest))
        views.append(0)
      }
      guard proposal.view.number + 1 > views[index] else { continue }
      views[index] = proposal.view.number + 1
      result[index].1 = proposal.digest
    }
    return result
  }
}
