/// A JSON value that is written with its members in the order they were put in.
package indirect enum JSONText {
  case string(String)
  /// A number or a word of JSON, written as it is.
  case literal(String)
  case array([JSONText])
  case object([(key: String, value: JSONText)])

  /// The text with an indentation of two blanks; small arrays of plain values stay on one line.
  package func text(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .string(let text): return Self.quoted(text)
    case .literal(let text): return text
    case .array(let items) where items.isEmpty: return "[]"
    case .object(let members) where members.isEmpty: return "{}"
    case .array(let items):
      let texts = items.map { $0.text(indent: inner) }
      let line = "[" + texts.joined(separator: ", ") + "]"
      if items.allSatisfy(\.isPlain), indent.count + line.count <= 80 { return line }
      return "[\n" + texts.map { inner + $0 }.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let members):
      let lines = members.map { "\(inner)\(Self.quoted($0.key)): \($0.value.text(indent: inner))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  /// The text on one line, without blanks.
  package var line: String {
    switch self {
    case .string(let text): Self.quoted(text)
    case .literal(let text): text
    case .array(let items): "[" + items.map(\.line).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)):\($0.value.line)" }.joined(separator: ",") + "}"
    }
  }

  private var isPlain: Bool {
    switch self {
    case .string, .literal: true
    case .array, .object: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
