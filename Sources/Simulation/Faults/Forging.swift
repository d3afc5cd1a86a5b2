import ConsensusCore
import DiscreteEvents
import Simulator

// What forgers of all protocols have in common.
extension ForgeryContext {
  /// A word that differs from `word` and, but for chance, from every word that occurs.
  package mutating func altered(_ word: UInt64) -> UInt64 {
    let noise = draw.next()
    return word ^ (noise == 0 ? 1 : noise)
  }

  /// A digest of nothing that exists.
  package mutating func altered(_ digest: Digest) -> Digest { Digest(altered(digest.value)) }

  /// A signature that nobody made.
  package mutating func spoilt(_ signature: Signature) -> Signature {
    Signature(tag: altered(signature.tag))
  }

  /// The request with another operation, which its client did not sign.
  package mutating func altered(_ request: Request) -> Request {
    var forged = request
    forged.operation = altered(request.operation)
    return forged
  }

  /// The request in the name of the next client, who did not sign it.
  package func renamed(_ request: Request) -> Request {
    Request(
      client: ClientID(request.client.index + 1), timestamp: request.timestamp,
      operation: request.operation, operationBytes: request.operationBytes,
      signature: request.signature)
  }

  /// The replica whose identity is claimed: the next one in turn.
  package var victim: ReplicaID { ReplicaID((replica.index + 1) % max(replicas, 1)) }

  /// Whether the recipient belongs to the half that is told something else: odd numbers, so that
  /// all messages of a run, whoever forges them, divide the network alike.
  package var isInOtherHalf: Bool { recipient.word & 1 == 1 }
}

extension Reply {
  /// The reply with some fields changed.
  func with(
    replica: ReplicaID? = nil, result: Digest? = nil, view: UInt64? = nil
  ) -> Reply {
    Reply(
      client: client, timestamp: timestamp, replica: replica ?? self.replica,
      result: result ?? self.result, resultBytes: resultBytes, view: view ?? self.view,
      leader: leader, isExecuted: isExecuted)
  }

  /// The reply falsified, or nil where the forgery has no meaning: replies carry no signature.
  package func forged(as forgery: Forgery, in context: inout ForgeryContext) -> Reply? {
    switch forgery {
    case .tamper, .wrongDigest: with(result: context.altered(result))
    case .equivocate: context.isInOtherHalf ? with(result: context.altered(result)) : nil
    case .impersonate: with(replica: context.victim)
    case .staleView: view > 0 ? with(view: view - 1) : nil
    case .futureView: with(view: view &+ 1)
    case .badSignature, .inventedCertificate: nil
    }
  }
}

extension Request {
  /// The request falsified by somebody who passes it on, or nil where that has no meaning.
  package func forged(as forgery: Forgery, in context: inout ForgeryContext) -> Request? {
    switch forgery {
    case .tamper, .wrongDigest: return context.altered(self)
    case .equivocate: return context.isInOtherHalf ? context.altered(self) : nil
    case .impersonate: return context.renamed(self)
    case .badSignature:
      var forged = self
      forged.signature = context.spoilt(signature)
      return forged
    case .staleView, .futureView, .inventedCertificate: return nil
    }
  }
}
