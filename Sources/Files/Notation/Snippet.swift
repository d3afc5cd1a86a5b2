/// The line a diagnostic points into, cut to a readable width, and the caret below it.
package struct Snippet {
  /// How many scalars of a line are shown at most.
  package static let width = 96

  /// The source line, with `…` where it was cut.
  package let line: String

  /// Blanks as wide as the text before the caret, then the caret.
  package let caretLine: String

  package init(_ location: Location) {
    let scalars = Array(location.source.line(location.line).unicodeScalars)
    let caret = min(location.column - 1, scalars.count)
    var start = 0
    var end = scalars.count
    if scalars.count > Self.width {
      start = max(0, min(caret - Self.width / 2, scalars.count - Self.width))
      end = min(scalars.count, start + Self.width)
    }
    var line = String.UnicodeScalarView()
    var blanks = String.UnicodeScalarView()
    if start > 0 {
      line.append("…")
      blanks.append(" ")
    }
    for index in start..<end {
      let shown = Self.printable(scalars[index])
      line.append(shown)
      guard index < caret else { continue }
      // A tab is repeated, so that the caret lines up whatever the tab width of the terminal.
      if shown == "\t" { blanks.append(shown) }
      for _ in 0..<Self.columns(of: shown) { blanks.append(" ") }
    }
    if end < scalars.count { line.append("…") }
    self.line = String(line)
    self.caretLine = String(blanks) + "^"
  }

  /// The scalar itself, or a replacement for one that would disturb the terminal.
  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar == "\t" { return scalar }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return "\u{FFFD}"
    case .format: return scalar.value == 0x200D ? scalar : "\u{FFFD}"
    default: return scalar
    }
  }

  /// How many terminal columns a scalar takes: 0 for a tab and for combining marks, 2 for wide
  /// East Asian characters and emoji.
  private static func columns(of scalar: Unicode.Scalar) -> Int {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return 1 }
    if scalar == "\t" { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
