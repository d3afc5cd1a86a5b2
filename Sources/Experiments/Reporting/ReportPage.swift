import Foundation
import Tables

/// A page that holds results with their charts, tables and origin, and needs nothing beside it.
public struct ReportPage: Sendable {
  /// A picture of a result.
  public struct Picture: Sendable {
    /// What it shows.
    public var caption: String
    /// An SVG file.
    public var svg: [UInt8]

    /// Creates a picture.
    public init(caption: String, svg: [UInt8]) {
      self.caption = caption
      self.svg = svg
    }
  }

  /// A table of a result.
  public struct Sheet: Sendable {
    /// The name of its file.
    public var name: String
    /// Its contents.
    public var table: Table
    /// Whether the file is not what was written.
    public var isAltered: Bool

    /// Creates a sheet.
    public init(name: String, table: Table, isAltered: Bool) {
      self.name = name
      self.table = table
      self.isAltered = isAltered
    }
  }

  /// A result with what the page shows of it.
  public struct Section: Sendable {
    /// What made it.
    public var record: ResultRecord
    /// Its charts, and a round of one of its runs.
    public var pictures: [Picture]
    /// Its tables.
    public var sheets: [Sheet]
    /// What a reader should know, such as why there is no chart.
    public var remarks: [String]

    /// Creates a section.
    public init(
      record: ResultRecord, pictures: [Picture], sheets: [Sheet], remarks: [String]
    ) {
      self.record = record
      self.pictures = pictures
      self.sheets = sheets
      self.remarks = remarks
    }

    /// What the section is called.
    var heading: String { record.title.isEmpty ? record.name : record.title }
  }

  /// So many rows of a table are shown; the file is whole.
  static let rowsAtMost = 60
  /// So many columns are.
  static let columnsAtMost = 16

  private let title: String
  private let sections: [Section]

  /// Creates a page.
  ///
  /// - Parameters:
  ///   - title: What stands on top.
  ///   - sections: The results, in the order of the page.
  public init(title: String, sections: [Section]) {
    self.title = title
    self.sections = sections
  }

  /// The page as a file; the same results give the same bytes.
  public var bytes: [UInt8] {
    var page = HTMLText()
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    page.add("title", title)
    page.raw("<style>\n\(String(decoding: PackageResources.report_css, as: UTF8.self))</style>\n")
    page.raw("</head>\n<body>\n")
    page.nest("header") { header in
      header.add("h1", title)
      header.add("p", provenance)
    }
    page.nest("nav", "aria-label=\"results\"") { nav in
      nav.nest("ul") { list in
        for (place, section) in sections.enumerated() {
          list.raw("<li><a href=\"#r\(place)\">\(HTMLText.escaped(section.heading))</a></li>\n")
        }
      }
    }
    page.nest("main") { main in
      for (place, section) in sections.enumerated() {
        main.nest("section", "id=\"r\(place)\"") { Self.write(section, into: &$0) }
      }
    }
    page.raw("</body>\n</html>\n")
    return Array(page.text.utf8)
  }

  /// What wrote the results.
  private var provenance: String {
    func listed(_ values: [String]) -> String { Set(values).sorted().joined(separator: ", ") }
    let runs = sections.reduce(0) { $0 + $1.record.points.reduce(0) { $0 + $1.seeds.count } }
    return "\(sections.count) results of \(runs) runs, written by consim "
      + "\(listed(sections.map(\.record.version))), model \(listed(sections.map(\.record.model)))."
  }

  private static func write(_ section: Section, into page: inout HTMLText) {
    page.add("h2", section.heading)
    for sheet in section.sheets where sheet.isAltered {
      page.add("p", "\(sheet.name) was altered after it was written.", "class=\"warning\"")
    }
    for remark in section.remarks { page.add("p", remark, "class=\"remark\"") }
    for picture in section.pictures {
      page.nest("figure") { figure in
        let address = HTMLText.address(of: picture.svg, kind: "image/svg+xml")
        figure.raw("<img alt=\"\(HTMLText.escaped(picture.caption))\" src=\"\(address)\">\n")
        figure.add("figcaption", picture.caption)
      }
    }
    for (place, sheet) in section.sheets.enumerated() {
      // What has no picture begins with its table.
      SheetView(sheet).write(isOpen: place == 0 && section.pictures.isEmpty, into: &page)
    }
    page.nest("details") { origin(of: section.record, into: &$0) }
  }

  private static func origin(of record: ResultRecord, into page: inout HTMLText) {
    page.add("summary", "Where it comes from")
    var rows = [
      ["result", record.name], ["consim", record.version], ["model", record.model],
    ]
    if let digest = record.scenarioDigest { rows.append(["scenario", digest]) }
    rows += record.inputs.map { ["input \($0.name)", $0.digest] }
    rows += record.files.map { ["SHA-256 of \($0.name)", $0.digest] }
    SheetView.write(rows: rows, header: ["what", "value"], into: &page)
    guard !record.points.isEmpty else { return }
    let points = record.points.map { point in
      [
        point.names.filter { !$0.isEmpty }.joined(separator: ", "), seeds(of: point),
        point.costProfile, point.digest,
      ]
    }
    SheetView.write(
      rows: points, header: ["point", "seeds", "cost profile", "digest of all events"],
      into: &page)
  }

  /// The seeds of a point, as a range where they follow each other.
  private static func seeds(of point: ResultRecord.Point) -> String {
    guard let first = point.seeds.first, let last = point.seeds.last else { return "none" }
    let isRange = zip(point.seeds, point.seeds.dropFirst()).allSatisfy { $1 == $0 &+ 1 }
    if point.seeds.count == 1 { return "\(first)" }
    return isRange ? "\(first) to \(last)" : point.seeds.map { "\($0)" }.joined(separator: ", ")
  }
}
