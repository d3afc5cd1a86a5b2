import Notation
import Tables
import YAMLDocuments

/// The keys of a file of tolerances, usually `baseline.yaml` beside the results.
public enum ToleranceSpec {
  /// The name of the file that is taken by itself.
  public static let fileName = "baseline.yaml"

  /// The whole file.
  public static let file = MappingSpec(
    "tolerances", "Which differences from the results that are kept have been reviewed.",
    keys: [
      .required(
        "tolerances", .list(of: .mapping(entry), count: 1...500),
        "The tolerances; the first that admits a difference counts.")
    ])

  static let entry = MappingSpec(
    "tolerance", "What a column may differ by, and why.",
    keys: [
      .required("metric", .text, "The column, or `*` for every column of numbers."),
      .required("reason", .text, "The reviewed change of the model that explains the difference."),
      .optional("scenario", .text, "Only results of this name; all by default."),
      .optional("file", .text, "Only this table, by its name without `.csv`; all by default."),
      .optional(
        "percent", .decimal(0...1e6), "The largest difference in percent of the old value."),
      .optional(
        "absolute", .decimal(0...1e12),
        "The largest difference in the column's unit; of both, one suffices."),
      .key(
        "direction",
        .choice([
          .init("both", "Larger and smaller values."),
          .init("up", "Larger values only."),
          .init("down", "Smaller values only."),
        ]), default: "both", "Which differences are admitted."),
    ])
}

/// Differences of results that have been reviewed.
public struct Tolerances: Sendable {
  /// One entry of the file.
  struct Entry: Sendable {
    var metric: String
    var reason: String
    var scenario: String?
    var file: String?
    var percent: Double?
    var absolute: Double?
    var direction: String

    /// Whether a change of a number is no larger than it may be.
    func admits(from old: Double, to new: Double) -> Bool {
      let change = (new - old).magnitude
      // A table's decimals are no binary fractions: 0.4 - 0.3 is a little more than 0.1.
      func isWithin(_ limit: Double) -> Bool { change <= limit * (1 + 1e-9) }
      if direction == "up" && new < old || direction == "down" && new > old { return false }
      return absolute.map(isWithin) ?? false
        || percent.map { isWithin($0 / 100 * old.magnitude) } ?? false
    }
  }

  /// A table that is compared: what entries can name.
  public struct Subject: Sendable {
    /// The name of the results.
    public var scenario: String
    /// The name of the table, without `.csv`.
    public var file: String
    /// Its columns.
    public var columns: [String]
    /// Those of its columns that name a row, where they are known.
    public var keys: [String]

    /// Creates a table.
    public init(scenario: String, file: String, columns: [String], keys: [String]) {
      self.scenario = scenario
      self.file = file
      self.columns = columns
      self.keys = keys
    }
  }

  private let entries: [Entry]

  /// No tolerance at all.
  public static let none = Tolerances(entries: [])

  private init(entries: [Entry]) { self.entries = entries }

  /// Reads a file.
  ///
  /// - Throws: ``ScenarioError`` when the file is missing or wrong, or an entry names results, a
  ///   table or a column that none of the subjects has.
  public init(path: String, for subjects: [Subject]) throws(ScenarioError) {
    try self.init(YAMLDocument.readFile(path), for: subjects)
  }

  /// Reads a text.
  ///
  /// - Throws: As for a file.
  public init(_ source: SourceFile, for subjects: [Subject]) throws(ScenarioError) {
    let diagnostics = Diagnostics()
    entries = try YAMLDocument.load(source).decoded(as: ToleranceSpec.file, into: diagnostics) {
      reader in
      reader["tolerances"].list { item in item.mapping { Self.entry($0, subjects) } }
    }
    try diagnostics.throwIfErrors()
  }

  private static func entry(_ reader: MappingReader, _ subjects: [Subject]) -> Entry {
    let entry = Entry(
      metric: reader["metric"].text(), reason: reader["reason"].text(),
      scenario: reader.optional("scenario")?.text(), file: reader.optional("file")?.text(),
      percent: reader.optional("percent")?.decimal(),
      absolute: reader.optional("absolute")?.decimal(), direction: reader["direction"].choice())
    if entry.percent == nil, entry.absolute == nil {
      reader.error("a tolerance needs 'percent', 'absolute' or both", at: "metric")
    }
    if reader.isSound("metric", "scenario", "file") { Self.check(entry, reader, subjects) }
    return entry
  }

  /// Reports names that no table has: a tolerance with a misspelt name would admit nothing.
  private static func check(_ entry: Entry, _ reader: MappingReader, _ subjects: [Subject]) {
    func unknown(_ what: String, _ name: String, _ key: String, among names: [String]) {
      var distinct: [String] = []
      for name in names where !distinct.contains(name) { distinct.append(name) }
      let nearest = nearestName(to: name, among: distinct)
      reader.error(
        "there is no \(what) '\(name)'", at: key,
        hint: nearest.map { "did you mean '\($0)'?" }
          ?? (distinct.count <= 12 && !distinct.isEmpty ? "there are \(listed(distinct))" : nil))
    }
    var rest = subjects
    if let scenario = entry.scenario {
      rest.removeAll { $0.scenario != scenario }
      if rest.isEmpty {
        return unknown("result", scenario, "scenario", among: subjects.map(\.scenario))
      }
    }
    if let file = entry.file {
      let names = rest.map(\.file)
      rest.removeAll { $0.file != file }
      if rest.isEmpty { return unknown("table", file, "file", among: names) }
    }
    guard entry.metric != "*" else { return }
    let holders = rest.filter { $0.columns.contains(entry.metric) }
    if holders.isEmpty {
      let metrics = rest.flatMap { subject in subject.columns.filter { !subject.keys.contains($0) }
      }
      return unknown("column", entry.metric, "metric", among: metrics)
    }
    if holders.allSatisfy({ $0.keys.contains(entry.metric) }) {
      reader.error(
        "'\(entry.metric)' names rows, and has no tolerance", at: "metric",
        hint: "name a column that is measured")
    }
  }

  /// Whether any entry is about results of a name.
  func concerns(_ scenario: String) -> Bool {
    entries.contains { $0.scenario == nil || $0.scenario == scenario }
  }

  /// The reason of the first entry that admits a change; nil where none does.
  func reason(
    toAdmit column: String, from old: Double, to new: Double, in file: String, of scenario: String
  ) -> String? {
    entries.first { entry in
      (entry.scenario == nil || entry.scenario == scenario)
        && (entry.file == nil || entry.file == file)
        && (entry.metric == "*" || entry.metric == column) && entry.admits(from: old, to: new)
    }?.reason
  }
}
