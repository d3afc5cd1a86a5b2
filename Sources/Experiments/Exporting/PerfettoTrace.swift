import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import Simulator

/// Writes what happens in a run in the trace event format; keeps the copies that are under way.
///
/// A slice begins when a processor takes an input up and ends when the processor is free again.
/// An arrow leads from the slice in which a copy was sent to that in which it is handled. Both ends
/// are written then, so that a copy that never arrives has none.
struct PerfettoTrace: RunWatcher {
  /// The slice in which a copy was sent.
  private struct Sending: Sendable {
    var node: Int
    var began: VirtualTime
  }

  /// A job that began, and of which the end is not known yet.
  private struct Job: Sendable {
    var node: Int
    var began: VirtualTime
    var name: String
    var category: String
    var arguments = ""
    var copy: Int?
    var sending: Sending?
  }

  private(set) var window: RoundWindow
  private var lines: PerfettoLines
  private let kindNames: [String]
  /// The kinds whose messages are shown; all when empty.
  private let shownKinds: [String]
  private var copies: OpenCopies<Sending>
  private var job: Job?
  /// When the last slice of a node began, by its number; only looked up.
  private var begun: [Int: VirtualTime] = [:]
  /// The view of each replica.
  private var views: [UInt64]

  init(_ stream: ByteStream, _ tracer: Tracer) {
    let cell = tracer.cell
    window = RoundWindow(round: tracer.round)
    lines = PerfettoLines(stream, cell.settings)
    kindNames = cell.subject.traits.kinds
    shownKinds = tracer.kinds
    copies = OpenCopies(cell.settings)
    views = Array(repeating: 0, count: cell.settings.replicas)
    lines.begin(tracer.members, title: tracer.title)
  }

  /// The number of the system's error that ended the stream, or 0.
  var failure: Int32 { lines.stream.failure }

  var wantsMore: Bool { failure == 0 && !window.isOver }

  mutating func record(_ event: RunEvent) {
    let copy = copies.number(of: event)
    if !endsJob(event) {
      if window.isOpen { write(event, copy) } else if let copy { forget(copy, event) }
    }
    window.note(event)
  }

  /// Writes what is known only after the run, and closes the object.
  mutating func finish(_ outcome: Outcome) {
    endJob(at: nil)
    for violation in outcome.violations {
      let lane = violation.replica.map { PerfettoLines.Lane.steps(node: $0.index) } ?? .run
      lines.instant(
        "breaks \(violation.invariant.name)", "violation", lane, at: violation.time,
        PerfettoLines.arguments([("detail", .string(violation.detail))]))
    }
    lines.instant(
      "ends: \(outcome.stopReason.name)", "end", .run, at: outcome.end,
      PerfettoLines.arguments([("digest", .string(outcome.digest.description))]))
    lines.end()
  }

  // MARK: Jobs

  /// Ends the job that began, unless the event still belongs to its beginning.
  ///
  /// - Returns: Whether the event says when the job ends.
  private mutating func endsJob(_ event: RunEvent) -> Bool {
    guard let job else { return false }
    // Who becomes Byzantine in a job does so before the work of the job is known.
    if case .changed(.byzantine) = event.kind { return false }
    if case .handled(let end) = event.kind, event.time == job.began,
      lines.node(of: event.node) == job.node
    {
      endJob(at: end)
      return true
    }
    endJob(at: nil)
    return false
  }

  /// Writes the job that began, with its arrow.
  ///
  /// - Parameter end: The end; nil if the job took no time.
  private mutating func endJob(at end: VirtualTime?) {
    guard let job else { return }
    self.job = nil
    lines.slice(
      job.name, job.category, of: job.node, from: job.began, until: end ?? job.began,
      job.arguments)
    guard let copy = job.copy, let sending = job.sending else { return }
    lines.arrowEnd(of: copy, job.name, isHead: false, at: sending.began, of: sending.node)
    lines.arrowEnd(of: copy, job.name, isHead: true, at: job.began, of: job.node)
  }

  private mutating func begin(_ job: Job) {
    begun[job.node] = job.began
    self.job = job
  }

  // MARK: Events

  private mutating func write(_ event: RunEvent, _ copy: Int?) {
    let node = lines.node(of: event.node)
    let time = event.time
    switch event.kind {
    case .started: begin(Job(node: node, began: time, name: "start", category: "start"))
    case .timeout(let timer):
      begin(Job(node: node, began: time, name: timer, category: "timer"))
    case .command(let command):
      begin(Job(node: node, began: time, name: "\(command)", category: "command"))
    case .delivered(let message, let sender): deliver(message, from: sender, to: node, time, copy)
    case .handled(let end):
      // A node that came back; its input is no event of its own.
      begin(Job(node: node, began: time, name: "restart", category: "restart"))
      endJob(at: end)
    case .sent(let message, _, _): send(message, from: node, at: time, copy)
    case .dropped(let message, let sender, let recipient, let reason):
      if let copy { copies.drop(copy) }
      guard isShown(kindNames[Int(message.kind)]) else { return }
      lines.instant(
        "drops \(kindNames[Int(message.kind)]): \(reason.name)", "drop", .steps(node: node),
        at: time,
        PerfettoLines.arguments([
          ("from", .string(sender.description)), ("to", .string(recipient.description)),
          ("message", .string(message.summary)),
        ]))
    case .observed(let observation): observe(observation, at: node, time)
    case .changed(let condition):
      lines.instant("becomes \(condition)", "fault", .steps(node: node), at: time)
    case .issued, .accepted, .declined, .testBegan, .testEnded, .partySent, .partyHandled:
      writeOther(event, node)
    }
  }

  private mutating func writeOther(_ event: RunEvent, _ node: Int) {
    let time = event.time
    switch event.kind {
    case .issued(let request): mark("issues \(Self.text(request))", "client", node, time)
    case .accepted(let request, _): mark("accepts \(Self.text(request))", "client", node, time)
    case .declined(let request): mark("gives up \(Self.text(request))", "client", node, time)
    case .testBegan(let number): lines.instant("test \(number) begins", "test", .run, at: time)
    case .testEnded(let number): lines.instant("test \(number) ends", "test", .run, at: time)
    case .partySent(let message, let name, let sender, let recipient, _):
      guard isShown(name) else { return }
      mark(
        "sends \(name)", "party", lines.node(of: sender), time,
        PerfettoLines.arguments([
          ("to", .string("p\(recipient.index)")), ("flow", .literal("\(message.flow)")),
        ]))
    case .partyHandled(let message, let name, let sender, let party):
      begin(
        Job(
          node: lines.node(of: party), began: time, name: name, category: "party",
          arguments: PerfettoLines.arguments([
            ("from", .string("p\(sender.index)")), ("flow", .literal("\(message.flow)")),
          ])))
    case .started, .timeout, .command, .delivered, .handled, .sent, .dropped, .observed, .changed:
      break
    }
  }

  private mutating func mark(
    _ name: String, _ category: String, _ node: Int, _ time: VirtualTime,
    _ arguments: String = ""
  ) {
    lines.instant(name, category, .steps(node: node), at: time, arguments)
  }

  private mutating func deliver(
    _ message: any ConsensusMessage, from sender: Endpoint, to node: Int, _ time: VirtualTime,
    _ copy: Int?
  ) {
    var arguments: [(key: String, value: JSONText)] = [
      ("message", .string(message.summary)), ("from", .string(sender.description)),
    ]
    if let copy { arguments.append(("copy", .literal(String(copy)))) }
    begin(
      Job(
        node: node, began: time, name: kindNames[Int(message.kind)], category: "message",
        arguments: PerfettoLines.arguments(arguments), copy: copy,
        sending: copy.flatMap { copies.arrive($0) }))
  }

  private mutating func send(
    _ message: any ConsensusMessage, from node: Int, at time: VirtualTime, _ copy: Int?
  ) {
    let kind = kindNames[Int(message.kind)]
    guard isShown(kind), let copy else { return }
    if begun[node] != time {
      // A client that asks, or a node that comes back and needs no time for it.
      begin(Job(node: node, began: time, name: "send \(kind)", category: "send"))
      endJob(at: nil)
    }
    copies.keep(Sending(node: node, began: time), of: copy)
  }

  private mutating func observe(
    _ observation: any ConsensusObservation, at node: Int, _ time: VirtualTime
  ) {
    if let view = observation.viewAfter, views[node] != view {
      views[node] = view
      lines.view(view, of: node, at: time)
    }
    let shown = observation as? any DiagramObservation
    var name = shown?.mark?.text
    if case .decided(let height, _, _, _) = observation.milestone { name = "decides \(height)" }
    if shown == nil, let view = observation.viewLed { name = "leads \(view)" }
    guard let name else { return }
    mark(
      name, "step", node, time,
      PerfettoLines.arguments([("step", .string(observation.summary))]))
  }

  /// Notes the end of a copy outside of the round.
  private mutating func forget(_ copy: Int, _ event: RunEvent) {
    if case .delivered = event.kind { _ = copies.arrive(copy) }
    if case .dropped = event.kind { copies.drop(copy) }
  }

  private func isShown(_ kind: String) -> Bool {
    shownKinds.isEmpty || shownKinds.contains(kind)
  }

  private static func text(_ request: Request) -> String {
    "c\(request.client) t\(request.timestamp)"
  }
}
