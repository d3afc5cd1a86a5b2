import Experiments
import HealthRecords
import Notation
import RunPlans
import Simulator

/// The section `records` of scenarios: the one thing that experiments are told of records.
package enum RecordsKind: TabledWorkload, ToldWorkload {
  /// The keys of the section.
  package static var keys: MappingSpec { RecordsKeys.section }

  /// Makes the section known to everything that reads scenarios from now on.
  package static func register() { Workloads.register(Self.self) }

  /// Reads the section.
  package static func read(
    _ reader: MappingReader, costs: CostLoader, in reading: inout GroupReading
  ) -> any PlannedWorkload {
    RecordsSection(reader, costs: costs, in: &reading)
  }

  /// Reports the places where keys stay as they are although somebody needs old ones.
  package static func check(_ cells: [Scenario.Cell], _ reader: MappingReader) {
    var reported: [String] = []
    for location in cells.compactMap(\.settings.records?.chainReaderWithoutKeys) {
      let place = "\(location.source.name):\(location.line):\(location.column)"
      guard !reported.contains(place) else { continue }
      reported.append(place)
      reader.error(
        "'chain-reader' needs old keys, and with 'revocation: list' attributes keep theirs",
        at: location, hint: "write 'revocation: rekey' or 'revocation: re-encrypt'")
    }
  }

  /// What is written about revocations and nobody revokes in any run.
  package static func remarks(on scenario: Scenario) -> [String] {
    let sections = scenario.cells.compactMap(\.settings.records?.settings)
    let isRevoked = sections.contains { settings in
      settings.mix.contains { $0.value == .revoke && $0.weight > 0 }
    }
    guard !isRevoked else { return [] }
    var written: [String] = []
    if sections.contains(where: { $0.misdeeds.contains { $0.misdeed == .chainReader } }) {
      written.append("the misdeed 'chain-reader'")
    }
    if sections.contains(where: { $0.revocation == .reencrypt }) {
      written.append("'revocation: re-encrypt'")
    }
    return written.map {
      "warning: \($0) never has an effect: the 'mix' of 'records' gives 'revoke' no weight"
    }
  }

  /// What became of the records of a run.
  package static func account(of workload: (any Workload)?) -> (any Sendable)? {
    (workload as? RecordWorkload)?.account
  }

  /// An account as lines of text.
  package static func lines(of account: any Sendable) -> [String] {
    (account as? RecordAccount)?.lines ?? []
  }

  /// The account of such lines.
  package static func account(lines: [String]) -> (any Sendable)? { RecordAccount(lines: lines) }

  /// The outcomes that the section expects of a run and that it did not have.
  package static func findings(in run: RunResult, of cell: Scenario.Cell) -> WorkloadFindings {
    var findings = WorkloadFindings()
    for outcome in cell.settings.records?.outcomes ?? [] {
      let count = run.records?.operations.count { $0.outcome == outcome.outcome } ?? 0
      let name = outcome.outcome.name
      if outcome.yield == .none, count > 0 {
        findings.unexpected.append("no operation may end as '\(name)', and \(count) did")
      } else if outcome.yield == .some, count == 0, run.shortfall == nil {
        findings.missing.append("some operation was expected to end as '\(name)', and none did")
      }
    }
    return findings
  }

  /// The columns of these tables.
  package static var columns: [String] {
    RecordsReport.stepColumns + RecordsReport.operationColumns + RecordsReport.summaryColumns
  }

  /// The tables of `measure: records`.
  package static func files(of scenario: Scenario, _ rows: [CellResults]) -> [Report.File] {
    RecordsReport(scenario, rows).files
  }

  /// An account of every cell.
  package static func summary(of scenario: Scenario, _ results: [RunResult]) -> String {
    RecordsSummary(scenario, results).text
  }

  /// The life of a file.
  ///
  /// - Throws: ``TraceError`` if there never was such a file.
  package static func life(of item: Int, in choice: RunChoice) throws(TraceError) -> String {
    try RecordLife(of: item, in: choice).text()
  }
}

/// Shared health records, for a program that reads scenarios itself.
public enum SharedRecords {
  /// Makes the section `records` known to everything that reads scenarios from now on.
  public static func register() { RecordsKind.register() }
}

extension RunResult {
  /// What became of the records that were shared, if any.
  public var records: RecordAccount? { account as? RecordAccount }
}
