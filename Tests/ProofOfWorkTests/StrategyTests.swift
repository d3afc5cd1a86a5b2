import ConsensusCore
import DiscreteEvents
import Testing

import ProofOfWork

/// A miner that keeps its first blocks to itself and shows them all at once: it lives outside the
/// module and uses only what is public.
private struct Withholder: MiningReplica {
  var miner: Miner
  var hidden: [Block] = []
  var limit = 3

  init(
    id: ReplicaID, configuration: MinerConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    miner = Miner(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
    miner.answersClients = false
  }

  var standing: Standing { miner.standing }

  mutating func step(
    _ input: Input<Withholder>, at now: VirtualTime, into effects: inout Effects<Withholder>
  ) {
    guard case .timeout(.mine) = input else {
      miner.handle(input, at: now, into: &effects)
      return
    }
    guard let block = miner.takeMinedBlock(at: now, into: &effects) else { return }
    miner.adopt(block, into: &effects)
    hidden.append(block)
    if hidden.count == limit {
      for block in hidden { miner.publish(block, into: &effects) }
      hidden.removeAll()
    }
    miner.maybeMine(at: now, into: &effects)
  }
}

@Suite("Other strategies are built around the miner")
struct StrategyTests {
  @Test("A withheld branch takes over the honest miner's when it is shown")
  func withholding() throws {
    var rogue = Withholder(
      id: ReplicaID(0), configuration: .paper, signer: signer(0), verifier: verifier,
      seed: Seed(1))
    var honest = makeMiner(1)
    let lost = chain(on: MinerConfiguration.paper.genesis, count: 2, by: 2)
    honest.receive(lost)
    var now = VirtualTime.zero
    var shown: [MinerMessage] = []
    var effects = Effects<Withholder>(replicas: 4, costs: .free)
    rogue.step(.start, at: now, into: &effects)
    for count in 1...3 {
      now = try #require(rogue.miner.race?.due)
      effects.clear()
      rogue.step(.timeout(.mine), at: now, into: &effects)
      #expect(effects.sends.count == (count == 3 ? 3 : 0))
      #expect(effects.records.count == 1)
      shown += effects.sends.map(\.message)
    }
    for message in shown {
      _ = honest.perform(.message(message, from: Endpoint(ReplicaID(0))), at: now)
    }
    #expect(honest.tip == rogue.miner.tip)
    #expect(honest.tip.height == 3)
    for block in lost { #expect(!honest.tree.isOnMainChain(block.id)) }
  }

  @Test("A miner of empty blocks is honest otherwise")
  func emptyBlocks() {
    var miner = makeMiner()
    _ = miner.receive(request(0, 1))
    var candidate = miner.candidate(at: seconds(10), nonce: 1)
    #expect(candidate.transactions.count == 1)
    candidate.transactions = []
    let empty = Block(candidate, provedBy: signer(0))
    var peer = makeMiner(1)
    #expect(peer.receive(.block(empty)).refusals.isEmpty)
    #expect(peer.tip == empty)
  }
}
