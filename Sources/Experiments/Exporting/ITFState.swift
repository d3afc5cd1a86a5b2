import ConsensusCore
import DiscreteEvents
import Notation
import PBFT
import ProofOfWork
import RunPlans
import Simulator

/// The state of a run that ITF shows: one value for each variable.
struct ITFState: Sendable {
  /// A copy that is on its way.
  struct Copy: Sendable {
    var number: Int
    var text: String
  }

  /// The variables in the order in which they are written, with their types for Apalache.
  static let variables: [(name: String, type: String)] = [
    ("time", "Int"), ("node", "Str"),
    (
      "action",
      "{ event: Str, kind: Str, sender: Str, receiver: Str, copy: Int, view: Int, "
        + "sequence: Int, text: Str }"
    ),
    ("view", "Str -> Int"), ("led", "Str -> Int"), ("decided", "Str -> Int"),
    ("up", "Str -> Bool"), ("byzantine", "Set(Str)"), ("sheet", "Str -> (Str -> Str)"),
    ("inFlight", "Set({ copy: Int, kind: Str, sender: Str, receiver: Str })"),
  ]

  private var views: [UInt64?]
  private var led: [UInt64?]
  private var decided: [UInt64]
  private var isUp: [Bool]
  private var byzantine = ReplicaSet()
  /// What each replica's state sheet holds of others, by their number.
  private var sheets: [[NodeState]]
  /// Ascending in their numbers.
  private var inFlight: [Copy] = []

  /// The state before the first event.
  init(replicas: Int) {
    views = Array(repeating: nil, count: replicas)
    led = Array(repeating: nil, count: replicas)
    decided = Array(repeating: 0, count: replicas)
    isUp = Array(repeating: true, count: replicas)
    sheets = Array(
      repeating: Array(repeating: .absent, count: replicas), count: replicas)
  }

  // MARK: Steps

  /// Notes what an event changes, but for copies.
  mutating func note(_ event: RunEvent) {
    guard let replica = event.node.replica else { return }
    switch event.kind {
    case .observed(let observation): note(observation, at: replica.index)
    case .changed(let condition):
      switch condition {
      case .byzantine: byzantine.insert(replica)
      case .crashed: isUp[replica.index] = false
      case .restarted, .rolledBack, .amnesiac: isUp[replica.index] = true
      case .lying: break
      }
    case .started, .delivered, .timeout, .command, .handled, .sent, .dropped, .issued, .accepted,
      .declined, .testBegan, .testEnded, .partySent, .partyHandled:
      break
    }
  }

  private mutating func note(_ observation: any ConsensusObservation, at replica: Int) {
    if let view = observation.viewAfter { views[replica] = view }
    if let view = observation.viewLed { led[replica] = view }
    if case .decided(let height, _, _, _) = observation.milestone {
      decided[replica] = max(decided[replica], height)
    }
    if case .reverted(let height, _) = observation as? MinerObservation, height > 0 {
      decided[replica] = min(decided[replica], height - 1)
    }
    if case .marked(let change) = observation as? PBFTObservation,
      sheets.indices.contains(change.subject.index)
    {
      sheets[replica][change.subject.index] = change.after
    }
  }

  /// A copy is on its way from now on.
  mutating func send(_ copy: Copy) { inFlight.append(copy) }

  /// A copy arrived or was dropped.
  mutating func end(_ number: Int) {
    var (low, high) = (0, inFlight.count)
    while low < high {
      let middle = (low + high) / 2
      if inFlight[middle].number < number { low = middle + 1 } else { high = middle }
    }
    guard low < inFlight.count, inFlight[low].number == number else { return }
    inFlight.remove(at: low)
  }

  // MARK: Text

  /// The variables but for time, node and action, as members of an object.
  var members: String {
    [
      "\"view\":" + Self.map(views.map { Self.integer($0) }),
      "\"led\":" + Self.map(led.map { Self.integer($0) }),
      "\"decided\":" + Self.map(decided.map { Self.integer($0) }),
      "\"up\":" + Self.map(isUp.map { $0 ? "true" : "false" }),
      "\"byzantine\":" + Self.set(byzantine.members.map { "\"r\($0)\"" }),
      "\"sheet\":" + Self.map(sheets.map { Self.sheet($0) }),
      "\"inFlight\":" + Self.set(inFlight.map(\.text)),
    ].joined(separator: ",")
  }

  /// An integer; -1 stands for one that is not known.
  static func integer(_ number: UInt64?) -> String {
    "{\"#bigint\":\"\(number.map { String($0) } ?? "-1")\"}"
  }

  /// A function from the names of replicas.
  private static func map(_ values: [String]) -> String {
    let pairs = values.enumerated().map { "[\"r\($0)\",\($1)]" }
    return "{\"#map\":[" + pairs.joined(separator: ",") + "]}"
  }

  private static func set(_ items: [String]) -> String {
    "{\"#set\":[" + items.joined(separator: ",") + "]}"
  }

  /// A sheet, without replicas that are not in it.
  private static func sheet(_ states: [NodeState]) -> String {
    let pairs = states.enumerated().filter { $1 != .absent }.map { "[\"r\($0)\",\"\($1)\"]" }
    return "{\"#map\":[" + pairs.joined(separator: ",") + "]}"
  }
}
