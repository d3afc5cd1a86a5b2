/// One place at which two result tables differ.
public enum TableDifference: Hashable, Sendable {
  /// The columns are others, or in another order.
  case columns(old: [String], new: [String])
  /// A row is in the old table only.
  case missingRow(RowKey)
  /// A row is in the new table only.
  case additionalRow(RowKey)
  /// A cell of a row that both have reads differently.
  ///
  /// The change is in percent of the old value; nil unless both are numbers and the old is not 0.
  case cell(RowKey, column: String, old: String, new: String, percentChange: Double?)

  /// What names a row: its cells in the key columns.
  public struct RowKey: Hashable, Sendable, CustomStringConvertible {
    /// The names of the key columns.
    public let columns: [String]
    /// The texts of the row's cells in them.
    public let texts: [String]

    /// `protocol=PBFT, seed=3`.
    public var description: String {
      zip(columns, texts).map { "\($0)=\($1)" }.joined(separator: ", ")
    }
  }
}

extension TableDifference: CustomStringConvertible {
  /// One sentence without a full stop.
  public var description: String {
    switch self {
    case .columns(let old, let new):
      return "the columns were \(old.joined(separator: ", ")), now \(new.joined(separator: ", "))"
    case .missingRow(let key): return "the row \(key) is missing"
    case .additionalRow(let key): return "the row \(key) is new"
    case .cell(let key, let column, let old, let new, let percent):
      let change = percent.flatMap { FixedDecimal($0, digits: 2) }.map { change in
        " (\(change.text.hasPrefix("-") ? "" : "+")\(change.text) %)"
      }
      return "\(column) of \(key) was \(Self.shown(old)), now \(Self.shown(new))\(change ?? "")"
    }
  }

  private static func shown(_ text: String) -> String { text.isEmpty ? "empty" : text }
}

extension Table {
  /// The first difference from an older table, in the order of `keys`; nil when there is none.
  ///
  /// See ``differences(from:keys:)``.
  public func difference(from old: Table, keys: [String]) -> TableDifference? {
    differences(from: old, keys: keys).first
  }

  /// All differences from an older table, in the order of `keys`; other columns are the only one.
  ///
  /// Cells are compared as they are written. `keys` are columns that together name a row; where rows
  /// share a name, the first is compared with the first, and so on. The order of the rows does not
  /// matter otherwise, that of the columns does.
  public func differences(from old: Table, keys: [String]) -> [TableDifference] {
    guard Self.areSame(columns, old.columns) else {
      return [.columns(old: old.columns, new: columns)]
    }
    let places = keys.compactMap { index(of: $0) }
    precondition(places.count == keys.count, "not all of \(keys) are columns")
    let mine = sorted(by: keys).rows
    let others = old.sorted(by: keys).rows
    func key(_ row: [Cell]) -> TableDifference.RowKey {
      TableDifference.RowKey(columns: keys, texts: places.map { row[$0].text })
    }
    var differences: [TableDifference] = []
    var (next, nextOld) = (0, 0)
    while next < mine.count || nextOld < others.count {
      let order =
        next == mine.count
        ? 1
        : nextOld == others.count ? -1 : Self.compare(mine[next], others[nextOld], at: places)
      if order < 0 {
        differences.append(.additionalRow(key(mine[next])))
      } else if order > 0 {
        differences.append(.missingRow(key(others[nextOld])))
      } else {
        differences += cellDifferences(mine[next], others[nextOld], key: key(others[nextOld]))
      }
      if order <= 0 { next += 1 }
      if order >= 0 { nextOld += 1 }
    }
    return differences
  }

  private func cellDifferences(
    _ new: [Cell], _ old: [Cell], key: TableDifference.RowKey
  ) -> [TableDifference] {
    columns.indices.compactMap { place in
      let (text, before) = (new[place].text, old[place].text)
      if text.utf8.elementsEqual(before.utf8) { return nil }
      return .cell(
        key, column: columns[place], old: before, new: text,
        percentChange: Self.percentChange(from: old[place].number, to: new[place].number))
    }
  }

  private static func percentChange(from old: Double?, to new: Double?) -> Double? {
    guard let old, let new, old != 0 else { return nil }
    let change = (new - old) / old.magnitude * 100
    return change.isFinite ? change : nil
  }

  private static func areSame(_ left: [String], _ right: [String]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }
}
