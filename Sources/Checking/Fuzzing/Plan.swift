import ConsensusCore
import DiscreteEvents
import Faults
import RunPlans
import Simulator

/// The protocols that can be fuzzed.
public enum FuzzProtocol: Hashable, Sendable {
  /// PBFT as published.
  case pbft
  /// The paper's PBFT with a state sheet.
  case scPBFT
  /// Raft.
  case raft
  /// Proof of work.
  case pow
  /// A protocol of another module, whose traits say how plans are drawn.
  case registered(Subject)

  /// The protocols that the fuzzer knows by itself, which campaigns of `all` are about.
  public static let builtIn: [FuzzProtocol] = [.pbft, .scPBFT, .raft, .pow]

  /// All protocols that can be fuzzed.
  public static var all: [FuzzProtocol] {
    builtIn + Subjects.all.filter { $0.traits.drawing != nil }.map { .registered($0) }
  }

  /// The protocol of a name that scenarios use.
  public init?(named name: String) {
    guard let named = Self.all.first(where: { $0.name == name }) else { return nil }
    self = named
  }

  /// The name in scenarios.
  public var name: String { subject.name }

  /// What runs know of it.
  public var subject: Subject {
    switch self {
    case .pbft: .pbft
    case .scPBFT: .scPBFT
    case .raft: .raft
    case .pow: .pow
    case .registered(let subject): subject
    }
  }

  /// How plans of a registered protocol are drawn.
  var drawing: DrawingTraits? {
    if case .registered(let subject) = self { subject.traits.drawing } else { nil }
  }

  /// The fewest replicas that plans are drawn for.
  ///
  /// PBFT needs 3f + 1 for one liar, Raft a majority that is not everybody, and a miner a peer.
  public var leastReplicas: Int { subject.traits.leastReplicas }

  /// Byzantine replicas tolerated among `replicas`; miners are bounded like PBFT's, since with less
  /// than half of the power they only lose.
  func faults(among replicas: Int) -> Int { subject.traits.tolerance.liars(among: replicas) }

  /// Replicas that must be correct and connected for progress.
  func quorum(of replicas: Int) -> Int { subject.traits.tolerance.quorum(of: replicas) }

  /// The invariants that hold only up to the bound.
  var quorumInvariants: [InvariantID] {
    let agreement: [InvariantID] = [
      .p1, .p2, .p3, .p4, .p5, .p6, .p7, .p8, .p9, .p10, .p11, .p12, .p13, .p14, .p15, .p16, .p17,
      .pl1,
    ]
    return switch self {
    case .pbft: agreement
    case .scPBFT: agreement + [.sc1, .sc2, .sc3, .sc4, .sc5, .sc6, .sc7, .sc8, .sc9, .sc10, .sc11]
    case .raft:
      [.r1, .r2, .r3, .r4, .r5, .r6, .r7, .r8, .r9, .r10, .r11, .r12, .r13, .r14, .r15, .rl1]
    case .pow: [.w1, .w2, .w3, .w4, .w5, .w6, .w7, .w10]
    case .registered(let subject): subject.traits.catalog.map(\.id)
    }
  }

  /// The kinds of message that plans draw from; those of Raft's recovery need a lost disk, and that of
  /// forwarding a key that no plan draws.
  var kindNames: [String] {
    self == .raft ? subject.traits.kinds.dropLast(3) : subject.traits.kinds
  }

  /// The inner steps.
  var markNames: [String] { subject.traits.steps }

  /// Why a step that no run reached cannot be reached, or only rarely; nil where nothing is known.
  func reason(forMissing step: String) -> String? {
    switch (self, step) {
    case (.pbft, "marked"), (.pbft, "entered-epoch"), (.pbft, "rejected: malicious"),
      (.pbft, "left-view: refusal"):
      "sc-PBFT alone does that"
    case (.pbft, "rejected: notAMember"): "the membership of PBFT is fixed"
    case (.scPBFT, "rejected: malicious"):
      "a primary is refused when its view is installed; only one that is marked in its own view gets so far"
    default: nil
    }
  }
}

/// One run that tries to break a protocol, as a list of parts that can be left out one by one.
///
/// A plan is all that a run depends on: equal plans give equal runs. ``scenario(comment:)`` writes
/// it as a scenario file that replays it event for event.
public struct Plan: Hashable, Sendable {
  /// The protocol.
  public var subject: FuzzProtocol
  /// n.
  public var replicas: Int
  /// The seed of the run's draws and keys.
  public var seed: UInt64
  /// Whether there are more faults than the protocol tolerates: then invariants may break.
  public var isBeyondBound: Bool
  /// The parameters of the protocol.
  public var parameters: Parameters
  /// What most plans leave as it is.
  public var options = Options()
  /// The law of every link, which the healed network keeps.
  public var link: LinkLaw
  /// Replicas whose clocks are not right.
  public var clocks: [Clock]
  /// The client machines.
  public var clients: [Client]
  /// Partitions, slow and lossy links.
  public var changes: [NetworkChange]
  /// Crashes, pauses and Byzantine behaviour.
  public var faults: [Fault]
  /// When the faults are over, and what is demanded then.
  public var healing: HealingPlan

  /// The parameters of a protocol; each protocol reads its own.
  public struct Parameters: Hashable, Sendable {
    /// PBFT's view time-out, Raft's shortest election time-out.
    public var timeout: VirtualDuration
    /// PBFT's reminders, Raft's heartbeats, miners' announcements.
    public var retransmission: VirtualDuration
    /// Sequence numbers between checkpoints.
    public var checkpointInterval: Int
    /// The window in checkpoint intervals, at least 2.
    public var windowIntervals: Int
    /// Requests in a batch or block.
    public var batch: Int
    /// Blocks of one proposer's turn; 0 when only a suspicion moves the lead.
    public var blocksPerTurn: Int
    /// Whether a malicious primary is elected and refused instead of skipped (sc-PBFT).
    public var refuses: Bool
    /// Time-outs in a row that make a primary malicious (sc-PBFT).
    public var strikes: Int
    /// The depth at which a block counts (PoW).
    public var confirmations: Int

    /// The most entries in one message of Raft: few let a follower lag while its leader commits, and
    /// entries of earlier terms arrive without those of the current one (Raft §5.4.2).
    ///
    /// Raft has no window, whose width decides.
    public var appendLimit: Int { windowIntervals > 2 ? windowIntervals - 2 : 64 }

    /// Blocks between two adjustments of the difficulty in a half of the plans, nil in the others (PoW):
    /// only where it adapts can the longest chain be another than the one with the most work.
    ///
    /// Miners have neither windows nor checkpoints, whose widths decide. One block is too few: where
    /// each difficulty follows from a single draw, extreme ones are common.
    public var retargetInterval: Int? { windowIntervals > 2 ? max(2, checkpointInterval) : nil }

    /// The entries between two snapshots of Raft in a half of the plans, nil in the others; few, so that
    /// followers that were away need the snapshot (Raft §7).
    ///
    /// Raft has no checkpoints, whose interval decides.
    public var snapshotInterval: Int? { checkpointInterval < 4 ? 2 * checkpointInterval : nil }

    /// Whether miners pass on what clients send them (PoW), who have nobody to refuse.
    public var relaysTransactions: Bool { refuses }
  }

  /// What most plans leave as it is, each dimension by itself; each protocol reads its own.
  public struct Options: Hashable, Sendable {
    /// Sequence numbers between two heights at which a CONFIG block may change the membership; nil for
    /// never (sc-PBFT).
    public var epochLength: Int?
    /// The marks as unstable after which a node is reported (sc-PBFT, with epochs).
    public var agedThreshold = 5
    /// Whether CONFIG blocks pardon what is not proven (sc-PBFT, with epochs).
    public var expires = false
    /// Whether the membership may shrink below four (sc-PBFT, with epochs).
    public var allowsShrinking = false
    /// Whether every replica marks by its own timers (sc-PBFT).
    public var isLiteral = false
    /// Whether candidates ask before they campaign (Raft).
    public var usesPreVote = true
    /// Whether a leader that hears no majority steps down (Raft).
    public var checksQuorum = true
    /// Whether results tell what took effect before, and in which order.
    public var recordsHistory = false
    /// Microseconds of work for a message, and ten times as many for a signature; 0 for free.
    public var price = 0
    /// The jitter of a job in percent; only where work has a price.
    public var jitter = 0
    /// Megabits per second of every uplink; 0 without a limit.
    public var uplink = 0
    /// The weights of the miners' hash rates in turn; empty for equal ones (PoW).
    public var weights: [Int] = []
    /// The peers of each miner; nil for all (PoW).
    public var peers: Int?
    /// Whether the chain promises a common prefix, quality and growth (PoW, W-1 to W-3).
    public var promisesChain = false
    /// The values of the keys that a registered protocol draws, by their places among the choices.
    public var choices: [Int] = []

    /// Batches or messages that may be in flight; nil without a limit (PBFT without turns, Raft).
    public var inFlight: Int?
    /// How long a request waits for others; nil for not at all (PBFT, Raft; with batches).
    public var batchDelay: VirtualDuration?
    /// Whether followers learn at once that the commit index rose (Raft).
    public var commitsAtOnce = false

    /// Nothing is out of the ordinary.
    public init() {}
  }

  /// A clock that is not right.
  public struct Clock: Hashable, Sendable {
    /// Whose.
    public var replica: ReplicaID
    /// What timers are multiplied by, in thousandths.
    public var thousandths: Int
  }

  /// A client machine.
  public struct Client: Hashable, Sendable {
    /// Connections with one outstanding request each.
    public var connections: Int
    /// The mean pause between two requests.
    public var pause: VirtualDuration
    /// The time after which a request is sent again.
    public var retransmission: VirtualDuration
    /// How the client lies, if it does.
    public var attack: ClientModel.Attack?
  }

  /// One line of the fault schedule.
  public struct Fault: Hashable, Sendable {
    /// What a rule of the simulator cannot say: behaviour with a state of its own.
    public enum Strategy: Hashable, Sendable {
      /// Two copies under one identity; the rule's recipients talk with the first.
      case twins
      /// PoW: blocks without transactions.
      case emptyBlocks
      /// PoW: blocks with more transactions than fit.
      case oversizedBlocks
      /// PoW: selfish mining.
      case selfish
      /// PoW: keeps blocks back until it has so many.
      case withhold(blocks: Int)
    }

    /// Who does what, when, to which messages; with a strategy only who, and towards whom.
    public var rule: FaultRule
    /// The strategy, if there is one.
    public var strategy: Strategy?

    /// The replicas concerned.
    public var culprits: [ReplicaID] {
      if case .replicas(let named) = rule.culprits { return named }
      return []
    }
  }

  /// The replicas that count as Byzantine; for protocols that vote, a node that forgot its
  /// promises is one too.
  public var byzantine: ReplicaSet {
    var set = ReplicaSet()
    for fault in faults where fault.rule.behaviour.isByzantine || fault.rule.behaviour.forgets {
      for culprit in fault.culprits { set.insert(culprit) }
    }
    return set
  }
}

extension Behaviour {
  /// Whether the node comes back without its disk.
  var forgets: Bool {
    if case .crash(_, .lost) = self { return true }
    return false
  }
}
