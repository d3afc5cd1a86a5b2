/// Ways to spoil a text.
enum Mutation: CaseIterable {
  case flipBit, setByte, delete, duplicate, splice, truncate, noise
  case replaceNumber, replaceWord, insertPiece
  case deleteLine, swapLines, duplicateLine, indentLine, nest, lineEnds

  /// Those after which a text may still be right.
  static let gentle: [Mutation] = [
    .replaceNumber, .replaceNumber, .replaceNumber, .replaceNumber, .replaceWord, .deleteLine,
    .duplicateLine, .swapLines, .splice,
  ]

  /// Longer texts are refused for their length alone.
  private static let sizeAtMost = 1 << 17

  /// Spoils `text`; `other` is a right one.
  func apply(to text: inout [UInt8], other: [UInt8], _ draws: inout Draws) {
    switch self {
    case .flipBit:
      Self.change(&text, &draws) { byte, draws in byte ^ (1 << UInt8(draws.below(8))) }
    case .setByte:
      let bytes: [UInt8] = [0, 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x23, 0x26, 0x27, 0x2A, 0x2C, 0x3A]
      let more: [UInt8] = [0x5B, 0x5D, 0x7B, 0x7D, 0x7F, 0x80, 0xBF, 0xC0, 0xE2, 0xF4, 0xFF]
      Self.change(&text, &draws) { _, draws in draws.pick(bytes + more) }
    case .delete: text.removeSubrange(draws.range(of: text.count))
    case .duplicate:
      let range = draws.range(of: text.count)
      let times = draws.below(16) == 0 ? 1 + draws.below(256) : 1
      let piece = Array(text[range])
      for _ in 0..<times where text.count < Self.sizeAtMost {
        text.insert(contentsOf: piece, at: range.upperBound)
      }
    case .splice:
      let piece = other[draws.range(of: other.count)]
      text.replaceSubrange(draws.range(of: text.count), with: piece)
    case .truncate: text.removeLast(draws.below(text.count + 1))
    case .noise:
      for index in draws.range(of: text.count) { text[index] = draws.byte() }
    case .replaceNumber: Self.replace(&text, with: Piece.numbers, &draws, where: Self.isOfNumber)
    case .replaceWord: Self.replace(&text, with: Piece.words, &draws, where: Self.isOfWord)
    case .insertPiece:
      let piece = Array(draws.pick(Piece.all).utf8)
      text.insert(contentsOf: piece, at: draws.below(text.count + 1))
    case .nest:
      let (opening, closing) = draws.pick([("[", "]"), ("{a: ", "}"), ("(", ")"), ("- ", "")])
      let depth = draws.pick([1, 3, 63, 64, 65, 300, 20_000])
      let place = draws.below(text.count + 1)
      let inner = Array((draws.below(2) == 0 ? "1" : "").utf8)
      let ends = draws.below(2) == 0
      let piece = Array(String(repeating: opening, count: depth).utf8) + inner
      let end = ends ? Array(String(repeating: closing, count: depth).utf8) : []
      text.insert(contentsOf: piece + end, at: place)
    case .lineEnds:
      let end = draws.pick(["\r\n", "\r", "\u{2028}", "\u{85}", "\n\n", "\t\n"])
      let step = draws.pick([1, 1, 3])
      var lines = 0
      text = text.flatMap { byte -> [UInt8] in
        guard byte == UInt8(ascii: "\n") else { return [byte] }
        lines += 1
        return lines % step == 0 ? Array(end.utf8) : [byte]
      }
    case .deleteLine, .swapLines, .duplicateLine, .indentLine: editLines(&text, &draws)
    }
  }

  private func editLines(_ text: inout [UInt8], _ draws: inout Draws) {
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let first = draws.below(lines.count)
    let second = draws.below(lines.count)
    switch self {
    case .deleteLine: lines.remove(at: first)
    case .swapLines: lines.swapAt(first, second)
    case .duplicateLine:
      let times = draws.below(32) == 0 ? 1 + draws.below(2000) : 1
      guard lines[first].count * times < Self.sizeAtMost else { return }
      lines.insert(contentsOf: repeatElement(lines[first], count: times), at: second)
    default: lines[first] = (draws.pick([" ", "  ", "\t", "- "]).utf8 + lines[first])[...]
    }
    text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  private static func change(
    _ text: inout [UInt8], _ draws: inout Draws, _ how: (UInt8, inout Draws) -> UInt8
  ) {
    guard !text.isEmpty else { return }
    let index = draws.below(text.count)
    text[index] = how(text[index], &draws)
  }

  /// Replaces a run of bytes of one sort, or of a part of it, near a drawn place.
  private static func replace(
    _ text: inout [UInt8], with pieces: [String], _ draws: inout Draws,
    where belongs: (UInt8) -> Bool
  ) {
    guard !text.isEmpty else { return }
    var start = draws.below(text.count)
    while start < text.count, !belongs(text[start]) { start += 1 }
    guard start < text.count else { return }
    var end = start
    while start > 0, belongs(text[start - 1]) { start -= 1 }
    while end < text.count, belongs(text[end]) { end += 1 }
    text.replaceSubrange(start..<end, with: Array(draws.pick(pieces).utf8))
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "-")
  }
}
