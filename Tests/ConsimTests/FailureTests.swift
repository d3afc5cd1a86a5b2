import Foundation
import Testing

/// A mistake, what it is answered with, and how the program ends.
struct Mistake: Sendable, CustomTestStringConvertible {
  var name: String
  var old: String
  var new: String
  var complaint: String

  var testDescription: String { name }
}

@Suite("Failures")
struct FailureTests {
  static let mistakes = [
    Mistake(
      name: "an unknown key", old: "measure: tps", new: "measure: tps\nbandwith: 1",
      complaint: "scenario.yaml:3:1: error: unknown key 'bandwith'"),
    Mistake(
      name: "a missing unit", old: "window: 200 ms", new: "window: 200",
      complaint: "found '200' (no unit)"),
    Mistake(
      name: "a wrong unit", old: "window: 200 ms", new: "window: 200 kg",
      complaint: "(unknown unit 'kg')"),
    Mistake(
      name: "a leading zero", old: "repeat: 2", new: "repeat: 010",
      complaint: "found '010' (leading zero)"),
    Mistake(
      name: "an alias bomb", old: "name: small", new: "title: &a [x, x]\nfigure: [*a, *a]",
      complaint: "a YAML alias is not allowed"),
    Mistake(
      name: "a duplicate key", old: "repeat: 2", new: "repeat: 2\nrepeat: 3",
      complaint:
        "scenario.yaml:4:1: error: duplicate key 'repeat'\n  repeat: 3\n  ^ first written at 3:1"),
    Mistake(
      name: "n = 3", old: "replicas: 4", new: "replicas: 3",
      complaint: "3 replicas tolerate no Byzantine replica"),
    Mistake(
      name: "more faults than tolerated", old: "replicas: 4",
      new: "faults: [{ nodes: [0, 1], behaviour: silent }]",
      complaint: "2 Byzantine or forgetful replicas among 4, which tolerate 1"),
    Mistake(
      name: "a negative duration", old: "timeout: 1 s", new: "timeout: -1 s",
      complaint: "found '-1 s' (negative)"),
    Mistake(
      name: "an absurd duration", old: "window: 200 ms", new: "window: 100000000000 h",
      complaint: "(more than 100 years)"),
    Mistake(
      name: "an infinite duration", old: "window: 200 ms", new: "window: .inf",
      complaint: "found '.inf'"),
    Mistake(
      name: "a fault at a node that does not exist", old: "replicas: 4",
      new: "faults: [{ nodes: [7], behaviour: silent }]",
      complaint: "node 7 does not exist: replicas are 0 to 3"),
    Mistake(
      name: "NaN", old: "replicas: 4", new: "jitter: .nan",
      complaint: "found '.nan' (not a number)"),
    Mistake(
      name: "a truncated file", old: "difficulty-bits: 12 }\n", new: "difficulty-bi",
      complaint: "'{' is never closed"),
    Mistake(
      name: "nothing", old: Scenarios.small, new: "", complaint: "scenario.yaml"),
  ]

  @Test("A wrong scenario ends with 65, names the place and writes nothing", arguments: mistakes)
  func wrongScenario(mistake: Mistake) throws {
    let directory = try Directory()
    try directory.write(try Scenarios.small(mistake.old, mistake.new), to: "scenario.yaml")
    let before = try directory.contents()
    for command in [["run", "scenario.yaml", "--out", "out"], ["validate", "scenario.yaml"]] {
      let ending = try Program.start(command, in: directory).wait()
      #expect(ending.status == 65)
      #expect(ending.output == "")
      #expect(ending.errors.hasPrefix("scenario.yaml"))
      #expect(ending.errors.contains(mistake.complaint), "\(ending.errors)")
    }
    #expect(try directory.contents() == before)
  }

  @Test("A file of 100 MB is refused without being read")
  func hugeFile() throws {
    let directory = try Directory()
    let handle = try directory.handle("scenario.yaml")
    try handle.truncate(atOffset: 100 << 20)
    let ending = try Program.call("run", "scenario.yaml", "--out", "out", in: directory)
    #expect(ending.status == 65)
    #expect(ending.errors.contains("the file has 104857600 bytes"))
    #expect(!FileManager.default.fileExists(atPath: directory.path("out")))
  }

  @Test("A byte order mark does not matter")
  func byteOrderMark() throws {
    let directory = try Directory()
    try directory.write("\u{FEFF}" + Scenarios.small, to: "scenario.yaml")
    #expect(try Program.call("validate", "scenario.yaml", in: directory).status == 0)
  }

  @Test(
    "Wrong usage ends with 64 and says what is possible",
    arguments: [
      (["frobnicate"], "frobnicate"), (["run", "--frob", "scenario.yaml"], "--frob"),
      (["run"], "<scenarios>"), (["run", "scenario.yaml", "--jobs", "0"], "from 1 to 1024"),
      (["run", "scenario.yaml", "--seed", "-1"], "--seed"),
      (["run", "scenario.yaml", "scenario.yaml"], "given twice"),
      (["run", "scenario.yaml", "./scenario.yaml"], "given twice"),
      (["run", "scenario.yaml", "copy.yaml"], "its name is 'small', as that of scenario.yaml"),
      (["trace", "scenario.yaml", "--round", "0"], "at least 1"),
      (["trace", "scenario.yaml", "--series", "Paxos"], "--series 'sc-PBFT' --variant 'default'"),
      (["trace", "scenario.yaml", "--variant", "x"], "--series 'PBFT' --variant 'default'"),
      (["trace", "scenario.yaml", "--messages", "prepares"], "did you mean 'prepare'?"),
      (["trace", "scenario.yaml", "--round", "9999"], "has no round 9999"),
      (["run", "sweep.yaml", "--sweep", "pbft.batch=3", "--set", "pbft.batch=4"], "both set"),
    ])
  func wrongUsage(arguments: [String], complaint: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    try directory.write(Scenarios.small, to: "copy.yaml")
    try directory.write(Scenarios.small + "sweep: { pbft.batch: [1, 2] }\n", to: "sweep.yaml")
    let before = try directory.contents()
    let ending = try Program.start(arguments, in: directory).wait()
    #expect(ending.status == 64, "\(ending.errors)")
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
    #expect(try directory.contents() == before)
  }

  @Test("Missing input ends with 66 and the problems of all files are told")
  func missingInput() throws {
    let directory = try Directory()
    try directory.write(try Scenarios.small("tps", "tpss"), to: "wrong.yaml")
    let ending = try Program.call("run", "none.yaml", "wrong.yaml", in: directory)
    #expect(ending.status == 66)
    #expect(ending.errors.contains("none.yaml: error: there is no such file"))
    #expect(ending.errors.contains("wrong.yaml:2:10: error"))
    #expect(!FileManager.default.fileExists(atPath: directory.path("Results")))
  }

  @Test("An invariant that was expected to break and held ends with 2, and the results are written")
  func missingViolation() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    let ending = try Program.call(
      "run", "scenario.yaml", "--set", "expect.P-1=violated", "--out", "out", in: directory)
    #expect(ending.status == 2)
    #expect(ending.errors.contains("P-1 was expected to break and held"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path("out")).sorted() == [
        "provenance", "small-summary.csv", "small.csv",
      ])
  }
}
