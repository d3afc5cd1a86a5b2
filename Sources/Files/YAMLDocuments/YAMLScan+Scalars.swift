import Notation

extension YAMLScan {
  /// Takes a plain scalar, which may go on over lines that are indented more than the collection.
  package mutating func scanPlain() {
    let start = offset
    let startColumn = column
    let startLine = line
    let inFlow = !flows.isEmpty
    let indent = (blocks.last?.column ?? -1) + 1
    var end = offset
    countNode(at: offset)
    while offset < bytes.count {
      if column == 0, isMarker(at: offset) { break }
      if bytes[offset] == UInt8(ascii: "#"), offset > start { break }
      let runStart = offset
      while !isBlankOrEnd(at: offset), !endsPlain(at: offset, inFlow: inFlow) { offset += 1 }
      if offset > runStart { end = offset }
      guard offset < bytes.count, isBlankOrEnd(at: offset) else { break }
      while offset < bytes.count, isBlankOrEnd(at: offset) {
        if bytes[offset] == 0x0A { self.startLine() } else { offset += 1 }
      }
      if !inFlow, column < indent { break }
    }
    if offset == start { offset += 1 }
    possibleKey = nil
    guard line == startLine else { return }
    let text = String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    possibleKey = PossibleKey(
      offset: start, column: startColumn, line: startLine, text: text, isPlain: true)
  }

  private func endsPlain(at index: Int, inFlow: Bool) -> Bool {
    switch bytes[index] {
    case UInt8(ascii: ":"):
      if isBlankOrEnd(at: index + 1) { return true }
      guard inFlow, let next = byte(at: index + 1) else { return false }
      return Self.flowIndicators.contains(next) || next == UInt8(ascii: "?")
    case let byte: return inFlow && Self.flowIndicators.contains(byte)
    }
  }

  private static let flowIndicators = Array(",[]{}".utf8)

  /// Takes a quoted scalar.
  package mutating func scanQuoted(by quote: UInt8) {
    let start = offset
    let startColumn = column
    let startLine = line
    countNode(at: offset)
    offset += 1
    while let next = byte(at: offset) {
      if next == quote {
        guard quote == UInt8(ascii: "'"), byte(at: offset + 1) == quote else { break }
        offset += 2
      } else if next == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        offset += 1
        if byte(at: offset) == 0x0A { self.startLine() } else { offset += 1 }
      } else if next == 0x0A {
        self.startLine()
      } else {
        offset += 1
      }
    }
    guard offset < bytes.count else {
      let mark = quote == UInt8(ascii: "'") ? "'" : "\""
      report("this quoted text is never closed", at: start, hint: "add \(mark) at its end")
      isStopped = true
      return
    }
    let inside = String(decoding: bytes[(start + 1)..<offset], as: UTF8.self)
    offset += 1
    possibleKey = PossibleKey(
      offset: start, column: startColumn, line: startLine, text: inside, isPlain: false)
  }

  /// Takes a block scalar (`|` or `>`) with all the lines that belong to it.
  package mutating func scanBlockScalar() {
    let parent = blocks.last?.column ?? -1
    var indent = 0
    countNode(at: offset)
    possibleKey = nil
    offset += 1
    while let next = byte(at: offset), next != 0x0A {
      if next == UInt8(ascii: "#") || next == 0x20 { break }
      if (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(next) {
        indent = max(parent, 0) + Int(next - UInt8(ascii: "0"))
      }
      offset += 1
    }
    skipLine()
    guard offset < bytes.count else { return }
    startLine()
    if indent == 0 { indent = max(leadingIndent(), parent + 1, 1) }
    while offset < bytes.count {
      let spaces = spaces(at: offset)
      let isBlank = byte(at: offset + spaces) == 0x0A
      guard spaces >= indent || isBlank else { return }
      skipLine()
      guard offset < bytes.count else { return }
      startLine()
    }
  }

  private func spaces(at index: Int) -> Int {
    var count = 0
    while byte(at: index + count) == 0x20 { count += 1 }
    return count
  }

  /// The indentation of a block scalar: the most spaces among its blank lines and its first other.
  private func leadingIndent() -> Int {
    var index = offset
    var most = 0
    while index < bytes.count {
      let count = spaces(at: index)
      most = max(most, count)
      guard byte(at: index + count) == 0x0A else { break }
      index += count + 1
    }
    return most
  }
}
