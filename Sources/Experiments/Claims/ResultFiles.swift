import Foundation
import Notation
import Tables
import YAMLDocuments

/// The result files that claims name, read once.
final class ResultFiles {
  private let directory: String
  private let fallback: String?
  /// What paths of tables start with; nil where there can be no paths.
  private let home: String?
  private var tables: [String: Table] = [:]
  let diagnostics = Diagnostics()
  private(set) var isMissing = false

  init(directory: String, fallback: String?, home: String?) {
    self.directory = directory
    self.fallback = fallback
    self.home = home
  }

  func value(of reading: Claim.Reading, in claim: Claim) -> Double? {
    let quantity = reading.value
    guard let rows = numbers(of: quantity, claim.pairing) else { return nil }
    guard let other = reading.over else { return reduce(rows.map(\.value), claim.statistic) }
    guard let others = numbers(of: other, claim.pairing) else { return nil }
    guard claim.pairing.isEmpty else {
      for (side, place) in [(rows, quantity.location), (others, other.location)] {
        guard let twice = Self.repeated(side.map(\.key)) else { continue }
        diagnostics.error(
          "two rows have \(twice.joined(separator: ", ")) in \(claim.pairing): none can be paired",
          at: place, hint: "choose one of them with 'rows'")
        return nil
      }
      let partners = Dictionary(
        others.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      let related = rows.compactMap { row in
        partners[row.key].flatMap { relate(row.value, $0, claim) }
      }
      if related.isEmpty {
        diagnostics.error("no rows can be paired by \(claim.pairing)", at: quantity.location)
      }
      return reduce(related, claim.statistic)
    }
    guard let value = reduce(rows.map(\.value), claim.statistic),
      let reference = reduce(others.map(\.value), claim.statistic)
    else { return nil }
    return relate(value, reference, claim)
  }

  /// A key that stands twice.
  private static func repeated(_ keys: [[String]]) -> [String]? {
    var seen: Set<[String]> = []
    return keys.first { !seen.insert($0).inserted }
  }

  private func relate(_ value: Double, _ other: Double, _ claim: Claim) -> Double? {
    switch claim.relation {
    case "difference": value - other
    case "gain": other == 0 ? nil : (value / other - 1) * 100
    default: other == 0 ? nil : value / other
    }
  }

  private func reduce(_ values: [Double], _ statistic: String) -> Double? {
    switch statistic {
    case "min": values.min()
    case "max": values.max()
    case "sum": values.reduce(0, +)
    case "zeros": Double(values.filter { $0 == 0 }.count)
    case "half-width-95": Statistics.halfWidth95(values)
    case "lower-95": Self.bound(values, -1)
    case "upper-95": Self.bound(values, 1)
    default: Statistics.mean(values)
    }
  }

  private static func bound(_ values: [Double], _ side: Double) -> Double? {
    guard let mean = Statistics.mean(values), let half = Statistics.halfWidth95(values) else {
      return nil
    }
    return mean + side * half
  }

  private func numbers(
    of quantity: Claim.Quantity, _ pairing: [String]
  ) -> [(key: [String], value: Double)]? {
    guard let table = table(quantity.file, at: quantity.location) else { return nil }
    let wanted = [quantity.column] + quantity.rows.map(\.column) + pairing
    for column in wanted where table.index(of: column) == nil {
      diagnostics.error(
        "'\(fileName(quantity.file))' has no column '\(column)'", at: quantity.location,
        hint: nearestName(to: column, among: table.columns).map { "did you mean '\($0)'?" })
      return nil
    }
    let matching = table.rows.indices.filter { row in
      quantity.rows.allSatisfy { column, value in
        let found = table[row, column]?.text ?? ""
        return value.hasPrefix("!") ? found != value.dropFirst() : found == value
      }
    }
    // An empty cell was not measured; any other text is a mistake.
    for row in matching {
      guard case .text(let text)? = table[row, quantity.column] else { continue }
      diagnostics.error(
        "row \(row + 1) of '\(fileName(quantity.file))' has '\(text)' in '\(quantity.column)', "
          + "which is no number", at: quantity.location)
      return nil
    }
    let rows = matching.compactMap { row -> (key: [String], value: Double)? in
      table[row, quantity.column]?.number.map { number in
        (pairing.map { table[row, $0]?.text ?? "" }, number)
      }
    }
    if rows.isEmpty {
      diagnostics.error("no row of '\(fileName(quantity.file))' fits", at: quantity.location)
      return nil
    }
    return rows
  }

  /// Whether a name is a path from the directory of the file that is read.
  private func isPath(_ name: String) -> Bool { home != nil && name.hasSuffix(".csv") }

  private func fileName(_ name: String) -> String { isPath(name) ? name : name + ".csv" }

  /// The path of a table; nil where only a partial one is there, which is reported.
  private func path(of name: String, at location: Location) -> String? {
    if let home, isPath(name) { return name.hasPrefix("/") ? name : home + name }
    let manager = FileManager.default
    let partial = "\(directory)/\(name)\(Provenance.partialSuffix).csv"
    var path = "\(directory)/\(name).csv"
    if let fallback, !manager.fileExists(atPath: path), !manager.fileExists(atPath: partial) {
      path = "\(fallback)/\(name).csv"
    }
    let isPartial = name.hasSuffix(Provenance.partialSuffix)
    if isPartial || (!manager.fileExists(atPath: path) && manager.fileExists(atPath: partial)) {
      isMissing = true
      diagnostics.error(
        "'\(isPartial ? path : partial)' is partial: an interrupted run left it", at: location,
        hint: "run its scenario again to complete it")
      return nil
    }
    return path
  }

  private func table(_ name: String, at location: Location) -> Table? {
    if let known = tables[name] { return known }
    guard let path = path(of: name, at: location) else { return nil }
    let bytes: [UInt8]
    switch InputFile.table(path) {
    case .success(let found): bytes = found
    case .failure(let problem) where problem.isUnreadable:
      isMissing = true
      diagnostics.error(
        "there is no '\(path)'", at: location,
        hint: isPath(name) ? nil : "run its scenario first: consim run ...")
      return nil
    case .failure(let problem):
      diagnostics.error("\(path): \(problem.message)", at: location)
      return nil
    }
    do {
      let table = try Table(csv: bytes, named: path)
      tables[name] = table
      return table
    } catch {
      diagnostics.error("\(error)", at: location)
      return nil
    }
  }
}
