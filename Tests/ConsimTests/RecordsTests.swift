import Experiments
import Foundation
import Testing

@Suite("Sharing records")
struct RecordsTests {
  /// All protocols, some who break the rules, two seeds; everything is carried out for real.
  static let scenario = """
    name: shared
    measure: records
    repeat: 2
    series:
      - { protocol: pbft }
      - { protocol: sc-pbft }
      - { protocol: raft }
      - { protocol: pow }
    network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
    schedule: { duration: 1 h }
    pow: { difficulty-bits: 12 }
    records:
      engine: real
      parameters: toy
      attributes: [doctor, nurse, ward-3]
      patients: 3
      users:
        - { name: doctor, attributes: [doctor, ward-3], count: 2 }
        - { name: nurse, attributes: [nurse] }
      policies: [{ policy: doctor AND ward-3 }, { policy: nurse OR doctor }]
      slots: 2
      vocabulary: 3
      record-sizes: 300 B
      preloaded: 4
      mix: { upload: 2, search: 1, access: 4, list: 1 }
      operations: 40
      misdeeds: [{ misdeed: tampering-cloud, share: 30 % }]
      outcomes: { done: some, leaked: none }

    """

  private func directory(_ old: String = "", _ new: String = "") throws -> Directory {
    let directory = try Directory()
    let text =
      old.isEmpty ? Self.scenario : Self.scenario.replacingOccurrences(of: old, with: new)
    try #require(old.isEmpty || text != Self.scenario)
    try directory.write(text, to: "scenario.yaml")
    return directory
  }

  @Test("A run writes three tables, the same for any number of jobs, and tells what happened")
  func run() throws {
    let directory = try directory()
    let one = try FastProgram.call(
      "run", "scenario.yaml", "--jobs", "1", "--out", "one", in: directory)
    #expect(one.status == 0, "\(one.errors)")
    let two = try FastProgram.call(
      "run", "scenario.yaml", "--jobs", "2", "--out", "two", in: directory)
    #expect(two.status == 0)
    for file in [
      "shared.csv", "shared-operations.csv", "shared-summary.csv", "provenance/shared.json",
    ] {
      #expect(try directory.bytes("one/\(file)") == directory.bytes("two/\(file)"))
    }
    for series in ["PBFT", "sc-PBFT", "Raft", "PoW"] {
      #expect(one.output.contains("\(series) default, 2 runs together"))
      let steps = try directory.text("one/shared.csv")
      for step in ["setup", "keys", "encryption", "storage", "access", "decryption"] {
        #expect(steps.contains("-,\(series),default,1,\(step),"))
      }
    }
    #expect(one.output.contains("for real: "))
    #expect(one.output.contains("tampering-cloud: "))
    #expect(one.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("The parts of a step's mean add up to it")
  func parts() throws {
    let directory = try directory()
    _ = try FastProgram.call("run", "scenario.yaml", "--quiet", "--out", "out", in: directory)
    let rows = try directory.text("out/shared.csv").split(separator: "\n").dropFirst()
    #expect(!rows.isEmpty)
    for row in rows {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false)
      let values = try (6...12).map { try #require(Double(cells[$0])) }
      #expect(abs(values[0] - values[3...6].reduce(0, +)) < 0.003, "\(row)")
    }
  }

  @Test("The real engine and the counted one give the same tables")
  func engines() throws {
    let real = try directory()
    let counted = try directory("engine: real", "engine: counted")
    for directory in [real, counted] {
      let ending = try FastProgram.call(
        "run", "scenario.yaml", "--quiet", "--out", "out", in: directory)
      #expect(ending.status == 0, "\(ending.errors)")
    }
    for file in ["shared.csv", "shared-operations.csv"] {
      #expect(try real.bytes("out/\(file)") == counted.bytes("out/\(file)"))
    }
  }

  @Test("The other measures count the requests of such runs")
  func metrics() throws {
    let directory = try directory("measure: records", "measure: metrics")
    let ending = try FastProgram.call("run", "scenario.yaml", "--out", "out", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(try directory.text("out/shared.csv").contains("latency_mean_ms"))
  }

  @Test("The life of a file begins with its encryption, and a file that never was has none")
  func life() throws {
    let directory = try directory()
    let first = try FastProgram.call("trace", "scenario.yaml", "--record", "4", in: directory)
    #expect(first.status == 0, "\(first.errors)")
    let lines = first.output.split(separator: "\n")
    #expect(lines.first == "file 4 of shared, PBFT, default, seed 1: uploaded in the run")
    #expect(lines.count > 3)
    #expect(lines[1].contains("DO "))
    let kept = try FastProgram.call(
      "trace", "scenario.yaml", "--record", "4", "--out", "life", in: directory)
    #expect(kept.output == "")
    #expect(try directory.text("life") == first.output)
    let never = try FastProgram.call("trace", "scenario.yaml", "--record", "5000", in: directory)
    #expect(never.status == 64)
    #expect(never.errors.contains("file 5000 was never uploaded: the run has files 0 to "))
  }

  @Test("What cannot be traced so is refused")
  func noLife() throws {
    let directory = try directory()
    try directory.write(Scenarios.small, to: "small.yaml")
    for (arguments, complaint) in [
      (["small.yaml", "--record", "1"], "no records are shared in it"),
      (["scenario.yaml", "--record", "-1"], "--record"),
      (["scenario.yaml", "--record", "1", "--round", "2"], "cannot stand beside '--round'"),
    ] {
      let ending = try FastProgram.start(["trace"] + arguments, in: directory).wait()
      #expect(ending.status == 64)
      #expect(ending.errors.contains(complaint), "\(ending.errors)")
    }
  }

  @Test("An outcome that may not be ends with 3, one that is missing with 2")
  func outcomes() throws {
    for (outcomes, status, complaint) in [
      ("{ done: none }", 3, "no operation may end as 'done'"),
      ("{ leaked: some }", 2, "expected to end as 'leaked', and none did"),
    ] as [(String, Int32, String)] {
      let directory = try directory("{ done: some, leaked: none }", outcomes)
      let ending = try FastProgram.call(
        "run", "scenario.yaml", "--quiet", "--out", "out", in: directory)
      #expect(ending.status == status)
      #expect(ending.errors.contains(complaint))
      #expect(ending.errors.contains("replay: consim trace 'scenario.yaml'"))
    }
  }

  @Test("Every mistake of a section is told at once, with its place and what to write instead")
  func mistakes() throws {
    let directory = try Directory()
    try directory.write(
      """
      name: wrong
      measure: records
      series: [{ protocol: pbft }]
      clients: { connections: 3, timeout: 1 s }
      schedule: { blocks: 10 }
      model: slots
      records:
        attributes: [doctor, nurse, cardiology]
        users:
          - { name: doctor, attributes: [docter, cardiology], group: cloud }
          - { name: doctor, count: 0 }
        policies:
          - { policy: doctor AND (nurse OR radiology }
          - { policy: "'doctor'", weight: -1 }
        slots: 0
        queried-slots: 3
        record-sizes: 0 B
        preloaded: 1048577
        connections: 0
        sample-share: 10 %
        mix: { access: 1, upload: 0 }
        misdeeds: [{ misdeed: collusoin, share: 5 % }]
        outcomes: { leeked: none }

      """, to: "wrong.yaml")
    let ending = try FastProgram.call("validate", "wrong.yaml", in: directory)
    #expect(ending.status == 65)
    try expectGolden(ending.errors, "Tests/ConsimTests/Golden/records-mistakes.txt")
  }
}
