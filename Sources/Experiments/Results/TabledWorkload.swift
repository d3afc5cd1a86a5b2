/// A workload with a measure of its own.
package protocol TabledWorkload: CountedWorkload {
  /// The result files of its measure.
  static func files(of scenario: Scenario, _ rows: [CellResults]) -> [Report.File]
  /// An account of the runs for the terminal; empty where there is none.
  static func summary(of scenario: Scenario, _ results: [RunResult]) -> String
}

extension Workloads {
  /// The kind, where it has tables.
  package static var tabled: (any TabledWorkload.Type)? { kind as? any TabledWorkload.Type }
}
