/// One value of a result table.
public enum Cell: Hashable, Sendable {
  /// Nothing was measured.
  case empty
  /// A name.
  case text(String)
  /// A whole number.
  case integer(Int64)
  /// A number with a fixed count of decimals.
  case decimal(FixedDecimal)

  /// A number with `digits` decimals, 0 to 18; empty for nil and for what is not finite.
  public static func decimal(_ value: Double?, digits: Int) -> Cell {
    value.flatMap { FixedDecimal($0, digits: digits) }.map { .decimal($0) } ?? .empty
  }

  /// The value as it stands in the file, without quotes.
  public var text: String {
    switch self {
    case .empty: ""
    case .text(let text): text
    case .integer(let number): String(number)
    case .decimal(let number): number.text
    }
  }

  /// The value as a number; nil for text and for nothing.
  public var number: Double? {
    switch self {
    case .empty, .text: nil
    case .integer(let number): Double(number)
    case .decimal(let number): number.value
    }
  }

  /// The kind that a text in a file stands for: what reads as a number is one.
  package init(reading text: String) {
    if text.isEmpty {
      self = .empty
    } else if let number = FixedDecimal(canonical: text) {
      self = Int64(text).map { .integer($0) } ?? .decimal(number)
    } else {
      self = .text(text)
    }
  }

  /// Whether this is written before `other`: nothing, then numbers by value, then texts by their
  /// UTF-8 bytes, which no locale changes.
  package func precedes(_ other: Cell) -> Bool {
    switch (exactNumber, other.exactNumber) {
    case (let mine?, let others?): mine < others
    case (nil, nil): text.utf8.lexicographicallyPrecedes(other.text.utf8)
    case (_?, nil): !other.text.isEmpty
    case (nil, _?): text.isEmpty
    }
  }

  private var exactNumber: FixedDecimal? {
    switch self {
    case .empty: nil
    // A name that looks like a number must sort as it will when it is read back.
    case .text(let text): FixedDecimal(canonical: text)
    case .integer(let number): FixedDecimal(canonical: String(number))
    case .decimal(let number): number
    }
  }
}

/// A result table: one row per observation or group, one column per property of it.
///
/// Written as CSV it has a header line, LF line ends and no byte order mark, and the same table is
/// always the same bytes.
public struct Table: Hashable, Sendable {
  /// The names of the columns, all different; units are part of them (`latency_mean_ms`).
  public let columns: [String]

  /// The rows, each with one cell per column.
  public private(set) var rows: [[Cell]] = []

  /// Creates a table without rows.
  public init(columns: [String]) {
    precondition(!columns.isEmpty, "a table without columns")
    var seen: Set<String> = []
    for name in columns {
      precondition(!name.isEmpty, "column \(seen.count) has no name")
      precondition(seen.insert(name).inserted, "two columns are called \(name)")
    }
    self.columns = columns
  }

  /// Adds a row, which has one cell per column.
  public mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// The place of a column; nil when there is none of that name.
  public func index(of column: String) -> Int? { columns.firstIndex(of: column) }

  /// A cell by its row and the name of its column; nil when there is no such row or column.
  public subscript(row: Int, column: String) -> Cell? {
    guard rows.indices.contains(row), let index = index(of: column) else { return nil }
    return rows[row][index]
  }

  /// The cells of a column from top to bottom; nil when there is none of that name.
  public func cells(of column: String) -> [Cell]? {
    index(of: column).map { index in rows.map { $0[index] } }
  }

  /// The rows whose cell in `column` reads `text`, in order; none when there is no such column.
  public func rows(where column: String, is text: String) -> Table {
    var result = Table(columns: columns)
    guard let index = index(of: column) else { return result }
    result.rows = rows.filter { $0[index].text.utf8.elementsEqual(text.utf8) }
    return result
  }

  /// The rows ordered by the cells of `keys`, the first key first; equal rows keep their order.
  ///
  /// The keys are names of columns.
  public func sorted(by keys: [String]) -> Table {
    let places = keys.map { key in
      guard let place = index(of: key) else { preconditionFailure("no column \(key)") }
      return place
    }
    let order = rows.indices.sorted { left, right in
      switch Self.compare(rows[left], rows[right], at: places) {
      case 0: left < right
      case let order: order < 0
      }
    }
    var result = self
    result.rows = order.map { rows[$0] }
    return result
  }

  /// Negative, zero or positive as `left` belongs before, beside or behind `right`.
  package static func compare(_ left: [Cell], _ right: [Cell], at places: [Int]) -> Int {
    for place in places {
      if left[place].precedes(right[place]) { return -1 }
      if right[place].precedes(left[place]) { return 1 }
    }
    return 0
  }
}

extension Table {
  /// The table as a CSV file in UTF-8 (RFC 4180, with LF).
  public var csv: [UInt8] {
    var bytes: [UInt8] = []
    Self.write(columns, into: &bytes)
    for row in rows { Self.write(row.map(\.text), into: &bytes) }
    return bytes
  }

  private static func write(_ fields: [String], into bytes: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      guard field.utf8.contains(where: needsQuotes) else {
        bytes.append(contentsOf: field.utf8)
        continue
      }
      bytes.append(quote)
      for byte in field.utf8 {
        if byte == quote { bytes.append(quote) }
        bytes.append(byte)
      }
      bytes.append(quote)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
    default: false
    }
  }
}
