import ArgumentParser
import Experiments

/// A comparison of results under way.
struct Comparison {
  let baseline: Baseline
  private let tolerances: Tolerances
  /// Those tables that are not what was written, and that no result has taken yet.
  private var alterations: [Baseline.Alteration]
  private var report = CheckReport()

  /// Looks for tables that are not what was written, before anything is run.
  ///
  /// Only tables of the names are looked at; nil is all of the directory. Each is told at once where
  /// hours may pass before the report.
  init(_ baseline: Baseline, _ tolerances: Tolerances, names: [String]?, isTold: Bool) throws {
    self.baseline = baseline
    self.tolerances = tolerances
    alterations = try Exit.reading { () throws(BaselineError) in
      try baseline.alterations(of: names)
    }
    guard isTold else { return }
    for change in alterations.map(\.change) {
      for difference in change.differences {
        Console.error("\(change.path): warning: \(difference)")
      }
    }
  }

  /// Adds the results of a name; what is missing ends the program.
  mutating func add(
    _ name: String, _ commands: CheckedResult.Commands, hint: String? = nil,
    _ compare: () throws(BaselineError) -> [Baseline.FileChange]
  ) throws {
    var changes = try Exit.reading(hint, compare)
    for alteration in alterations where alteration.entry == name {
      let change = alteration.change
      if let place = changes.firstIndex(where: { $0.path == change.path }) {
        changes[place].differences.insert(contentsOf: change.differences, at: 0)
      } else {
        changes.append(change)
      }
    }
    alterations.removeAll { $0.entry == name }
    report.append(
      CheckedResult(
        name, changes, models: try? baseline.models(of: name), tolerances, commands: commands))
  }

  /// The report, with altered tables of nobody else at the end.
  func finished() -> CheckReport {
    var report = report
    for alteration in alterations {
      let file = alteration.change.path.split(separator: "/").last.map(String.init) ?? ""
      let name = alteration.entry ?? file
      report.append(
        CheckedResult(
          name, [alteration.change], models: try? baseline.models(of: name), tolerances,
          commands: nil))
    }
    return report
  }
}
