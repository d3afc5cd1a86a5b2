import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import ProofOfWork
import RunPlans
import Simulator
import Tables

/// What the self-test needs to see of a chain: who found blocks when, and which are on the longest
/// chain.
private struct ChainProbe: Probe {
  typealias Subject = StrategicMiner

  private var parents: [Digest: (parent: Digest, miner: Int)] = [:]
  private var tip = (id: Digest(0), height: UInt64(0))
  var found: [VirtualTime] = []
  var miners: [Int] = []
  var violations: [Violation] { [] }

  mutating func observe(
    _ observation: MinerObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    guard case .mined(let block) = observation else { return }
    parents[block.id] = (block.parent, replica.index)
    found.append(time)
    miners.append(replica.index)
    if block.height > tip.height { tip = (block.id, block.height) }
  }

  /// The miners of the longest chain that was found.
  var mainChain: [Int] {
    var result: [Int] = []
    var id = tip.id
    while let block = parents[id] {
      result.append(block.miner)
      id = block.parent
    }
    return result
  }
}

/// A network of miners, one of whom may be selfish.
struct MiningCase: Sendable {
  /// Hash power in blocks per thousand seconds.
  var powers: [UInt64]
  /// From a miner to another.
  var delay: VirtualDuration
  /// Whether the first miner is selfish, and how its blocks travel against those of others.
  var selfish: Selfishness?

  enum Selfishness: Sendable {
    /// Others' blocks come first everywhere: gamma is 0.
    case slow
    /// The pool's blocks come first everywhere but at the miner that found the other one.
    case fast
  }

  var share: [Double] {
    let sum = Double(powers.reduce(0, +))
    return powers.map { Double($0) / sum }
  }

  /// The mean time between two blocks.
  var interval: VirtualDuration {
    VirtualDuration(nanoseconds: Int64(1e12 / Double(powers.reduce(0, +)) + 0.5))
  }

  /// What `delay` is in mean intervals.
  var relativeDelay: Double { delay.inSeconds / interval.inSeconds }

  /// The share of the honest power that mines on the pool's block in a tie.
  ///
  /// The finder of the other block stays with its own. If the pool's block is first at all others,
  /// the next honest block is found by somebody else than the finder of the last with probability
  /// 1 - sum of squared shares: 1 - 1/m for m equal miners.
  var gamma: Double {
    guard case .fast = selfish else { return 0 }
    let others = share.dropFirst()
    let sum = others.reduce(0, +)
    return 1 - others.reduce(0) { $0 + ($1 / sum) * ($1 / sum) }
  }

  private var network: NetworkModel {
    guard let selfish else { return NetworkModel(uniform: SelfTestRun.links(delay, loss: 0)) }
    let short = SelfTestRun.links(VirtualDuration(nanoseconds: delay.nanoseconds / 16), loss: 0)
    let pool = NodeSelector.nodes([NodeID(0)])
    var model = NetworkModel(uniform: SelfTestRun.links(delay, loss: 0))
    model.classes.append(short)
    switch selfish {
    case .slow:
      model.groupLinks = [[1]]
      model.overrides = [LinkOverride(from: pool, to: .all, linkClass: 0)]
    case .fast:
      model.overrides = [
        LinkOverride(from: pool, to: .all, linkClass: 1),
        LinkOverride(from: .all, to: pool, linkClass: 1),
      ]
    }
    return model
  }

  fileprivate func run(blocks: Int, seed: Seed) -> ChainProbe {
    var parameters = MinerConfiguration(hashRates: powers, peers: .everyone)
    parameters.difficulty = Difficulty(hashes: 1_000)
    let strategies: [MiningStrategy] = powers.indices.map {
      selfish != nil && $0 == 0 ? .selfish : .honest
    }
    return SelfTestRun.execute(
      SelfTestRun.configuration(
        StrategicMiner.self, seed: seed, replicas: powers.count,
        StrategicMinerConfiguration(network: parameters, strategies: strategies),
        network: network, clients: [], schedule: .blocks(blocks)),
      ChainProbe())
  }
}

/// Laws of proof of work that need no adversary but the selfish one.
enum ChainOracles {
  /// Intervals between blocks are exponential, and shares proportional to power (W-8).
  static func intervals(
    of network: MiningCase, expecting law: MiningCase, blocks: Int, seed: Seed
  ) -> [SelfTestRow] {
    let probe = network.run(blocks: blocks, seed: seed)
    var last = VirtualTime.zero
    let intervals = probe.found.map { time in
      defer { last = time }
      return (time - last).inSeconds / law.interval.inSeconds
    }
    let count = intervals.count
    var rows = [
      SelfTestRow.distance(
        "PoW interval, KS of \(count)", "exponential (W-8)", sample: intervals,
        distribution: { 1 - ExponentialLaw.survival($0) }),
      SelfTestRow(
        quantity: "PoW interval / its mean", law: "exponential (W-8)", expected: 1,
        measured: intervals.reduce(0, +) / Double(count),
        criterion: .estimate(standardError: 1 / Double(count).squareRoot())),
    ]
    for (miner, share) in law.share.enumerated() {
      rows.append(
        .share(
          "PoW share of miner \(miner)", "proportional to power (W-8)", expected: share,
          hits: probe.miners.count { $0 == miner }, of: count))
    }
    return rows
  }

  /// The share of blocks that are lost at a fixed delay.
  static func stale(
    of network: MiningCase, expecting law: MiningCase, runs: Int, blocks: Int, seed: Seed
  ) -> SelfTestRow {
    let results = (0..<runs).map { run in
      let probe = network.run(blocks: blocks, seed: seed.derived(for: UInt64(run)))
      let mined = probe.found.count
      return (part: mined - probe.mainChain.count, whole: mined)
    }
    let miners = law.powers.count
    let delay = law.relativeDelay
    return .quotient(
      "PoW stale share, \(miners) miners, D = \(FixedDecimal(delay, digits: 2)?.text ?? "?") T",
      miners == 2 ? "D / 2(T + D), exact for two" : "(1 - 1/n) D / (T + D), n large",
      expected: miners == 2
        ? SelfTestLaws.staleOfTwo(delay: delay) : SelfTestLaws.staleOfMany(miners, delay: delay),
      runs: results)
  }

  /// The revenue of a selfish pool.
  static func selfish(
    of network: MiningCase, expecting law: MiningCase, runs: Int, blocks: Int, seed: Seed
  ) -> SelfTestRow {
    let results = (0..<runs).map { run in
      let chain = network.run(blocks: blocks, seed: seed.derived(for: UInt64(run))).mainChain
      return (part: chain.count { $0 == 0 }, whole: chain.count)
    }
    let share = FixedDecimal(law.share[0], digits: 2)?.text ?? "?"
    let gamma = FixedDecimal(law.gamma, digits: 2)?.text ?? "?"
    return .quotient(
      "selfish revenue, alpha \(share), gamma \(gamma)", "Eyal and Sirer, eq. 8",
      expected: SelfTestLaws.selfishRevenue(share: law.share[0], gamma: law.gamma), runs: results)
  }
}

/// exp(-x) from + - * / alone, so that the analysis is the same on every machine.
enum ExponentialLaw {
  /// The probability that an exponential variable of mean 1 exceeds `x`.
  static func survival(_ x: Double) -> Double {
    guard x > 0 else { return 1 }
    guard x < 700 else { return 0 }
    // exp(-x) = exp(-x / 1024)^1024; the series needs few terms where its argument is small.
    let small = x / 1024
    var term = 1.0
    var sum = 1.0
    for index in 1...12 {
      term *= small / Double(index)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return 1 / sum
  }
}
