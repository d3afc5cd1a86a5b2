import DiscreteEvents

/// Ways to spoil numbers, words and brackets.
enum TextMutation: CaseIterable {
  case setByte, replaceNumber, replaceWord, nest, endLines

  /// What YAML, CSV and JSON read in their own way, and the borders of UTF-8.
  private static let tellingBytes =
    Array("\0\t\n\r \"#&'*,:[]{}\u{7F}".utf8) + [0x80, 0xBF, 0xC0, 0xE2, 0xF4, 0xFF]

  func apply(to text: inout [UInt8], _ draws: inout Draw) {
    switch self {
    case .setByte: text.change(&draws) { $1.pick(Self.tellingBytes) }
    case .replaceNumber:
      Self.replace(&text, with: TextPiece.numbers, &draws) { 0x30...0x39 ~= $0 || $0 == 0x2E }
    case .replaceWord:
      Self.replace(&text, with: TextPiece.words, &draws) {
        0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || $0 == 0x2D
      }
    case .nest:
      let (opening, closing) = draws.pick([("[", "]"), ("{a: ", "}"), ("(", ")"), ("- ", "")])
      let depth = draws.pick([1, 3, 63, 64, 65, 300, 20_000])
      let inner = draws.pick(["", "1"])
      let ends = draws.pick(["", String(repeating: closing, count: depth)])
      let piece = String(repeating: opening, count: depth) + inner + ends
      text.insert(contentsOf: piece.utf8, at: draws.below(text.count + 1))
    case .endLines:
      let end = draws.pick(["\r\n", "\r", "\u{2028}", "\u{85}", "\n\n", "\t\n"])
      let step = draws.pick([1, 1, 3])
      let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
      text = lines.enumerated().reduce(into: []) { text, line in
        if line.offset > 0 { text += line.offset % step == 0 ? Array(end.utf8) : [0x0A] }
        text += line.element
      }
    }
  }

  /// Replaces a run of bytes of one sort that is at a drawn place or follows there.
  private static func replace(
    _ text: inout [UInt8], with pieces: [[UInt8]], _ draws: inout Draw,
    where belongs: (UInt8) -> Bool
  ) {
    guard !text.isEmpty else { return }
    guard var start = text[draws.below(text.count)...].firstIndex(where: belongs) else { return }
    let end = text[start...].firstIndex { !belongs($0) } ?? text.count
    while start > 0, belongs(text[start - 1]) { start -= 1 }
    text.replaceSubrange(start..<end, with: draws.pick(pieces))
  }
}

/// Ways to spoil the order of lines.
enum LineMutation: CaseIterable {
  case delete, swap, duplicate, indent

  func apply(to text: inout [UInt8], _ draws: inout Draw) {
    var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    let first = draws.below(lines.count)
    let second = draws.below(lines.count)
    switch self {
    case .delete: lines.remove(at: first)
    case .swap: lines.swapAt(first, second)
    case .duplicate:
      let times = draws.below(32) == 0 ? 1 + draws.below(2000) : 1
      guard lines[first].count * times < Mutation.sizeAtMost else { return }
      lines.insert(contentsOf: repeatElement(lines[first], count: times), at: second)
    case .indent: lines[first] = draws.pick([" ", "  ", "\t", "- "]).utf8 + lines[first]
    }
    text = Array(lines.joined(separator: [0x0A]))
  }
}
