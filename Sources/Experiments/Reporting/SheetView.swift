import Tables

/// A table as a page shows it: what differs between its rows, and the whole file to be kept.
struct SheetView {
  private let sheet: ReportPage.Sheet

  init(_ sheet: ReportPage.Sheet) { self.sheet = sheet }

  /// Columns that are empty or the same in all rows stand above the table, as far as they have a value.
  private var columns: (shown: [Int], constant: [Int]) {
    let table = sheet.table
    let varying = table.columns.indices.filter { column in
      Set(table.rows.map { $0[column] }).count > 1
    }
    guard table.rows.count > 1 else { return (Array(table.columns.indices), []) }
    let constant = table.columns.indices.filter { column in
      !varying.contains(column) && table.rows.first?[column] != .empty
    }
    return (varying, constant)
  }

  /// Writes the table, folded or open.
  ///
  /// - Parameters:
  ///   - isOpen: Whether it is shown without being asked for.
  ///   - page: The page.
  func write(isOpen: Bool, into page: inout HTMLText) {
    let table = sheet.table
    let (varying, constant) = columns
    let shown = varying.prefix(ReportPage.columnsAtMost)
    let rows = table.rows.prefix(ReportPage.rowsAtMost)
    page.nest("details", isOpen ? "open" : "") { details in
      details.add("summary", "\(sheet.name), \(table.rows.count) rows")
      let file = HTMLText.address(of: table.csv, kind: "text/csv")
      details.raw(
        "<p><a download=\"\(HTMLText.escaped(sheet.name))\" href=\"\(file)\">the whole file</a></p>\n"
      )
      let same = constant.prefix(ReportPage.columnsAtMost).map { column in
        "\(table.columns[column]) = \(table.rows.first?[column].text ?? "")"
      }
      if !same.isEmpty { details.add("p", "In all rows: " + same.joined(separator: ", ") + ".") }
      Self.write(
        rows: rows.map { row in shown.map { row[$0].text } },
        header: shown.map { table.columns[$0] },
        into: &details)
      let hidden = [
        (table.rows.count - rows.count, "rows"), (varying.count - shown.count, "columns"),
      ]
      .filter { $0.0 > 0 }.map { "\($0.0) more \($0.0 == 1 ? String($0.1.dropLast()) : $0.1)" }
      if !hidden.isEmpty {
        details.add(
          "p", "The file also has " + hidden.joined(separator: " and ") + ".", "class=\"remark\"")
      }
    }
  }

  /// Writes rows under a header.
  static func write(rows: [[String]], header: [String], into page: inout HTMLText) {
    page.nest("div", "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"table\"") {
      box in
      box.nest("table") { table in
        table.raw(
          "<thead><tr>"
            + header.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
            + "</tr></thead>\n<tbody>\n")
        for row in rows {
          table.raw(
            "<tr>" + row.map { "<td>\(HTMLText.escaped($0))</td>" }.joined() + "</tr>\n")
        }
        table.raw("</tbody>\n")
      }
    }
  }
}
