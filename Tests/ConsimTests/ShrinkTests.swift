import Foundation
import Testing

@Suite("consim shrink and consim replay")
struct ShrinkTests {
  /// Two of four replicas crash for good; two other faults have no part in what breaks.
  static let starving = """
    name: starving
    measure: metrics
    series: [{ protocol: pbft }]
    network: { latency: { law: uniform, from: 600 us, to: 1 ms } }
    clients: { connections: 1, think-time: 3 ms, timeout: 100 h }
    schedule: { heal-at: 20 ms, within: 100 ms, requests: 1 }
    pbft: { view-timeout: 30 ms, retransmission: 20 ms }
    faults:
      - { nodes: [0], behaviour: pause, by: 1 ms, from: 2 ms }
      - { nodes: [3], behaviour: crash, from: 5300 us }
      - { nodes: [1], behaviour: crash, down-for: 3 ms, from: 8 ms }
      - { nodes: [2], behaviour: crash, from: 12 ms }

    """

  private func directory() throws -> Directory {
    let directory = try Directory()
    try directory.write(Self.starving, to: "plan.yaml")
    return directory
  }

  @Test("A scenario is cut down to a file that replays, and the same one for any --jobs")
  func wholeWay() throws {
    let directory = try directory()
    let shrunk = try FastProgram.call("shrink", "plan.yaml", "--jobs", "2", in: directory)
    #expect(shrunk.status == 0, "\(shrunk.errors)")
    #expect(shrunk.errors == "")
    #expect(shrunk.output.contains("replica 3: crashes for good"))
    #expect(shrunk.output.contains("replay: consim replay 'plan-shrunk.yaml'"))
    let text = try directory.text("plan-shrunk.yaml")
    #expect(text.hasPrefix("# PL-1, "))
    #expect(!text.contains("pause"))
    _ = try FastProgram.call(
      "shrink", "plan.yaml", "--jobs", "1", "--out", "other.yaml", in: directory)
    let other = try directory.text("other.yaml").replacingOccurrences(
      of: "other.yaml", with: "plan-shrunk.yaml"
    ).replacingOccurrences(of: "name: other", with: "name: plan-shrunk")
    #expect(other == text)
    let replay = try FastProgram.call("replay", "plan-shrunk.yaml", in: directory)
    #expect(replay.status == 0, "\(replay.errors)")
    #expect(replay.output.contains(", as recorded"))
    #expect(try directory.text("plan-shrunk.svg").hasPrefix("<?xml"))
    #expect(try directory.text("plan-shrunk.mmd").hasPrefix("sequenceDiagram\n"))
    // An ordinary scenario in every other respect.
    #expect(try FastProgram.call("validate", "plan-shrunk.yaml", in: directory).status == 0)
    #expect(
      try FastProgram.call("run", "plan-shrunk.yaml", "--out", "out", in: directory).status == 3)
  }

  @Test("A replay with another digest ends with 2 and says so")
  func otherDigest() throws {
    let directory = try directory()
    let record = "replay: { digest: 0123456789abcdef, breaks: PL-1 }\n"
    try directory.write(Self.starving + record, to: "recorded.yaml")
    let ending = try FastProgram.call("replay", "recorded.yaml", in: directory)
    #expect(ending.status == 2)
    #expect(
      ending.errors.hasPrefix("recorded.yaml: error: this is another run: the digest is "))
    #expect(ending.errors.contains("and 0123456789abcdef was recorded"))
    #expect(try FastProgram.call("replay", "plan.yaml", in: directory).status == 3)
    let expectation = "expect: { PL-1: may-break, P-1: violated }\n"
    try directory.write(Self.starving + expectation, to: "silent.yaml")
    let silent = try FastProgram.call("replay", "silent.yaml", in: directory)
    #expect(silent.status == 2)
    #expect(silent.output.contains("  P-1 was expected to break and held\n"))
    #expect(
      try FastProgram.call("replay", "recorded.yaml", "--seed", "9", in: directory).status == 2)
  }

  @Test(
    "Mistakes are answered with what was found and what is allowed, and write nothing",
    arguments: [
      (["shrink", "none.yaml"], 66, "none.yaml: error: there is no such file"),
      (["shrink", "wrong.yaml"], 65, "wrong.yaml:2:10: error:"),
      (["shrink", "sound.yaml"], 2, "its run breaks no invariant"),
      (["shrink", "plan.yaml", "--runs", "0"], 64, "'--runs 0' must be at least 1."),
      (["shrink", "plan.yaml", "--jobs", "0"], 64, "from 1 to 1024"),
      (["shrink", "plan.yaml", "--out", "none/core.yaml"], 73, "the directory does not exist"),
      (["shrink"], 64, "<scenario>"),
      (["replay", "none.yaml"], 66, "none.yaml: error: there is no such file"),
      (["replay", "wrong.yaml"], 65, "wrong.yaml:2:10: error:"),
      (["replay", "plan.yaml", "--run", "0"], 64, "'--run 0' must be at least 1."),
      (["replay", "plan.yaml", "--run", "2"], 64, "there is no run 2: the scenario has one"),
      (["replay", "plan.yaml", "--from", "5"], 64, "must be a duration such as '12 ms'"),
      (["replay", "plan.yaml", "--from", "5 kg"], 64, "unknown unit 'kg'"),
      (["replay", "plan.yaml", "--from", "9 ms", "--to", "9 ms"], 64, "is not after '--from'"),
      (["replay", "plan.yaml", "--from", "9 h"], 64, "before '--from'"),
      (["replay", "plan.yaml", "--out", "plan.yaml"], 73, "is not a directory"),
      (["replay", "plan.yaml", "--out", ""], 64, "'--out' is empty; it must be a name."),
      (["replay", ""], 64, "The name of the scenario file is empty."),
      (["shrink", ""], 64, "The name of the scenario file is empty."),
      (["shrink", "plan.yaml", "--out", " "], 64, "'--out' is empty; it must be a name."),
      (["run", ""], 64, "The name of the scenario file is empty."),
      (["run", "plan.yaml", "--out", ""], 64, "'--out' is empty; it must be a name."),
      (["fuzz", "--seeds", "1", "--out", ""], 64, "'--out' is empty; it must be a name."),
      (["replay", "several.yaml"], 64, "choose one with '--run'"),
    ])
  func mistakes(arguments: [String], status: Int32, complaint: String) throws {
    let directory = try directory()
    let plan = Self.starving
    try directory.write(plan.replacingOccurrences(of: "metrics", with: "metric"), to: "wrong.yaml")
    try directory.write(
      plan.replacingOccurrences(
        of: "[2], behaviour: crash", with: "[2], behaviour: pause, by: 1 ms"),
      to: "sound.yaml")
    try directory.write(plan + "repeat: 3\n", to: "several.yaml")
    let before = try directory.contents()
    let ending = try FastProgram.start(arguments, in: directory).wait()
    #expect(ending.status == status, "\(ending.errors)")
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
    #expect(try directory.contents() == before)
  }

  @Test("A run that is cut short has one verdict in all commands", arguments: [true, false])
  func cutShort(demandsProgress: Bool) throws {
    let directory = try Directory()
    let plan =
      demandsProgress
      ? Self.starving
      : Self.starving.replacingOccurrences(
        of: "heal-at: 20 ms, within: 100 ms, requests: 1", with: "duration: 100 ms")
    try directory.write(plan + "limits: { events: 100 }\n", to: "plan.yaml")
    let remark = "the run did not end within 100 events, its limit"
    let run = try FastProgram.call("run", "plan.yaml", "--out", "out", in: directory)
    #expect(run.status == 3)
    #expect(run.errors.contains(remark))
    let replay = try FastProgram.call("replay", "plan.yaml", in: directory)
    #expect(replay.status == 3)
    #expect(replay.output.contains("  cut short: \(remark)\n"))
    let shrink = try FastProgram.call("shrink", "plan.yaml", "--runs", "20", in: directory)
    #expect(shrink.status == 0)
    #expect(shrink.output.contains("cut short: \(remark)"))
    for text in [run.errors, replay.output, shrink.output] { #expect(!text.contains("PL-1")) }
    #expect(try FastProgram.call("replay", "plan-shrunk.yaml", in: directory).status == 0)
  }

  @Test("Pictures go where they are sent, and are named as the files are")
  func pictures() throws {
    let directory = try directory()
    for name in ["one.yaml", "Two_2.yaml"] {
      let shrunk = try FastProgram.call(
        "shrink", "plan.yaml", "--runs", "3", "--out", name, in: directory)
      #expect(shrunk.status == 0, "\(shrunk.errors)")
      let replay = try FastProgram.call("replay", name, "--out", "new/pictures", in: directory)
      #expect(replay.status == 0, "\(replay.errors)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path("new/pictures"))
    #expect(names.sorted() == ["one.mmd", "one.svg", "two-2.mmd", "two-2.svg"])
  }

  @Test("Running what records another digest says so, and running what records its own does not")
  func anotherRun() throws {
    let directory = try directory()
    let record = "replay: { digest: 0123456789abcdef }\n"
    try directory.write(
      Self.starving.replacingOccurrences(
        of: "[2], behaviour: crash", with: "[2], behaviour: pause, by: 1 ms") + record,
      to: "recorded.yaml")
    let ending = try FastProgram.call("run", "recorded.yaml", "--out", "out", in: directory)
    #expect(ending.status == 0)
    #expect(
      ending.errors.hasPrefix("recorded.yaml: warning: this is another run: the digest is "))
    #expect(ending.errors.contains("\n  judge it by: consim replay 'recorded.yaml'\n"))
    let digest = try #require(ending.errors.firstMatch(of: /the digest is ([0-9a-f]{16})/)).1
    let text = try directory.text("recorded.yaml")
    try directory.write(
      text.replacingOccurrences(of: "0123456789abcdef", with: digest), to: "recorded.yaml")
    #expect(
      try FastProgram.call("run", "recorded.yaml", "--out", "out", in: directory).errors == "")
  }

  @Test("Cost profiles are found beside the scenario, so the core must lie there")
  func costs() throws {
    let directory = try directory()
    try directory.write("name: nothing\n", to: "elsewhere/x")
    let profile = Program.root.appendingPathComponent("Scenarios/costs/python36-rsa2048.yaml")
    try directory.write(
      String(decoding: try Data(contentsOf: profile), as: UTF8.self), to: "costs.yaml")
    try directory.write(Self.starving + "costs: costs.yaml\n", to: "priced.yaml")
    let ending = try FastProgram.call(
      "shrink", "priced.yaml", "--out", "elsewhere/core.yaml", in: directory)
    #expect(ending.status == 64)
    #expect(ending.errors.contains("is in another directory"))
    #expect(try FastProgram.call("shrink", "priced.yaml", in: directory).status == 0)
  }
}
