import Foundation
import Tables

/// A program for gnuplot: what is drawn, then all of `plot.gp`, which has the style.
public struct ChartScript: Sendable {
  /// The name of the pictures, without directory and ending.
  public let name: String
  /// The text, which draws the pictures into the directory `output`.
  public let text: String

  /// The program that draws a chart of any table; the points stand in it.
  public init(_ chart: Chart, name: String) {
    self.name = name
    let isWide = chart.request.size == .page
    text = Self.text(
      ["Draws \(name).", "gnuplot \(name).gp draws it here."],
      [
        "figure = 'chart'", "name = \(Self.quoted(name))",
        "if (!exists('output')) output = '.'",
        Self.wrapped("title", chart.title, width: isWide ? 106 : 52),
        Self.wrapped("caption", chart.caption, width: isWide ? 136 : 66),
        "keyrows_ = \(Self.keyRows(chart.series, width: isWide ? 112 : 54))",
        "isTilted = \(Self.isTilted(chart, width: isWide ? 112 : 48) ? 1 : 0)",
        "xlabel_ = \(Self.quoted(chart.xLabel))", "ylabel_ = \(Self.quoted(chart.yLabel))",
        "size_ = '\(chart.request.size.rawValue)'", "shape = '\(chart.shape.rawValue)'",
        "logscale_ = '\(Self.axes(chart.request))'",
        Self.array("Panel", chart.panels), Self.array("Series", chart.series),
        Self.array("Category", chart.categories),
        Self.lines("Drawn", chart) { _ in true }, Self.lines("Bounded", chart) { $0.low != nil },
        "markEvery_ = \(max(1, chart.points.count / max(1, 8 * chart.series.count * chart.panels.count)))",
        Self.data(chart.points),
      ])
  }

  /// The program that draws a chart of the paper or of consim's own findings.
  public init(_ chart: BuiltInChart) {
    name = chart.pictureName
    text = Self.text(
      [
        "Draws \(chart.pictureName) from tables.",
        "gnuplot -e \"results='DIRECTORY'\" \(chart.pictureName).gp says where these are; 'Results' by default.",
      ], ["figure = '\(chart.name)'"])
  }

  private static func text(_ heading: [String], _ parts: [String]) -> String {
    let style = String(decoding: PackageResources.plot_gp, as: UTF8.self)
    return heading.map { "# \($0)\n" }.joined() + "\n" + parts.joined(separator: "\n") + "\n\n"
      + style
  }

  private static func axes(_ request: ChartRequest) -> String {
    (request.isXLogarithmic ? "x" : "") + (request.isYLogarithmic ? "y" : "")
  }

  /// A text in lines of at most `width` characters, and how many lines these are.
  private static func wrapped(_ name: String, _ text: String, width: Int) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    let joined = lines.isEmpty ? "''" : lines.map(quoted).joined(separator: " . \"\\n\" . ")
    return "\(name)_ = \(joined)\n\(name)lines_ = \(lines.count)"
  }

  /// How many rows the key needs; the sample of a line is as wide as six characters.
  private static func keyRows(_ names: [String], width: Int) -> Int {
    guard names.count > 1 else { return 0 }
    let widest = (names.map(\.count).max() ?? 0) + 6
    let across = max(1, width / widest)
    return (names.count + across - 1) / across
  }

  /// Whether the names of places are too long to stand beside each other.
  private static func isTilted(_ chart: Chart, width: Int) -> Bool {
    let across = chart.panels.count == 1 ? 1 : chart.request.size == .page ? 3 : 2
    return chart.categories.reduce(0) { $0 + $1.count + 2 } > width / across
  }

  /// An array of texts; gnuplot has none without elements.
  private static func array(_ name: String, _ texts: [String]) -> String {
    let size = "\(name.lowercased())s_ = \(texts.count)"
    guard !texts.isEmpty else { return size }
    let values = texts.map(quoted).joined(separator: ", ")
    return "\(size)\narray \(name)[\(texts.count)] = [\(values)]"
  }

  /// For each panel the numbers of the lines that have a certain kind of point.
  private static func lines(
    _ name: String, _ chart: Chart, _ isMeant: (Chart.Point) -> Bool
  ) -> String {
    let texts = chart.panels.indices.map { panel in
      chart.series.indices.filter { line in
        chart.points.contains { $0.panel == panel && $0.series == line && isMeant($0) }
      }.map { "\($0 + 1)" }.joined(separator: " ")
    }
    return "array \(name)[\(texts.count)] = [\(texts.map(quoted).joined(separator: ", "))]"
  }

  /// The points as a block of data, of one line each.
  private static func data(_ points: [Chart.Point]) -> String {
    func text(_ number: Double?) -> String {
      let text = Cell.decimal(number, digits: 9).text
      return text.isEmpty ? "NaN" : text
    }
    let lines = points.map { point in
      (point.isAfterGap ? "\n" : "") + "\(point.panel + 1),\(point.series + 1),"
        + [point.x, point.y, point.low, point.high].map(text).joined(separator: ",")
    }
    return (["$chart << END", "panel,series,x,y,low,high"] + lines + ["END"])
      .joined(separator: "\n")
  }

  /// A text in single quotes, in which gnuplot reads nothing but the quote; control characters
  /// become blanks.
  public static func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? " " : String(scalar)
    }
    return "'" + plain.joined().replacing("'", with: "''") + "'"
  }
}
