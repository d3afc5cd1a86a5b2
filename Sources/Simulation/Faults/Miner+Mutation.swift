import ConsensusCore
import DiscreteEvents
import ProofOfWork
import Simulator

// One field of a miner's message changed; a block of its own is proved again.
extension Miner {
  /// Changes some field of an outgoing message.
  public static func mutate(
    _ message: inout MinerMessage, in context: inout ForgeryContext
  ) -> Bool {
    context.maybeDivide()
    switch message {
    case .request(let request): message = .request(context.mutated(request))
    case .transaction(let request): message = .transaction(context.mutated(request))
    case .reply(let reply): message = .reply(context.mutated(reply))
    case .block(let block): message = .block(context.mutated(block))
    case .getBlocks(let wanted, let locator):
      message =
        context.choose(2) == 0
        ? .getBlocks(wanted: context.mutated(wanted), locator: locator)
        : .getBlocks(wanted: wanted, locator: context.shuffled(locator))
    case .blocks(let wanted, var blocks):
      if blocks.isEmpty || context.choose(2) == 0 {
        message = .blocks(wanted: wanted, context.shuffled(blocks))
      } else {
        let place = context.choose(blocks.count)
        blocks[place] = context.mutated(blocks[place])
        message = .blocks(wanted: wanted, blocks)
      }
    case .tip(let id, let height, let work):
      switch context.choose(3) {
      case 0: message = .tip(id: context.mutated(id), height: height, work: work)
      case 1: message = .tip(id: id, height: context.mutated(height), work: work)
      default:
        let claimed = UInt128(context.mutated(UInt64(truncatingIfNeeded: work.hashes)))
        message = .tip(id: id, height: height, work: ChainWork(hashes: claimed))
      }
    }
    return true
  }
}

extension ForgeryContext {
  mutating func mutated(_ block: Block) -> Block {
    var changed = block.template
    let field = choose(8)
    switch field {
    case 0: changed.height = mutated(changed.height)
    case 1: changed.difficulty = Difficulty(hashes: max(1, mutated(changed.difficulty.hashes)))
    case 2: changed.miner = mutated(changed.miner)
    case 3:
      let instant = mutated(UInt64(bitPattern: changed.timestamp.nanoseconds))
      changed.timestamp = VirtualTime(nanoseconds: Int64(bitPattern: instant))
    case 4: changed.parent = mutated(changed.parent)
    case 5: changed.nonce = mutated(changed.nonce)
    case 6: changed.transactions = shuffled(changed.transactions)
    default:
      if let first = changed.transactions.first { changed.transactions[0] = mutated(first) }
    }
    // A proof costs work, and a block that is proved again is another block: the forger does that
    // only where nobody takes it, so that what it found is not counted twice.
    let isWrong = changed != block.template && field < 3
    return block.miner == replica && isWrong && block.isProved(verifier)
      ? Block(changed, provedBy: signer) : Block(changed, workProof: block.workProof)
  }
}
