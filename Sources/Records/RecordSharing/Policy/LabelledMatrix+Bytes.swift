import PairingCrypto

/// Why a matrix is refused.
public enum MatrixProblem: Error, Equatable, Sendable {
  /// The bytes themselves are not right.
  case bytes(ByteProblem)
  /// There are no rows or no columns.
  case empty
  /// There are more rows than the limit.
  case tooManyRows(Int, allowed: Int)
  /// There are more columns than the limit.
  case tooManyColumns(Int, allowed: Int)
  /// Elimination would take too many products in Z_p.
  case tooMuchWork(Int, allowed: Int)
  /// A row has more or fewer entries than the first.
  case unevenRow(Int, found: Int, expected: Int)
  /// There is not one label a row.
  case labelCount(Int, rows: Int)
  /// A name of an attribute is not right.
  case attribute(AttributeProblem, row: Int)
  /// A name has upper case letters, which names in bytes don't have.
  case foldedName(row: Int)
  /// A row's label has number 0 or one beyond the limit.
  case occurrenceTooLarge(Int, row: Int, allowed: Int)
  /// The system doesn't know an attribute.
  case unknownAttribute(Attribute, row: Int)
  /// A label was given to an earlier row: ρ is not injective.
  case repeatedLabel(RowLabel, row: Int)
  /// An entry is no canonical element of Z_p.
  case entry(DecodingFailure, row: Int, column: Int)
  /// All rows together don't give (1, 0, ..., 0): nobody could decrypt.
  case targetNotInSpan
}

extension MatrixProblem: CustomStringConvertible {
  /// The problem in a sentence; rows and columns count from 0.
  public var description: String {
    switch self {
    case .bytes(let problem): problem.description
    case .empty: "the matrix has no entries"
    case .tooManyRows(let found, let allowed): "\(found) rows, at most \(allowed) are allowed"
    case .tooManyColumns(let found, let allowed):
      "\(found) columns, at most \(allowed) are allowed"
    case .tooMuchWork(let found, let allowed):
      "elimination takes \(found) products, at most \(allowed) are allowed"
    case .unevenRow(let row, let found, let expected):
      "row \(row) has \(found) entries, expected \(expected)"
    case .labelCount(let found, let rows): "\(found) labels for \(rows) rows"
    case .attribute(let problem, let row): "row \(row): \(problem)"
    case .foldedName(let row): "row \(row): a name in upper case"
    case .occurrenceTooLarge(let found, let row, let allowed):
      "row \(row): number \(found) of an attribute's rows is not between 1 and \(allowed)"
    case .unknownAttribute(let attribute, let row):
      "row \(row): nobody issues the attribute '\(attribute)'"
    case .repeatedLabel(let label, let row): "row \(row): the label '\(label)' has a row already"
    case .entry(let failure, let row, let column):
      "row \(row), column \(column): no element of Z_p (\(failure))"
    case .targetNotInSpan: "no rows combine to (1, 0, ..., 0): nobody could decrypt"
    }
  }
}

extension LabelledMatrix {
  /// The one encoding: header, numbers of rows and columns, labels, entries row by row.
  public var bytes: [UInt8] {
    var writer = ByteWriter(.matrix, parameters: parameters)
    writer.writeCount(rows.count)
    writer.writeCount(columnCount)
    for label in labels {
      writer.writeField(label.attribute.bytes)
      writer.write(UInt32(label.occurrence))
    }
    for row in rows {
      for entry in row { writer.writeFixed(entry.bytes) }
    }
    return writer.bytes
  }

  /// Reads what ``bytes`` writes, and nothing else, and checks the matrix.
  ///
  /// - Parameters:
  ///   - bytes: the encoding, from anybody.
  ///   - universe: the attributes that exist, or nil to admit all.
  ///   - limits: how many rows there may be and how often an attribute labels one.
  ///   - group: the groups that the matrix has to belong to; inverts once a pivot.
  /// - Throws: the first problem that is found.
  public init(
    bytes: [UInt8], universe: AttributeSet?, limits: PolicyLimits = .standard,
    in group: inout PairingGroup
  ) throws(MatrixProblem) {
    let parameters = group.parameters
    let width = Scalar.zero(parameters).bytes.count
    var reader = try reading { () throws(ByteProblem) in
      try ByteReader(bytes, .matrix, parameters: parameters)
    }
    let (rowCount, columnCount) = try reading { () throws(ByteProblem) in
      // A row has a label of 9 bytes at least, and an entry a column.
      let rows = try reader.readCount(atMost: limits.leaves, bytesEach: 9 + width)
      return (rows, try reader.readCount(atMost: limits.leaves, bytesEach: rows * width))
    }
    try Self.check(rows: rowCount, columns: columnCount, limits: limits)
    var labels: [RowLabel] = []
    for row in 0..<rowCount {
      labels.append(try Self.readLabel(&reader, row: row, limits: limits))
    }
    var rows: [[Scalar]] = []
    for row in 0..<rowCount {
      var entries: [Scalar] = []
      for column in 0..<columnCount {
        let content = try reading { () throws(ByteProblem) in try reader.readFixed(width) }
        do throws(DecodingFailure) {
          entries.append(try Scalar(content, parameters))
        } catch {
          throw .entry(error, row: row, column: column)
        }
      }
      rows.append(entries)
    }
    try reading { () throws(ByteProblem) in try reader.finish() }
    try self.init(labels: labels, rows: rows, universe: universe, limits: limits, in: &group)
  }

  private static func readLabel(
    _ reader: inout ByteReader, row: Int, limits: PolicyLimits
  ) throws(MatrixProblem) -> RowLabel {
    let name: [UInt8]
    let occurrence: UInt32
    do throws(ByteProblem) {
      name = try reader.readField(atMost: Attribute.maximumLength)
      occurrence = try reader.read()
    } catch {
      throw .bytes(error)
    }
    let attribute: Attribute
    do throws(AttributeProblem) { attribute = try Attribute(utf8: name) } catch {
      throw .attribute(error, row: row)
    }
    guard attribute.bytes == name else { throw .foldedName(row: row) }
    guard occurrence >= 1, Int(occurrence) <= limits.occurrences else {
      throw .occurrenceTooLarge(Int(occurrence), row: row, allowed: limits.occurrences)
    }
    return RowLabel(attribute, occurrence: Int(occurrence))
  }
}

/// Names a problem with bytes as one with a matrix.
private func reading<Value>(
  _ read: () throws(ByteProblem) -> Value
) throws(MatrixProblem) -> Value {
  do throws(ByteProblem) { return try read() } catch { throw .bytes(error) }
}
