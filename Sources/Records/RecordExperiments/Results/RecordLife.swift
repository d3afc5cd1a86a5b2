import DiscreteEvents
import Experiments
import HealthRecords
import Tables

/// The life of one file in one run, as a time line for people.
struct RecordLife {
  private let scenario: Scenario
  private let index: Int
  private let file: Int

  private var cell: Scenario.Cell { scenario.cells[index] }
  private var seed: UInt64 { cell.seeds.first ?? 1 }

  /// The life of a file in a run that shares records.
  init(of file: Int, in choice: RunChoice) {
    scenario = choice.scenario
    index = choice.index
    self.file = file
  }

  /// Carries the run out and tells what happened to the file.
  ///
  /// - Throws: ``TraceError`` if there never was such a file.
  func text() throws(TraceError) -> String {
    var told = CellRun(cell: cell, index: index, seed: seed)
    told.run.load = cell.settings.records?.load(of: told.run, telling: file)
    let result = told.result()
    let life = result.records?.life ?? []
    let preloaded = cell.settings.records?.settings.preloaded ?? 0
    let uploads = result.records?.operations.count { $0.activity == .upload } ?? 0
    let count = preloaded + uploads
    guard file < count else {
      throw TraceError(
        description: "\(scenario.fileName): error: file \(file) was never uploaded: "
          + (count == 0 ? "the run has no files" : "the run has files 0 to \(count - 1)"))
    }
    let swept = cell.parameters.filter { !$0.isEmpty }
    let place = ([cell.series, cell.variant] + swept).joined(separator: ", ")
    let origin = file < preloaded ? "stored before the run" : "uploaded in the run"
    let heading = "file \(file) of \(scenario.name), \(place), seed \(seed): \(origin)\n"
    guard !life.isEmpty else { return heading + "  nothing happened to it\n" }
    let times = life.map { Self.milliseconds($0.time) }
    let width = times.map(\.count).max() ?? 0
    let parties = life.map(\.party.count).max() ?? 0
    return heading
      + zip(times, life).map { time, event in
        let before = String(repeating: " ", count: width - time.count)
        let after = String(repeating: " ", count: parties - event.party.count)
        return "  \(before)\(time) ms  \(event.party)\(after)  \(event.text)\n"
      }.joined()
  }

  /// Milliseconds with three decimals, cut.
  private static func milliseconds(_ time: VirtualTime) -> String {
    let microseconds = time.nanoseconds / 1_000
    let rest = "\(microseconds % 1_000)"
    return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
