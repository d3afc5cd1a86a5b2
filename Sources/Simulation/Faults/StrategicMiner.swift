import ConsensusCore
import DiscreteEvents
import ProofOfWork
import Simulator

/// How one miner departs from the honest protocol.
public enum MiningStrategy: Hashable, Sendable {
  /// Not at all.
  case honest
  /// Mines blocks without transactions: the chain grows, requests wait for somebody else.
  case emptyBlocks
  /// Mines blocks with more transactions than fit, by repeating those that wait: nothing else is
  /// wrong with them.
  ///
  /// It goes on from the tip that the others have. A block without transactions it cannot overfill.
  case oversizedBlocks
  /// Keeps its blocks to itself until its branch has this many, at least 1, then shows them all.
  case withhold(blocks: Int)
  /// Selfish mining (Eyal and Sirer, "Majority is not enough", Algorithm 1).
  case selfish
  /// Alters the waiting requests in its own memory only.
  ///
  /// Every node checks what its clients signed, itself included, so that an altered request is
  /// never mined and the sound one is: the run is that of an honest miner, event for event.
  case mempoolTamper

  /// Whether the miner keeps blocks from the others.
  var hides: Bool {
    switch self {
    case .withhold, .selfish: true
    case .honest, .emptyBlocks, .oversizedBlocks, .mempoolTamper: false
    }
  }
}

/// The parameters of a network some of whose miners are not honest.
public struct StrategicMinerConfiguration: Sendable {
  /// The parameters of the network.
  public var network: MinerConfiguration
  /// The strategy of each replica.
  public var strategies: [MiningStrategy]

  /// Creates the parameters; there is one strategy for each replica.
  public init(network: MinerConfiguration, strategies: [MiningStrategy]) {
    precondition(
      strategies.count == network.replicas,
      "\(strategies.count) strategies for \(network.replicas) miners")
    self.network = network
    self.strategies = strategies
  }
}

/// A miner with a strategy: the honest ``Miner`` inside checks, stores and follows the chain, and
/// the strategy decides what is in its blocks and who sees them when.
///
/// It counts as Byzantine only if a fault rule says so; one with probability 0 is enough.
public struct StrategicMiner: MiningReplica {
  /// The miner inside.
  public private(set) var miner: Miner
  /// What it does.
  public let strategy: MiningStrategy

  private let signer: Signer
  /// The own blocks that nobody else has seen, by ascending height.
  var hidden: [Block] = []
  /// The own blocks since the private branch left the public one, shown or not.
  var branchLength = 0
  /// The height of the highest block that everybody can know.
  var publicHeight: UInt64 = 0

  /// Creates the miner `id` on the genesis block; it acts only when stepped.
  public init(
    id: ReplicaID, configuration: StrategicMinerConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    miner = Miner(
      id: id, configuration: configuration.network, signer: signer, verifier: verifier, seed: seed)
    strategy = configuration.strategies[id.index]
    self.signer = signer
    // On a hidden branch nothing is final that the node could vouch for.
    miner.answersClients = !strategy.hides
  }

  /// The inner miner's.
  public var standing: Standing { miner.standing }

  /// Miners go on mining.
  public static var comesToRest: Bool { Miner.comesToRest }

  /// Handles one input completely.
  public mutating func step(
    _ input: Input<StrategicMiner>, at now: VirtualTime,
    into effects: inout Effects<StrategicMiner>
  ) {
    switch strategy {
    case .honest, .mempoolTamper:
      miner.handle(input, at: now, into: &effects)
    case .emptyBlocks, .oversizedBlocks:
      guard case .timeout(.mine) = input else {
        return miner.handle(input, at: now, into: &effects)
      }
      mineOddBlock(at: now, into: &effects)
    case .withhold, .selfish:
      hide(input, at: now, into: &effects)
    }
  }

  private mutating func mineOddBlock(
    at now: VirtualTime, into effects: inout Effects<StrategicMiner>
  ) {
    guard let race = miner.race, race.parent == miner.tip.id else { return }
    guard now >= race.due else {
      // A timeout that was under way while another block became the tip.
      return effects.setTimer(.mine, after: race.due - now)
    }
    var template = miner.candidate(at: now, nonce: race.nonce)
    let waiting = template.transactions
    let isOversized = strategy == .oversizedBlocks && !waiting.isEmpty
    template.transactions = []
    while isOversized, template.transactions.count <= miner.configuration.blockCapacity {
      template.transactions += waiting
    }
    let block = Block(template, provedBy: signer)
    effects.observe(.mined(block))
    if !isOversized { miner.adopt(block, into: &effects) }
    miner.publish(block, into: &effects)
    if isOversized {
      miner.startRace(at: now, into: &effects)
    } else {
      miner.maybeMine(at: now, into: &effects)
    }
    miner.sendReplies(into: &effects)
  }

  private mutating func hide(
    _ input: Input<StrategicMiner>, at now: VirtualTime,
    into effects: inout Effects<StrategicMiner>
  ) {
    switch input {
    case .timeout(.mine):
      guard let block = miner.takeMinedBlock(at: now, into: &effects) else { return }
      let lead = self.lead
      miner.adopt(block, into: &effects)
      hidden.append(block)
      branchLength += 1
      onOwnBlock(lead: lead, into: &effects)
      miner.maybeMine(at: now, into: &effects)
    case .message(.tip, _) where !hidden.isEmpty, .timeout(.announce) where !hidden.isEmpty:
      // To speak of its tip would betray the branch.
      if case .timeout(.announce) = input, let period = miner.configuration.announceInterval {
        effects.setTimer(.announce, after: period)
      }
    case .restarted:
      miner.handle(input, at: now, into: &effects)
      hidden.removeAll()
      branchLength = 0
      publicHeight = miner.tip.height
    default:
      let privateHeight = miner.tip.height
      let known = effects.observations.count
      miner.handle(input, at: now, into: &effects)
      var height = publicHeight
      for case .accepted(let block, _) in effects.observations[known...] {
        height = max(height, block.height)
      }
      while publicHeight < height {
        let lead = privateHeight > publicHeight ? privateHeight - publicHeight : 0
        publicHeight += 1
        onOthersBlock(lead: lead, into: &effects)
      }
    }
  }

  /// Blocks by which the private branch is ahead of the public one.
  private var lead: UInt64 {
    miner.tip.height > publicHeight ? miner.tip.height - publicHeight : 0
  }

  /// The miner found a block; `lead` is what it was before.
  private mutating func onOwnBlock(
    lead: UInt64, into effects: inout Effects<StrategicMiner>
  ) {
    if case .withhold(let blocks) = strategy {
      if hidden.count >= blocks { showAll(into: &effects) }
    } else {
      selfishlyOnOwnBlock(lead: lead, into: &effects)
    }
  }

  /// The public branch grew by one block; `lead` is what it was before.
  private mutating func onOthersBlock(
    lead: UInt64, into effects: inout Effects<StrategicMiner>
  ) {
    if case .withhold = strategy {
      if lead == 0 { forgetBranch() }
    } else {
      selfishlyOnOthersBlock(lead: lead, into: &effects)
    }
  }

  /// Shows the lowest hidden block.
  mutating func showOne(into effects: inout Effects<StrategicMiner>) {
    guard !hidden.isEmpty else { return }
    let block = hidden.removeFirst()
    publicHeight = max(publicHeight, block.height)
    miner.publish(block, into: &effects)
  }

  /// Shows the whole branch, which thereby becomes the public one.
  mutating func showAll(into effects: inout Effects<StrategicMiner>) {
    while !hidden.isEmpty { showOne(into: &effects) }
    branchLength = 0
  }

  /// The public branch won: the miner goes on from its tip, as the miner inside does already.
  mutating func forgetBranch() {
    hidden.removeAll()
    branchLength = 0
  }
}

extension StrategicMiner: Forgeable {
  /// Changes some field of an outgoing message.
  public static func mutate(
    _ message: inout MinerMessage, in context: inout ForgeryContext
  ) -> Bool { Miner.mutate(&message, in: &context) }

  /// Falsifies one copy of an outgoing message, as for ``Miner``.
  public static func forge(
    _ message: inout MinerMessage, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { Miner.forge(&message, as: forgery, in: &context) }
}

/// Lets a probe of ``Miner`` watch strategic miners, which observe and send the same things.
public struct StrategicMinerProbe<Inner: Probe>: Probe where Inner.Subject == Miner {
  /// The replica it can watch.
  public typealias Subject = StrategicMiner
  /// The probe that is told everything.
  public var inner: Inner

  /// Wraps a probe.
  public init(_ inner: Inner) { self.inner = inner }

  /// Whether the probe inside has anything to be told.
  public static var isEnabled: Bool { Inner.isEnabled }
  /// What the probe inside found.
  public var violations: [Violation] { inner.violations }
  /// Passes on.
  public mutating func begin(_ setting: ProbeSetting) { inner.begin(setting) }
  /// Passes on.
  public mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) { inner.changed(replica, to: condition, at: time) }
  /// Passes on.
  public mutating func observe(
    _ observation: MinerObservation, by replica: ReplicaID, at time: VirtualTime
  ) { inner.observe(observation, by: replica, at: time) }
  /// Passes on.
  public mutating func sent(
    _ message: MinerMessage, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) { inner.sent(message, by: replica, to: recipients, at: time) }
  /// Passes on.
  public mutating func clientIssued(_ request: Request, at time: VirtualTime) {
    inner.clientIssued(request, at: time)
  }
  /// Passes on.
  public mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) { inner.clientAccepted(request, result: result, issued: issued, at: time) }
  /// Passes on.
  public mutating func finish(at time: VirtualTime) { inner.finish(at: time) }
}
