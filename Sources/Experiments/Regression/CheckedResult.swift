import Tables

/// How the results of one name compare with those that are kept.
public struct CheckedResult: Sendable {
  /// How a comparison came out.
  public enum Verdict: String, Sendable {
    /// Every byte is the same.
    case equal
    /// Every difference has been reviewed.
    case withinTolerance = "within-tolerance"
    /// Some has not.
    case different
  }

  /// What explains a difference.
  public enum Cause: Hashable, Sendable {
    /// An input is another.
    case input(ResultDifference.Input)
    /// A table was altered after it was written, or has no provenance.
    case altered(String)
    /// The model is another.
    case model(ModelVersions)
    /// All that is known is the same; the flag is whether the model is known.
    case nothing(isModelKnown: Bool)
  }

  /// One file of the results.
  public struct File: Sendable {
    /// The file.
    public var path: String
    /// Its place in the directory of the results.
    public var name: String
    /// Cells that differ.
    public var cells: [CellChange]
    /// All other differences, in the order in which they were found.
    public var others: [ResultDifference]
    /// Those of them that a tolerance admits.
    public var admitted: [ResultDifference]
    /// Whether the file is there.
    public var isKept: Bool

    /// Whether the file holds what the tables were made from.
    var isProvenance: Bool { path.hasSuffix(".json") }

    /// How the file compares.
    public var verdict: Verdict {
      if cells.contains(where: { $0.reason == nil }) || !others.isEmpty { return .different }
      return cells.isEmpty && admitted.isEmpty ? .equal : .withinTolerance
    }
  }

  /// The changes of one series.
  public struct Series: Sendable {
    /// The protocol and the variant.
    public var name: String
    /// The cells, the worst first.
    public var changes: [CellChange]
    /// How many of them are worse.
    public var worse: Int { changes.count { $0.effect == .worse } }
    /// How many of them no tolerance admits.
    public var beyond: Int { changes.count { $0.reason == nil } }
  }

  /// Commands that show a difference and that keep it.
  public struct Commands: Sendable {
    /// What writes the new results beside the old ones.
    public var show: String
    /// What replaces the old ones.
    public var keep: String

    /// Creates the commands, without the program's name.
    public init(show: String, keep: String) {
      self.show = show
      self.keep = keep
    }
  }

  /// The name of the results: that of a scenario, or of a table that no run gave.
  public let name: String
  /// The versions of the model; nil where no entry names them.
  public let models: ModelVersions?
  /// The files, in the order in which they are written.
  public let files: [File]
  /// What to do about a difference; nil where nothing can be.
  public let commands: Commands?

  /// Judges the changes of all files of a result.
  ///
  /// Another digest of the runs is within tolerance where entries are about these results and every
  /// other difference is. Inputs, rows, columns, texts and altered tables have no tolerance.
  public init(
    _ name: String, _ changes: [Baseline.FileChange], models: ModelVersions?,
    _ tolerances: Tolerances, commands: Commands?
  ) {
    var files = changes.map { Self.file($0, of: name, tolerances) }
    let isTolerated =
      tolerances.concerns(name)
      && files.allSatisfy { file in
        file.cells.allSatisfy { $0.reason != nil } && file.others.allSatisfy(\.isOfRuns)
      }
    if isTolerated {
      for place in files.indices {
        files[place].admitted = files[place].others
        files[place].others = []
      }
    }
    self.name = name
    self.models = models
    self.files = files
    self.commands = commands
  }

  private static func file(
    _ change: Baseline.FileChange, of name: String, _ tolerances: Tolerances
  ) -> File {
    let parts = change.path.split(separator: "/")
    let isProvenance = change.path.hasSuffix(".json")
    let place = parts.suffix(isProvenance ? 2 : 1).joined(separator: "/")
    let table = String(place.prefix { $0 != "." })
    var cells: [CellChange] = []
    var others: [ResultDifference] = []
    for difference in change.differences {
      if case .table(let found) = difference,
        let cell = CellChange(found, path: change.path, file: table, of: name, tolerances)
      {
        cells.append(cell)
      } else {
        others.append(difference)
      }
    }
    return File(
      path: change.path, name: place, cells: cells, others: others, admitted: [],
      isKept: change.isKept)
  }

  /// How the results compare.
  public var verdict: Verdict {
    let verdicts = files.map(\.verdict)
    if verdicts.contains(.different) { return .different }
    return verdicts.contains(.withinTolerance) ? .withinTolerance : .equal
  }

  /// What explains the differences; none where there are none.
  public var causes: [Cause] {
    guard verdict != .equal else { return [] }
    var causes: [Cause] = []
    for file in files {
      for difference in file.others {
        switch difference {
        case .input(let input, _) where !causes.contains(.input(input)):
          causes.append(.input(input))
        case .altered where !causes.contains(.altered(file.name)):
          causes.append(.altered(file.name))
        case .table, .runs, .form, .input, .altered: break
        }
      }
    }
    if let models, models.order == .different { causes.append(.model(models)) }
    guard causes.isEmpty else { return causes }
    return [.nothing(isModelKnown: models?.order == .same)]
  }

  /// The changes by series, in the order in which the series were found.
  public var series: [Series] {
    var order: [String] = []
    var changes: [String: [CellChange]] = [:]
    for cell in files.flatMap(\.cells) {
      if changes[cell.series] == nil { order.append(cell.series) }
      changes[cell.series, default: []].append(cell)
    }
    return order.map { name in
      let found = (changes[name] ?? []).enumerated().sorted { left, right in
        if left.element.isWorse(than: right.element) { return true }
        if right.element.isWorse(than: left.element) { return false }
        return left.offset < right.offset
      }
      return Series(name: name, changes: found.map(\.element))
    }
  }
}

extension ResultDifference {
  /// Whether the difference is nothing but another digest of runs.
  var isOfRuns: Bool {
    switch self {
    case .runs: true
    case .table, .input, .altered, .form: false
    }
  }
}

extension CheckedResult.Cause: CustomStringConvertible {
  /// One clause, without a full stop.
  public var description: String {
    switch self {
    case .input(.scenario): "the scenario's file or settings changed"
    case .input(.costProfile(let name)): "the cost profile \(name) changed"
    case .input(.seeds): "the seeds changed"
    case .input(.points): "the number of points changed"
    case .input(.claims): "the file of claims changed"
    case .altered(let file): "\(file) is not what was written, or has no provenance"
    case .model(let models): "the model changed: its version was \(models.old), now \(models.new)"
    case .nothing(isModelKnown: true): "none of the inputs changed, nor did the model"
    case .nothing(isModelKnown: false):
      "none of the inputs changed; whether the model did is unknown"
    }
  }
}
