/// Writes a tree of values as the text of a scenario, from which the reader builds the same tree.
package enum YAMLText {
  /// A value is written on one line up to this many characters.
  private static let width = 100

  /// The text of a whole file, whose top level is a mapping.
  package static func text(of tree: YAMLNode) -> String {
    guard case .mapping(let entries) = tree.content else { return flow(tree) + "\n" }
    return entries.flatMap { lines(of: $0, indent: "") }.joined(separator: "\n") + "\n"
  }

  private static func lines(of entry: YAMLNode.Entry, indent: String) -> [String] {
    let key = scalar(entry.key, isQuoted: false)
    let line = "\(indent)\(key): \(flow(entry.value))"
    switch entry.value.content {
    case .scalar: return [line]
    case .mapping(let entries):
      guard !entries.isEmpty, line.count > width else { return [line] }
      return ["\(indent)\(key):"] + entries.flatMap { lines(of: $0, indent: indent + "  ") }
    case .sequence(let items):
      let isPlain = items.allSatisfy { if case .scalar = $0.content { true } else { false } }
      if isPlain || items.isEmpty { return [line] }
      return ["\(indent)\(key):"] + items.map { "\(indent)  - \(flow($0))" }
    }
  }

  /// The value on one line.
  package static func flow(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, let isQuoted): return scalar(text, isQuoted: isQuoted)
    case .sequence(let items): return "[\(items.map(flow).joined(separator: ", "))]"
    case .mapping(let entries):
      if entries.isEmpty { return "{}" }
      let parts = entries.map { "\(scalar($0.key, isQuoted: false)): \(flow($0.value))" }
      return "{ \(parts.joined(separator: ", ")) }"
    }
  }

  private static func scalar(_ text: String, isQuoted: Bool) -> String {
    !isQuoted && isPlain(text) ? text : quoted(text)
  }

  /// Whether a text means itself without quotes, also inside brackets.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.last != UInt8(ascii: " ") else { return false }
    return isLetter(first)
      && text.utf8.allSatisfy {
        isLetter($0) || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+")
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "/"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
