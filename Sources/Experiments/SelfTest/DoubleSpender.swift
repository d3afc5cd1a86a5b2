import ConsensusCore
import DiscreteEvents
import ProofOfWork
import RunPlans
import Simulator
import Tables

/// The parameters of a double spend.
struct DoubleSpendConfiguration: Sendable {
  /// The network, whose first miner is the attacker; its confirmations are the merchant's.
  var network: MinerConfiguration
}

/// A miner that tries to spend twice (Rosenfeld 2014, §3): honest code for all but the first, and
/// for the first a branch of its own.
///
/// The attacker waits until it has one block that nobody knows; at that moment it pays the merchant.
/// From then on it ignores what others find, and shows its branch once the payment is confirmed and
/// the branch is longer than theirs. The others check and follow it, or do not.
struct DoubleSpender: MiningReplica {
  private var miner: Miner
  private let isAttacker: Bool
  /// The own blocks that nobody has seen; empty before the attack.
  private var hidden: [Block] = []
  private var publicHeight: UInt64 = 0

  init(
    id: ReplicaID, configuration: DoubleSpendConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    miner = Miner(
      id: id, configuration: configuration.network, signer: signer, verifier: verifier, seed: seed)
    isAttacker = id.index == 0
  }

  var standing: Standing { miner.standing }

  mutating func step(
    _ input: Input<DoubleSpender>, at now: VirtualTime, into effects: inout Effects<DoubleSpender>
  ) {
    guard isAttacker else { return miner.handle(input, at: now, into: &effects) }
    switch input {
    case .timeout(.mine):
      guard let block = miner.takeMinedBlock(at: now, into: &effects) else { return }
      miner.adopt(block, into: &effects)
      hidden.append(block)
      miner.maybeMine(at: now, into: &effects)
    case .message(.block(let block), _):
      publicHeight = max(publicHeight, block.height)
      if hidden.isEmpty { miner.handle(input, at: now, into: &effects) }
    default:
      miner.handle(input, at: now, into: &effects)
    }
    maybeShow(into: &effects)
  }

  private mutating func maybeShow(into effects: inout Effects<DoubleSpender>) {
    guard let first = hidden.first,
      publicHeight + 1 >= first.height + UInt64(miner.configuration.confirmations),
      miner.tip.height > publicHeight
    else { return }
    for block in hidden { miner.publish(block, into: &effects) }
    hidden.removeAll()
  }
}

extension DoubleSpender: Forgeable {
  static func forge(
    _ message: inout MinerMessage, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { Miner.forge(&message, as: forgery, in: &context) }
}

/// Ends a run when its double spend has succeeded or is out of reach.
struct DoubleSpendProbe: Probe {
  typealias Subject = DoubleSpender

  /// The attacker gives up so many blocks behind: with a share of 0.35 it would still catch up once
  /// in 10^9 attempts.
  static let limit: UInt64 = 34

  private(set) var succeeded = false
  private var heights: (attacker: UInt64, others: UInt64) = (0, 0)
  private(set) var violations: [Violation] = []

  mutating func observe(
    _ observation: MinerObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    switch observation {
    case .mined(let block):
      if replica.index == 0 {
        heights.attacker = max(heights.attacker, block.height)
      } else {
        heights.others = max(heights.others, block.height)
      }
      if heights.attacker > 0, heights.others >= heights.attacker + Self.limit {
        end("out of reach", replica, time)
      }
    case .reverted where replica.index != 0:
      succeeded = true
      end("a confirmed block was replaced", replica, time)
    default: break
    }
  }

  private mutating func end(_ reason: String, _ replica: ReplicaID, _ time: VirtualTime) {
    violations = [Violation(invariant: .w1, replica: replica, time: time, detail: reason)]
  }
}

/// One way to spend twice.
struct DoubleSpendCase: Sendable {
  /// Hash power; the first is the attacker's.
  var powers: [UInt64]
  /// What the merchant waits for.
  var confirmations: Int

  /// The attacker's share of the power.
  var share: Double { Double(powers[0]) / Double(powers.reduce(0, +)) }

  func succeeds(seed: Seed) -> Bool {
    var network = MinerConfiguration(hashRates: powers, peers: .everyone)
    network.difficulty = Difficulty(hashes: 1_000)
    network.confirmations = confirmations
    let configuration = SelfTestRun.configuration(
      DoubleSpender.self, seed: seed, replicas: powers.count,
      DoubleSpendConfiguration(network: network),
      network: NetworkModel(
        uniform: SelfTestRun.links(VirtualDuration(nanoseconds: 1), loss: 0)),
      clients: [], schedule: .window(warmup: .zero, duration: .seconds(1_000_000_000)))
    return SelfTestRun.execute(configuration, DoubleSpendProbe()).succeeded
  }

  /// How often it succeeds against what the law of a case says.
  func row(expecting law: DoubleSpendCase, trials: Int, seed: Seed) -> SelfTestRow {
    let hits = (0..<trials).count { succeeds(seed: seed.derived(for: UInt64($0))) }
    let share = FixedDecimal(law.share, digits: 2)?.text ?? "?"
    return .share(
      "double spend, q = \(share), z = \(law.confirmations)",
      "I_4pq(z, 1/2), Grunspan and Pérez-Marco",
      expected: SelfTestLaws.doubleSpend(share: law.share, confirmations: law.confirmations),
      hits: hits, of: trials)
  }
}
