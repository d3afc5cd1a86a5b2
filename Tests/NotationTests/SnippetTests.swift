import Testing

@testable import Notation

@Suite struct SnippetTests {
  private func rendered(_ line: String, column: Int) -> String {
    let source = SourceFile(name: "f", text: line)
    return Diagnostic("m", at: Location(source: source, line: 1, column: column), hint: "h")
      .description
  }

  @Test("The caret repeats tabs, doubles for wide letters and skips combining marks")
  func alignment() {
    #expect(rendered("\ta: b", column: 5) == "f:1:5: error: m\n  \ta: b\n  \t   ^ h")
    #expect(rendered("日本: b", column: 5) == "f:1:5: error: m\n  日本: b\n        ^ h")
    #expect(rendered("e\u{301}: b", column: 5) == "f:1:5: error: m\n  e\u{301}: b\n     ^ h")
    #expect(rendered("été: b", column: 6) == "f:1:6: error: m\n  été: b\n       ^ h")
  }

  @Test("A long line is cut on both sides of the caret")
  func clipping() {
    let line = String(repeating: "a", count: 100) + "X" + String(repeating: "b", count: 100)
    let shown = rendered(line, column: 101).split(separator: "\n")
    let left = String(repeating: "a", count: 48)
    let right = String(repeating: "b", count: 47)
    #expect(shown[1] == "  …\(left)X\(right)…")
    #expect(shown[2] == "  " + String(repeating: " ", count: 49) + "^ h")
  }

  @Test("A column past the end points behind the line", arguments: [4, 5, 900])
  func pastTheEnd(column: Int) {
    #expect(rendered("abc", column: column).hasSuffix("\n  abc\n     ^ h"))
  }

  @Test("Control characters do not reach the terminal")
  func controls() {
    #expect(rendered("a\u{1B}[31mb", column: 1).contains("a\u{FFFD}[31mb"))
  }

  @Test("Lines and columns are counted the same forth and back")
  func positions() {
    let source = SourceFile(name: "f", text: "ab\né日x\r\n\nlast")
    for offset in [0, 1, 2, 3, 5, 8, 9, 10, 11, 14, 15] {
      let location = source.location(at: offset)
      #expect(source.offset(line: location.line, column: location.column) == offset)
    }
    #expect(source.line(2) == "é日x")
    #expect(source.lineCount == 4)
  }
}
