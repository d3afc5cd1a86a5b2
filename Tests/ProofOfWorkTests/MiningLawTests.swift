import ConsensusCore
import DiscreteEvents
import Foundation
import Testing

@testable import ProofOfWork

@Suite("The race (W-7, W-8)")
struct MiningLawTests {
  @Test("Block intervals are exponential with mean 25.0 s", arguments: [1, 2, 3] as [UInt64])
  func intervals(seed: UInt64) {
    var network = MinerNetwork(.paper, delay: .zero, seed: seed)
    network.run(untilHeight: 2500)
    let tree = network.miners[0].tree
    let times = (0...2500).compactMap { tree.mainChain(at: UInt64($0))?.timestamp }
    let intervals = zip(times.dropFirst(), times).map { ($0 - $1).inSeconds }.sorted()
    let mean = Double(1 << 24) / 671_000
    let count = Double(intervals.count)
    #expect(intervals.count == 2500)
    #expect(abs(intervals.reduce(0, +) / count - mean) < 4 * mean / count.squareRoot())
    var distance = 0.0
    for (index, interval) in intervals.enumerated() {
      let law = 1 - exp(-interval / mean)
      distance = max(distance, law - Double(index) / count, Double(index + 1) / count - law)
    }
    #expect(distance < 1.63 / count.squareRoot())
  }

  @Test("Shares of the chain are proportional to hash power")
  func shares() {
    var configuration = MinerConfiguration(
      hashRates: [50_000, 100_000, 150_000, 371_000], peers: .everyone)
    configuration.difficulty = Difficulty(hashes: 1 << 20)
    var network = MinerNetwork(configuration, delay: .zero, seed: 11)
    network.run(untilHeight: 4000)
    let tree = network.miners[0].tree
    let total = Double(tree.tip.height)
    for (index, rate) in configuration.hashRates.enumerated() {
      let count = (1...tree.tip.height).count { tree.mainChain(at: $0)?.miner.index == index }
      let share = Double(rate) / 671_000
      let deviation = (total * share * (1 - share)).squareRoot()
      #expect(abs(Double(count) - total * share) < 4 * deviation)
    }
  }

  /// The rate for n equal miners, delay D and mean interval T is (n - 1) / n x D / (T + D).
  ///
  /// Blocks of the n - 1 others within D of the first at a height are lost. For two miners this is
  /// the exact result of Sompolinsky and Zohar (2015), for many it is D / (T + D).
  @Test(
    "The stale rate is that of the delay", arguments: [(2, 1), (2, 5), (4, 1), (4, 3), (8, 2)])
  func staleRate(replicas: Int, delaySeconds: Int64) {
    var configuration = MinerConfiguration(
      hashRates: Array(repeating: 1_000_000 / UInt64(replicas), count: replicas), peers: .everyone)
    configuration.difficulty = Difficulty(hashes: 10_000_000)
    let delay = VirtualDuration.seconds(delaySeconds)
    var network = MinerNetwork(configuration, delay: delay, seed: UInt64(replicas))
    network.run(untilHeight: 3000)
    let mined = network.minedBlocks
    let main = Int(network.miners[0].tip.height)
    let inFlight = mined.count { network.now - $0.timestamp < delay + delay + delay }
    let stale = Double(mined.count - main)
    let share = Double(replicas - 1) / Double(replicas)
    let rate = share * delay.inSeconds / (10 + delay.inSeconds)
    let deviation = (Double(mined.count) * rate * (1 - rate)).squareRoot()
    #expect(abs(stale - Double(mined.count) * rate) < 4 * deviation + Double(inFlight))
  }

  @Test("Every mined block is on the main chain, stale, or under way (W-7)")
  func conservation() {
    var configuration = MinerConfiguration.paper
    configuration.difficulty = Difficulty(hashes: 1 << 21)
    var network = MinerNetwork(configuration, delay: .seconds(1), seed: 3)
    network.run(until: seconds(3000))
    let mined = network.minedBlocks
    for miner in network.miners {
      let main = mined.count { miner.tree.isOnMainChain($0.id) }
      let stale = mined.count { miner.tree.contains($0.id) && !miner.tree.isOnMainChain($0.id) }
      let underWay = mined.count { !miner.tree.contains($0.id) }
      #expect(main == Int(miner.tip.height))
      #expect(stale > 0)
      #expect(main + stale + underWay == mined.count)
      for block in mined where !miner.tree.contains(block.id) {
        #expect(network.now - block.timestamp < .seconds(1))
      }
    }
  }

  @Test("A draw depends on miner, parent and attempt alone")
  func keyedDraws() throws {
    let genesis = MinerConfiguration.paper.genesis
    let blocks = chain(on: genesis, count: 2)
    var direct = makeMiner()
    direct.receive(blocks)
    var detour = makeMiner()
    _ = detour.perform(.start, at: .zero)
    detour.receive([block(on: genesis, nonce: 7)])
    detour.receive(blocks)
    #expect(direct.race == detour.race)
    #expect(direct.race?.attempt == 0)
    var effects = Effects<Miner>(replicas: 4, costs: .free)
    direct.startRace(at: seconds(3600), into: &effects)
    #expect(direct.race?.attempt == 1)
    #expect(direct.race?.due != detour.race?.due)
    var other = makeMiner(1)
    other.receive(blocks)
    #expect(other.race?.due != detour.race?.due)
  }

  @Test("A race that lost its parent yields no block")
  func staleTimeout() throws {
    let genesis = MinerConfiguration.paper.genesis
    var miner = makeMiner()
    _ = miner.perform(.start, at: seconds(3599))
    miner.receive([block(on: genesis)])
    let due = try #require(miner.race?.due)
    let early = VirtualTime(nanoseconds: due.nanoseconds - 1)
    let nothing = miner.perform(.timeout(.mine), at: early)
    #expect(nothing.sends.isEmpty && nothing.observations.isEmpty)
    #expect(nothing.timers.map(\.duration) == [VirtualDuration(nanoseconds: 1)])
    let output = miner.perform(.timeout(.mine), at: due)
    #expect(output.sent("block").count == 1)
    #expect(miner.tip.height == 2)
    #expect(miner.tip.miner == ReplicaID(0))
    #expect(miner.tip.timestamp == due)
  }

  @Test("A node without hash power follows and never mines")
  func follower() {
    let configuration = MinerConfiguration(hashRates: [0, 671_000], peers: .everyone)
    var network = MinerNetwork(configuration, delay: .milliseconds(1), seed: 1)
    network.run(untilHeight: 20)
    #expect(network.miners[0].tip.height >= 20)
    #expect(network.miners[0].race == nil)
    #expect(network.minedBlocks.allSatisfy { $0.miner == ReplicaID(1) })
  }

  @Test("The same seed gives the same chain, another seed another")
  func determinism() {
    func tip(_ seed: UInt64) -> Digest {
      var network = MinerNetwork(.paper, delay: .milliseconds(200), seed: seed)
      network.run(until: seconds(2000))
      return network.miners[2].tip.id
    }
    #expect(tip(1) == tip(1))
    #expect(tip(1) != tip(2))
  }
}
