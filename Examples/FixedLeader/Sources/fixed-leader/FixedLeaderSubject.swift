import ConsensusCore
import Invariants
import Notation
import RunPlans
import Simulator

/// What consim has to know of the protocol.
enum FixedLeaderSubject: SubjectDefinition {
  static let traits: SubjectTraits = {
    var traits = SubjectTraits(
      name: "fixed-leader", title: "Fixed leader", kinds: FixedLeaderMessage.kindNames,
      steps: FixedLeaderStep.markNames, sections: [FixedLeaderConfiguration.self],
      invariants: [.fixedLeader],
      tolerance: .minorityStops, progressInvariant: InvariantID("FL-1"),
      restInvariant: InvariantID("FL-2"),
      clients: ClientTraits(
        dispatch: .leader, replies: .fixed, hasTimeout: true, retransmission: .all,
        ordersPerReplica: false),
      agreementKinds: ["order"], behaviours: .everybody, leastReplicas: 2)
    traits.catalog = [
      InvariantDescription(
        id: InvariantID("FL-1"), subject: .fixedLeader, watch: .probeIfPromised,
        statement: "While the leader is up, every request is executed.", source: "this package"),
      InvariantDescription(
        id: InvariantID("FL-2"), subject: .fixedLeader, watch: .probeIfPromised,
        statement: "A group that nobody asks comes to rest.", source: "this package"),
    ]
    return traits
  }()

  static func configuration(of run: PlannedRun) -> FixedLeaderConfiguration {
    var configuration = run.plan[FixedLeaderConfiguration.self]
    configuration.replicas = run.plan.replicas
    return configuration
  }

  static func judge(
    _ configuration: FixedLeaderConfiguration, of run: PlannedRun
  ) -> NoProbe<FixedLeader> { NoProbe() }

  static func census(of run: PlannedRun) -> NoProbe<FixedLeader> { NoProbe() }
}

extension InvariantSubject {
  static let fixedLeader = InvariantSubject(rawValue: "fixed leader")
}

extension FixedLeaderConfiguration: ProtocolKeys {
  static let section = Section<Self>(
    "fixed-leader", "Parameters of a group with a fixed leader.", initial: { Self() },
    fields: [
      .field(
        "all-reply", .flag, default: "false", \.allReply,
        "Whether every replica replies to clients, or the leader alone.")
    ])
}
