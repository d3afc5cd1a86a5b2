import Notation

/// Writes elements of an SVG file, one a line; texts are escaped, numbers have one decimal.
struct SVGText {
  private(set) var lines: [String] = []

  /// An attribute.
  typealias Attribute = (name: String, value: String)

  /// Adds an element without content, but for a tip that is shown where the pointer rests.
  mutating func add(_ name: String, _ attributes: [Attribute], tip: String? = nil) {
    let head = "<\(name)\(Self.text(of: attributes))"
    guard let tip else { return lines.append("\(head)/>") }
    lines.append("\(head)><title>\(Self.escaped(tip))</title></\(name)>")
  }

  /// Adds a text.
  mutating func text(
    _ text: String, at x: Double, _ y: Double, size: Double = 11, fill: String = "#334155",
    anchor: String = "start", weight: String = "normal", hasHalo: Bool = false
  ) {
    var attributes: [Attribute] = [
      ("x", Self.number(x)), ("y", Self.number(y)), ("font-size", Self.number(size)),
      ("fill", fill),
    ]
    if anchor != "start" { attributes.append(("text-anchor", anchor)) }
    if weight != "normal" { attributes.append(("font-weight", weight)) }
    if hasHalo {
      attributes += [
        ("stroke", "#ffffff"), ("stroke-width", "3"), ("stroke-linejoin", "round"),
        ("paint-order", "stroke"),
      ]
    }
    lines.append("<text\(Self.text(of: attributes))>\(Self.escaped(text))</text>")
  }

  /// Adds lines that are SVG already.
  mutating func raw(_ line: String) { lines.append(line) }

  private static func text(of attributes: [Attribute]) -> String {
    attributes.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
  }

  /// A number with at most one decimal.
  static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let whole = "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10)"
    return tenths % 10 == 0 ? whole : "\(whole).\(abs(tenths) % 10)"
  }

  /// A text as the content of an element or the value of an attribute, on one line.
  static func escaped(_ text: String) -> String { XMLText.escaped(text) }
}
