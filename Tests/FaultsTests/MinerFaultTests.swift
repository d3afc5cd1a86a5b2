import ConsensusCore
import DiscreteEvents
import ProofOfWork
import Simulator
import Testing

import Faults

/// The blocks that a replica accepted, and its last tip.
struct ChainProbe: Probe {
  typealias Subject = Miner
  var violations: [Violation] = []
  let witness: Int
  var blocks: [Digest: Block] = [:]
  var tip = Digest(0)
  var refusals: [BlockFault: Int] = [:]
  var mined: [Int: Int] = [:]

  init(witness: Int) { self.witness = witness }

  mutating func observe(_ step: MinerObservation, by replica: ReplicaID, at time: VirtualTime) {
    if case .mined = step { mined[replica.index, default: 0] += 1 }
    guard replica.index == witness else { return }
    switch step {
    case .accepted(let block, _): blocks[block.id] = block
    case .tipChanged(_, let to, _, _, _, _): tip = to
    case .refused(_, let fault): refusals[fault, default: 0] += 1
    default: break
    }
  }

  /// The main chain, the last block first.
  var chain: [Block] {
    var result: [Block] = []
    var next = blocks[tip]
    while let block = next {
      result.append(block)
      next = blocks[block.parent]
    }
    return result
  }

  func share(of miner: Int) -> Double {
    let chain = self.chain
    return Double(chain.count { $0.miner.index == miner }) / Double(chain.count)
  }
}

@Suite("Miners that forge")
struct MinerForgeryTests {
  static func run(_ forgery: Forgery) -> (Outcome, ChainProbe) {
    var run = quiet(
      Miner.self, replicas: 4, .paper, clients: [closed(4, resend: nil)], seconds: 10_000)
    run.faults = [rule(replicas(0), .forge(forgery))]
    var simulation = Simulation(run, probe: ChainProbe(witness: 1), trace: NoTrace<Miner>())
    let outcome = simulation.run()
    return (outcome, simulation.probe)
  }

  @Test(
    "A forged block is refused for its own reason and earns its miner nothing",
    arguments: [
      (Forgery.tamper, BlockFault.badTransaction), (.wrongDigest, .badProof),
      (.badSignature, .badProof), (.impersonate, .badProof), (.staleView, .badTimestamp),
      (.futureView, .badTimestamp),
    ])
  func refusal(forgery: Forgery, fault: BlockFault) {
    let (outcome, probe) = Self.run(forgery)
    #expect(probe.refusals[fault, default: 0] > 20)
    #expect(probe.share(of: 0) == 0)
    #expect(probe.chain.count > 200)
    #expect(outcome.accepted > 0)
    // The forger answers from a chain of its own, and clients take one answer.
    #expect(outcome.requests.count { $0.isCorrect } > 100)
  }

  @Test(
    "Equivocation and invented work do nothing",
    arguments: [Forgery.equivocate, .inventedCertificate])
  func nothing(forgery: Forgery) {
    let (_, probe) = Self.run(forgery)
    #expect(probe.refusals.isEmpty)
    #expect(probe.share(of: 0) > 0.15)
  }
}

@Suite("Miners with a strategy")
struct StrategicMinerTests {
  static func network(
    _ strategy: MiningStrategy, hashRates: [UInt64], seed: UInt64, blocks: Int64,
    clients: [ClientModel] = []
  ) -> RunConfiguration<StrategicMiner> {
    var network = MinerConfiguration(hashRates: hashRates, peers: .everyone)
    network.difficulty = Difficulty(hashes: hashRates.reduce(0, +) * 10)
    var strategies = [MiningStrategy](repeating: .honest, count: hashRates.count)
    strategies[0] = strategy
    var run = quiet(
      StrategicMiner.self, replicas: hashRates.count,
      StrategicMinerConfiguration(network: network, strategies: strategies), clients: clients,
      seconds: 10 * blocks)
    run.seed = Seed(seed)
    run.faults = [rule(replicas(0), .silent, probability: 0)]
    return run
  }

  static func chain(_ run: RunConfiguration<StrategicMiner>) -> (Outcome, ChainProbe) {
    var simulation = Simulation(
      run, probe: StrategicMinerProbe(ChainProbe(witness: 1)), trace: NoTrace<StrategicMiner>())
    let outcome = simulation.run()
    return (outcome, simulation.probe.inner)
  }

  /// Mean and standard error.
  static func estimate(_ values: [Double]) -> (mean: Double, error: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    return (mean, (squares / Double(values.count - 1) / Double(values.count)).squareRoot())
  }

  /// The selfish pool's share of the main chain (Eyal and Sirer, equation 8).
  static func revenue(_ alpha: Double, _ gamma: Double) -> Double {
    let honest = 1 - alpha
    let gain = alpha * honest * honest * (4 * alpha + gamma * (1 - 2 * alpha))
    return (gain - alpha * alpha * alpha) / (1 - alpha * (1 + (2 - alpha) * alpha))
  }

  @Test(
    "Eyal and Sirer, eq. 8: revenue of a selfish miner that loses every tie",
    arguments: [(20, 80), (30, 70), (35, 65), (42, 58)] as [(UInt64, UInt64)])
  func selfishLosesTies(own: UInt64, others: UInt64) {
    // All links take equally long, so that a tie is decided for whoever spoke first: gamma = 0.
    let shares = (1...8).map { seed in
      let run = Self.network(
        .selfish, hashRates: [own, others / 2, others - others / 2], seed: UInt64(seed),
        blocks: 1000)
      return Self.chain(run).1.share(of: 0)
    }
    let (mean, error) = Self.estimate(shares)
    let expected = Self.revenue(Double(own) / 100, 0)
    #expect(abs(mean - expected) < 4 * error, "\(mean) +- \(error), expected \(expected)")
  }

  @Test("Eyal and Sirer, eq. 8: revenue of a selfish miner that is heard first")
  func selfishWinsTies() {
    // The honest hear each other late, the selfish miner and its blocks at once: in a tie all but
    // the finder, one of five, mine on the selfish branch.
    let shares = (1...8).map { seed in
      var run = Self.network(
        .selfish, hashRates: [30, 14, 14, 14, 14, 14], seed: UInt64(seed), blocks: 1000)
      run.network = NetworkModel(
        classes: [plain(.constant(ms(20))), plain(.constant(ms(1)))], groupLinks: [[0]],
        overrides: [
          LinkOverride(from: .nodes([NodeID(0)]), to: .all, linkClass: 1),
          LinkOverride(from: .all, to: .nodes([NodeID(0)]), linkClass: 1),
        ], changes: [])
      return Self.chain(run).1.share(of: 0)
    }
    let (mean, error) = Self.estimate(shares)
    let expected = Self.revenue(0.3, 0.8)
    #expect(abs(mean - expected) < 4 * error, "\(mean) +- \(error), expected \(expected)")
  }

  @Test("A miner of empty blocks keeps its share of blocks and takes it from the transactions")
  func emptyBlocks() {
    let load = [closed(8, resend: nil)]
    let rates: [UInt64] = [25, 25, 25, 25]
    var shares: [Double] = []
    var ratios: [Double] = []
    for seed in 1...5 as ClosedRange<UInt64> {
      let empty = Self.chain(
        Self.network(.emptyBlocks, hashRates: rates, seed: seed, blocks: 800, clients: load))
      let honest = Self.chain(
        Self.network(.honest, hashRates: rates, seed: seed, blocks: 800, clients: load))
      #expect(empty.1.chain.allSatisfy { $0.miner.index != 0 || $0.transactions.isEmpty })
      #expect(empty.0.bogus == 0)
      shares.append(empty.1.share(of: 0))
      ratios.append(Double(empty.0.accepted) / Double(honest.0.accepted))
    }
    let (share, shareError) = Self.estimate(shares)
    #expect(abs(share - 0.25) < 4 * shareError)
    let (ratio, ratioError) = Self.estimate(ratios)
    #expect(abs(ratio - 0.75) < 4 * ratioError + 0.01, "\(ratio) +- \(ratioError)")
  }

  @Test("A miner of oversized blocks is refused for their size alone, and keeps its empty ones")
  func oversizedBlocks() {
    let (outcome, probe) = Self.chain(
      Self.network(
        .oversizedBlocks, hashRates: [25, 25, 25, 25], seed: 1, blocks: 400,
        clients: [closed(8, resend: nil)]))
    #expect(Set(probe.refusals.keys) == [.tooManyTransactions])
    #expect(probe.refusals[.tooManyTransactions, default: 0] > 50)
    #expect(probe.chain.count > 200)
    #expect(probe.chain.allSatisfy { $0.miner.index != 0 || $0.transactions.isEmpty })
    #expect(outcome.accepted > 0)
    #expect(outcome.bogus == 0)
  }

  @Test("A miner that tampers with its own mempool changes nothing")
  func mempoolTamper() {
    let load = [closed(8, resend: nil)]
    let tampering = bare(
      Self.network(
        .mempoolTamper, hashRates: [25, 25, 25, 25], seed: 1, blocks: 200, clients: load))
    let honest = bare(
      Self.network(.honest, hashRates: [25, 25, 25, 25], seed: 1, blocks: 200, clients: load))
    #expect(tampering.digest == honest.digest)
    #expect(tampering.bogus == 0)
  }

  @Test("A miner that withholds blocks loses more of them than it gains")
  func withholding() {
    let run = Self.network(
      .withhold(blocks: 3), hashRates: [30, 35, 35], seed: 1, blocks: 2000)
    let (_, probe) = Self.chain(run)
    let own = probe.chain.count { $0.miner.index == 0 }
    #expect(own > 0)
    #expect(own < probe.mined[0, default: 0] * 3 / 4)
    #expect(probe.share(of: 0) < 0.3)
  }

  @Test("Strategists that crash come back and mine on")
  func restart() {
    for strategy in [MiningStrategy.selfish, .withhold(blocks: 2), .emptyBlocks, .oversizedBlocks] {
      var run = Self.network(strategy, hashRates: [40, 30, 30], seed: 1, blocks: 300)
      run.faults.append(
        rule(
          replicas(0), .crash(downFor: .seconds(100), disk: .kept), from: .zero + .seconds(1000)))
      let (outcome, probe) = Self.chain(run)
      #expect(outcome.stopReason == .scheduleEnded)
      #expect(probe.chain.contains { $0.miner.index == 0 && $0.timestamp > .zero + .seconds(2000) })
    }
  }
}
