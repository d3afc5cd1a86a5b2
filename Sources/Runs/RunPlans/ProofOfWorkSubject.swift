import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Notation
import ProofOfWork
import Simulator

/// Proof of work.
enum ProofOfWorkSubject: SubjectDefinition {
  /// Name, sections and bounds.
  static let traits: SubjectTraits = {
    var traits = SubjectTraits(
      name: "pow", title: "PoW", kinds: MinerMessage.kindNames, steps: MinerObservation.markNames,
      sections: [MiningKeys.self, ChainPromises.self], invariants: [.proofOfWork],
      tolerance: .minorityOfPower, progressInvariant: .w3, restInvariant: .w9,
      // A client that believed a single node would believe the miner whose block nobody takes.
      clients: ClientTraits(
        dispatch: .multicast, replies: .weak, hasTimeout: false, retransmission: .all,
        ordersPerReplica: true),
      agreementKinds: ["block"], behaviours: .miners, leastReplicas: 2)
    traits.isCommandable = false
    traits.comesToRest = false
    traits.leastWork = { .arrivals($0) }
    traits.checkBound = { plan, reader in
      if reader.isSound("pow") { plan.checkHashPower(reader) }
    }
    return traits
  }()

  /// The parameters of the section `pow`, and the strategies that the faults name.
  static func configuration(of run: PlannedRun) -> StrategicMinerConfiguration {
    let keys = run.plan[MiningKeys.self]
    let replicas = run.plan.replicas
    let peers: PeerGraph =
      keys.peers.map {
        .ringWithChords(replicas: replicas, degree: $0, seed: Seed(run.seed))
      } ?? .everyone
    var configuration = keys.configuration.among(keys.rates(of: replicas), peers: peers)
    configuration.application = run.application
    return StrategicMinerConfiguration(network: configuration, strategies: run.strategies)
  }

  /// The invariants of proof of work.
  ///
  /// Forks are a fact: how often the common prefix fails is reported, and judged only if the plan
  /// promises that it never does.
  static func judge(
    _ configuration: StrategicMinerConfiguration, of run: PlannedRun
  ) -> ChainInvariants<StrategicMiner> {
    let promises = run.plan[ChainPromises.self]
    return ChainInvariants(
      configuration.network,
      demands: ChainDemands(
        commonPrefix: configuration.network.confirmations,
        demandsCommonPrefix: promises.keepsCommonPrefix, quality: promises.quality,
        meanInterval: promises.meanInterval),
      assumptions: run.assumptions,
      deviating: configuration.strategies.indices
        .filter { configuration.strategies[$0] != .honest }.map { ReplicaID($0) })
  }

  /// The judge counts.
  static func census(of run: PlannedRun) -> NoProbe<StrategicMiner> { NoProbe() }

  /// The greatest height, and what became of blocks.
  static func counters(
    _ census: NoProbe<StrategicMiner>, _ judge: ChainInvariants<StrategicMiner>?,
    _ outcome: Outcome
  ) -> RunCounters {
    var counters = RunCounters()
    counters.highestView = outcome.standings.map(\.view).max() ?? 0
    counters.chain = judge?.counters
    return counters
  }
}

/// The section `pow`.
public struct MiningKeys: ProtocolKeys {
  /// The parameters that do not depend on who mines.
  public var configuration = MinerConfiguration(hashRates: [], peers: .everyone)
  /// The hash rates of the replicas in turn.
  public var hashRates: [Int64] = [160_000, 160_000, 175_000, 176_000]
  /// How many peers a miner has, if it does not have all.
  public var peers: Int?

  /// The values of a section without keys.
  public init() {}

  /// The hash rate of each replica.
  public func rates(of replicas: Int) -> [UInt64] {
    (0..<replicas).map { hashRates.isEmpty ? 1 : UInt64(hashRates[$0 % hashRates.count]) }
  }

  /// The binary logarithm of the hashes that one block takes on average.
  public var difficultyBits: Int {
    get { configuration.difficulty.hashes.trailingZeroBitCount }
    set { configuration.difficulty = Difficulty(hashes: 1 << UInt64(newValue)) }
  }

  /// Reports miners without power.
  public func check(_ plan: RunPlan, _ reader: MappingReader) {
    guard reader.isSound("replicas", "pow") else { return }
    if rates(of: plan.replicas).allSatisfy({ $0 == 0 }) {
      reader.error("nobody mines: every hash rate is 0", at: "pow")
    }
  }

  /// The keys.
  public static let section = Section<Self>(
    "pow", "Parameters of proof of work.", initial: { Self() },
    fields: [
      .field(
        "hash-rates", .list(of: .hashRate, count: 1...256),
        default: "[160 kH/s, 160 kH/s, 175 kH/s, 176 kH/s]", \.hashRates,
        "The hash rates of the replicas in turn; repeated when there are more replicas."),
      .field(
        "difficulty-bits", .integer(1...60), default: "24", \.difficultyBits,
        "The expected hashes for one block are two to this power."),
      .field(
        "confirmations", .integer(1...1000), default: "1", \.configuration.confirmations,
        "The depth at which a transaction counts, its own block included."),
      .field(
        "block-capacity", .integer(1...100_000), default: "100", \.configuration.blockCapacity,
        "The most transactions in one block."),
      Field(
        .optional(
          "retarget-every", .integer(1...1_000_000),
          "Blocks between two adjustments of the difficulty; never when left out."),
        read: { reader, keys in
          let interval = reader.optional("retarget-every")?.integer()
          let target = reader.optional("target-interval")?.duration()
          if (interval == nil) != (target == nil) {
            reader.error("'retarget-every' and 'target-interval' need each other")
          }
          guard let interval, let target else { return }
          keys.configuration.retargeting = Retargeting(
            interval: UInt64(interval), targetInterval: target)
        },
        write: { $0.configuration.retargeting.map { .made("\($0.interval)") } }),
      Field(
        .optional(
          "target-interval", .duration(from: .milliseconds(1)),
          "The block interval that adjustments aim at."),
        read: { _, _ in },
        write: { $0.configuration.retargeting.map { .made(Codec.duration(), $0.targetInterval) } }),
      .optional(
        "announce-every", .duration(from: .milliseconds(1)), \.configuration.announceInterval,
        "How often a node announces its tip, for networks that lose messages."),
      .field(
        "relay-transactions", .flag, default: "false", \.configuration.relaysTransactions,
        "Whether nodes pass on what clients send them, for clients that do not reach every node."),
      .optional(
        "peers", .integer(2...255), \.peers,
        "How many peers a node has: the nodes form a ring with drawn chords. All others if left out."
      ),
    ])
}

/// The section `chain`: what a scenario promises of the chain; what is nil is not promised.
public struct ChainPromises: ProtocolKeys {
  /// W-1.
  public var keepsCommonPrefix = false
  /// W-2.
  public var quality: ChainDemands.Quality?
  /// W-3.
  public var meanInterval: ClosedRange<VirtualDuration>?
  /// Whether the scenario has the section at all.
  public var isWritten = false

  /// Promises nothing.
  public init() {}

  /// Whether nothing is promised.
  public var isEmpty: Bool { !keepsCommonPrefix && quality == nil && meanInterval == nil }

  /// Messages are what the section is about.
  public static var needsMessages: Bool { true }

  /// Notes whether the section stands in the scenario.
  public mutating func note(isWritten: Bool) { self.isWritten = isWritten }

  /// The keys.
  public static let section = Section<Self>(
    "chain", "What is promised of a chain of proof of work; a run that breaks a promise fails.",
    initial: { Self() },
    fields: [
      .field(
        "common-prefix", .flag, default: "false", \.keepsCommonPrefix,
        "Whether a block that is `pow.confirmations` deep in a chain stays in all later ones (W-1)."
      ),
      .optional(
        "quality", qualitySection.codec, \.quality,
        "How many blocks of the final chain honest miners find (W-2)."),
      .optional(
        "interval",
        .range(
          of: .duration(from: .microseconds(1)), placeholder: .seconds(1)...(.seconds(1)),
          complaint: "the largest interval is less than the least"),
        \.meanInterval,
        "The least and the largest mean time between blocks of the final chain (W-3)."),
    ])

  private static let qualitySection = Section<ChainDemands.Quality>(
    "quality", "A bound on the quality of a chain, for chains of at least `window` blocks.",
    initial: { ChainDemands.Quality(window: 1, honestBlocks: 1) },
    fields: [
      .required(
        "window", .integer(1...1_000_000), \.window, "The number of blocks in a row, l."),
      Field(
        .required(
          "share", .probability, "The least share of honest blocks in any `window` blocks in a row."
        ),
        read: { reader, quality in
          let share = reader["share"].probability()
          _ = reader["share"].ratio(of: share)
          let millionths = Int((share * 1e6).rounded())
          if reader.isSound("share"), millionths == 0 {
            reader.error("a share of 0 promises nothing", at: "share")
          }
          quality.honestBlocks = (quality.window * millionths + 999_999) / 1_000_000
        },
        write: { .made("\(Double($0.honestBlocks) / Double($0.window))") }),
    ])
}
