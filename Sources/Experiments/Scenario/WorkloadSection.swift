import Notation
import RunPlans
import Synchronization

/// A section of scenarios that describes something else than client machines.
///
/// Experiments knows the section by this protocol and by those that refine it, so that it builds
/// without what carries the section out.
package protocol WorkloadSection: Sendable {
  /// The keys of the section.
  static var keys: MappingSpec { get }
  /// The columns of `measure: records` beside those that all tables have.
  static var columns: [String] { get }
  /// Reads the section.
  static func read(
    _ reader: MappingReader, costs: CostLoader, in reading: inout GroupReading
  ) -> any PlannedWorkload
  /// Reports what the section of a point contradicts there, once for each place.
  static func check(_ cells: [Scenario.Cell], _ reader: MappingReader)
  /// What a reader of the results should know although the scenario is in order.
  static func remarks(on scenario: Scenario) -> [String]
}

/// The kind of workload that scenarios can describe beside client machines.
package enum Workloads {
  private static let registered = Mutex<(any WorkloadSection.Type)?>(nil)

  /// The name of the section.
  package static let section = "records"

  /// The kind; nil in a program that was built without one.
  package static var kind: (any WorkloadSection.Type)? { registered.withLock { $0 } }

  /// Makes the kind known; scenarios that were read before are not read again.
  package static func register(_ kind: any WorkloadSection.Type) {
    registered.withLock { $0 = kind }
  }

  /// Whether the program knows the section or the file does not have it; reports it if not.
  static func canRead(_ reader: MappingReader) -> Bool {
    guard kind == nil, reader.has(section) else { return true }
    reader.error(missing, at: section, hint: "build consim without CONSIM_WITHOUT_RECORDS")
    return false
  }

  /// Reads the section, which a series or a sweep may have brought in.
  static func read(
    _ reader: MappingReader, costs: CostLoader, in reading: inout GroupReading
  ) -> (any PlannedWorkload)? {
    guard canRead(reader), let kind else { return nil }
    return reader.optional(section)?.mapping { kind.read($0, costs: costs, in: &reading) }
  }

  /// What is wrong where the section stands and the program does not know it.
  package static let missing = "this program was built without '\(section)'"
}
