import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("Convergence (W-9) and restarts")
struct ConvergenceTests {
  @Test(
    "Two halves that mined apart agree after the partition heals, and every request counts once",
    arguments: [1, 2, 3] as [UInt64])
  func partition(seed: UInt64) {
    var network = MinerNetwork(.paper, delay: .milliseconds(100), seed: seed)
    network.groups = [0, 0, 1, 1]
    for client in 0..<40 {
      network.submit(request(client, 1), to: client % 4, at: seconds(Double(client * 50)))
      network.submit(request(client, 1), to: (client + 2) % 4, at: seconds(Double(client * 50)))
    }
    network.run(until: seconds(4000))
    #expect(network.miners[0].tip != network.miners[2].tip)
    #expect(network.miners[0].tip.height > 40 && network.miners[2].tip.height > 40)
    network.groups = [0, 0, 0, 0]
    network.run(until: seconds(4500))
    for miner in network.miners {
      let height = miner.tip.height - 2
      #expect(miner.tree.mainChain(at: height) == network.miners[0].tree.mainChain(at: height))
      #expect(miner.ledger.executed == 40)
      #expect(miner.orphans.isEmpty)
    }
    expectBalancedUndoes(network)
    let undone = network.observations.count {
      if case .undone = $0.observation { true } else { false }
    }
    #expect(undone > 0)
  }

  @Test("Halves of a ring agree after a partition, though only neighbours talk")
  func ring() {
    let configuration = MinerConfiguration(
      hashRates: Array(repeating: 100_000, count: 8),
      peers: .ringWithChords(replicas: 8, degree: 2, seed: Seed(1)))
    var network = MinerNetwork(configuration, delay: .milliseconds(100), seed: 9)
    network.groups = [0, 0, 0, 0, 1, 1, 1, 1]
    network.run(until: seconds(4000))
    #expect(network.miners[1].tip.height > 40 && network.miners[6].tip.height > 40)
    #expect(network.miners[1].tree.mainChain(at: 1) != network.miners[6].tree.mainChain(at: 1))
    network.groups = Array(repeating: 0, count: 8)
    network.run(until: seconds(4400))
    for miner in network.miners {
      let height = miner.tip.height - 2
      #expect(miner.tree.mainChain(at: height) == network.miners[0].tree.mainChain(at: height))
    }
  }

  @Test("Announcements bound the time to agree where nobody mines any more")
  func announcements() {
    var configuration = MinerConfiguration.paper
    configuration.announceInterval = .seconds(5)
    var network = MinerNetwork(configuration, delay: .milliseconds(100), seed: 2)
    network.groups = [0, 0, 1, 1]
    network.run(until: seconds(2000))
    network.groups = [0, 0, 0, 0]
    let mined = network.minedBlocks.count
    network.run(until: seconds(2006))
    #expect(network.minedBlocks.count == mined)
    #expect(Set(network.miners.map(\.tip.id)).count == 1)
  }

  @Test(
    "Losing a third of all messages delays agreement but does not prevent it",
    arguments: [1, 2, 3] as [UInt64])
  func losses(seed: UInt64) {
    var network = MinerNetwork(.paper, delay: .milliseconds(100), seed: seed)
    network.loss = 0.33
    network.run(until: seconds(10_000))
    let oldest = network.miners.map(\.tip.height).min() ?? 0
    #expect(oldest > 200)  // of about 400 mined, many of them stale
    let common = oldest - 10
    for miner in network.miners {
      #expect(miner.tree.mainChain(at: common) == network.miners[0].tree.mainChain(at: common))
    }
  }

  @Test("A miner that restarts with its disk has the chain it had and tells nothing twice")
  func restartWithDisk() {
    var network = MinerNetwork(.paper, delay: .milliseconds(100), seed: 6)
    for client in 0..<20 {
      network.submit(request(client, 1), to: 1, at: seconds(Double(client * 60)))
    }
    network.run(until: seconds(2000))
    let before = network.miners[1]
    #expect(before.tip.height > 40 && before.ledger.executed == 20)
    network.crash(1)
    network.restart(1, keepingDisk: true)
    network.run(until: network.now)
    let after = network.miners[1]
    #expect(after.tip == before.tip)
    #expect(after.ledger == before.ledger && after.confirmedLedger == before.confirmedLedger)
    #expect(after.confirmedHeight == before.confirmedHeight)
    #expect(after.race?.attempt == UInt64(network.now.nanoseconds))
    network.run(until: seconds(3000))
    #expect(network.miners[1].tip == network.miners[0].tip)
    #expect(decidedHeights(network, by: 1) == Array(1...network.miners[1].confirmedHeight))
  }

  @Test("A miner that was away catches up from the next block on")
  func catchUp() {
    var network = MinerNetwork(.paper, delay: .milliseconds(100), seed: 7)
    network.run(until: seconds(500))
    network.crash(2)
    network.run(until: seconds(3000))
    let behind = network.miners[2].tip.height
    network.restart(2, keepingDisk: true)
    network.run(until: seconds(3002))
    #expect(network.miners[2].tip == network.miners[0].tip)
    #expect(network.miners[2].tip.height > behind + 40)
  }

  @Test("A miner that lost its disk receives the chain from its peers")
  func restartWithoutDisk() {
    var network = MinerNetwork(.paper, delay: .milliseconds(100), seed: 8)
    network.submit(request(0, 1), to: 0, at: seconds(1))
    network.run(until: seconds(3000))
    let height = network.miners[3].tip.height
    network.crash(3)
    network.restart(3, keepingDisk: false)
    network.run(until: network.now)
    #expect(network.miners[3].tip.height == 0)
    network.run(until: seconds(3003))
    #expect(network.miners[3].tip == network.miners[0].tip)
    #expect(network.miners[3].tip.height >= height)
    #expect(network.miners[3].ledger == network.miners[0].ledger)
    #expect(network.disks[3].blocks.count >= Int(height))
  }

  @Test("Confirmations and tips observed are consistent in a network with many forks")
  func forks() {
    for confirmations in [1, 2, 4] {
      var configuration = MinerConfiguration.paper
      configuration.difficulty = Difficulty(hashes: 1 << 21)
      configuration.confirmations = confirmations
      var network = MinerNetwork(configuration, delay: .seconds(2), seed: UInt64(confirmations))
      for client in 0..<200 {
        for target in 0..<4 {
          network.submit(request(client, 1), to: target, at: seconds(Double(client * 5)))
        }
      }
      network.run(until: seconds(1500))
      expectBalancedUndoes(network)
      expectHeavierTips(network)
    }
  }

  /// Each request is executed as often as undone, plus once if it is confirmed at the end.
  private func expectBalancedUndoes(_ network: MinerNetwork) {
    for (index, miner) in network.miners.enumerated() {
      var balance: [ClientID: Int] = [:]
      for entry in network.observations where entry.replica == index {
        switch entry.observation.milestone {
        case .executed(let client, _, _): balance[client, default: 0] += 1
        case .undone(let client, _): balance[client, default: 0] -= 1
        default: break
        }
        #expect(balance.values.allSatisfy { $0 == 0 || $0 == 1 })
      }
      for (client, count) in balance {
        #expect(count == (miner.confirmedLedger.lastTimestamp(of: client) == 1 ? 1 : 0))
      }
      #expect(balance.values.reduce(0, +) == Int(miner.confirmedLedger.executed))
    }
  }

  private func expectHeavierTips(_ network: MinerNetwork) {
    for index in network.miners.indices {
      var last = ChainWork.zero
      var reorganisations = 0
      for entry in network.observations where entry.replica == index {
        guard case .tipChanged(_, _, _, let work, _, let lost) = entry.observation else { continue }
        #expect(work > last)
        last = work
        if lost > 0 { reorganisations += 1 }
      }
      #expect(reorganisations > 10)
    }
  }

  private func decidedHeights(_ network: MinerNetwork, by replica: Int) -> [UInt64] {
    network.observations.compactMap {
      guard $0.replica == replica, case .decided(let height, _, _, true) = $0.observation.milestone
      else { return nil }
      return height
    }
  }
}
