import DiscreteEvents
import Simulator

// Arrows, signs and what they mean.
extension SpaceTimeDiagram {
  /// The kinds of message that the part has, by number.
  var shownKinds: [Int] {
    scene.kinds.indices.filter { kind in scene.arrows.contains { $0.kind == kind } }
  }

  /// Requests and replies are pale, so that what replicas tell each other stands out.
  func color(of kind: Int) -> String {
    guard scene.kinds.indices.contains(kind) else { return "#475569" }
    let name = scene.kinds[kind]
    if name == "request" { return "#64748b" }
    if name == "reply" { return "#94a3b8" }
    let others = scene.kinds.filter { $0 != "request" && $0 != "reply" }
    let place = others.firstIndex(of: name) ?? 0
    return Self.palette[place % Self.palette.count]
  }

  private static let palette = [
    "#2563eb", "#0891b2", "#16a34a", "#a16207", "#ea580c", "#c026d3", "#a8a29e", "#65a30d",
    "#7c3aed", "#be185d", "#0d9488", "#4338ca", "#92400e",
  ]

  func draw(_ arrow: DiagramScene.Arrow, into body: inout SVGText) {
    let color = color(of: arrow.kind)
    let source = height(of: arrow.from)
    let target = height(of: arrow.to)
    let span = Double((arrow.arrives.time - arrow.leaves.time).nanoseconds)
    var (x1, y1) = (axis.place(arrow.leaves), source)
    var (x2, y2) = (axis.place(arrow.arrives), target)
    if arrow.leaves.time < scene.from, span > 0 {
      let part = Double((scene.from - arrow.leaves.time).nanoseconds) / span
      (x1, y1) = (Self.left, source + part * (target - source))
    }
    var isWhole = true
    let isBeyond = arrow.leaves.time >= scene.to && arrow.arrives.time > scene.to
    switch arrow.ending {
    case .delivered where isBeyond, .underWay where isBeyond:
      // It leaves as the picture ends: only its direction can be shown.
      (x2, y2) = (x1 + 18, source + 0.25 * (target - source))
      isWhole = false
    case .delivered, .dropped(.crashed):
      if arrow.arrives.time > scene.to, span > 0 {
        let part = Double((scene.to - arrow.leaves.time).nanoseconds) / span
        (x2, y2) = (axis.end, y1 + part * (target - y1))
        isWhole = false
      }
    case .underWay:
      (x2, y2) = (max(x1 + 20, axis.end), source + 0.6 * (target - source))
      isWhole = false
    case .dropped(.loss), .dropped(.cut), .dropped(.adversary):
      let part = min(0.5, 40 / max(1, abs(target - source)))
      (x2, y2) = (x1 + 16, source + part * (target - source))
    }
    let name = scene.kinds.indices.contains(arrow.kind) ? scene.kinds[arrow.kind] : "?"
    let way = "\(scene.lanes[arrow.from].id) → \(scene.lanes[arrow.to].id)"
    let tip =
      "\(arrow.text)\n\(way), \(name), \(PlanScript.milliseconds(arrow.leaves.time)) to "
      + "\(PlanScript.milliseconds(arrow.arrives.time)) ms\(Self.ending(arrow.ending))"
    var attributes: [SVGText.Attribute] = [
      ("x1", SVGText.number(x1)), ("y1", SVGText.number(y1)), ("x2", SVGText.number(x2)),
      ("y2", SVGText.number(y2)), ("stroke", color), ("stroke-width", "1.3"),
      ("stroke-opacity", "0.85"),
    ]
    if !isWhole { attributes.append(("stroke-dasharray", "4 3")) }
    if case .delivered = arrow.ending, isWhole {
      attributes.append(("marker-end", "url(#head\(arrow.kind))"))
    }
    body.add("line", attributes, tip: tip)
    if case .dropped(let reason) = arrow.ending, isWhole {
      cross(at: x2, y2, reason == .adversary ? "#dc2626" : color, size: 4.2, into: &body)
    }
  }

  private static func ending(_ ending: DiagramScene.Arrow.Ending) -> String {
    switch ending {
    case .delivered: ""
    case .underWay: ", under way"
    case .dropped(let reason): ", dropped: \(reason.name)"
    }
  }

  private func cross(
    at x: Double, _ y: Double, _ color: String, size: Double, into body: inout SVGText
  ) {
    let (left, right) = (SVGText.number(x - size), SVGText.number(x + size))
    let (top, bottom) = (SVGText.number(y - size), SVGText.number(y + size))
    body.add(
      "path",
      [
        ("d", "M\(left) \(top) L\(right) \(bottom) M\(left) \(bottom) L\(right) \(top)"),
        ("stroke", color), ("stroke-width", "2"), ("fill", "none"),
      ])
  }

  // MARK: Signs

  func drawSigns(into body: inout SVGText) {
    var upper = [Double](repeating: 0, count: scene.lanes.count)
    var lower = upper
    var last = [DiagramScene.Moment?](repeating: nil, count: scene.lanes.count)
    var beside = [Double](repeating: 0, count: scene.lanes.count)
    for (index, sign) in scene.signs.enumerated() {
      // What a node does in one job lies side by side, ever closer, so that it never looks later.
      beside[sign.lane] =
        last[sign.lane] == sign.at ? beside[sign.lane] + 0.4 * (26 - beside[sign.lane]) : 0
      last[sign.lane] = sign.at
      let (x, y) = (axis.place(sign.at) + beside[sign.lane], height(of: sign.lane))
      let tip =
        "\(scene.lanes[sign.lane].name), \(PlanScript.milliseconds(sign.at.time)) ms: \(sign.text)"
      draw(sign.shape, at: x, y, tip: tip, into: &body)
      guard let isAbove = Self.label(of: sign.shape) else { continue }
      // What the timer led to says more than the timer.
      let next = index + 1 < scene.signs.count ? scene.signs[index + 1] : nil
      if sign.shape == .timer, next?.at == sign.at, next?.lane == sign.lane { continue }
      let text = Self.shortened(sign)
      let width = 5.6 * Double(text.count) + 6
      let row = isAbove ? upper[sign.lane] : lower[sign.lane]
      guard x - width / 2 >= row else { continue }
      if isAbove { upper[sign.lane] = x + width / 2 } else { lower[sign.lane] = x + width / 2 }
      body.text(
        text, at: x, y + (isAbove ? -9 : 18), size: 9.5, fill: "#1e293b", anchor: "middle",
        hasHalo: true)
    }
  }

  /// Whether the text stands above the lane or below it; nil for none.
  private static func label(of shape: DiagramScene.Sign.Shape) -> Bool? {
    switch shape {
    case .state(.decides): false
    case .state(.prepares), .issued, .accepted, .restart: nil
    case .state, .timer, .declined, .crash: true
    }
  }

  private static func shortened(_ sign: DiagramScene.Sign) -> String {
    guard sign.shape == .state(.decides) else { return sign.text }
    // A digest is long; its beginning tells blocks apart.
    let words = sign.text.split(separator: " ")
    guard let digest = words.last, words.count > 1, digest.count > 4 else { return sign.text }
    return "\(words[0]) \(digest.prefix(4))"
  }

  func draw(
    _ shape: DiagramScene.Sign.Shape, at x: Double, _ y: Double, tip: String?,
    into body: inout SVGText
  ) {
    func path(_ points: [(Double, Double)], fill: String, stroke: String) {
      let d = points.enumerated().map { index, point in
        "\(index == 0 ? "M" : "L")\(SVGText.number(x + point.0)) \(SVGText.number(y + point.1))"
      }.joined(separator: " ")
      body.add(
        "path", [("d", d + " z"), ("fill", fill), ("stroke", stroke), ("stroke-width", "1.2")],
        tip: tip)
    }
    func circle(_ radius: Double, fill: String, stroke: String) {
      body.add(
        "circle",
        [
          ("cx", SVGText.number(x)), ("cy", SVGText.number(y)), ("r", SVGText.number(radius)),
          ("fill", fill), ("stroke", stroke), ("stroke-width", "1.4"),
        ], tip: tip)
    }
    let diamond = [(0.0, -5.5), (5.5, 0.0), (0.0, 5.5), (-5.5, 0.0)]
    switch shape {
    case .state(.prepares): circle(3.2, fill: "#ffffff", stroke: "#15803d")
    case .state(.mines):
      path(
        [(-2.8, -5), (2.8, -5), (5.6, 0), (2.8, 5), (-2.8, 5), (-5.6, 0)], fill: "#fde68a",
        stroke: "#a16207")
    case .state(.decides): circle(4.6, fill: "#16a34a", stroke: "#14532d")
    case .state(.enters): path(diamond, fill: "#bfdbfe", stroke: "#1d4ed8")
    case .state(.leaves): path(diamond, fill: "#fed7aa", stroke: "#c2410c")
    case .state(.leads):
      path(
        [
          (0, -8), (2.1, -2.6), (7.6, -2.5), (3.2, 1), (4.7, 6.5), (0, 3.2), (-4.7, 6.5), (-3.2, 1),
          (-7.6, -2.5), (-2.1, -2.6),
        ], fill: "#fbbf24", stroke: "#92400e")
    case .state(.notes):
      path([(-4, -4), (4, -4), (4, 4), (-4, 4)], fill: "#e9d5ff", stroke: "#6b21a8")
    case .timer:
      circle(5, fill: "#fef9c3", stroke: "#854d0e")
      body.add(
        "path",
        [
          (
            "d",
            "M\(SVGText.number(x)) \(SVGText.number(y - 3.4)) L\(SVGText.number(x)) "
              + "\(SVGText.number(y)) L\(SVGText.number(x + 2.6)) \(SVGText.number(y))"
          ), ("stroke", "#854d0e"), ("fill", "none"), ("stroke-width", "1.2"),
        ])
    case .issued: path([(-4.5, 4), (4.5, 4), (0, -4.5)], fill: "#e2e8f0", stroke: "#475569")
    case .accepted: path([(-4.5, -4), (4.5, -4), (0, 4.5)], fill: "#86efac", stroke: "#166534")
    case .declined: path([(-4.5, -4), (4.5, -4), (0, 4.5)], fill: "#fca5a5", stroke: "#991b1b")
    case .crash: cross(at: x, y, "#991b1b", size: 6, into: &body)
    case .restart: path([(-4, -5), (5.5, 0), (-4, 5)], fill: "#bbf7d0", stroke: "#166534")
    }
  }

  // MARK: Legend

  /// Draws what is shown and what it means; answers how high the picture is.
  func drawLegend(into body: inout SVGText) -> Double {
    var x = Self.left
    var y = height(of: lowestLane) + gap * 0.5 + 62
    func place(_ text: String) -> Double {
      let width = 34 + 6.4 * Double(text.count) + 16
      if x + width > axis.right + 20, x > Self.left { (x, y) = (Self.left, y + 22) }
      defer { x += width }
      return x
    }
    for kind in shownKinds {
      let left = place(scene.kinds[kind])
      body.add(
        "line",
        [
          ("x1", SVGText.number(left)), ("y1", SVGText.number(y)),
          ("x2", SVGText.number(left + 26)), ("y2", SVGText.number(y)),
          ("stroke", color(of: kind)), ("stroke-width", "1.6"),
          ("marker-end", "url(#head\(kind))"),
        ])
      body.text(scene.kinds[kind], at: left + 33, y + 4, size: 10.5)
    }
    (x, y) = (Self.left, y + 24)
    if scene.arrows.contains(where: { if case .dropped = $0.ending { true } else { false } }) {
      let left = place("dropped; red: by its sender")
      cross(at: left + 13, y, "#475569", size: 4.2, into: &body)
      body.text("dropped; red: by its sender", at: left + 33, y + 4, size: 10.5)
    }
    if scene.arrows.contains(where: { isDashed($0) }) {
      let left = place(Self.underWayText)
      dashed(from: left, at: y, "#475569", into: &body)
      body.text(Self.underWayText, at: left + 33, y + 4, size: 10.5)
    }
    if scene.lanes.contains(where: { $0.byzantine.map { $0 <= scene.to } ?? false }) {
      let left = place(Self.byzantineText)
      dashed(from: left, at: y, "#dc2626", into: &body)
      body.text(Self.byzantineText, at: left + 33, y + 4, size: 10.5)
    }
    for (shape, text) in Self.meanings where scene.signs.contains(where: { $0.shape == shape }) {
      let left = place(text)
      draw(shape, at: left + 15, y, tip: nil, into: &body)
      body.text(text, at: left + 33, y + 4, size: 10.5)
    }
    return y + 26
  }

  private static let underWayText = "still under way where the picture ends"
  private static let byzantineText = "from here on Byzantine"

  /// Whether a message is drawn as one that has not arrived.
  private func isDashed(_ arrow: DiagramScene.Arrow) -> Bool {
    switch arrow.ending {
    case .delivered, .underWay, .dropped(.crashed): arrow.isUnderWay(at: scene.to)
    case .dropped: false
    }
  }

  private func dashed(
    from left: Double, at y: Double, _ color: String, into body: inout SVGText
  ) {
    body.add(
      "line",
      [
        ("x1", SVGText.number(left)), ("y1", SVGText.number(y)),
        ("x2", SVGText.number(left + 26)), ("y2", SVGText.number(y)), ("stroke", color),
        ("stroke-width", "1.6"), ("stroke-dasharray", color == "#dc2626" ? "7 4" : "4 3"),
      ])
  }

  private var lowestLane: Int {
    scene.lanes.indices.max { height(of: $0) < height(of: $1) } ?? 0
  }

  private static let meanings: [(DiagramScene.Sign.Shape, String)] = [
    (.state(.leads), "begins to lead"), (.state(.enters), "enters a view, term or tip"),
    (.state(.leaves), "gives it up"), (.state(.prepares), "prepares or appends"),
    (.state(.mines), "mines a block"),
    (.state(.decides), "decides"), (.state(.notes), "other steps"), (.timer, "a timer ran out"),
    (.issued, "client asks"), (.accepted, "client is served"), (.declined, "client gives up"),
    (.crash, "crash"), (.restart, "back"),
  ]
}
