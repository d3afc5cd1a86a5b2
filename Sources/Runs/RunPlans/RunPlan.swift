import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import Simulator

/// Everything that one run depends on, but its seed and its protocol: the one description behind
/// scenarios, random plans, shrinking, replays and benchmarks.
///
/// A plan is read from YAML (``init(_:costs:workload:)``) and written as YAML
/// (``text(of:seed:named:comment:)``); every key is declared once, as a ``Field``.
public struct RunPlan: Sendable {
  /// How a run is carried out.
  public enum Model: String, CaseIterable, Sendable {
    /// Every message is simulated.
    case messages
    /// Only turns and detections are counted.
    case slots
  }

  /// How a run is carried out.
  public var model = Model.messages
  /// n.
  public var replicas = 4
  /// The machines: those of the replicas, then those of the clients or parties.
  public var nodes: [NodeModel] = []
  /// Hosts whose machines share cores.
  public var hosts: [Host] = []
  /// The names of groups of nodes; group 0 is everybody who names none.
  public var groups = Groups()
  /// The network between the machines.
  public var network = NetworkModel(
    uniform: LinkLaw(latency: .constant(.zero), loss: 0, duplication: 0, isFIFO: false))
  /// What each machine sends and receives at most, in bit/s; nil for no limit.
  public var bandwidth = Bandwidth()
  /// The sizes of messages.
  public var sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
  /// What work costs on a node with service time 1.
  public var costs = WorkCosts.free
  /// The name of the cost profile, for provenance.
  public var costProfile = "free"
  /// The largest relative deviation of a job's service time.
  public var jitter = Ratio.zero
  /// The law of a job's service time instead of ``jitter``; nil for none.
  public var spread: ServiceSpread?
  /// The client machines; with a workload one that says how the parties' connections behave.
  public var clients = [Client()]
  /// Who brings the load instead of client machines, if anybody.
  public var workload: (any PlannedWorkload)?
  /// What is measured and when a run ends.
  public var schedule = Schedule.blocks(1)
  /// The run ends after this many arrivals of Byzantine members.
  public var horizonArrivals: Int?
  /// The end of a run whatever happens.
  public var timeLimit = VirtualTime.zero
  /// What is recorded beside the results.
  public var recording = RunRecording()
  /// Whether results tell what took effect before.
  public var recordsHistory = false
  /// The most events of a run.
  public var eventLimit = RunPlan.eventsAtMost
  /// Who misbehaves.
  public var faults: [Fault] = []
  /// What is expected of invariants.
  public var expectations: [(invariant: InvariantID, expectation: Expectation)] = []
  /// Whether invariants are checked.
  public var usesProbes = true
  /// Whether nothing fails and every delay is far below the time-outs.
  public var isCalm = false
  /// Whether faults end and clients are content before the run ends.
  public var endsSettled = false

  private var sections: [any ProtocolKeys] = []

  /// The most events that a plan can allow, and allows if it does not say.
  public static let eventsAtMost: UInt64 = 1 << 40

  /// A plan of a run that ends with its first block.
  public init() {}

  /// The parameters of a protocol.
  public subscript<Keys: ProtocolKeys>(_: Keys.Type) -> Keys {
    get {
      for case let keys as Keys in sections { return keys }
      return Keys()
    }
    set {
      for index in sections.indices where sections[index] is Keys {
        sections[index] = newValue
        return
      }
      sections.append(newValue)
    }
  }

  mutating func set(_ keys: any ProtocolKeys) { sections.append(keys) }

  /// The sections that were set, in the order of the protocols.
  var writtenSections: [any ProtocolKeys] { sections }
}

/// What a machine sends and receives at most.
public struct Bandwidth: Hashable, Sendable {
  /// What it sends, in bit/s; nil for no limit.
  public var uplink: Int64?
  /// What it receives, in bit/s; nil for no limit.
  public var downlink: Int64?

  /// No limits.
  public init() {}
}

/// Something else than client machines that brings the load of a run, such as parties that share
/// records.
public protocol PlannedWorkload: Sendable {
  /// How many machines it takes.
  var machines: Int { get }
  /// How many requests each of them may have outstanding.
  var connections: Int { get }
  /// Whether the run ends with the work.
  var endsRun: Bool { get }
  /// Whether work of its own takes time.
  var isPriced: Bool { get }
  /// All that its runs depend on, with resolved prices, in a line.
  var description: String { get }
  /// What it does, as a sentence without its full stop.
  var story: String { get }
  /// Its machines, in the order of their numbers.
  func nodes(_ bandwidth: Bandwidth) -> [NodeModel]
  /// What it does in one run.
  func load(of run: PlannedRun) -> any RunLoad
  /// Reports what it demands of the rest of the plan.
  func check(_ plan: RunPlan, _ reader: MappingReader)
}

/// A workload in one run.
public protocol RunLoad: Sendable {
  /// What replicas execute.
  var application: (any Application)? { get }
  /// What the parties do.
  var workload: any Workload { get }
  /// The number of parties.
  var parties: Int { get }
  /// How many requests each of them may have outstanding.
  var connections: Int { get }
}

/// The names of groups of nodes; group 0 is everybody who names none.
public struct Groups: Hashable, Sendable {
  /// The most groups: there is a law for each pair.
  public static let atMost = 4096

  /// The names by number.
  public private(set) var names: [String] = [""]
  private var indices = ["": 0]

  /// No group but that of everybody.
  public init() {}

  /// The number of a group, a new one for a new name.
  public mutating func index(of name: String) -> Int {
    if let known = indices[name] { return known }
    names.append(name)
    indices[name] = names.count - 1
    return names.count - 1
  }

  /// The number of a known group.
  public func find(_ name: String) -> Int? { indices[name] }
}

/// A number of rounds: `12`, or `4 n` for a multiple of the number of replicas.
public struct RoundCount: Hashable, Sendable {
  /// The number as it is written.
  public var number: Int
  /// Whether it counts multiples of the number of replicas.
  public var isMultiple: Bool

  /// Creates a number of rounds.
  public init(_ number: Int, isMultiple: Bool = false) {
    self.number = number
    self.isMultiple = isMultiple
  }

  /// The rounds in a group of so many replicas.
  public func count(among replicas: Int) -> Int { isMultiple ? number * replicas : number }
}

extension Codec where Value == RoundCount? {
  /// A number of rounds, or `none`.
  package static var roundsOrNone: Self {
    Codec(
      .text, read: { $0.rounds(allowsNone: true) },
      write: { .made($0.map(\.text) ?? "none") })
  }
}

extension RoundCount {
  /// The number as a scenario writes it.
  package var text: String { isMultiple ? "\(number) n" : "\(number)" }
}

extension ValueReader {
  /// A number of rounds; nil for `none`.
  package func rounds(allowsNone: Bool) -> RoundCount? {
    let written = text()
    if allowsNone, written == "none" { return nil }
    let parts = written.split(separator: " ")
    let isMultiple = parts.count == 2 && parts[1] == "n"
    if let first = parts.first, isMultiple || parts.count == 1, !first.hasPrefix("0"),
      let count = Int(first), count > 0, count <= 1_000_000
    {
      return RoundCount(count, isMultiple: isMultiple)
    }
    error(
      "'\(path)' must be a number of rounds, found '\(written)'",
      hint: "write '12', '4 n'" + (allowsNone ? " or 'none'" : ""))
    return RoundCount(1)
  }
}
