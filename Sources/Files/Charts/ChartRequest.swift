/// What a chart shows of a table; what is nil is chosen by ``Chart``.
public struct ChartRequest: Sendable {
  /// How wide a chart is printed.
  public enum Size: String, CaseIterable, Sendable {
    /// One column of a page with two: 3.5 inches.
    case column
    /// The width of such a page: 7.16 inches.
    case page
  }

  /// A value that rows must have in a column, or must not have.
  public struct Condition: Hashable, Sendable {
    /// The column, or the key or metric that it stands for.
    public var column: String
    /// The value.
    public var value: String
    /// Whether rows with the value are left out.
    public var isExclusion: Bool

    /// Reads `column=value` or `column=!value`; nil where there is no `=` or no column.
    public init?(_ text: String) {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
      column = String(text[..<equals])
      let rest = text[text.index(after: equals)...]
      isExclusion = rest.hasPrefix("!")
      value = String(isExclusion ? rest.dropFirst() : rest)
    }

    /// The condition as it was written.
    public var text: String { "\(column)=\(isExclusion ? "!" : "")\(value)" }
  }

  /// The column along the horizontal axis.
  public var x: String?
  /// The column along the vertical axis.
  public var y: String?
  /// The column that has a line for each value.
  public var series: String?
  /// The column that has a panel for each value.
  public var panel: String?
  /// What rows must have; several values of one column are alternatives.
  public var conditions: [Condition] = []
  /// Whether the horizontal axis is logarithmic.
  public var isXLogarithmic = false
  /// Whether the vertical axis is logarithmic.
  public var isYLogarithmic = false
  /// The words over the chart.
  public var title: String?
  /// How wide it is printed.
  public var size = Size.column

  /// A chart of whatever the table is made for.
  public init() {}

  /// Whether everything is left to ``Chart``, the title and the size apart.
  public var isPlain: Bool {
    x == nil && y == nil && series == nil && panel == nil && conditions.isEmpty
      && !isXLogarithmic && !isYLogarithmic
  }
}

/// Why a table cannot be drawn as it is asked for.
public struct ChartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file of the table.
  let file: String
  /// What is wrong.
  public let reason: String
  /// What there is; empty where that is said already.
  let help: String

  init(_ reason: String, in file: String, help: String = "") {
    self.file = file
    self.reason = reason
    self.help = help
  }

  /// The file, what is wrong, what there is, and what may be meant.
  public var description: String {
    "\(file): error: \(reason)" + (help.isEmpty ? "" : "\n  \(help)")
  }
}
