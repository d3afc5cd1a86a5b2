import Experiments
import Foundation
import Fuzzing
import Notation
import RecordExperiments
import Tables

/// All kinds of files that the tool reads.
struct FileKinds {
  /// A directory of this process for files that are only read by path.
  let scratch: String

  /// The events after which a mutated scenario is stopped.
  private static let events: UInt64 = 3_000

  /// Problems are explained in no more bytes, however large the file.
  private static let explanationAtMost = 200_000

  func all() throws -> [FileKind] {
    let scenarios = try scenarioCorpus()
    let profiles = try Corpus.files(in: "Scenarios/costs", ending: ".yaml").map(\.text)
    return [
      FileKind(name: "scenario", ending: "yaml", corpus: scenarios) { read($0) },
      FileKind(
        name: "run", ending: "yaml", corpus: Extremes.scenarios + scenarios, isGentle: true,
        secondsAtMost: 60
      ) { await run($0) },
      FileKind(name: "settings", ending: "txt", corpus: Self.settings, isCorpusRight: false) {
        readSettings($0)
      },
      FileKind(
        name: "costs", ending: "yaml",
        corpus: profiles.filter { (try? CostProfile(source($0))) != nil }
      ) { text in
        Self.fate { () throws(ScenarioError) in try CostProfile(source(text)).name }
      },
      FileKind(
        name: "crypto-costs", ending: "yaml",
        corpus: profiles.filter { (try? CryptoCostProfile(source($0))) != nil }
      ) { text in
        Self.fate { () throws(ScenarioError) in try CryptoCostProfile(source(text)).name }
      },
      FileKind(name: "claims", ending: "yaml", corpus: try claims(), isCorpusRight: false) { text in
        Self.fate { () throws(ScenarioError) in
          try ClaimsTable(source(text), results: scratch + "/results").text
        }
      },
      FileKind(name: "table", ending: "csv", corpus: try tables().map(\.text)) { readTable($0) },
      FileKind(name: "provenance", ending: "json", corpus: try provenance()) {
        readProvenance($0)
      },
    ]
  }

  /// Puts the files in place that claims and provenance are read beside.
  ///
  /// It throws where consim refuses a scenario that other inputs are read with: nothing behind it
  /// would be tried.
  func prepare() throws {
    for right in [Self.changed, Self.compared] { _ = try scenario(right) }
    try FileManager.default.createDirectory(
      atPath: scratch + "/results", withIntermediateDirectories: true)
    for table in try tables() {
      let name = URL(fileURLWithPath: table.path).lastPathComponent
      try Data(table.text).write(to: URL(fileURLWithPath: scratch + "/results/" + name))
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: scratch) }

  // MARK: Corpus

  private func scenarioCorpus() throws -> [[UInt8]] {
    let written =
      try Corpus.files(in: "Scenarios", ending: ".yaml")
      .filter { !$0.path.contains("/costs/") && !$0.path.contains("/claims/") }
      + (try Corpus.files(in: "Tests/Regressions", ending: ".yaml"))
    // All are read as if they lay beside the others.
    let texts = written.map { file in
      Array(
        String(decoding: file.text, as: UTF8.self)
          .replacingOccurrences(of: "../costs/", with: "costs/")
          .replacingOccurrences(of: "costs: ../", with: "costs: ").utf8)
    }
    let generator = PlanGenerator(sizes: 4...9)
    let drawn = (0..<24).map { number in
      let subject = FuzzProtocol.allCases[number % FuzzProtocol.allCases.count]
      let plan = generator.plan(subject, seed: UInt64(number + 1))
      return Array(plan.scenario(named: "plan-\(number)", comment: ["drawn"]).utf8)
    }
    return texts + drawn
  }

  private func tables() throws -> [(path: String, text: [UInt8])] {
    try Corpus.files(in: "Results", ending: ".csv").map {
      ($0.path, Corpus.cut($0.text, to: 3_000))
    }
  }

  /// A few claims in each; the rows of some are not in the tables that are cut.
  private func claims() throws -> [[UInt8]] {
    let files = try Corpus.files(in: "Scenarios/claims", ending: ".yaml")
    let mark = "\n  - id: "
    let entries = files.flatMap { file in
      String(decoding: file.text, as: UTF8.self).components(separatedBy: mark).dropFirst()
    }
    return stride(from: 0, to: entries.count, by: 4).map { start in
      let some = entries[start..<min(start + 4, entries.count)]
      return Array(("claims:" + some.map { mark + $0 }.joined() + "\n").utf8)
    }
  }

  /// The entries of some scenarios, with few cells.
  private func provenance() throws -> [[UInt8]] {
    try Corpus.files(in: "Results/provenance", ending: ".json").prefix(6).map { file in
      let data = Data(file.text)
      guard var entry = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        return file.text
      }
      entry["cells"] = Array((entry["cells"] as? [Any] ?? []).prefix(2))
      return Array(
        try JSONSerialization.data(
          withJSONObject: entry, options: [.sortedKeys, .prettyPrinted]))
    }
  }

  private static let settings: [[UInt8]] = [
    "pbft.batch=10\nreplicas=7", "faults.0.from=2 s", "network.latency=5 ms\nnetwork.loss=5 %",
    "series.0.with=1", "clients.connections=3\nclients.think-time.law=constant", "seed=18",
    "records.operations=60\nrecords.users.0.count=3", "sweep.replicas=4", "limits.events=100",
    "raft.election-timeout.0=1 s", "variants.0.name=x\nrepeat=3", "expect.P-1=may-break",
  ].map { Array($0.utf8) }

  /// The scenario that settings change.
  private static let changed = Array(
    """
    name: base
    measure: metrics
    network: { latency: 1 ms }
    series: [{ protocol: pbft }]
    schedule: { duration: 1 s }
    faults: [{ nodes: [0], behaviour: silent }]

    """.utf8)

  /// The scenario whose provenance is looked up.
  private static let compared = Array(
    """
    name: base
    measure: metrics
    network: { latency: 1 ms }
    series: [{ protocol: pbft }, { protocol: raft }]
    schedule: { duration: 1 s }

    """.utf8)

  // MARK: Reading

  private func source(_ text: [UInt8]) -> SourceFile { SourceFile(name: "input", bytes: text) }

  private static func fate(_ work: () throws(ScenarioError) -> String) -> Fate {
    do throws(ScenarioError) {
      return .accepted(try work())
    } catch {
      let explanation = error.description
      if explanation.utf8.count > explanationAtMost {
        return .finding("an explanation of \(explanation.utf8.count) bytes")
      }
      if error.diagnostics.isEmpty { return .finding("refused without a reason") }
      if !error.diagnostics.allSatisfy({ !$0.message.isEmpty }) {
        return .finding("an empty reason")
      }
      return .refused(explanation)
    }
  }

  private func scenario(_ text: [UInt8], _ settings: [String] = []) throws(ScenarioError)
    -> Scenario
  {
    try Scenario(source(text), directory: "Scenarios", settings: settings, seed: nil)
  }

  private func read(_ text: [UInt8]) -> Fate {
    Self.fate { () throws(ScenarioError) in
      let read = try scenario(text)
      return "\(read.heading) \(read.outline) \(read.digest)"
    }
  }

  private func readSettings(_ text: [UInt8]) -> Fate {
    let lines = String(decoding: text, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    return Self.fate { () throws(ScenarioError) in
      try scenario(Self.changed, lines.map { String($0) }).outline
    }
  }

  /// Reads a scenario and makes its first and its last run, cut short.
  private func run(_ text: [UInt8]) async -> Fate {
    var scenario: Scenario
    do throws(ScenarioError) {
      scenario = try self.scenario(text)
    } catch {
      return .refused(error.description)
    }
    let cells = scenario.cells
    guard let first = cells.first, let last = cells.last else { return .finding("no cells") }
    scenario.cells = cells.count > 1 ? [first, last] : [first]
    for cell in scenario.cells.indices {
      scenario.cells[cell].seeds = Array(scenario.cells[cell].seeds.prefix(1))
      let limit = scenario.cells[cell].settings.eventLimit
      scenario.cells[cell].settings.eventLimit = min(limit, Self.events)
    }
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    _ = Verdict(scenario, results)
    let report = RunSummary(scenario, results).text
    return .accepted(report)
  }

  private func readTable(_ text: [UInt8]) -> Fate {
    do throws(CSVError) {
      let table = try Table(csv: text, named: "input")
      let again = try Table(csv: table.csv, named: "again")
      if again.csv != table.csv { return .finding("written and read again it is another table") }
      let keys = Array(table.columns.prefix(2))
      if let difference = table.difference(from: again, keys: keys) {
        return .finding("written and read again it differs: \(difference)")
      }
      return .accepted("\(table.columns.count) \(table.rows.count)")
    } catch {
      if error.file == "again" { return .finding("what was written cannot be read: \(error)") }
      return .refused(error.description)
    }
  }

  private func readProvenance(_ text: [UInt8]) -> Fate {
    do {
      let folder = scratch + "/provenance"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try Data(text).write(to: URL(fileURLWithPath: "\(folder)/base.json"))
      let scenario = try self.scenario(Self.compared)
      let baseline = Baseline(directory: scratch)
      for missing in baseline.missingFiles(of: scenario) {
        try Data("a\n".utf8).write(to: URL(fileURLWithPath: missing))
      }
      let names = try baseline.scenarioNames()
      let differences = try baseline.compare(scenario, []).flatMap(\.differences)
      _ = try baseline.alterations(of: nil)
      if text.count % 8 == 0 { try ResultWriter(directory: scratch).write(scenario, []) }
      return .accepted("\(names.count) \(differences)")
    } catch let error as BaselineError {
      return .refused(error.description)
    } catch {
      return .finding("\(error)")
    }
  }
}
