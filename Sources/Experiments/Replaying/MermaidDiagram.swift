import DiscreteEvents
import Simulator

/// A part of a run as a Mermaid sequence diagram: an arrow where each message was handled or dropped,
/// and a dotted one where a message left that was still under way in the end.
struct MermaidDiagram {
  /// The file.
  let text: String

  /// Mermaid refuses texts of more than 50,000 characters.
  private static let limit = 45_000

  private enum Line {
    case arrow(DiagramScene.Arrow)
    case underWay(DiagramScene.Arrow)
    case sign(DiagramScene.Sign)

    var at: DiagramScene.Moment {
      switch self {
      case .arrow(let arrow): arrow.arrives
      case .underWay(let arrow): arrow.leaves
      case .sign(let sign): sign.at
      }
    }
  }

  init(_ scene: DiagramScene) {
    var head = ["sequenceDiagram", "  title \(Self.plain("\(scene.title): \(scene.subtitle)"))"]
    let replicas = scene.lanes.filter { $0.id.hasPrefix("r") }
    for lane in scene.lanes.dropFirst(replicas.count) + replicas {
      let isByzantine = lane.byzantine.map { $0 <= scene.to } ?? false
      head.append("  participant \(lane.id) as \(lane.name)\(isByzantine ? " (Byzantine)" : "")")
    }
    let ends = "\(scene.lanes.last?.id ?? "r0"),\(replicas.last?.id ?? "r0")"
    var tail: [String] = []
    if let violation = scene.violation, violation.time >= scene.from {
      let place = violation.lane.map { scene.lanes[$0].id } ?? ends
      tail.append(
        "  Note over \(place): "
          + Self.plain(
            "\(PlanScript.milliseconds(violation.time)) ms: \(violation.invariant)"
              + (violation.isCut ? ": " : " is broken: ") + violation.detail))
    }
    var lines: [String] = scene.notes.map { "  Note over \(ends): \(Self.plain($0))" }
    var room = Self.limit - (head + tail + lines).reduce(0) { $0 + $1.utf8.count + 1 }
    let events = Self.events(scene)
    for (index, event) in events.enumerated() {
      let line = "  " + Self.text(of: event, scene)
      room -= line.utf8.count + 1
      guard room > 0 else {
        lines.append("  Note over \(ends): \(events.count - index) more are not shown")
        break
      }
      lines.append(line)
    }
    text = (head + lines + tail).joined(separator: "\n") + "\n"
  }

  /// Everything in the order in which it happened; what is equal keeps the order of the run.
  private static func events(_ scene: DiagramScene) -> [Line] {
    let signs = scene.signs.filter { $0.shape != .state(.prepares) && $0.shape != .issued }
    let arrows = scene.arrows.map { $0.isUnderWay(at: scene.to) ? Line.underWay($0) : .arrow($0) }
    let all = arrows + signs.map { Line.sign($0) }
    return all.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map(\.element)
  }

  private static func text(of line: Line, _ scene: DiagramScene) -> String {
    switch line {
    case .arrow(let arrow):
      let (from, to) = (scene.lanes[arrow.from].id, scene.lanes[arrow.to].id)
      if case .dropped(let reason) = arrow.ending {
        return "\(from)-x\(to): \(plain(arrow.text)) (\(reason.name))"
      }
      return "\(from)->>\(to): \(plain(arrow.text))"
    case .underWay(let arrow):
      let (from, to) = (scene.lanes[arrow.from].id, scene.lanes[arrow.to].id)
      return "\(from)--)\(to): \(plain(arrow.text)) (under way)"
    case .sign(let sign):
      let text =
        switch sign.shape {
        case .state(.decides): "decides \(sign.text)"
        case .timer: "timer \(sign.text)"
        default: sign.text
        }
      return "Note over \(scene.lanes[sign.lane].id): "
        + plain("\(PlanScript.milliseconds(sign.at.time)) ms: \(text)")
    }
  }

  /// A text without what Mermaid takes for syntax: `;` and a line end are ends of statements, `#`
  /// begins an entity, `%%` a comment, and the word `end` closes a block.
  static func plain(_ text: String) -> String {
    var result = ""
    for character in text.replacing("->", with: "→") {
      switch character {
      case ";": result += ","
      case "#": result += "No. "
      case "<", "{": result += "("
      case ">", "}": result += ")"
      case "%": if result.last != "%" { result += "%" }
      default: result += character.isNewline ? " " : String(character)
      }
    }
    let words = result.split(separator: " ").map { word in
      word.lowercased() == "end" ? "(\(word))" : String(word)
    }
    return words.isEmpty ? "-" : words.joined(separator: " ")
  }
}
