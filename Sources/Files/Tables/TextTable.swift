/// A table for people: the first column on the left, numbers on the right.
package struct TextTable {
  private var rows: [[String]]

  package init(_ header: [String]) { rows = [header] }

  package mutating func append(_ row: [String]) {
    precondition(row.count == rows[0].count, "\(row.count) cells for \(rows[0].count) columns")
    rows.append(row)
  }

  /// The rows, each with a line end.
  package var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// A quotient with two decimals, rounded to the nearest, such as `0.69`.
  package static func ratio(_ value: Int64, _ other: Int64) -> String {
    guard other > 0 else { return "-" }
    let hundredths = (Int128(value) * 200 + Int128(other)) / (2 * Int128(other))
    let rest = hundredths % 100
    return "\(hundredths / 100)." + (rest < 10 ? "0" : "") + "\(rest)"
  }
}
