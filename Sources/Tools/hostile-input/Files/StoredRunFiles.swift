import Experiments
import Foundation
import Notation
import Tables

/// Files of a store: those of small runs, with intervals, faults, violations, chains and records.
struct StoredRunFiles {
  /// A run and its file.
  private struct Made {
    let campaign: Int
    let place: Int
    let key: RunKey
    let file: [UInt8]
  }

  /// The files as they were written.
  var corpus: [[UInt8]] { made.map(\.file) }

  private let campaigns: [(keyed: KeyedScenario, results: [RunResult])]
  private let made: [Made]
  /// Where inputs lie, and where what was read is written again.
  private let stores: [RunStore]

  /// Makes the runs.
  ///
  /// - Parameter scratch: A directory of this process.
  /// - Throws: An error if the runs cannot be made or kept.
  init(scratch: String) async throws {
    stores = try ["runs", "copies"].map { name in
      // A worker that ended too early left its own.
      try? FileManager.default.removeItem(atPath: "\(scratch)/\(name)")
      return try RunStore("\(scratch)/\(name)", model: "0123456789abcdef", creates: true)
    }
    var campaigns: [(keyed: KeyedScenario, results: [RunResult])] = []
    var made: [Made] = []
    for text in Self.scenarios {
      let scenario = try Scenario(
        SourceFile(name: "stored", text: text), directory: "Scenarios", settings: [], seed: nil)
      let keyed = KeyedScenario(scenario)
      let results = await Runner(workers: 1).run(scenario) { _, _ in }
      for (place, result) in results.enumerated() {
        let key = keyed.key(Scenario.Run(cell: result.cell, seed: result.seed))
        try stores[0].keep(result, as: key)
        made.append(
          Made(
            campaign: campaigns.count, place: place, key: key,
            file: try Self.bytes(stores[0].path(key))))
      }
      campaigns.append((keyed, results))
    }
    self.campaigns = campaigns
    self.made = made
  }

  private static let scenarios = [
    """
    name: stored
    measure: metrics
    limits: { events: 20000 }
    replicas: 4
    network: { latency: 5 ms }
    series:
      - { protocol: sc-pbft, with: { faults: [{ nodes: [3], behaviour: silent }] } }
      - protocol: raft
        with:
          faults: [{ nodes: [3], behaviour: tamper, as-primary: true, messages: [request] }]
          expect: { R-14: violated }
      - { protocol: pow }
    clients: { connections: 1, timeout: 200 ms }
    schedule: { tests: 2, window: 100 ms, rotation-delay: 50 ms, interval: 300 ms }
    pow: { difficulty-bits: 12 }
    record: { every: 200 ms, latencies: true }

    """,
    """
    name: records
    measure: records
    series: [{ protocol: pbft }]
    schedule: { warmup: 100 ms, duration: 10 s }
    records:
      attributes: [doctor, nurse, ward-3]
      users: [{ name: doctor, attributes: [doctor, ward-3] }, { name: nurse, attributes: [nurse] }]
      policies: [{ policy: doctor AND ward-3 }]
      preloaded: 3
      operations: 20
      parameters: toy
      misdeeds: [{ misdeed: tampering-cloud, share: 30 % }]

    """,
  ]

  /// Reads a file as a store does.
  ///
  /// - Returns: What the tables and the summary make of the result.
  /// - Throws: `Refusal` for a file that is not what was written, and `Finding` for a result that is
  ///   written in another way than it was read.
  func read(_ file: [UInt8]) throws -> String {
    let one = made.first { Self.names($0.key, file) } ?? made[0]
    let keyed = campaigns[one.campaign].keyed
    var results = campaigns[one.campaign].results
    let run = Scenario.Run(cell: results[one.place].cell, seed: results[one.place].seed)
    try Data(file).write(to: URL(fileURLWithPath: stores[0].path(one.key)))
    switch try stores[0].entry(one.key, of: run, in: keyed.scenario.cells[run.cell]) {
    case .missing: throw Finding(text: "a file that is there is missing")
    case .torn(let problem): throw Refusal(description: problem)
    case .result(let result):
      unlink(stores[1].path(one.key))
      try stores[1].keep(result, as: one.key)
      guard try Self.bytes(stores[1].path(one.key)) == file else {
        throw Finding(text: "read and written again it is another file")
      }
      results[one.place] = result
    }
    _ = Verdict(keyed.scenario, results)
    let tables = Report(keyed.scenario, results).files.flatMap(\.table.csv)
    return RunSummary(keyed.scenario, results).text + String(decoding: tables, as: UTF8.self)
  }

  /// Reads a file whose length and SHA-256 fit its result, and which only its author can have changed.
  func readResealed(_ file: [UInt8]) throws -> String {
    var rest = file[...]
    var head: [UInt8] = []
    for place in 0..<5 {
      guard let end = rest.firstIndex(of: 0x0A) else { throw Refusal(description: "no head") }
      if place < 3 { head += rest[...end] }
      rest = rest[(end + 1)...]
    }
    head += Array("bytes \(rest.count)\nsha256 \(SHA256Digest(of: Array(rest)))\n".utf8)
    return try read(head + rest)
  }

  /// Reads a file as it is: only what was written may pass.
  func readUntouched(_ file: [UInt8]) throws -> String {
    let text = try read(file)
    guard made.contains(where: { $0.file == file }) else {
      throw Finding(text: "a file passes that nobody wrote")
    }
    return text
  }

  private static func names(_ key: RunKey, _ file: [UInt8]) -> Bool {
    let lines = file.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    return lines.count > 2 && lines[2].elementsEqual("key \(key.text)".utf8)
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
