import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import Simulator

/// Writes events of the trace event format, one a line, and names lanes when they first have one.
///
/// A lane is what the format calls a thread. A node has one for its work, on which slices never
/// overlap, and one for its steps: on the lane of its work they would take the arrows of slices.
struct PerfettoLines: Sendable {
  /// What a lane shows.
  enum Lane: Sendable {
    case run
    case work(node: Int)
    case steps(node: Int)

    /// The number of the thread, which also orders the lanes.
    var thread: Int {
      switch self {
      case .run: 1
      case .work(let node): 2 * node + 2
      case .steps(let node): 2 * node + 3
      }
    }
  }

  private(set) var stream: ByteStream
  private let machines: [NodeModel]
  private let replicas: Int
  private let parties: Int
  /// The threads that have a name; only looked up.
  private var named: Set<Int> = []

  init(_ stream: ByteStream, _ settings: RunPlan) {
    self.stream = stream
    machines = settings.nodes
    replicas = settings.replicas
    parties = settings.workload == nil ? 0 : settings.nodes.count - settings.replicas
  }

  /// The number of a replica or client: replicas, then parties, then clients.
  func node(of endpoint: Endpoint) -> Int {
    if let replica = endpoint.replica { return replica.index }
    return replicas + parties + (endpoint.client?.index ?? 0)
  }

  /// The number of a party.
  func node(of party: PartyID) -> Int { replicas + party.index }

  /// Opens the object and its list of events.
  mutating func begin(_ members: [(key: String, value: JSONText)], title: String) {
    stream.append(
      "{\"displayTimeUnit\":\"ns\",\"otherData\":\(JSONText.object(members).line),"
        + "\"traceEvents\":[")
    stream.endLine()
    stream.append(
      Self.metadata("process_name", thread: 1, ("name", .string(title))).line)
  }

  /// Closes the list and the object, and writes what is still in memory.
  mutating func end() {
    stream.endLine()
    stream.append("]}")
    stream.endLine()
    stream.flush()
  }

  // MARK: Events

  /// A job of a node.
  mutating func slice(
    _ name: String, _ category: String, of node: Int, from begin: VirtualTime,
    until end: VirtualTime, _ arguments: String
  ) {
    event(
      "X", name, category, .work(node: node), at: begin,
      [("dur", Self.microseconds(end.nanoseconds - begin.nanoseconds))], arguments)
  }

  /// One end of the arrow of a copy, inside a job that began at this instant.
  mutating func arrowEnd(
    of copy: Int, _ kind: String, isHead: Bool, at begin: VirtualTime, of node: Int
  ) {
    var members: [(key: String, value: JSONText)] = [("id", .literal(String(copy)))]
    if isHead { members.append(("bp", .string("e"))) }
    event(isHead ? "f" : "s", kind, "message", .work(node: node), at: begin, members)
  }

  /// Something that happens at one instant, on a lane or, for the run, across all.
  mutating func instant(
    _ name: String, _ category: String, _ lane: Lane, at time: VirtualTime,
    _ arguments: String = ""
  ) {
    let scope = if case .run = lane { "p" } else { "t" }
    event("i", name, category, lane, at: time, [("s", .string(scope))], arguments)
  }

  /// The view of a replica from now on.
  mutating func view(_ view: UInt64, of node: Int, at time: VirtualTime) {
    event(
      "C", "view", "view", .run, at: time, [],
      Self.arguments([(name(of: node), .literal(String(view)))]))
  }

  /// What is known of an event beyond its name.
  static func arguments(_ members: [(key: String, value: JSONText)]) -> String {
    JSONText.object(members).line
  }

  private mutating func event(
    _ phase: String, _ name: String, _ category: String, _ lane: Lane, at time: VirtualTime,
    _ members: [(key: String, value: JSONText)], _ arguments: String = ""
  ) {
    introduce(lane)
    var all: [(key: String, value: JSONText)] = [
      ("ph", .string(phase)), ("ts", Self.microseconds(time.nanoseconds)),
    ]
    all += members
    all += [
      ("pid", .literal("1")), ("tid", .literal(String(lane.thread))), ("cat", .string(category)),
      ("name", .string(name)),
    ]
    if !arguments.isEmpty { all.append(("args", .literal(arguments))) }
    add(.object(all))
  }

  // MARK: Lanes

  /// Names a lane, once.
  private mutating func introduce(_ lane: Lane) {
    guard named.insert(lane.thread).inserted else { return }
    let name =
      switch lane {
      case .run: "run"
      case .work(let node): title(of: node)
      case .steps(let node): "\(self.name(of: node)) steps"
      }
    add(Self.metadata("thread_name", thread: lane.thread, ("name", .string(name))))
    add(
      Self.metadata(
        "thread_sort_index", thread: lane.thread, ("sort_index", .literal(String(lane.thread)))))
  }

  /// The name in traces, such as `r0`.
  private func name(of node: Int) -> String {
    if node < replicas { return "r\(node)" }
    return node < replicas + parties
      ? "p\(node - replicas)" : "c\(node - replicas - parties)"
  }

  /// The name in traces, with that of the machine where it is another.
  private func title(of node: Int) -> String {
    let name = name(of: node)
    guard node < replicas + parties, machines[node].name != name else { return name }
    return "\(name) \(machines[node].name)"
  }

  private static func metadata(
    _ name: String, thread: Int, _ argument: (key: String, value: JSONText)
  ) -> JSONText {
    .object([
      ("ph", .string("M")), ("pid", .literal("1")), ("tid", .literal(String(thread))),
      ("name", .string(name)), ("args", .object([argument])),
    ])
  }

  private mutating func add(_ event: JSONText) {
    stream.append(UInt8(ascii: ","))
    stream.endLine()
    stream.append(event.line)
  }

  /// Microseconds with three decimals, which are exact.
  static func microseconds(_ nanoseconds: Int64) -> JSONText {
    let rest = String(nanoseconds % 1_000)
    return .literal(
      "\(nanoseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest)
  }
}
