import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("Difficulty")
struct DifficultyTests {
  @Test("The paper's machines take 25.0 s a block")
  func paperInterval() throws {
    let total = MinerConfiguration.paper.hashRates.reduce(0, +)
    let mean = try #require(MinerConfiguration.paper.difficulty.meanInterval(hashRate: total))
    #expect(abs(mean.inSeconds - 25.0) < 0.01)
    #expect(Difficulty(hashes: 1 << 24).meanInterval(hashRate: 0) == nil)
  }

  @Test(
    "The difficulty follows the elapsed time within a factor of four",
    arguments: [
      (elapsed: 100, hashes: 1000), (elapsed: 50, hashes: 2000), (elapsed: 200, hashes: 500),
      (elapsed: 25, hashes: 4000), (elapsed: 24, hashes: 4000), (elapsed: 0, hashes: 4000),
      (elapsed: -5, hashes: 4000), (elapsed: 400, hashes: 250), (elapsed: 401, hashes: 250),
      (elapsed: 9999, hashes: 250), (elapsed: 150, hashes: 666),
    ] as [(elapsed: Int64, hashes: UInt64)])
  func retarget(elapsed: Int64, hashes: UInt64) {
    let rule = Retargeting(interval: 10, targetInterval: .seconds(10))
    let next = rule.difficulty(after: Difficulty(hashes: 1000), elapsed: .seconds(elapsed))
    #expect(next == Difficulty(hashes: hashes))
  }

  @Test("The difficulty never falls below one hash nor overflows")
  func bounds() {
    let rule = Retargeting(interval: 10, targetInterval: .seconds(10))
    #expect(rule.difficulty(after: Difficulty(hashes: 1), elapsed: .seconds(400)).hashes == 1)
    #expect(rule.difficulty(after: Difficulty(hashes: .max), elapsed: .zero).hashes == .max)
  }

  @Test("Only the first block of a window changes the difficulty, and blocks must obey")
  func windows() throws {
    var configuration = MinerConfiguration.paper
    configuration.retargeting = Retargeting(interval: 3, targetInterval: .seconds(20))
    let old = configuration.difficulty
    let doubled = Difficulty(hashes: old.hashes * 2)
    var miner = makeMiner(0, configuration)
    let blocks = chain(on: configuration.genesis, count: 3)  // 10 s apart instead of 20 s
    miner.receive(blocks)
    #expect(miner.tip.height == 3)
    let tip = try #require(blocks.last)
    #expect(miner.receive(.block(block(on: tip))).refusals == [.wrongDifficulty])
    #expect(miner.candidate(at: seconds(40), nonce: 0).difficulty == doubled)
    let next = block(on: tip, difficulty: doubled)
    miner.receive([next])
    #expect(miner.tip == next)
    #expect(miner.candidate(at: seconds(50), nonce: 0).difficulty == doubled)
    #expect(
      miner.tree.tipWork == ChainWork(hashes: UInt128(old.hashes) * 3 + UInt128(doubled.hashes)))
  }

  @Test("Retargeting brings the interval from 25 s to the wanted 10 s")
  func convergence() {
    var configuration = MinerConfiguration.paper
    configuration.retargeting = Retargeting(interval: 100, targetInterval: .seconds(10))
    var network = MinerNetwork(configuration, delay: .milliseconds(1), seed: 5)
    network.run(untilHeight: 1500)
    let tree = network.miners[0].tree
    let span = tree.tip.timestamp - (tree.mainChain(at: 500)?.timestamp ?? .zero)
    let mean = span.inSeconds / Double(tree.tip.height - 500)
    // 1000 intervals: 1/sqrt(1000) of the mean from the draws, the same again from each target.
    #expect(abs(mean - 10) < 10 * 4 * 0.05)
  }
}
