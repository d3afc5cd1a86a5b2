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

  func all() async throws -> [Subject] {
    let stored = try await StoredRunFiles(scratch: scratch)
    let scenarios = try scenarioCorpus()
    let profiles = try Self.files(in: "Scenarios/costs", ending: ".yaml").map(\.text)
    return [
      kind("scenario", "yaml", scenarios) {
        let read = try scenario($0)
        return "\(read.heading) \(read.outline) \(read.digest)"
      },
      kind(
        "run", "yaml", Extremes.scenarios + scenarios, form: .gentleText, weight: 1,
        secondsAtMost: 60, read: run),
      kind("settings", "txt", Self.settings, isValid: false) {
        let lines = String(decoding: $0, as: UTF8.self).split(
          separator: "\n", omittingEmptySubsequences: false)
        return try scenario(Self.changed, lines.map { String($0) }).outline
      },
      kind("costs", "yaml", profiles.filter { (try? CostProfile(source($0))) != nil }) {
        try CostProfile(source($0)).name
      },
      kind(
        "crypto-costs", "yaml", profiles.filter { (try? CryptoCostProfile(source($0))) != nil }
      ) { try CryptoCostProfile(source($0)).name },
      kind("claims", "yaml", try claims(), isValid: false) {
        try ClaimsTable(source($0), results: scratch + "/results").text
      },
      kind("judge", "yaml", try claims(), isValid: false) {
        try ClaimsTable(judged: source($0), results: scratch + "/results").judgement
      },
      kind("tolerance", "yaml", Self.tolerances) {
        _ = try Tolerances(source($0), for: Self.tolerated)
        return "read"
      },
      kind("table", "csv", try tables().map(\.text), read: readTable),
      kind("provenance", "json", try provenance(), read: readProvenance),
      kind("stored-run", "run", stored.corpus, read: stored.readUntouched),
      // The SHA-256 would refuse every change: here it fits, so that the reader itself is tried.
      kind("stored-result", "run", stored.corpus, read: stored.readResealed),
    ]
  }

  /// A kind of file whose reader throws the errors of its module, and no others.
  private func kind(
    _ name: String, _ ending: String, _ corpus: [[UInt8]], isValid: Bool = true,
    form: Subject.Form = .text, weight: Int = 100, secondsAtMost: Int = 10,
    read: @escaping ([UInt8]) async throws -> String
  ) -> Subject {
    Subject(
      name: name, ending: ending, form: form, corpus: corpus, isCorpusValid: isValid,
      pieces: TextPiece.all, weight: weight, secondsAtMost: secondsAtMost
    ) { text in
      do {
        return anywhere(try await read(text))
      } catch let error as ScenarioError {
        if error.diagnostics.isEmpty { throw Finding(text: "refused without a reason") }
        if error.diagnostics.contains(where: \.message.isEmpty) {
          throw Finding(text: "an empty reason")
        }
        throw Refusal(description: anywhere(error.description))
      } catch let error as CSVError {
        throw Refusal(description: error.description)
      } catch let error as Refusal {
        throw error
      } catch let error as BaselineError {
        throw Refusal(description: anywhere(error.description))
      } catch {
        throw error as? Finding ?? Finding(text: "\(error)")
      }
    }
  }

  /// A text without what differs between processes.
  private func anywhere(_ text: String) -> String {
    text.replacingOccurrences(of: scratch, with: "")
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

  // MARK: Corpus

  /// The files below a directory whose names end so, by name.
  private static func files(in directory: String, ending: String) throws -> [(
    path: String, text: [UInt8]
  )] {
    try FileManager.default.subpathsOfDirectory(atPath: directory).sorted()
      .filter { $0.hasSuffix(ending) }
      .map { name in
        let path = directory + "/" + name
        return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
      }
  }

  /// A text cut after a line, so that the text is no longer than `size`.
  private static func cut(_ text: [UInt8], to size: Int) -> [UInt8] {
    guard text.count > size else { return text }
    let end = text[..<size].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? size
    return Array(text[..<end])
  }

  private func scenarioCorpus() throws -> [[UInt8]] {
    let written =
      try Self.files(in: "Scenarios", ending: ".yaml")
      .filter { !$0.path.contains("/costs/") && !$0.path.contains("/claims/") }
      + (try Self.files(in: "Tests/Regressions", ending: ".yaml"))
    // All are read as if they lay beside the others.
    let texts = written.map { file in
      Array(
        String(decoding: file.text, as: UTF8.self)
          .replacingOccurrences(of: "../costs/", with: "costs/")
          .replacingOccurrences(of: "costs: ../", with: "costs: ").utf8)
    }
    let generator = PlanGenerator(sizes: 4...9)
    let drawn = (0..<24).map { number in
      let subject = FuzzProtocol.builtIn[number % FuzzProtocol.builtIn.count]
      let plan = generator.plan(subject, seed: UInt64(number + 1))
      return Array(plan.scenario(named: "plan-\(number)", comment: ["drawn"]).utf8)
    }
    return texts + drawn
  }

  private func tables() throws -> [(path: String, text: [UInt8])] {
    try Self.files(in: "Results", ending: ".csv").map {
      ($0.path, Self.cut($0.text, to: 3_000))
    }
  }

  /// A few claims in each; the rows of some are not in the tables that are cut.
  private func claims() throws -> [[UInt8]] {
    let files = try Self.files(in: "Scenarios/claims", ending: ".yaml")
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
    try Self.files(in: "Results/provenance", ending: ".json").prefix(6).map { file in
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

  private static let tolerances: [[UInt8]] = [
    "tolerances: [{ metric: tps, percent: 1, reason: reviewed }]",
    "tolerances:\n  - { metric: '*', absolute: 0.5, scenario: base, direction: up, reason: a }",
    "tolerances:\n  - { metric: blocks, percent: 2, absolute: 3, file: base-summary, reason: b }",
  ].map { Array($0.utf8) }

  private static let tolerated = [
    Tolerances.Subject(
      scenario: "base", file: "base", columns: ["seed", "tps", "blocks"], keys: ["seed"]),
    Tolerances.Subject(
      scenario: "base", file: "base-summary", columns: ["tps", "blocks"], keys: []),
  ]

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

  private func scenario(_ text: [UInt8], _ settings: [String] = []) throws(ScenarioError)
    -> Scenario
  {
    try Scenario(source(text), directory: "Scenarios", settings: settings, seed: nil)
  }

  /// Reads a scenario and makes its first and its last run, cut short.
  private func run(_ text: [UInt8]) async throws -> String {
    var scenario = try scenario(text)
    let cells = scenario.cells
    guard let first = cells.first, let last = cells.last else { throw Finding(text: "no cells") }
    scenario.cells = cells.count > 1 ? [first, last] : [first]
    for cell in scenario.cells.indices {
      scenario.cells[cell].seeds = Array(scenario.cells[cell].seeds.prefix(1))
      let limit = scenario.cells[cell].settings.eventLimit
      scenario.cells[cell].settings.eventLimit = min(limit, Self.events)
    }
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    _ = Verdict(scenario, results)
    return RunSummary(scenario, results).text
  }

  private func readTable(_ text: [UInt8]) throws -> String {
    let table = try Table(csv: text, named: "input")
    do {
      let again = try Table(csv: table.csv, named: "again")
      if again.csv != table.csv {
        throw Finding(text: "written and read again it is another table")
      }
      if let difference = table.difference(from: again, keys: Array(table.columns.prefix(2))) {
        throw Finding(text: "written and read again it differs: \(difference)")
      }
    } catch let error as CSVError {
      throw Finding(text: "what was written cannot be read: \(error)")
    }
    return "\(table.columns.count) \(table.rows.count)"
  }

  private func readProvenance(_ text: [UInt8]) throws -> String {
    let folder = scratch + "/provenance"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text).write(to: URL(fileURLWithPath: "\(folder)/base.json"))
    let scenario = try scenario(Self.compared)
    let baseline = Baseline(directory: scratch)
    for missing in baseline.missingFiles(of: scenario) {
      try Data("a\n".utf8).write(to: URL(fileURLWithPath: missing))
    }
    let names = try baseline.scenarioNames()
    let differences = try baseline.compare(scenario, []).flatMap(\.differences)
    _ = try baseline.alterations(of: nil)
    if text.count % 8 == 0 { try ResultWriter(directory: scratch).write(scenario, []) }
    return "\(names.count) \(differences)"
  }
}
