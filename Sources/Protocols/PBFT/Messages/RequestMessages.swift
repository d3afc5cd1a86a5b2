import ConsensusCore
import DiscreteEvents

// What clients and replicas exchange, and the batches that hold it (PBFT §4.1). The contents are
// declared in ConsensusCore and in Ordered; here is what they are in a message.

/// <REQUEST, o, t, c>.
extension Request {
  @inline(__always)
  var messageFingerprint: UInt64 { mix(content ^ 0x01, signature.tag) }

  var messageSummary: String { "REQUEST c\(client) t\(timestamp)" }
}

/// <REPLY, v, t, c, i, r>.
extension Reply {
  @inline(__always)
  var messageFingerprint: UInt64 {
    mixingSize(
      into: mix(
        mix(result.value ^ 0x05, timestamp),
        mix(UInt64(truncatingIfNeeded: client.index), view)
          ^ UInt64(truncatingIfNeeded: replica.index)))
  }

  var messageSummary: String { "REPLY v\(view) c\(client) t\(timestamp)" }
}

/// The body of a batch, alone or with the proposal that its proposer signed.
extension Batch {
  func messageFingerprint(at sequence: SequenceNumber, of proposal: Proposal?) -> UInt64 {
    guard let proposal else { return mix(sequence.number ^ 0x0C, digest.value) }
    return mix(mix(sequence.number ^ 0x10C, proposal.fingerprint), digest.value)
  }

  /// The bytes in a message beyond the base.
  func carriedSize(_ sizes: MessageSizes) -> ByteCount {
    sizes.transaction * requests.count + ByteCount(operationBytes)
  }

  func messageSummary(at sequence: SequenceNumber, of proposal: Proposal?) -> String {
    "BATCH n\(sequence) \(digest)" + (proposal.map { " proposed in v\($0.view)" } ?? "")
  }
}
