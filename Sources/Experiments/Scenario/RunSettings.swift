import ConsensusCore
import DiscreteEvents
import Invariants
import PBFT
import SCPBFT
import Simulator

/// Everything that one run depends on, but its seed, as decoded from a scenario file.
public struct RunSettings: Sendable {
  /// How a run is carried out.
  public enum Model: String, CaseIterable, Sendable {
    /// Every message is simulated.
    case messages
    /// Only turns and detections are counted.
    case slots
  }

  /// How the lead of PBFT rotates.
  public enum Rotation: Hashable, Sendable {
    /// On view changes alone.
    case onSuspicion
    /// By command between tests.
    case perTest
    /// With the sequence number.
    case everyBlocks(Int)
  }

  /// The parameters of PBFT and sc-PBFT.
  public struct Agreement: Sendable {
    var viewTimeout: VirtualDuration
    var retransmission: VirtualDuration
    var rotation: Rotation
    var batch: Int
    var checkpointInterval: Int
    var window: Int
  }

  /// The parameters of sc-PBFT alone.
  public struct Checking: Sendable {
    var options: NodeStateOversight.Options
    var epochLength: Int?
    var restartCost: VirtualDuration
  }

  /// The parameters of Raft.
  public struct Leadership: Sendable {
    var heartbeat: VirtualDuration
    var electionTimeout: ClosedRange<VirtualDuration>
    var batch: Int
    var appendLimit: Int
    var snapshotInterval: Int?
    var usesPreVote: Bool
    var checksQuorum: Bool
  }

  /// The parameters of proof of work.
  public struct Mining: Sendable {
    var hashRates: [UInt64]
    var difficultyBits: Int
    var confirmations: Int
    var blockCapacity: Int
    var retargetInterval: Int?
    var targetInterval: VirtualDuration?
    var announceInterval: VirtualDuration?
    var relaysTransactions: Bool
    /// How many peers a miner has, if it does not have all.
    var peers: Int?
  }

  /// What a scenario promises of the chain of proof of work; what is nil is not promised.
  public struct ChainPromises: Sendable {
    /// W-1.
    var keepsCommonPrefix: Bool
    /// W-2.
    var quality: ChainDemands.Quality?
    /// W-3.
    var meanInterval: ClosedRange<VirtualDuration>?
    /// Whether the scenario has the section at all.
    var isWritten = false

    /// Whether nothing is promised.
    var isEmpty: Bool { !keepsCommonPrefix && quality == nil && meanInterval == nil }
  }

  /// A fault rule whose names depend on the protocol.
  public struct Fault: Sendable {
    var culprits: Culprits
    var behaviour: Behaviour.Kind
    var law: Distribution?
    var span: VirtualDuration?
    var copies: Int
    var hiddenBlocks: Int
    var disk: Disk
    var activation: Activation
    var kinds: [String]
    var recipients: RecipientFilter
    var probability: Double
    var arrival: SlotModel.Arrival
  }

  /// How a client machine's dispatch and quorum follow from the protocol where not given.
  public struct Client: Sendable {
    var load: ClientModel.Load
    var dispatch: ClientModel.Dispatch?
    /// Fixed means a single reply.
    var replyQuorum: ClientModel.QuorumRule?
    var timeout: VirtualDuration
    var retransmission: VirtualDuration?
    var deceit: ClientModel.Deceit?
    var afterDecline: ClientModel.AfterDecline
  }

  /// How a run is carried out.
  public var model: Model
  /// n.
  public var replicas: Int
  var nodes: [NodeModel]
  var network: NetworkModel
  var sizes: MessageSizes
  var costs: WorkCosts
  /// The name of the cost profile, for provenance.
  public var costProfile: String
  var jitter: Ratio
  /// The client machines; with records one that says how the parties' connections behave.
  var clients: [Client]
  /// Who shares records, if anybody.
  public var records: RecordsSection?
  /// What is measured and when a run ends; nil for a number of arrivals.
  var schedule: Schedule
  /// The run ends after this many arrivals of Byzantine members.
  var horizonArrivals: Int?
  var timeLimit: VirtualTime
  /// Whether results tell what took effect before.
  var recordsHistory: Bool
  /// The most events of a run.
  public var eventLimit: UInt64
  var agreement: Agreement
  var checking: Checking
  var leadership: Leadership
  var mining: Mining
  var faults: [Fault]
  /// What is expected of invariants.
  public var expectations: [(invariant: String, expectation: Expectation)]
  var usesProbes: Bool
  var isCalm: Bool
  var endsSettled: Bool
  var chain: ChainPromises

  /// The most events that a scenario can allow, and allows if it does not say.
  static let eventsAtMost = 1 << 40

  /// The length of a test's window in nanoseconds, if tests have one.
  var windowNanoseconds: Int64? {
    switch schedule {
    case .tests(let plan):
      if case .window(let window, _, _) = plan.ending { return window.nanoseconds }
      return nil
    case .window(_, let duration): return duration.nanoseconds
    case .blocks, .healing: return nil
    }
  }
}
