import ConsensusCore
import Faults
import Invariants
import Notation
import Simulator

/// A protocol as runs see it: its replica, what judges it, and what a scenario may say of it.
///
/// A protocol is made known by one ``Subject`` of its definition.
public protocol SubjectDefinition: Sendable {
  /// The replica that runs.
  associatedtype Node: Forgeable where Node.Observation: MarkedObservation
  /// What judges the runs.
  associatedtype Judge: Probe where Judge.Subject == Node
  /// What counts for the result files beside the judge.
  associatedtype Census: Probe where Census.Subject == Node

  /// What does not depend on a run.
  static var traits: SubjectTraits { get }
  /// The parameters of the replicas of a run.
  static func configuration(of run: PlannedRun) -> Node.Configuration
  /// The invariants of a run.
  static func judge(_ configuration: Node.Configuration, of run: PlannedRun) -> Judge
  /// A census of a run.
  static func census(of run: PlannedRun) -> Census
  /// What was counted; without a judge where the run has no probes.
  static func counters(_ census: Census, _ judge: Judge?, _ outcome: Outcome) -> RunCounters
}

extension SubjectDefinition {
  /// The highest view of any replica alone.
  public static func counters(
    _ census: Census, _ judge: Judge?, _ outcome: Outcome
  ) -> RunCounters {
    var counters = RunCounters()
    counters.highestView = outcome.standings.map(\.view).max() ?? 0
    return counters
  }
}

/// What is known of a protocol before any run.
public struct SubjectTraits: Sendable {
  /// The name in scenarios, such as `sc-pbft`.
  public var name: String
  /// The name in tables and charts.
  public var title: String
  /// The names of the kinds of message, by number.
  public var kinds: [String]
  /// The names of the inner steps that coverage tells apart.
  public var steps: [String]
  /// The sections of a scenario that hold its parameters.
  public var sections: [any ProtocolKeys.Type]
  /// The invariants that are about its runs.
  public var invariants: [InvariantSubject]
  /// How many faulty replicas it tolerates.
  public var tolerance: Tolerance
  /// The invariant that clients are served once all faults are over.
  public var progressInvariant: InvariantID
  /// The invariant that the group comes to rest once nobody is faulty any more.
  public var restInvariant: InvariantID
  /// How its clients work where a scenario does not say.
  public var clients: ClientTraits
  /// The kinds of message that agree on a block.
  public var agreementKinds: [String]
  /// Behaviours that its replicas alone can show.
  public var behaviours: Behaviour.Kind.Subject
  /// Its invariants, where the catalogue does not have them: those of a protocol of another module.
  public var catalog: [InvariantDescription] = []
  /// Whether the slot model counts its turns.
  public var hasSlotModel = false
  /// Whether a group that nobody asks anything comes to rest.
  public var comesToRest = true
  /// Whether a command moves the lead.
  public var isCommandable = true
  /// Whether the lead is handed on between the tests of a run.
  public var handsOver: @Sendable (RunPlan) -> Bool = { _ in true }
  /// Whether replicas give up requests that they took.
  public var givesUp: @Sendable (RunPlan) -> Bool = { _ in false }
  /// Reports more faults than the protocol tolerates.
  public var checkBound: @Sendable (RunPlan, MappingReader) -> Void = { _, _ in }
  /// Reports what a plan asks for and the protocol does not have.
  public var check: @Sendable (RunPlan, MappingReader) -> Void = { _, _ in }
  /// The work that requests bring at least, for remarks on the load; nil where it is not known.
  public var leastWork: @Sendable (RunPlan) -> LeastWork? = { _ in nil }
  /// The fewest replicas that random plans are drawn for.
  public var leastReplicas: Int
  /// How random plans are drawn; nil where none are, and where the fuzzer knows how.
  public var drawing: DrawingTraits?

  /// Creates the traits that have no common value.
  public init(
    name: String, title: String, kinds: [String], steps: [String],
    sections: [any ProtocolKeys.Type], invariants: [InvariantSubject], tolerance: Tolerance,
    progressInvariant: InvariantID, restInvariant: InvariantID, clients: ClientTraits,
    agreementKinds: [String], behaviours: Behaviour.Kind.Subject, leastReplicas: Int
  ) {
    self.name = name
    self.title = title
    self.kinds = kinds
    self.steps = steps
    self.sections = sections
    self.invariants = invariants
    self.tolerance = tolerance
    self.progressInvariant = progressInvariant
    self.restInvariant = restInvariant
    self.clients = clients
    self.agreementKinds = agreementKinds
    self.behaviours = behaviours
    self.leastReplicas = leastReplicas
  }
}

/// How many faulty replicas a protocol tolerates.
public enum Tolerance: Hashable, Sendable {
  /// f of 3f + 1 may lie (PBFT §3).
  case thirdLies
  /// Less than half may be down; none may lie (Raft §2).
  case minorityStops
  /// Less than half of the hash power may lie.
  case minorityOfPower

  /// The most replicas that may lie.
  public func liars(among replicas: Int) -> Int {
    switch self {
    case .thirdLies, .minorityOfPower: Quorum(replicas: replicas).faults
    case .minorityStops: 0
    }
  }

  /// The replicas that must be correct and connected for progress.
  public func quorum(of replicas: Int) -> Int {
    switch self {
    case .thirdLies, .minorityOfPower: replicas - Quorum(replicas: replicas).faults
    case .minorityStops: Quorum(replicas: replicas).majority
    }
  }
}

/// How the clients of a protocol work where a scenario does not say.
public struct ClientTraits: Sendable {
  /// Whom a new request is sent to.
  public var dispatch: ClientModel.Dispatch
  /// How many equal replies a client needs.
  public var replies: ClientModel.QuorumRule
  /// Whether a request can be declined.
  public var hasTimeout: Bool
  /// Whom a request is sent to again.
  public var retransmission: ClientModel.Retransmission.Target
  /// Whether every replica executes an order by itself and may order differently for a while.
  public var ordersPerReplica: Bool

  /// Creates the traits.
  public init(
    dispatch: ClientModel.Dispatch, replies: ClientModel.QuorumRule, hasTimeout: Bool,
    retransmission: ClientModel.Retransmission.Target, ordersPerReplica: Bool
  ) {
    self.dispatch = dispatch
    self.replies = replies
    self.hasTimeout = hasTimeout
    self.retransmission = retransmission
    self.ordersPerReplica = ordersPerReplica
  }
}

/// The parameters of a protocol as a section of a scenario.
public protocol ProtocolKeys: Sendable {
  /// The values that the section sets.
  init()
  /// The keys.
  static var section: Section<Self> { get }
  /// Whether the section has an effect only where messages are simulated.
  static var needsMessages: Bool { get }
  /// Notes whether the section stands in the scenario.
  mutating func note(isWritten: Bool)
  /// Adds what the section says of prices.
  func addCosts(to costs: inout WorkCosts)
  /// Adds what is expected of invariants where the section says so.
  func addExpectations(to expectations: inout [(invariant: InvariantID, expectation: Expectation)])
  /// Reports what the section and the rest of the plan ask for together.
  func check(_ plan: RunPlan, _ reader: MappingReader)
}

extension ProtocolKeys {
  /// The slot model heeds the section, too.
  public static var needsMessages: Bool { false }
  /// Nothing depends on it.
  public mutating func note(isWritten: Bool) {}
  /// No price.
  public func addCosts(to costs: inout WorkCosts) {}
  /// No expectation.
  public func addExpectations(
    to expectations: inout [(invariant: InvariantID, expectation: Expectation)]
  ) {}
  /// Everything goes together.
  public func check(_ plan: RunPlan, _ reader: MappingReader) {}
}
