import Experiments
import Foundation
import Testing

@Suite("consim trace")
struct TraceTests {
  static let protocols = ["PBFT", "sc-PBFT", "Raft", "PoW"]

  private func directory(_ text: String = Scenarios.small) throws -> Directory {
    let directory = try Directory()
    try directory.write(text, to: "scenario.yaml")
    return directory
  }

  /// The lines of a trace, without the legend and the end.
  private func events(_ text: String) -> ArraySlice<Substring> {
    text.split(separator: "\n").dropFirst().dropLast()
  }

  private func object(_ line: some StringProtocol) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(value as? [String: Any])
  }

  @Test("Every line is JSON, in order of time, with the legend's words only", arguments: protocols)
  func form(series: String) throws {
    let directory = try directory()
    let ending = try FastProgram.call("trace", "scenario.yaml", "--series", series, in: directory)
    #expect(ending.status == 0)
    let lines = try ending.output.split(separator: "\n").map { try object($0) }
    let legend = try #require(lines[0]["legend"] as? [String: Any])
    let fields = try #require(legend["fields"] as? [String: String])
    let words = try #require(legend["events"] as? [String: String])
    let kinds = try #require(legend["kinds"] as? [String])
    #expect(legend["series"] as? String == series)
    var time = 0
    var seen: Set<String> = []
    for line in lines.dropFirst() {
      #expect(line.keys.allSatisfy { fields[$0] != nil })
      let event = try #require(line["event"] as? String)
      #expect(words[event] != nil)
      seen.insert(event)
      if let kind = line["kind"] as? String { #expect(kinds.contains(kind)) }
      let now = try #require(line["t_ns"] as? Int)
      #expect(now >= time)
      time = now
    }
    #expect(
      seen.isSuperset(of: [
        "started", "delivered", "sent", "observed", "issued", "accepted", "test-began",
        "test-ended", "ended",
      ]))
  }

  @Test("A whole trace ends with the digest of the same run", arguments: protocols)
  func digest(series: String) async throws {
    let directory = try directory()
    let ending = try FastProgram.call("trace", "scenario.yaml", "--series", series, in: directory)
    let last = try object(try #require(ending.output.split(separator: "\n").last))
    let scenario = try Scenario(path: directory.path("scenario.yaml"), settings: [], seed: nil)
    let runs = await Runner(workers: 1).run(scenario) { _, _ in }
    let run = try #require(runs.first { scenario.cells[$0.cell].series == series })
    #expect(last["digest"] as? String == run.digest.description)
    #expect(last["reason"] as? String == "schedule-ended")
  }

  @Test("Rounds one after the other are the beginning of the whole trace", arguments: protocols)
  func rounds(series: String) throws {
    let directory = try directory()
    let whole = try FastProgram.call("trace", "scenario.yaml", "--series", series, in: directory)
    var parts: [Substring] = []
    for round in 1...4 {
      let part = try FastProgram.call(
        "trace", "scenario.yaml", "--series", series, "--round", "\(round)", in: directory)
      #expect(part.status == 0)
      #expect(part.output.hasSuffix("\n"))
      #expect(part.output.contains("\"reason\":\"round-decided\""))
      let events = events(part.output)
      #expect(!events.isEmpty)
      parts += events
    }
    #expect(parts == Array(events(whole.output).prefix(parts.count)))
    #expect(parts.count < events(whole.output).count)
  }

  @Test("Chosen kinds of message hide the others and nothing else")
  func kinds() throws {
    let directory = try directory()
    let whole = try FastProgram.call("trace", "scenario.yaml", in: directory)
    let some = try FastProgram.call(
      "trace", "scenario.yaml", "--messages", "prepare,commit", in: directory)
    let wanted = try events(whole.output).filter { line in
      let kind = try object(line)["kind"] as? String
      return kind == nil || kind == "prepare" || kind == "commit"
    }
    #expect(Array(events(some.output)) == wanted)
    #expect(some.output.contains("\"kind\":\"commit\""))
  }

  @Test("Text has a line for each instant, node and event, and an end", arguments: protocols)
  func text(series: String) throws {
    let directory = try directory()
    let ending = try FastProgram.call(
      "trace", "scenario.yaml", "--series", series, "--text", in: directory)
    #expect(ending.status == 0)
    let lines = ending.output.split(separator: "\n")
    let form = /^ *[0-9]+\.[0-9]{3}  (([rc][0-9]+)? *)  [a-z]+( .*)?$/
    #expect(lines.allSatisfy { $0.wholeMatch(of: form) != nil })
    #expect(lines.last?.hasSuffix("ends      schedule-ended") == true)
    let whole = try FastProgram.call("trace", "scenario.yaml", "--series", series, in: directory)
    #expect(lines.count < events(whole.output).count, "copies of a message share a line")
    #expect(lines.contains { $0.contains("-> r0 r1 r2") || $0.contains("-> r1 r2 r3") })
  }

  @Test("Text shows the chosen kinds of message and the chosen round")
  func chosenText() throws {
    let directory = try directory()
    let ending = try FastProgram.call(
      "trace", "scenario.yaml", "--text", "--messages", "commit", "--round", "1", in: directory)
    #expect(ending.output.contains("sends     COMMIT v0 n1"))
    #expect(!ending.output.contains("PREPARE v0"))
    #expect(!ending.output.contains("schedule-ended"))
    let record = try FastProgram.call(
      "trace", "scenario.yaml", "--text", "--record", "1", in: directory)
    #expect(record.status == 64)
  }

  @Test("A format is chosen by its name, and stands beside no other")
  func formats() throws {
    let directory = try directory()
    func trace(_ arguments: String...) throws -> Ending {
      try FastProgram.start(["trace", "scenario.yaml", "--round", "1"] + arguments, in: directory)
        .wait()
    }
    #expect(try trace("--format", "jsonl").output == trace().output)
    #expect(try trace("--format", "text").output == trace("--text").output)
    let perfetto = try trace("--format", "perfetto")
    #expect(perfetto.status == 0)
    #expect(try object(perfetto.output)["traceEvents"] is [Any])
    let states = try trace("--format", "itf", "--messages", "commit", "--out", "states")
    #expect(states.status == 0)
    #expect(try object(directory.text("states"))["states"] is [Any])
    for wrong in [["--format", "xml"], ["--text", "--format", "itf"]] {
      let ending = try FastProgram.start(["trace", "scenario.yaml"] + wrong, in: directory).wait()
      #expect(ending.status == 64 && ending.output == "")
    }
  }

  @Test("A file holds what standard output would, and a round that never comes leaves none")
  func file() throws {
    let directory = try directory()
    let shown = try FastProgram.call("trace", "scenario.yaml", "--seed", "5", in: directory)
    let kept = try FastProgram.call(
      "trace", "scenario.yaml", "--seed", "5", "--out", "trace", in: directory)
    #expect(kept.output == "")
    #expect(try directory.text("trace") == shown.output)
    let before = try directory.contents()
    let short = try FastProgram.call(
      "trace", "scenario.yaml", "--round", "9999", "--out", "trace", in: directory)
    #expect(short.status == 64)
    #expect(try directory.contents() == before)
    #expect(
      try FastProgram.call("trace", "scenario.yaml", "--out", "none/trace", in: directory).status
        == 73)
  }

  @Test("Faults show: a crash, what is dropped for it, and who is Byzantine")
  func faults() throws {
    let directory = try directory(
      try Scenarios.small(
        "replicas: 4",
        """
        faults:
          - { nodes: [2], behaviour: crash, from: 50 ms, down-for: 50 ms, disk: kept }
          - { nodes: [3], behaviour: silent }
        """))
    let ending = try FastProgram.call(
      "trace", "scenario.yaml", "--set", "expect.P-1=may-break", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    for part in [
      #""node":"r3","event":"changed","condition":"byzantine""#,
      #""node":"r2","event":"changed","condition":"crashed""#,
      #""node":"r2","event":"changed","condition":"restarted""#,
      #""reason":"crashed""#, #""reason":"adversary""#,
    ] {
      #expect(ending.output.contains(part), "\(part)")
    }
  }

  @Test("A swept value chooses a run, and its digest is that of the run")
  func sweep() throws {
    let directory = try directory(Scenarios.small + "sweep: { pbft.batch: [1, 2, 3] }\n")
    let ending = try FastProgram.call(
      "trace", "scenario.yaml", "--set", "pbft.batch=2", "--round", "1", in: directory)
    #expect(ending.status == 0)
    #expect(ending.output.contains(#""parameters":{"pbft.batch":"2"}"#))
    let other = try FastProgram.call(
      "trace", "scenario.yaml", "--set", "pbft.batch=4", in: directory)
    #expect(other.status == 0 && other.output.contains(#""parameters":{"pbft.batch":"4"}"#))
    let none = try FastProgram.call("trace", "scenario.yaml", "--series", "Paxos", in: directory)
    #expect(none.status == 64)
    #expect(none.errors.contains("--series 'PBFT' --variant 'default' --set 'pbft.batch=3'"))
  }
}
