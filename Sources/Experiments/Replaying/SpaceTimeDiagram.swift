import DiscreteEvents
import Simulator

/// A space-time diagram: a lane for each node and the clients, time from left to right, messages as
/// arrows from the lane that sends to the one that handles.
struct SpaceTimeDiagram {
  let scene: DiagramScene
  let axis: TimeAxis
  /// How far lanes are apart.
  let gap: Double
  private let top: Double
  private let headLines: [String]

  static let left = 128.0

  init(_ scene: DiagramScene) {
    self.scene = scene
    axis = TimeAxis(scene, left: Self.left)
    gap = scene.lanes.count <= 9 ? 76 : scene.lanes.count <= 15 ? 54 : 38
    var head = [scene.subtitle]
    if let violation = scene.violation {
      head.append("\(PlanScript.time(violation.time)): \(violation.detail)")
    }
    let letters = Int((axis.right - 48) / 6.1)
    headLines = (head + scene.notes).flatMap { Self.wrapped($0, letters: letters) }
    top = 58 + Double(headLines.count) * 16 + gap * 0.5 + 30
  }

  /// Clients are drawn above the replicas, which they talk with.
  func height(of lane: Int) -> Double {
    let replicas = scene.lanes.count { $0.id.hasPrefix("r") }
    let row = lane < replicas ? lane + scene.lanes.count - replicas : lane - replicas
    return top + Double(row) * gap
  }

  private var bottom: Double { top + Double(scene.lanes.count - 1) * gap + gap * 0.5 }

  /// The file.
  var text: String {
    var body = SVGText()
    drawLanes(into: &body)
    drawAxis(into: &body)
    for arrow in scene.arrows { draw(arrow, into: &body) }
    drawDownTexts(into: &body)
    drawViolation(into: &body)
    drawSigns(into: &body)
    let end = drawLegend(into: &body)
    let width = SVGText.number(axis.right + 28)
    let height = SVGText.number(end)
    var file = SVGText()
    file.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
    file.raw(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, "
        + "sans-serif\">")
    file.raw("<title>\(SVGText.escaped(scene.title))</title>")
    drawDefinitions(into: &file)
    file.add("rect", [("width", "100%"), ("height", "100%"), ("fill", "#ffffff")])
    drawHead(into: &file)
    return (file.lines + body.lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private func drawDefinitions(into file: inout SVGText) {
    file.raw("<defs>")
    file.raw(
      "<pattern id=\"down\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        + "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#f1f5f9\"/>"
        + "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#cbd5e1\" stroke-width=\"3\"/></pattern>"
    )
    for kind in shownKinds {
      file.raw(
        "<marker id=\"head\(kind)\" viewBox=\"0 0 8 8\" refX=\"7.2\" refY=\"4\" markerWidth=\"8\" "
          + "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
          + "<path d=\"M0 0.8 L8 4 L0 7.2 z\" fill=\"\(color(of: kind))\"/></marker>")
    }
    file.raw("</defs>")
  }

  private func drawHead(into file: inout SVGText) {
    let isBroken = scene.violation != nil
    file.text(
      scene.title, at: 24, 38, size: 20, fill: isBroken ? "#b91c1c" : "#0f172a", weight: "bold")
    for (index, line) in headLines.enumerated() {
      file.text(line, at: 24, 62 + Double(index) * 16, size: 11.5, fill: "#475569")
    }
  }

  // MARK: Lanes and axis

  private func drawLanes(into body: inout SVGText) {
    for (index, lane) in scene.lanes.enumerated() {
      let y = height(of: index)
      let isByzantine = lane.byzantine.map { $0 <= scene.to } ?? false
      for down in lane.downs { draw(down, at: y, into: &body) }
      body.add(
        "line",
        [
          ("x1", SVGText.number(Self.left)), ("y1", SVGText.number(y)),
          ("x2", SVGText.number(axis.end)), ("y2", SVGText.number(y)),
          ("stroke", isByzantine ? "#fca5a5" : "#cbd5e1"), ("stroke-width", "1.6"),
        ])
      if let since = lane.byzantine, isByzantine {
        let x = since > scene.from ? axis.place(since) : Self.left
        body.add(
          "line",
          [
            ("x1", SVGText.number(x)), ("y1", SVGText.number(y)),
            ("x2", SVGText.number(axis.end)), ("y2", SVGText.number(y)), ("stroke", "#dc2626"),
            ("stroke-width", "1.6"), ("stroke-dasharray", "7 4"),
          ])
        body.text(
          "Byzantine", at: Self.left - 14, y + 15, size: 9.5, fill: "#dc2626", anchor: "end")
      }
      body.text(
        lane.name, at: Self.left - 14, y + 4, size: 13, fill: isByzantine ? "#b91c1c" : "#0f172a",
        anchor: "end", weight: "bold")
    }
  }

  private func draw(_ down: DiagramScene.Down, at y: Double, into body: inout SVGText) {
    guard let (x, end, text) = extent(of: down) else { return }
    let height = gap * 0.44
    body.add(
      "rect",
      [
        ("x", SVGText.number(x)), ("y", SVGText.number(y - height / 2)),
        ("width", SVGText.number(max(2, end - x))), ("height", SVGText.number(height)),
        ("rx", "3"), ("fill", "url(#down)"), ("stroke", "#cbd5e1"),
      ], tip: text)
  }

  private func drawDownTexts(into body: inout SVGText) {
    for (index, lane) in scene.lanes.enumerated() {
      for down in lane.downs {
        guard let (x, end, text) = extent(of: down), end - x > 7 * Double(text.count) else {
          continue
        }
        body.text(
          text, at: (x + end) / 2, height(of: index) - gap * 0.22 + 11, size: 9.5,
          fill: "#64748b", anchor: "middle", hasHalo: true)
      }
    }
  }

  /// Where a node is down, and what to say of it; nil if that is outside.
  private func extent(of down: DiagramScene.Down) -> (Double, Double, String)? {
    guard down.from <= scene.to, down.until.map({ $0 >= scene.from }) ?? true else { return nil }
    let x = down.from > scene.from ? axis.place(down.from) : Self.left
    let end = down.until.flatMap { $0 <= scene.to ? axis.place($0) : nil } ?? axis.end
    let text = down.isForgetful ? "down, disk lost" : down.until == nil ? "down for good" : "down"
    return (x, end, text)
  }

  private func drawAxis(into body: inout SVGText) {
    for pause in axis.breaks {
      let middle = (pause.left + pause.right) / 2
      body.add(
        "rect",
        [
          ("x", SVGText.number(middle - 9)), ("y", SVGText.number(top - gap * 0.5)),
          ("width", "18"), ("height", SVGText.number(bottom - top + gap * 0.5)),
          ("fill", "#ffffff"), ("opacity", "0.8"),
        ])
      for x in [middle - 9, middle + 9] {
        body.add(
          "line",
          [
            ("x1", SVGText.number(x)), ("y1", SVGText.number(top - gap * 0.5)),
            ("x2", SVGText.number(x)), ("y2", SVGText.number(bottom)), ("stroke", "#94a3b8"),
            ("stroke-width", "0.8"), ("stroke-dasharray", "2 4"),
          ])
      }
      body.text(
        PlanScript.roughly(pause.span), at: middle, top - gap * 0.5 - 5, size: 9,
        fill: "#64748b", anchor: "middle")
    }
    body.add(
      "line",
      [
        ("x1", SVGText.number(Self.left)), ("y1", SVGText.number(bottom)),
        ("x2", SVGText.number(axis.end)), ("y2", SVGText.number(bottom)), ("stroke", "#475569"),
      ])
    for tick in axis.ticks {
      body.add(
        "line",
        [
          ("x1", SVGText.number(tick.place)), ("y1", SVGText.number(bottom)),
          ("x2", SVGText.number(tick.place)), ("y2", SVGText.number(bottom + 5)),
          ("stroke", "#475569"),
        ])
      body.text(
        PlanScript.milliseconds(tick.time), at: tick.place, bottom + 18, size: 10,
        fill: "#475569", anchor: "middle")
    }
    let remark = axis.breaks.isEmpty ? "" : "; dotted lines: a wait drawn shorter than it is"
    body.text(
      "virtual time in ms, not to scale: what happens at one instant lies side by side\(remark)",
      at: Self.left, bottom + 36, size: 10.5, fill: "#475569")
  }

  // MARK: The violation

  private func drawViolation(into body: inout SVGText) {
    guard let violation = scene.violation else { return }
    let isLater = violation.time > scene.to
    guard violation.time >= scene.from else { return }
    let x = isLater ? axis.end - 6 : axis.place(moment(of: violation)) + 7
    let begin = top - gap * 0.5
    body.add(
      "line",
      [
        ("x1", SVGText.number(x)), ("y1", SVGText.number(begin)), ("x2", SVGText.number(x)),
        ("y2", SVGText.number(bottom)), ("stroke", "#dc2626"), ("stroke-width", "2.2"),
        ("stroke-dasharray", isLater ? "6 4" : "none"),
      ], tip: "\(violation.invariant): \(violation.detail)")
    if let lane = violation.lane, !isLater {
      body.add(
        "circle",
        [
          ("cx", SVGText.number(x)), ("cy", SVGText.number(height(of: lane))), ("r", "8"),
          ("fill", "none"), ("stroke", "#dc2626"), ("stroke-width", "2.2"),
        ])
    }
    let label =
      isLater
      ? "\(violation.invariant), noticed at \(PlanScript.milliseconds(violation.time)) ms"
      : violation.invariant.name
    let width = 7.2 * Double(label.count) + 14
    let boxLeft = min(x - width / 2, axis.right + 20 - width)
    body.add(
      "rect",
      [
        ("x", SVGText.number(boxLeft)), ("y", SVGText.number(begin - 19)),
        ("width", SVGText.number(width)), ("height", "18"), ("rx", "4"), ("fill", "#dc2626"),
      ])
    body.text(
      label, at: boxLeft + width / 2, begin - 6, size: 11, fill: "#ffffff", anchor: "middle",
      weight: "bold")
  }

  /// When an invariant broke: with the last step at that instant of the node that broke it.
  private func moment(of violation: DiagramScene.Break) -> DiagramScene.Moment {
    let steps = scene.signs.filter { violation.lane == nil || $0.lane == violation.lane }.map(\.at)
    let arrivals = scene.arrows.filter { violation.lane == nil || $0.to == violation.lane }
      .map(\.arrives)
    func last(_ moments: [DiagramScene.Moment]) -> DiagramScene.Moment? {
      moments.filter { $0.time == violation.time }.max()
    }
    return last(steps) ?? last(arrivals) ?? DiagramScene.Moment(time: violation.time, job: 0)
  }

  /// Words in lines of at most so many letters.
  static func wrapped(_ text: String, letters: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > max(letters, 40) {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word.prefix(400)) : " \(word.prefix(400))"
    }
    if !line.isEmpty { lines.append(line) }
    if lines.count > 6 { lines = lines.prefix(6) + ["…"] }
    return lines
  }
}
