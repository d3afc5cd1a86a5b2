import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import Simulator

/// Writes a run as a trace of states in Apalache's informal trace format, one state a line.
///
/// There is a state before the first event and one after each event that JSON lines have.
struct ITFTrace: RunWatcher {
  /// So many bytes can be read by the tools; every state has all copies under way.
  static let sizeAtMost = 128 << 20

  /// What happened in the step to a state.
  private struct Action: Sendable {
    var event: String
    var kind = ""
    var sender = ""
    var receiver = ""
    var copy: Int?
    var round = EventRound()
    var text = ""
  }

  private(set) var window: RoundWindow
  private var stream: ByteStream
  private let kindNames: [String]
  /// The kinds whose messages are shown; all when empty.
  private let shownKinds: [String]
  private var copies: OpenCopies<Int>
  private var state: ITFState
  /// The states so far.
  private var count = 0
  private var now = VirtualTime.zero

  init(_ stream: ByteStream, _ tracer: Tracer) {
    let cell = tracer.cell
    self.stream = stream
    window = RoundWindow(round: tracer.round)
    kindNames = cell.subject.traits.kinds
    shownKinds = tracer.kinds
    copies = OpenCopies(cell.settings)
    state = ITFState(replicas: cell.settings.replicas)
    begin(tracer.members)
  }

  /// The number of the system's error that ended the stream, or 0.
  var failure: Int32 { stream.failure }

  var wantsMore: Bool { failure == 0 && !window.isOver && !isCut }

  /// Whether the run has more states than fit.
  var isCut: Bool { stream.count > Self.sizeAtMost }

  mutating func record(_ event: RunEvent) {
    let copy = copies.number(of: event)
    let isShown = shows(event)
    // The state before the first event of the part is that after the last one before it.
    if window.isOpen, count == 0 { write(node: "", Action(event: "init")) }
    now = event.time
    state.note(event)
    if isShown, let copy { note(event, copy) }
    if window.isOpen, isShown { write(node: Self.node(of: event), action(event, copy)) }
    window.note(event)
  }

  /// Writes what is known only after the run, and closes the object.
  mutating func finish(_ outcome: Outcome) {
    if count == 0 { write(node: "", Action(event: "init")) }
    now = max(now, outcome.end)
    for violation in outcome.violations {
      write(
        node: violation.replica.map { "r\($0)" } ?? "",
        Action(
          event: "violated", kind: violation.invariant.name,
          text: "at \(violation.time.nanoseconds) ns: \(violation.detail)"))
    }
    write(
      node: "",
      Action(event: "ended", kind: outcome.stopReason.name, text: outcome.digest.description))
    stream.endLine()
    stream.append("]}")
    stream.endLine()
    stream.flush()
  }

  // MARK: Copies

  private func shows(_ event: RunEvent) -> Bool {
    guard !shownKinds.isEmpty else { return true }
    switch event.kind {
    case .delivered(let message, _), .sent(let message, _, _), .dropped(let message, _, _, _):
      return shownKinds.contains(kindNames[Int(message.kind)])
    case .partySent(_, let name, _, _, _), .partyHandled(_, let name, _, _):
      return shownKinds.contains(name)
    case .started, .timeout, .command, .handled, .observed, .changed, .issued, .accepted,
      .declined, .testBegan, .testEnded:
      return true
    }
  }

  private mutating func note(_ event: RunEvent, _ copy: Int) {
    switch event.kind {
    case .sent(let message, let recipient, _):
      let text = JSONText.object([
        ("copy", .object([("#bigint", .string(String(copy)))])),
        ("kind", .string(kindNames[Int(message.kind)])),
        ("sender", .string(event.node.description)),
        ("receiver", .string(Self.receiver(of: message, recipient))),
      ]).line
      state.send(ITFState.Copy(number: copy, text: text))
    case .delivered, .dropped: state.end(copy)
    case .started, .timeout, .command, .handled, .observed, .changed, .issued, .accepted,
      .declined, .testBegan, .testEnded, .partySent, .partyHandled:
      break
    }
  }

  /// The client that a reply is for, where the network knows its machine only.
  private static func receiver(of message: any ConsensusMessage, _ recipient: Endpoint) -> String {
    message.reply.map { "c\($0.client)" } ?? recipient.description
  }

  // MARK: Actions

  private static func node(of event: RunEvent) -> String {
    switch event.kind {
    case .testBegan, .testEnded: ""
    case .partySent(_, _, let sender, _, _): "p\(sender.index)"
    case .partyHandled(_, _, _, let party): "p\(party.index)"
    case .started, .delivered, .timeout, .command, .handled, .sent, .dropped, .observed, .changed,
      .issued, .accepted, .declined:
      event.node.description
    }
  }

  private func action(_ event: RunEvent, _ copy: Int?) -> Action {
    let node = event.node.description
    switch event.kind {
    case .delivered(let message, let sender):
      return action("delivered", message, from: sender.description, to: node, copy)
    case .sent(let message, let recipient, _):
      return action("sent", message, from: node, to: Self.receiver(of: message, recipient), copy)
    case .dropped(let message, let sender, let recipient, let reason):
      var dropped = action(
        "dropped", message, from: sender.description,
        to: Self.receiver(of: message, recipient), copy)
      dropped.text = "\(reason.name): \(dropped.text)"
      return dropped
    case .observed(let observation):
      return Action(event: "observed", round: observation.place, text: observation.summary)
    case .partySent(_, let name, let sender, let recipient, _):
      return Action(
        event: "party-sent", kind: name, sender: "p\(sender.index)",
        receiver: "p\(recipient.index)")
    case .partyHandled(_, let name, let sender, let party):
      return Action(
        event: "party-handled", kind: name, sender: "p\(sender.index)",
        receiver: "p\(party.index)")
    case .started, .timeout, .command, .handled, .changed, .issued, .accepted, .declined,
      .testBegan, .testEnded:
      return Self.plainAction(event.kind)
    }
  }

  private func action(
    _ event: String, _ message: any ConsensusMessage, from sender: String, to receiver: String,
    _ copy: Int?
  ) -> Action {
    Action(
      event: event, kind: kindNames[Int(message.kind)], sender: sender, receiver: receiver,
      copy: copy, round: (message as? any PlacedMessage)?.place ?? EventRound(),
      text: message.summary)
  }

  /// The action of an event that is about no message and no step.
  private static func plainAction(_ kind: RunEvent.Kind) -> Action {
    switch kind {
    case .started: Action(event: "started")
    case .timeout(let timer): Action(event: "timeout", kind: timer)
    case .command(let command): Action(event: "command", kind: "\(command)")
    case .handled(let end): Action(event: "handled", text: "until \(end.nanoseconds) ns")
    case .changed(let condition): Action(event: "changed", kind: "\(condition)")
    case .issued(let request): Action(event: "issued", text: text(request))
    case .accepted(let request, _): Action(event: "accepted", text: text(request))
    case .declined(let request): Action(event: "declined", text: text(request))
    case .testBegan(let number): Action(event: "test-began", text: "test \(number)")
    case .testEnded(let number): Action(event: "test-ended", text: "test \(number)")
    case .delivered, .sent, .dropped, .observed, .partySent, .partyHandled: Action(event: "")
    }
  }

  private static func text(_ request: Request) -> String {
    "request c\(request.client) t\(request.timestamp)"
  }

  // MARK: Lines

  private mutating func begin(_ members: [(key: String, value: JSONText)]) {
    let about: [(key: String, value: JSONText)] = [
      ("format", .string("ITF")),
      ("format-description", .string("https://apalache-mc.org/docs/adr/015adr-trace.html")),
      (
        "varTypes",
        .object(ITFState.variables.map { (key: $0.name, value: .string($0.type)) })
      ),
    ]
    let names = JSONText.array(ITFState.variables.map { .string($0.name) })
    stream.append(
      "{\"#meta\":\(JSONText.object(about + members).line),\"vars\":\(names.line),\"states\":[")
    stream.endLine()
  }

  private mutating func write(node: String, _ action: Action) {
    if count > 0 {
      stream.append(UInt8(ascii: ","))
      stream.endLine()
    }
    stream.append("{\"#meta\":{\"index\":\(count)},\"time\":{\"#bigint\":\"\(now.nanoseconds)\"}")
    stream.append(",\"node\":\(JSONText.string(node).line),\"action\":{")
    stream.append("\"event\":\"\(action.event)\",\"kind\":\(JSONText.string(action.kind).line)")
    stream.append(",\"sender\":\"\(action.sender)\",\"receiver\":\"\(action.receiver)\"")
    stream.append(",\"copy\":\(ITFState.integer(action.copy.map { UInt64($0) }))")
    stream.append(",\"view\":\(ITFState.integer(action.round.view))")
    stream.append(",\"sequence\":\(ITFState.integer(action.round.sequence))")
    stream.append(",\"text\":\(JSONText.string(action.text).line)},")
    stream.append(state.members)
    stream.append(UInt8(ascii: "}"))
    count += 1
  }
}
