/// Texts as XML holds them.
package enum XMLText {
  /// A text as the content of an element or the value of an attribute.
  ///
  /// What XML does not allow becomes a replacement character, a tab a blank. A line feed becomes `lineEnd`,
  /// such as a reference that survives in an attribute.
  package static func escaped(_ text: String, lineEnd: String = " ") -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += lineEnd
      case "\t": result += " "
      default:
        let isAllowed =
          scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
          && !(0x7F...0x9F).contains(scalar.value)
        result.unicodeScalars.append(isAllowed ? scalar : "\u{FFFD}")
      }
    }
    return result
  }
}
