import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// Writes what happens in a run as JSON, an object a line, without keeping any of it.
struct JSONTrace: RunWatcher {
  private(set) var stream: ByteStream
  private(set) var window: RoundWindow
  /// Whether a kind of message is shown, by its number.
  private let isShown: [Bool]
  private let kindNames: [String]
  /// The kinds asked for, or none for all.
  private let shownKinds: [String]
  private var copies = CopyNumbers()

  init(_ stream: ByteStream, round: Int?, kinds: [String], of subject: Subject) {
    self.stream = stream
    window = RoundWindow(round: round)
    kindNames = subject.traits.kinds
    shownKinds = kinds
    isShown = kindNames.map { kinds.isEmpty || kinds.contains($0) }
  }

  /// A reader that went away and a round that is over need no more events.
  var wantsMore: Bool { stream.failure == 0 && !window.isOver }

  mutating func record(_ event: RunEvent) {
    let copy = copies.number(of: event)
    if window.isOpen { write(event, copy) }
    window.note(event)
  }

  /// Writes what is known only after the run, and everything that is still in memory.
  mutating func finish(_ outcome: Outcome) {
    for violation in outcome.violations {
      let node = violation.replica.map { Endpoint($0) }
      begin("violated", of: node, at: violation.time)
      member("invariant", violation.invariant.name)
      end(text: violation.detail)
    }
    begin("ended", of: nil, at: outcome.end)
    member("reason", outcome.stopReason.name)
    member("digest", outcome.digest.description)
    end(text: nil)
    stream.flush()
  }

  // MARK: Lines

  private mutating func write(_ event: RunEvent, _ copy: Int?) {
    let (node, time) = (event.node, event.time)
    switch event.kind {
    case .started: line("started", of: node, at: time)
    case .delivered(let message, let sender):
      guard begin("delivered", message, of: node, at: time) else { return }
      member("from", sender.description)
      number("copy", copy)
      end(text: message.summary)
    case .handled(let end):
      begin("handled", of: node, at: time)
      number("until_ns", Int(end.nanoseconds))
      self.end(text: nil)
    case .sent(let message, let recipient, let leaves):
      guard begin("sent", message, of: node, at: time) else { return }
      member("to", recipient.description)
      number("leaves_ns", Int(leaves.nanoseconds))
      number("copy", copy)
      end(text: message.summary)
    case .dropped(let message, let sender, let recipient, let reason):
      guard begin("dropped", message, of: node, at: time) else { return }
      member("from", sender.description)
      member("to", recipient.description)
      member("reason", reason.name)
      number("copy", copy)
      end(text: message.summary)
    default: writeOther(event.kind, of: node, at: time)
    }
  }

  private mutating func writeOther(
    _ kind: RunEvent.Kind, of node: Endpoint, at time: VirtualTime
  ) {
    switch kind {
    case .timeout(let timer): line("timeout", of: node, at: time, "timer", timer)
    case .command(let command): line("command", of: node, at: time, "command", "\(command)")
    case .observed(let observation):
      line("observed", of: node, at: time, text: observation.summary)
    case .changed(let condition): line("changed", of: node, at: time, "condition", "\(condition)")
    case .issued(let request):
      line("issued", of: node, at: time, text: Self.text(request))
    case .accepted(let request, let result):
      line("accepted", of: node, at: time, text: "\(Self.text(request)) result \(result)")
    case .declined(let request):
      line("declined", of: node, at: time, text: Self.text(request))
    case .partySent(let message, let name, let sender, let recipient, let leaves):
      guard begin("party-sent", message, name, of: sender, at: time) else { return }
      member("to", Self.name(recipient))
      number("leaves_ns", Int(leaves.nanoseconds))
      end(text: Self.text(message))
    case .partyHandled(let message, let name, let sender, let party):
      guard begin("party-handled", message, name, of: party, at: time) else { return }
      member("from", Self.name(sender))
      end(text: Self.text(message))
    case .testBegan(let number): line("test-began", of: nil, at: time, text: "test \(number)")
    case .testEnded(let number): line("test-ended", of: nil, at: time, text: "test \(number)")
    case .started, .delivered, .handled, .sent, .dropped: break
    }
  }

  private mutating func begin(
    _ event: String, _ message: PartyMessage, _ kind: String, of party: PartyID,
    at time: VirtualTime
  ) -> Bool {
    guard shownKinds.isEmpty || shownKinds.contains(kind) else { return false }
    stream.append("{\"t_ns\":\(time.nanoseconds)")
    member("node", Self.name(party))
    member("event", event)
    member("kind", kind)
    return true
  }

  private static func name(_ party: PartyID) -> String { "p\(party.index)" }

  private static func text(_ message: PartyMessage) -> String {
    "flow \(message.flow) content \(message.content), \(message.bytes) bytes"
  }

  private static func text(_ request: Request) -> String {
    "request c\(request.client) t\(request.timestamp)"
  }

  private mutating func line(
    _ event: String, of node: Endpoint?, at time: VirtualTime, _ key: String? = nil,
    _ value: String = "", text: String? = nil
  ) {
    begin(event, of: node, at: time)
    if let key { member(key, value) }
    end(text: text)
  }

  private mutating func begin(_ event: String, of node: Endpoint?, at time: VirtualTime) {
    stream.append("{\"t_ns\":\(time.nanoseconds)")
    if let node { member("node", node.description) }
    member("event", event)
  }

  private mutating func begin(
    _ event: String, _ message: any ConsensusMessage, of node: Endpoint, at time: VirtualTime
  ) -> Bool {
    let kind = Int(message.kind)
    guard isShown[kind] else { return false }
    begin(event, of: node, at: time)
    member("kind", kindNames[kind])
    return true
  }

  private mutating func member(_ key: String, _ value: String) {
    stream.append(",\"")
    stream.append(key)
    stream.append("\":\"")
    stream.appendEscaped(value)
    stream.append(UInt8(ascii: "\""))
  }

  private mutating func number(_ key: String, _ value: Int?) {
    if let value { stream.append(",\"\(key)\":\(value)") }
  }

  private mutating func end(text: String?) {
    if let text { member("text", text) }
    stream.append(UInt8(ascii: "}"))
    stream.endLine()
  }
}

extension StopReason {
  /// The reason in traces.
  var name: String {
    switch self {
    case .scheduleEnded: "schedule-ended"
    case .timeLimit: "time-limit"
    case .eventLimit: "event-limit"
    case .arenaFull: "too-many-messages"
    case .standstill: "standstill"
    case .runawayStep: "runaway-step"
    case .stranded: "stranded"
    case .idle: "nothing-left"
    case .violation: "invariant-violated"
    case .traceEnded: "round-decided"
    }
  }
}
