import Foundation
import Testing

/// Inputs that were accepted once and not carried out, as whole files.
@Suite("Inputs that were once not carried out")
struct CasesTests {
  static let head = "name: case\nmeasure: metrics\nnetwork: { latency: 5 ms }\n"
  static let pbft = head + "series: [{ protocol: pbft }]\n"

  /// What is refused, with a part of the complaint and where it points to.
  static let refused: [(text: String, complaint: String)] = [
    (
      pbft + "model: slots\nschedule: { tests: 3, window: 1 s, interval: 2 s }\n",
      "the slot model counts turns only"
    ),
    (
      pbft.replacing("metrics", with: "survival") + "schedule: { duration: 1 s }\n",
      "'measure: survival' needs 'schedule.arrivals'"
    ),
    (
      pbft + "schedule: { duration: 1 s }\nsweep: { network.latency: [5 ms, 5000 us] }\n",
      "two points have the same row: PBFT, default, 5000 us"
    ),
    (
      pbft
        + "schedule: { duration: 1 s }\nvariants: [{ name: a, with: { network.latency: 5 ms } }, "
        + "{ name: a, with: { network.latency: 7 ms } }]\n",
      "two points have the same row"
    ),
    (
      pbft + "clients: { connections: 0 }\nschedule: { heal-at: 1 s, within: 1 s }\n",
      "no client asks for anything"
    ),
    (
      pbft.replacing("name: case", with: "name: claims") + "schedule: { duration: 1 s }\n",
      "'claims.csv' is another result file's name"
    ),
    (
      pbft.replacing("name: case", with: "name: x-summary") + "schedule: { duration: 1 s }\n",
      "a name cannot end in '-summary'"
    ),
    (
      pbft + "schedule: { duration: 100 ms }\nsweep: { seed: [1, 2] }\n",
      "case.yaml:6:10: error: 'seed' belongs to the whole file"
    ),
    (
      pbft + "schedule: { duration: 100 ms }\nsweep: { figure: [7, 8] }\n",
      "case.yaml:6:10: error: 'figure' belongs to the whole file"
    ),
    (
      pbft + "schedule: { duration: 100 ms }\nsweep: { series.0.protocol: [pbft, raft] }\n",
      "'series.0.protocol' belongs to the whole file"
    ),
    (
      pbft
        + "schedule: { duration: 2 s }\nfaults: [{ nodes: [1], behaviour: silent, from: 50 s }]\n",
      "has no effect in any run"
    ),
    (
      pbft + "schedule: { duration: 1 s }\nsweep: { replicas: [4, 5] }\n"
        + "exclude: [{ replicas: 4 }, { replicas: 5 }]\n", "every point of the variant"
    ),
    (
      pbft
        + "schedule: { duration: 1 s }\nsweep: { replicas: [4, 5] }\nexclude: [{ replicas: 6 }]\n",
      "this exclusion leaves out nothing"
    ),
    (
      pbft + "schedule: { tests: 5, window: 1 s, interval: 2 s }\npbft: { rotation: per-test }\n",
      "rotation"
    ),
    (
      "name: case\nmeasure: metrics\nseries: [{ protocol: pbft }]\nschedule: { duration: 1 s }\n",
      "no virtual time passes"
    ),
    (
      head
        + "series: [{ protocol: raft }]\nexpect: { P-1: may-break }\nschedule: { duration: 1 s }\n",
      "no run of this file can break 'P-1'"
    ),
    (
      head + "series: [{ protocol: raft }]\nschedule: { duration: 1 s }\n"
        + "faults: [{ nodes: [1], behaviour: tamper }]\n", "Raft tolerates no replica that lies"
    ),
  ]

  @Test("Is refused with its place before anything runs", arguments: refused)
  func refuses(text: String, complaint: String) throws {
    let directory = try Directory()
    try directory.write(text, to: "case.yaml")
    let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
    #expect(ending.status == 65, "\(ending)")
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
    #expect(!FileManager.default.fileExists(atPath: directory.path("R")))
  }

  /// Runs that do not do what their schedule asks for, and the cause in the column `ended`.
  static let unfulfilled: [(text: String, cause: String)] = [
    (
      pbft.replacing("5 ms", with: "5 ms, events: [{ at: 0 s, partition: [[0, 1], [2, 3]] }]")
        + "clients: { timeout: 1 s }\nschedule: { blocks: 10, time-limit: 60 s }\n",
      "the time limit came after 0 of 10 blocks"
    ),
    (
      pbft.replacing("5 ms", with: "5 ms, events: [{ at: 0 s, partition: [[0, 1], [2, 3]] }]")
        + "clients: { timeout: 1 s }\n"
        + "schedule: { tests: 2, first-requests: 3, time-limit: 60 s }\n",
      "the time limit came after 0 of 2 tests"
    ),
    (
      pbft + "clients: { connections: 0 }\nschedule: { blocks: 10 }\n",
      "nothing was left to happen after 0 of 10 blocks"
    ),
    (
      pbft + "schedule: { duration: 1 s }\nlimits: { events: 100 }\n",
      "the limit on events came after a part of its window"
    ),
  ]

  @Test("Fails with its cause, unless that is expected", arguments: unfulfilled)
  func fails(text: String, cause: String) throws {
    let directory = try Directory()
    try directory.write(text, to: "case.yaml")
    let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
    #expect(ending.status == 3, "\(ending)")
    #expect(ending.errors.contains("replay: consim trace"))
    #expect(try directory.text("R/case.csv").contains(cause))
    for (expectation, status) in [("may-break", 0), ("violated", 0), ("holds", 3)] {
      try directory.write(text + "expect: { fulfilled: \(expectation) }\n", to: "case.yaml")
      let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
      #expect(ending.status == Int32(status), "\(expectation): \(ending)")
      #expect(try directory.text("R/case.csv").contains(cause))
    }
  }

  @Test("A run that is fulfilled against the expectation is a failure of its own")
  func fulfilledAfterAll() throws {
    let directory = try Directory()
    try directory.write(
      Self.pbft + "schedule: { duration: 1 s }\nexpect: { fulfilled: violated }\n", to: "case.yaml")
    let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
    #expect(ending.status == 2)
    #expect(ending.errors.contains("was expected to stay unfulfilled and was fulfilled"))
  }

  @Test("A violation has a row with its name, beside the rows of runs that go on")
  func violated() throws {
    let directory = try Directory()
    try directory.write(
      Self.pbft
        + "schedule: { duration: 1 s }\npromises: [calm]\n"
        + "sweep: { pbft.view-timeout: [1 ms, 10 s] }\n",
      to: "case.yaml")
    let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
    #expect(ending.status == 3)
    let rows = try directory.text("R/case.csv").split(separator: "\n")
    #expect(rows.count == 3)
    #expect(rows[1].contains(",violated PL-2,"), "\(rows[1])")
    #expect(rows[2].contains(",fulfilled,"), "\(rows[2])")
  }

  @Test("Raft and proof of work run with one replica and with three", arguments: ["raft", "pow"])
  func small(name: String) throws {
    let directory = try Directory()
    for replicas in [1, 3] {
      try directory.write(
        Self.head + "series: [{ protocol: \(name) }]\nreplicas: \(replicas)\n"
          + "schedule: { duration: 60 s }\n", to: "case.yaml")
      let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
      #expect(ending.status == 0, "\(ending)")
    }
  }

  @Test("Raft's clients find the new leader after the old one died")
  func deadLeader() throws {
    let directory = try Directory()
    try directory.write(
      """
      name: case
      measure: tps
      series: [{ protocol: raft }]
      network: { latency: 5 ms }
      clients: { connections: 1, timeout: 1 s }
      schedule: { tests: 3, window: 10 s, interval: 11 s }
      faults:
        - { nodes: [0, 1, 2, 3], behaviour: crash, as-primary: true, from: 2 s, until: 2001 ms }

      """, to: "case.yaml")
    #expect(try FastProgram.call("run", "case.yaml", "--out", "R", in: directory).status == 0)
    let rows = try directory.text("R/case.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let tps = try #require(rows[0].firstIndex(of: "tps"))
    // One connection and four delays of 5 ms: 50 a second.
    for row in rows.suffix(2) { #expect((Double(row[tps]) ?? 0) > 45) }
  }

  @Test("A rule that never strikes is remarked, and nothing fails")
  func idleRule() throws {
    let directory = try Directory()
    try directory.write(
      Self.pbft + "schedule: { duration: 1 s }\n"
        + "faults: [{ nodes: [2], behaviour: silent, messages: [pre-prepare], "
        + "as-primary: true }]\n",
      to: "case.yaml")
    let ending = try FastProgram.call("run", "case.yaml", "--out", "R", in: directory)
    #expect(ending.status == 0)
    #expect(ending.errors.contains("'faults.0' (silent) never had an effect"))
    #expect(ending.errors.split(separator: "\n").count == 1)
  }
}
