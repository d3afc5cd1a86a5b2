import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// Writes what happens in a run as text, a line an event: time in ms, node, verb, what happened.
///
/// The copies of one message that a node sends or loses at one instant share a line. A digest
/// appears as `#` and its first four digits.
struct TextTrace: RunWatcher {
  private struct Line: Sendable {
    var node: String
    var verb: TraceVerb
    var text: String
    var recipients: [String] = []
    var note = ""
  }

  private(set) var stream: ByteStream
  private(set) var window: RoundWindow
  private let selection: TraceSelection
  private let kindNames: [String]
  /// The lines of ``instant``, which may still grow.
  private var pending: [Line] = []
  private var instant = VirtualTime.zero

  init(_ stream: ByteStream, round: Int?, _ selection: TraceSelection, kindNames: [String]) {
    self.stream = stream
    window = RoundWindow(round: round)
    self.selection = selection
    self.kindNames = kindNames
  }

  var wantsMore: Bool {
    stream.failure == 0 && !window.isOver && selection.through.map { instant <= $0 } ?? true
  }

  mutating func record(_ event: RunEvent) {
    if event.time != instant {
      writePending()
      instant = event.time
    }
    if window.isOpen, selection.covers(event.time), let line = line(event) { add(line) }
    window.note(event)
  }

  /// Writes the violations, the end, and everything that is still in memory.
  mutating func finish(_ outcome: Outcome) {
    writePending()
    for violation in outcome.violations {
      instant = violation.time
      let node = violation.replica.map { Endpoint($0).description } ?? ""
      add(Line(node: node, verb: .breaks, text: "\(violation.invariant): \(violation.detail)"))
      writePending()
    }
    if outcome.stopReason != .traceEnded {
      instant = outcome.end
      if selection.covers(instant) {
        add(Line(node: "", verb: .ends, text: outcome.stopReason.name))
      }
      writePending()
    }
    stream.flush()
  }

  // MARK: Lines

  private func line(_ event: RunEvent) -> Line? {
    let node = event.node.description
    return switch event.kind {
    case .started: Line(node: node, verb: .starts, text: "")
    case .delivered(let message, let sender):
      line(message, .receives, of: node, note: "from \(sender)")
    case .timeout(let timer): Line(node: node, verb: .timer, text: timer)
    case .command(let command): Line(node: node, verb: .command, text: "\(command)")
    case .handled: nil
    case .sent(let message, let recipient, _):
      line(message, .sends, of: node, to: recipient.description)
    case .dropped(let message, let sender, let recipient, let reason):
      line(
        message, .loses, of: sender.description, to: recipient.description,
        note: "(\(reason.name))")
    case .observed(let observation): Line(node: node, verb: .step, text: observation.summary)
    case .changed(let condition): Line(node: node, verb: .becomes, text: "\(condition)")
    case .issued(let request): Line(node: node, verb: .issues, text: Self.text(request))
    case .accepted(let request, let result):
      Line(node: node, verb: .accepts, text: "\(Self.text(request)) result \(result)")
    case .declined(let request): Line(node: node, verb: .declines, text: Self.text(request))
    case .testBegan(let number): Line(node: "", verb: .test, text: "\(number) begins")
    case .testEnded(let number): Line(node: "", verb: .test, text: "\(number) ends")
    case .partySent(_, let name, let sender, let recipient, _):
      line(name, .sends, of: "p\(sender.index)", to: "p\(recipient.index)")
    case .partyHandled(_, let name, let sender, let party):
      line(name, .receives, of: "p\(party.index)", note: "from p\(sender.index)")
    }
  }

  private func line(
    _ message: any ConsensusMessage, _ verb: TraceVerb, of node: String,
    to recipient: String? = nil, note: String = ""
  ) -> Line? {
    guard selection.shows(kind: kindNames[Int(message.kind)]) else { return nil }
    return Line(
      node: node, verb: verb, text: message.summary, recipients: recipient.map { [$0] } ?? [],
      note: note)
  }

  private func line(
    _ kind: String, _ verb: TraceVerb, of party: String, to recipient: String? = nil,
    note: String = ""
  ) -> Line? {
    guard selection.shows(kind: kind) else { return nil }
    return Line(
      node: party, verb: verb, text: kind, recipients: recipient.map { [$0] } ?? [], note: note)
  }

  private static func text(_ request: Request) -> String {
    "request c\(request.client) t\(request.timestamp)"
  }

  /// Adds a line, or a recipient to a line of this instant.
  private mutating func add(_ line: Line) {
    guard selection.shows(line.verb, of: line.node, line.text) else { return }
    // A copy follows the copies before it within a few lines.
    let recent = line.recipients.isEmpty ? [] : pending.indices.suffix(32)
    if let index = recent.last(where: {
      pending[$0].node == line.node && pending[$0].verb == line.verb
        && pending[$0].text == line.text && pending[$0].note == line.note
    }) {
      pending[index].recipients += line.recipients
    } else {
      pending.append(line)
    }
  }

  private mutating func writePending() {
    for line in pending {
      var text = Self.milliseconds(instant).padded(to: 11, fromLeft: true)
      text += "  " + line.node.padded(to: 3) + "  " + line.verb.rawValue.padded(to: 8)
      if !line.text.isEmpty { text += "  " + Self.shortened(line.text) }
      if !line.recipients.isEmpty { text += " -> " + line.recipients.joined(separator: " ") }
      if !line.note.isEmpty { text += " " + line.note }
      while text.last == " " { text.removeLast() }
      stream.append(text)
      stream.endLine()
    }
    pending.removeAll(keepingCapacity: true)
  }

  private static func milliseconds(_ time: VirtualTime) -> String {
    let microseconds = time.nanoseconds / 1_000
    let rest = String(microseconds % 1_000)
    return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  /// The text with the first four of each sixteen hexadecimal digits in a row.
  static func shortened(_ text: String) -> String {
    var result = ""
    var run = ""
    for character in text + " " {
      if character.isHexDigit, !character.isUppercase {
        run.append(character)
        continue
      }
      result += run.count == 16 ? "#" + run.prefix(4) : run
      run = ""
      result.append(character)
    }
    result.removeLast()
    return result
  }
}

extension String {
  /// The text, filled with blanks to a width.
  fileprivate func padded(to width: Int, fromLeft: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return fromLeft ? blanks + self : self + blanks
  }
}
