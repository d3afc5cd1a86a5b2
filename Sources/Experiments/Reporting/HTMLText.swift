import Foundation
import Notation

/// Writes elements of an HTML page; every text is escaped.
struct HTMLText {
  private(set) var text = ""

  /// Adds an element with a text.
  mutating func add(_ element: String, _ content: String, _ attributes: String = "") {
    text += "<\(element)\(Self.spaced(attributes))>\(Self.escaped(content))</\(element)>\n"
  }

  /// Adds an element with what `content` writes.
  mutating func nest(
    _ element: String, _ attributes: String = "", _ content: (inout HTMLText) -> Void
  ) {
    text += "<\(element)\(Self.spaced(attributes))>\n"
    content(&self)
    text += "</\(element)>\n"
  }

  /// Adds what is HTML already.
  mutating func raw(_ html: String) { text += html }

  /// A text as content or as the value of an attribute.
  static func escaped(_ text: String) -> String { XMLText.escaped(text) }

  /// The address that holds a file itself.
  static func address(of bytes: [UInt8], kind: String) -> String {
    "data:\(kind);base64,\(Data(bytes).base64EncodedString())"
  }

  private static func spaced(_ attributes: String) -> String {
    attributes.isEmpty ? "" : " " + attributes
  }
}
