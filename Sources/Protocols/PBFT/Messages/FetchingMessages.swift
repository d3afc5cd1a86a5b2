import ConsensusCore
import DiscreteEvents

// What a replica that missed something sends and gets; the paper assumes eventual delivery.

/// A reminder: where a replica that waits without progress stands, so that others send what it
/// lacks.
///
/// Castro's thesis §5.2 has the same message; the OSDI paper assumes eventual delivery.
public struct Status: Hashable, Sendable {
  /// The sender's membership epoch.
  public var epoch: Int
  /// The last view it installed.
  public var view: View
  /// The view it wants, if it changes views.
  public var target: View?
  /// Its last stable checkpoint.
  public var stable: SequenceNumber
  /// The last sequence number it executed.
  public var executed: SequenceNumber

  /// Creates a status.
  public init(
    epoch: Int, view: View, target: View?, stable: SequenceNumber, executed: SequenceNumber
  ) {
    self.epoch = epoch
    self.view = view
    self.target = target
    self.stable = stable
    self.executed = executed
  }
}

/// A reminder from a replica without progress.
extension Status {
  var messageFingerprint: UInt64 {
    mix(
      mix(view.number ^ 0x09, executed.number),
      mix(stable.number, target?.number ?? .max) ^ UInt64(truncatingIfNeeded: epoch))
  }

  var messageSummary: String { "STATUS v\(view) n\(executed)" }
}

/// The messages that ask: for the body of a batch, or for the state at a stable checkpoint.
enum FetchMessage {
  static func fingerprint(
    _ sequence: SequenceNumber, _ digest: Digest, missedIn view: View?
  ) -> UInt64 {
    guard let view else { return mix(sequence.number ^ 0x0B, digest.value) }
    return mix(mix(sequence.number ^ 0x10B, view.number), digest.value)
  }

  static func fingerprint(ofStateAt sequence: SequenceNumber) -> UInt64 {
    mix(0x0E, sequence.number)
  }

  static func summary(
    _ sequence: SequenceNumber, _ digest: Digest, missedIn view: View?
  ) -> String {
    "FETCH n\(sequence) \(digest)" + (view.map { " missed in v\($0)" } ?? "")
  }

  static func summary(ofStateAt sequence: SequenceNumber) -> String {
    "FETCH-STATE n\(sequence)"
  }
}

/// The state after a stable checkpoint, for a replica that lags behind it (PBFT §4.3, §5.3).
public struct StateTransfer<Policy: LeaderPolicy>: Sendable {
  /// Why the state is right.
  public var proof: CheckpointProof
  /// The state; its digest is recomputed by the receiver.
  public var state: ReplicatedState<Policy>

  /// Creates a transfer.
  public init(proof: CheckpointProof, state: ReplicatedState<Policy>) {
    self.proof = proof
    self.state = state
  }
}

/// The state at a stable checkpoint.
extension StateTransfer {
  var messageFingerprint: UInt64 { mix(proof.fingerprint ^ 0x0F, state.digest.value) }

  /// The bytes in a message beyond the base.
  var carriedSize: ByteCount {
    .signedVote * proof.signers.count + ByteCount(24 * state.ledger.clientCount)
      + state.ledger.additionalSize
  }

  var messageSummary: String { "STATE n\(proof.sequence)" }
}

extension Status: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(epoch, view, target, stable, executed)
  }
}

extension StateTransfer: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(proof, state)
  }
}
