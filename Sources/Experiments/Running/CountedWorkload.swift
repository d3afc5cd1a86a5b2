import Simulator

/// A workload that counts what becomes of its work.
package protocol CountedWorkload: WorkloadSection {
  /// What the workload of a run counted; nil for a workload of another kind.
  static func account(of workload: (any Workload)?) -> (any Sendable)?
  /// What was counted as lines of text, without loss; at least one.
  static func lines(of account: any Sendable) -> [String]
  /// What such lines tell; nil where they are something else.
  static func account(lines: [String]) -> (any Sendable)?
  /// What the section expects of a run and the run did not do.
  static func findings(in run: RunResult, of cell: Scenario.Cell) -> WorkloadFindings
}

/// What a workload was expected to do and did not.
package struct WorkloadFindings {
  /// What happened and was not to.
  package var unexpected: [String] = []
  /// What was to happen and did not.
  package var missing: [String] = []

  /// Nothing.
  package init() {}
}

extension Workloads {
  /// The kind, where it counts.
  static var counted: (any CountedWorkload.Type)? { kind as? any CountedWorkload.Type }
}
