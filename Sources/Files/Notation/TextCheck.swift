/// Checks that bytes are plain UTF-8 text before anything tries to parse them.
///
/// Refused are invalid UTF-8, control characters except tab and line feed, and the characters that
/// YAML 1.1 takes for line ends and editors do not: with them, line numbers would disagree. CR is
/// allowed before LF only (``SourceFile`` has dropped it there).
package struct TextCheck {
  private let source: SourceFile
  private let diagnostics: Diagnostics

  /// After this many problems the file is not text, and the rest of it is not read.
  private static let problemsAtMost = 5

  private init(_ source: SourceFile, _ diagnostics: Diagnostics) {
    self.source = source
    self.diagnostics = diagnostics
  }

  /// Reports what is not text.
  package static func check(_ source: SourceFile, into diagnostics: Diagnostics) {
    TextCheck(source, diagnostics).run()
  }

  private func run() {
    let bytes = source.bytes
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      diagnostics.report(
        Diagnostic("the file is UTF-16", file: source.name, hint: "save it as UTF-8"))
      return
    }
    var offset = 0
    var problems = 0
    while offset < bytes.count, problems < Self.problemsAtMost {
      guard let (scalar, width) = Self.scalar(in: bytes, at: offset) else {
        let hex = String(bytes[offset], radix: 16, uppercase: true)
        diagnostics.error(
          "invalid UTF-8: the byte 0x\(hex) is no character", at: source.location(at: offset),
          hint: "save the file as UTF-8")
        return
      }
      if let problem = problem(with: scalar) {
        diagnostics.error(
          problem.message, at: source.location(at: offset), hint: problem.hint)
        problems += 1
      }
      offset += width
    }
  }

  private func problem(with scalar: UInt32) -> (message: String, hint: String)? {
    switch scalar {
    case 0x09, 0x0A, 0x20...0x7E: return nil
    case 0x0D: return ("a carriage return without a line feed", "end lines with LF")
    case 0x00: return ("a NUL byte: the file is not text", "remove it")
    case 0x85, 0x2028, 0x2029:
      return ("\(Self.name(scalar)) is a line end to YAML only", "end lines with LF")
    case 0xFEFF: return ("a byte order mark inside the text", "remove it")
    case 0x00...0x1F, 0x7F...0x9F, 0xFFFE, 0xFFFF:
      return ("\(Self.name(scalar)) is a control character", "remove it")
    case 0x202A...0x202E, 0x2066...0x2069:
      return ("\(Self.name(scalar)) changes the direction of the text", "remove it")
    default: return nil
    }
  }

  private static func name(_ scalar: UInt32) -> String {
    let digits = String(scalar, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The scalar that begins at `offset` and its width, or nil when the bytes are not UTF-8.
  private static func scalar(in bytes: [UInt8], at offset: Int) -> (UInt32, width: Int)? {
    let first = UInt32(bytes[offset])
    if first < 0x80 { return (first, 1) }
    let width: Int
    var scalar: UInt32
    let least: UInt32
    switch first {
    case 0xC2...0xDF: (width, scalar, least) = (2, first & 0x1F, 0x80)
    case 0xE0...0xEF: (width, scalar, least) = (3, first & 0x0F, 0x800)
    case 0xF0...0xF4: (width, scalar, least) = (4, first & 0x07, 0x1_0000)
    default: return nil
    }
    guard offset + width <= bytes.count else { return nil }
    for byte in bytes[(offset + 1)..<(offset + width)] {
      guard byte & 0xC0 == 0x80 else { return nil }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    let isSurrogate = (0xD800...0xDFFF).contains(scalar)
    return scalar >= least && scalar <= 0x10_FFFF && !isSurrogate ? (scalar, width) : nil
  }
}
