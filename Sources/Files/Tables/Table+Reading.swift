/// What is wrong with a CSV file, and where.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What can be wrong.
  public enum Problem: Hashable, Sendable {
    /// The file has no header line.
    case empty
    /// A byte order mark before the header.
    case byteOrderMark
    /// Bytes that are not UTF-8.
    case invalidText
    /// A NUL byte.
    case nul
    /// A carriage return that no line feed follows, outside quotes.
    case carriageReturn
    /// A quote inside a field that does not begin with one.
    case strayQuote
    /// Something other than a comma or a line end behind a closing quote.
    case textAfterQuote
    /// A quoted field that the file ends in; the place is that of its opening quote.
    case unclosedQuote
    /// A column without a name.
    case unnamedColumn
    /// The name of an earlier column.
    case repeatedColumn(String)
    /// A row with another number of cells than the header.
    case cells(found: Int, expected: Int)
  }

  /// The name of the file as the user wrote it.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in Unicode scalars, from 1.
  public let column: Int
  /// What is wrong.
  public let problem: Problem

  /// `file:line:column: error: message`.
  public var description: String { "\(file):\(line):\(column): error: \(message)" }

  private var message: String {
    switch problem {
    case .empty: "the file is empty: a header line is missing"
    case .byteOrderMark: "a byte order mark: save the file without one"
    case .invalidText: "invalid UTF-8"
    case .nul: "a NUL byte: the file is not text"
    case .carriageReturn: "a carriage return without a line feed"
    case .strayQuote: "a quote inside a field that does not begin with one"
    case .textAfterQuote: "text behind a closing quote: a comma or a line end must follow"
    case .unclosedQuote: "this quote is never closed"
    case .unnamedColumn: "a column without a name"
    case .repeatedColumn(let name): "two columns are called '\(name)'"
    case .cells(let found, let expected):
      "\(found) cell\(found == 1 ? "" : "s") where the header has \(expected)"
    }
  }
}

extension Table {
  /// Reads a CSV file (RFC 4180; lines end with LF or CR LF, the last one may lack it).
  ///
  /// Numbers are recognised by how they are written, so writing the table gives the same file again
  /// up to needless quotes and line ends. Any bytes may be given. A quoted line end is kept as it is.
  ///
  /// - Throws: A ``CSVError`` for the first thing that is wrong.
  public init(csv bytes: [UInt8], named file: String) throws(CSVError) {
    var reader = CSVReader(bytes: bytes, file: file)
    try reader.checkText()
    self.init(columns: try reader.header())
    while let row = try reader.row(cells: columns.count) { append(row) }
  }
}

/// A cursor over the bytes of a CSV file.
private struct CSVReader {
  package let bytes: [UInt8]
  package let file: String
  private var offset = 0

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  package init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Refuses what is no text at all.
  package func checkText() throws(CSVError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark, at: 0) }
    var decoder = Unicode.UTF8.ForwardParser()
    var source = bytes.makeIterator()
    var position = 0
    while true {
      switch decoder.parseScalar(from: &source) {
      case .valid(let scalar):
        if scalar.first == 0 { throw error(.nul, at: position) }
        position += scalar.count
      case .error: throw error(.invalidText, at: position)
      case .emptyInput: return
      }
    }
  }

  package mutating func header() throws(CSVError) -> [String] {
    guard let fields = try record() else { throw error(.empty, at: 0) }
    var seen: Set<String> = []
    for field in fields {
      if field.text.isEmpty { throw error(.unnamedColumn, at: field.start) }
      guard seen.insert(field.text).inserted else {
        throw error(.repeatedColumn(field.text), at: field.start)
      }
    }
    return fields.map(\.text)
  }

  /// The next row; nil at the end of the file.
  package mutating func row(cells expected: Int) throws(CSVError) -> [Cell]? {
    guard let fields = try record() else { return nil }
    guard fields.count == expected else {
      let place = fields[min(expected, fields.count - 1)].start
      throw error(.cells(found: fields.count, expected: expected), at: place)
    }
    return fields.map { Cell(reading: $0.text) }
  }

  /// The fields up to the next line end, at least one; nil at the end of the file.
  private mutating func record() throws(CSVError) -> [(text: String, start: Int)]? {
    guard offset < bytes.count else { return nil }
    var fields: [(text: String, start: Int)] = []
    while true {
      let start = offset
      let isQuoted = offset < bytes.count && bytes[offset] == Self.quote
      fields.append((isQuoted ? try quotedField() : try plainField(), start))
      guard offset < bytes.count, bytes[offset] == Self.comma else {
        skipLineEnd()
        return fields
      }
      offset += 1
    }
  }

  private mutating func plainField() throws(CSVError) -> String {
    let start = offset
    while offset < bytes.count, bytes[offset] != Self.comma, !isLineEnd(at: offset) {
      if bytes[offset] == Self.quote { throw error(.strayQuote, at: offset) }
      if bytes[offset] == Self.carriageReturn { throw error(.carriageReturn, at: offset) }
      offset += 1
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func quotedField() throws(CSVError) -> String {
    let start = offset
    var content: [UInt8] = []
    offset += 1
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      guard byte == Self.quote else {
        content.append(byte)
        continue
      }
      // Two quotes stand for one; a single one ends the field.
      if offset < bytes.count, bytes[offset] == Self.quote {
        content.append(byte)
        offset += 1
        continue
      }
      guard offset == bytes.count || bytes[offset] == Self.comma || isLineEnd(at: offset) else {
        throw error(.textAfterQuote, at: offset)
      }
      return String(decoding: content, as: UTF8.self)
    }
    throw error(.unclosedQuote, at: start)
  }

  private func isLineEnd(at offset: Int) -> Bool {
    guard bytes[offset] == Self.carriageReturn else { return bytes[offset] == Self.lineFeed }
    return offset + 1 < bytes.count && bytes[offset + 1] == Self.lineFeed
  }

  private mutating func skipLineEnd() {
    if offset < bytes.count, bytes[offset] == Self.carriageReturn { offset += 1 }
    if offset < bytes.count { offset += 1 }
  }

  private func error(_ problem: CSVError.Problem, at offset: Int) -> CSVError {
    let before = bytes[..<offset]
    let line = before.count { $0 == Self.lineFeed } + 1
    let start = before.lastIndex(of: Self.lineFeed).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return CSVError(file: file, line: line, column: column, problem: problem)
  }
}
