/// A text that a user wrote, with the means to point into it: a scenario file or a flag's argument.
///
/// A byte order mark is dropped and CR LF becomes LF. Lines and columns count from 1, and
/// columns count Unicode scalars, as editors show and as the YAML parser does.
public final class SourceFile: Sendable {
  /// The name shown in messages, as the user wrote it.
  public let name: String

  /// The text without a byte order mark, its lines ended by LF.
  public let bytes: [UInt8]

  /// The offset at which each line begins; never empty.
  private let lineStarts: [Int]

  /// Creates a text from its bytes, which need not be valid UTF-8.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    let bytes = Self.normalised(bytes)
    self.bytes = bytes
    var starts = [0]
    for offset in bytes.indices where bytes[offset] == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  /// Creates a text from a string.
  public convenience init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  private static func normalised(_ bytes: [UInt8]) -> [UInt8] {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard text.contains(UInt8(ascii: "\r")) else { return Array(text) }
    var kept: [UInt8] = []
    kept.reserveCapacity(text.count)
    for byte in text {
      if byte == UInt8(ascii: "\n"), kept.last == UInt8(ascii: "\r") { kept.removeLast() }
      kept.append(byte)
    }
    return kept
  }

  /// The number of lines, counting an empty last one.
  public var lineCount: Int { lineStarts.count }

  /// The text of a line without its line end, invalid bytes replaced; empty past the end.
  public func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    let start = lineStarts[number - 1]
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The place of the byte at `offset`, with the length of what stands there in scalars.
  public func location(at offset: Int, length: Int = 1) -> Location {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let end = min(max(offset, lineStarts[low]), bytes.count)
    let before = bytes[lineStarts[low]..<end]
    let column = String(decoding: before, as: UTF8.self).unicodeScalars.count + 1
    return Location(source: self, line: low + 1, column: column, length: length)
  }

  /// The offset of a line and column; past the end of the line it is the line's end.
  public func offset(line: Int, column: Int) -> Int {
    guard line >= 1, line <= lineStarts.count else { return bytes.count }
    let start = lineStarts[line - 1]
    let scalars = self.line(line).unicodeScalars
    return start + scalars.prefix(max(0, column - 1)).reduce(0) { $0 + UTF8.width($1) }
  }
}

/// A place in a text: where a value or a key was written.
public struct Location: Sendable {
  /// The text.
  public let source: SourceFile

  /// The line, from 1.
  public let line: Int

  /// The column in Unicode scalars, from 1.
  public let column: Int

  /// How many scalars the marked text is long, at least 1.
  public let length: Int

  /// Creates a place.
  public init(source: SourceFile, line: Int, column: Int, length: Int = 1) {
    self.source = source
    self.line = max(1, line)
    self.column = max(1, column)
    self.length = max(1, length)
  }
}

extension UTF8 {
  /// How many bytes a scalar takes in UTF-8.
  package static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case ..<0x80: 1
    case ..<0x800: 2
    case ..<0x1_0000: 3
    default: 4
    }
  }
}
