import ConsensusCore
import DiscreteEvents
import ProofOfWork
import Simulator

/// How a miner's messages can be falsified.
///
/// A block of the forger's own can be proved again, as if the forger had searched with the altered
/// contents; of another miner's block the proof no longer fits, and everybody refuses it.
///
/// ```
/// tamper          a transaction that its client did not sign   badTransaction, badProof
/// wrongDigest     another nonce under the old proof            badProof
/// badSignature    a spoilt proof                               badProof
/// impersonate     the next miner's name, proved with own key   badProof
/// staleView       a timestamp before the genesis block         badTimestamp, badProof
/// futureView      a timestamp years ahead                      badTimestamp, badProof
/// ```
/// There is no equivocation: two blocks cost two proofs, and whoever has two may send both.
extension Miner: Forgeable {
  /// Falsifies one copy of an outgoing message.
  public static func forge(
    _ message: inout MinerMessage, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool {
    guard let forged = message.forged(as: forgery, in: &context) else { return false }
    message = forged
    return true
  }
}

extension MinerMessage {
  /// The message falsified, or nil where the forgery has no meaning.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> MinerMessage? {
    switch self {
    case .request(let request):
      return request.forged(as: forgery, in: &context).map { .request($0) }
    case .transaction(let request):
      return request.forged(as: forgery, in: &context).map { .transaction($0) }
    case .reply(let reply):
      return reply.forged(as: forgery, in: &context).map { .reply($0) }
    case .block(let block):
      return block.forged(as: forgery, in: &context).map { .block($0) }
    case .blocks(let wanted, let blocks):
      var forged: [Block] = []
      for block in blocks { forged.append(block.forged(as: forgery, in: &context) ?? block) }
      return forged == blocks ? nil : .blocks(wanted: wanted, forged)
    case .tip(let id, let height, let work):
      switch forgery {
      case .tamper, .wrongDigest:
        return .tip(id: context.altered(id), height: height, work: work)
      case .inventedCertificate:
        // More work than anybody has: whoever believes it asks for a block that does not exist.
        return .tip(
          id: context.altered(id), height: height &+ 1, work: ChainWork(hashes: UInt128(UInt64.max))
        )
      case .badSignature, .impersonate, .equivocate, .staleView, .futureView:
        return nil
      }
    case .getBlocks:
      return nil
    }
  }
}

extension Block {
  /// The block falsified, or nil where the forgery has no meaning.
  func forged(as forgery: Forgery, in context: inout ForgeryContext) -> Block? {
    var changed = template
    switch forgery {
    case .tamper:
      if let first = transactions.first {
        changed.transactions[0] = context.altered(first)
      } else {
        changed.transactions = [
          Request(
            client: ClientID(0), timestamp: .max, operation: context.draw.next(),
            operationBytes: 0, signature: Signature(tag: context.draw.next()))
        ]
      }
    case .staleView: changed.timestamp = VirtualTime(nanoseconds: -1)
    case .futureView: changed.timestamp = VirtualTime(nanoseconds: 1 << 60)
    case .impersonate:
      changed.miner = context.victim
      return Block(changed, provedBy: context.signer)
    case .wrongDigest:
      changed.nonce = context.altered(nonce)
      return Block(changed, workProof: workProof)
    case .badSignature: return Block(template, workProof: context.spoilt(workProof))
    case .equivocate, .inventedCertificate: return nil
    }
    return miner == context.replica
      ? Block(changed, provedBy: context.signer) : Block(changed, workProof: workProof)
  }

  private var nonce: UInt64 { template.nonce }
}
