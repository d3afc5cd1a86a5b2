import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import RunPlans
import Simulator

extension Subject {
  /// Streamlet.
  public static let streamlet = Subject(twinning: StreamletSubject.self)
}

/// Streamlet, as runs see it.
enum StreamletSubject: SubjectDefinition {
  /// Name, section and bounds.
  static let traits: SubjectTraits = {
    var traits = SubjectTraits(
      name: "streamlet", title: "Streamlet", kinds: StreamletMessage.kindNames,
      steps: StreamletObservation.markNames, sections: [StreamletConfiguration.self],
      invariants: [.streamlet], tolerance: .thirdLies, progressInvariant: .sl2,
      restInvariant: .sl2,
      clients: ClientTraits(
        dispatch: .multicast, replies: .strong, hasTimeout: true, retransmission: .all,
        ordersPerReplica: false),
      agreementKinds: ["proposal", "vote"], behaviours: .twinned, leastReplicas: 4)
    traits.catalog = StreamletCatalog.all
    traits.isCommandable = false
    traits.comesToRest = false
    traits.leastWork = { .arrivals($0) }
    traits.drawing = drawing
    traits.checkBound = { plan, reader in plan.checkQuorums(reader, breaking: .s1) }
    return traits
  }()

  /// The parameters of the section `streamlet`.
  static func configuration(of run: PlannedRun) -> StreamletConfiguration {
    var configuration = run.plan[StreamletConfiguration.self]
    configuration.replicas = run.plan.replicas
    configuration.leaderSeed = Seed(run.seed)
    configuration.application = run.application
    return configuration
  }

  /// The invariants of Streamlet.
  static func judge(
    _ configuration: StreamletConfiguration, of run: PlannedRun
  ) -> StreamletInvariants {
    StreamletInvariants(configuration, assumptions: run.assumptions)
  }

  /// The judge counts.
  static func census(of run: PlannedRun) -> NoProbe<StreamletReplica> { NoProbe() }
}

extension StreamletConfiguration: ProtocolKeys {
  /// The values of a section without keys.
  public init() { self.init(replicas: 4) }

  /// The section `streamlet`.
  public static var section: Section<Self> { streamletSection }

  /// Messages are what the section is about.
  public static var needsMessages: Bool { true }
}

private let streamletSection = Section<StreamletConfiguration>(
  "streamlet", "Parameters of Streamlet.", initial: { StreamletConfiguration() },
  fields: [
    .field(
      "delta", .duration(from: .microseconds(1)), default: "100 ms", \.delta,
      "The longest delay between honest replicas; an epoch lasts twice as long (Streamlet §2)."),
    .field(
      "leader",
      .choice([
        (.roundRobin, "round-robin", "The replicas in turn."),
        (.drawn, "drawn", "A replica drawn for the epoch (Streamlet §2)."),
      ]), default: "round-robin", \.leaders, "Who leads an epoch."),
    .field("batch", .integer(1...10_000), default: "1", \.batch, "The most requests in one block."),
  ])
