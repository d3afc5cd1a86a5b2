import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Notation
import PBFT
import SCPBFT
import Simulator

/// PBFT as published.
enum ClassicPBFTSubject: SubjectDefinition {
  /// Name, sections and bounds.
  static let traits = pbftTraits(
    name: "pbft", title: "PBFT", sections: [PBFTConfiguration<RoundRobin>.self],
    invariants: [.pbft])

  /// The parameters of the section `pbft`.
  static func configuration(of run: PlannedRun) -> PBFTConfiguration<RoundRobin> {
    run.pbft(RoundRobin.self, options: .init(), epochLength: nil)
  }

  /// The invariants of PBFT.
  static func judge(
    _ configuration: PBFTConfiguration<RoundRobin>, of run: PlannedRun
  ) -> ClassicPBFTInvariants {
    ClassicPBFTInvariants(configuration, assumptions: run.assumptions)
  }

  /// Views and turns.
  static func census(of run: PlannedRun) -> PBFTCensus<RoundRobin> {
    PBFTCensus(isolation: run.isolationClock)
  }

  /// What the census counted.
  static func counters(
    _ census: PBFTCensus<RoundRobin>, _ judge: ClassicPBFTInvariants?, _ outcome: Outcome
  ) -> RunCounters { census.counters }
}

/// The paper's PBFT with a state sheet.
enum CheckedPBFTSubject: SubjectDefinition {
  /// Name, sections and bounds.
  static let traits = pbftTraits(
    name: "sc-pbft", title: "sc-PBFT",
    sections: [PBFTConfiguration<RoundRobin>.self, CheckedPBFTKeys.self],
    invariants: [.pbft, .checkedPBFT])

  /// The parameters of the sections `pbft` and `sc-pbft`.
  static func configuration(of run: PlannedRun) -> PBFTConfiguration<StateSheetPolicy> {
    let keys = run.plan[CheckedPBFTKeys.self]
    return run.pbft(
      StateSheetPolicy.self, options: keys.options,
      epochLength: keys.epochLength?.count(among: run.plan.replicas))
  }

  /// The invariants of PBFT and of its sheets.
  static func judge(
    _ configuration: PBFTConfiguration<StateSheetPolicy>, of run: PlannedRun
  ) -> CheckedPBFTInvariants {
    CheckedPBFTInvariants(configuration, assumptions: run.assumptions)
  }

  /// Views, turns, marks and isolation.
  static func census(of run: PlannedRun) -> PBFTCensus<StateSheetPolicy> {
    PBFTCensus(isolation: run.isolationClock)
  }

  /// What the census counted.
  static func counters(
    _ census: PBFTCensus<StateSheetPolicy>, _ judge: CheckedPBFTInvariants?, _ outcome: Outcome
  ) -> RunCounters { census.counters }
}

private func pbftTraits(
  name: String, title: String, sections: [any ProtocolKeys.Type], invariants: [InvariantSubject]
) -> SubjectTraits {
  var traits = SubjectTraits(
    name: name, title: title, kinds: PBFTMessage<RoundRobin>.kindNames,
    steps: PBFTObservation.markNames, sections: sections, invariants: invariants,
    tolerance: .thirdLies, progressInvariant: .pl1, restInvariant: .pl5,
    clients: ClientTraits(
      dispatch: .multicast, replies: .strong, hasTimeout: true, retransmission: .all,
      ordersPerReplica: false),
    agreementKinds: ["pre-prepare", "prepare", "commit"], behaviours: .twinned, leastReplicas: 4)
  traits.hasSlotModel = true
  // Only suspicion moves the lead (PBFT §4.4) where the rotation does not say otherwise.
  traits.handsOver = { $0[PBFTConfiguration<RoundRobin>.self].rotation != .onSuspicion }
  traits.checkBound = { plan, reader in plan.checkQuorums(reader, breaking: .p1) }
  let removesReplicas = sections.count > 1
  traits.leastWork = { .pbft($0, removesReplicas: removesReplicas) }
  return traits
}

extension PlannedRun {
  /// The parameters of the section `pbft`, with the options of an policy.
  package func pbft<Policy: PBFTPolicy>(
    _ type: Policy.Type, options: Policy.Options, epochLength: Int?
  ) -> PBFTConfiguration<Policy> {
    let keys = plan[PBFTConfiguration<RoundRobin>.self]
    var configuration = PBFTConfiguration<Policy>(
      replicas: plan.replicas, checkpointInterval: keys.checkpointInterval, window: keys.window,
      batchLimit: keys.batchLimit, viewTimeout: keys.viewTimeout,
      retransmission: keys.retransmission, rotation: .init(keys.rotation),
      relaysFirstReceipt: clients.contains { $0.dispatch != .multicast },
      epochLength: epochLength.map { UInt64($0) }, policy: options, application: application)
    configuration.batching = keys.batching.counting(plan.sizes)
    configuration.inFlight = keys.inFlight
    return configuration
  }

  fileprivate var isolationClock: IsolationClock {
    IsolationClock(
      isAgreed: plan[CheckedPBFTKeys.self].options.marking == .certified, cutOff: plan.cutOff())
  }
}

// MARK: Keys

extension PBFTConfiguration: ProtocolKeys where Policy == RoundRobin {
  /// The values of a section without keys.
  public init() {
    self.init(
      replicas: 4, checkpointInterval: 128, window: 256, batchLimit: 1, viewTimeout: .seconds(10),
      retransmission: .seconds(5), rotation: .onSuspicion, relaysFirstReceipt: false,
      epochLength: nil, policy: .init(), application: nil)
  }

  /// The section `pbft`.
  public static var section: Section<Self> { pbftSection }

  /// Messages are what the section is about.
  public static var needsMessages: Bool { true }

  /// Sequence numbers that the watermark windows of all replicas may span.
  static var slotsAtMost: Int { 1 << 20 }

  /// Reports windows that span too much together.
  public func check(_ plan: RunPlan, _ reader: MappingReader) {
    let slots = plan.replicas * Int(window)
    guard reader.isSound("replicas", "pbft"), slots > Self.slotsAtMost else { return }
    reader.error(
      "\(plan.replicas) replicas with a window of \(window) each would keep "
        + "\(slots) sequence numbers; at most \(Self.slotsAtMost) are possible",
      at: "pbft", hint: "write 'window: \(Self.slotsAtMost / plan.replicas)' or less")
  }
}

// Rule: PBFT 4.3-7
private let pbftSection = Section<PBFTConfiguration<RoundRobin>>(
  "pbft", "Parameters of PBFT and sc-PBFT.", initial: { PBFTConfiguration() },
  fields: [
    .field(
      "view-timeout", .duration(from: .milliseconds(1)), default: "10 s", \.viewTimeout,
      "How long a backup waits for a request to execute (Paper §IV-D: 10 s)."),
    .field(
      "retransmission", .duration(from: .milliseconds(1)), default: "5 s", \.retransmission,
      "How often a replica without progress reminds its peers."),
    Field(
      .key(
        "rotation",
        .choice([
          .init("on-suspicion", "Only a view change moves the lead (PBFT §4.4)."),
          .init("per-test", "The lead is handed on between tests (Paper §IV-D)."),
          .init("every-blocks", "The proposer changes with the sequence number."),
        ]), default: "on-suspicion", "How the lead rotates (Paper §III-A)."
      )
      .needing(.turns),
      read: { reader, keys in
        switch reader["rotation"].choice() {
        case "per-test": keys.rotation = .onCommand
        case "every-blocks":
          keys.rotation = .everyBlocks(reader.optional("blocks-per-turn")?.integer() ?? 1)
        default: keys.rotation = .onSuspicion
        }
      },
      write: { keys in
        switch keys.rotation {
        case .onSuspicion: nil
        case .onCommand: .made("per-test")
        case .everyBlocks: .made("every-blocks")
        }
      }),
    Field(
      .optional(
        "blocks-per-turn", .integer(1...1_000_000),
        "For `every-blocks`: sequence numbers in one turn; 1 by default."),
      read: { _, _ in },
      write: { keys in
        if case .everyBlocks(let blocks) = keys.rotation { .made("\(blocks)") } else { nil }
      }),
    .field(
      "batch", .integer(1...10_000), default: "1", \.batchLimit, "The most requests in one block."),
    .optional("batch-bytes", .batchBytes, \.batching.bytes, Batching.bytesText),
    .optional("batch-delay", .batchDelay, \.batching.delay, Batching.delayText),
    .optional(
      "in-flight", .integer(1...1_000_000), \.inFlight,
      "The most blocks that a primary has proposed and not executed; as many as the window holds "
        + "when left out."),
    .field(
      "checkpoint-interval", .integer(1...1_000_000), default: "128", \.checkpointInterval,
      "Sequence numbers between two checkpoints (PBFT §4.3)."),
    .field(
      "window", .integer(1...1_000_000), default: "256", \.window,
      "The width of the watermark window; at least twice the interval (PBFT §4.3)."),
  ],
  check: { reader, keys in
    if reader.isSound("window", "checkpoint-interval"), keys.window < 2 * keys.checkpointInterval {
      reader.error(
        "a window of \(keys.window) is less than twice the checkpoint interval of "
          + "\(keys.checkpointInterval)",
        at: "window", hint: "PBFT §4.3 wants the window to span two checkpoints")
    }
    keys.batching.check(reader, batch: keys.batchLimit)
    keys.checkPace(reader)
  })

extension PBFTConfiguration where Policy == RoundRobin {
  /// Reports limits of batches that contradict when the lead moves, or the window.
  fileprivate func checkPace(_ reader: MappingReader) {
    if reader.isSound("batch", "batch-delay", "view-timeout"), let delay = batching.delay,
      delay >= viewTimeout
    {
      reader.error(
        "a request that waits for others as long as a view time-out would depose every primary",
        at: "batch-delay",
        hint: "write less than the 'view-timeout', "
          + Quantity.duration.text(viewTimeout.nanoseconds))
    }
    guard reader.isSound("in-flight", "window", "rotation", "blocks-per-turn"), let inFlight else {
      return
    }
    if case .everyBlocks = rotation, inFlight > 1 {
      reader.error(
        "\(inFlight) blocks cannot be in flight under 'rotation: every-blocks', whose rounds are "
          + "serial: who proposes next is known once the block before has executed",
        at: "in-flight", hint: "leave 'in-flight' out, or choose another 'rotation'")
    } else if inFlight > window {
      reader.error(
        "\(inFlight) blocks in flight do not fit in a window of \(window)", at: "in-flight",
        hint: "write \(window) or less, or a larger 'window'")
    }
  }
}

/// The section `sc-pbft`.
public struct CheckedPBFTKeys: ProtocolKeys {
  /// How sheets are kept.
  public var options = StateSheetPolicy.Options(
    marking: .certified, exclusion: .skip, strikes: 2, agedThreshold: 5, expires: false,
    allowsShrinking: false)
  /// Blocks between two reports of the isolation area; nil for never.
  public var epochLength: RoundCount?
  /// How long every replica is down when the membership changes.
  public var restartCost = VirtualDuration.zero

  /// The values of a section without keys.
  public init() {}

  /// A restart has a price.
  public func addCosts(to costs: inout WorkCosts) {
    costs[.restart] = restartCost.nanoseconds
  }

  /// Literal sheets differ between honest replicas by design, and with them whom they follow: that
  /// is reported and fails nothing unless the scenario asks for it.
  public func addExpectations(
    to expectations: inout [(invariant: InvariantID, expectation: Expectation)]
  ) {
    guard options.marking == .literal else { return }
    for invariant in [InvariantID.sc6, .sc7]
    where !expectations.contains(where: { $0.invariant == invariant }) {
      expectations.append((invariant, .mayBreak))
    }
  }

  /// The keys.
  public static let section = Section<Self>(
    "sc-pbft", "Parameters of sc-PBFT (Paper §III-B).", initial: { Self() },
    fields: [
      .field(
        "marking",
        .choice([
          (.certified, "certified", "NEW-VIEW certificates mark; all sheets are equal."),
          (.literal, "literal", "Each replica marks at its own timer, as printed."),
        ]), default: "certified", \.options.marking, "Who decides about an entry of the sheet."
      )
      .needing(.messages),
      .field(
        "exclusion",
        .choice([
          (.skip, "skip", "View changes pass over malicious primaries."),
          (.refuse, "refuse", "They are elected and refused by a view change."),
        ]), default: "skip", \.options.exclusion, "How malicious primaries are kept from leading."
      )
      .needing(.messages),
      .field(
        "strikes", .integer(1...100), default: "2", \.options.strikes,
        "Time-outs in consecutive turns that make a node malicious."),
      .field(
        "aged-threshold", .integer(1...1_000_000), default: "5", \.options.agedThreshold,
        "Unstable marks in total after which a node is reported as aged."
      )
      .needing(.epochs.and(.messages)),
      .field(
        "epoch-length", .roundsOrNone, default: "none", \.epochLength,
        "Blocks between two reports of the isolation area, m: `none`, `12`, or `4 n`."),
      .field(
        "expire", .flag, default: "false", \.options.expires,
        "Whether a report pardons marks without proof instead of removing the nodes."
      )
      .needing(.epochs.and(.messages)),
      .field(
        "allow-shrink", .flag, default: "false", \.options.allowsShrinking,
        "Whether the group may shrink below four replicas."
      )
      .needing(.shrinking),
      .field(
        "restart-cost", .duration(), default: "0 s", \.restartCost,
        "How long every replica is down when the membership changes (Paper §V)."
      )
      .needing(.epochs.and(.messages)),
    ])
}

extension PBFTConfiguration.Rotation {
  /// The same rotation of another policy's replicas.
  fileprivate init<Other: PBFTPolicy>(_ other: PBFTConfiguration<Other>.Rotation) {
    self =
      switch other {
      case .onSuspicion: .onSuspicion
      case .everyBlocks(let blocks): .everyBlocks(blocks)
      case .onCommand: .onCommand
      }
  }
}
