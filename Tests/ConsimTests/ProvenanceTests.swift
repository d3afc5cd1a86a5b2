import Experiments
import Foundation
import Testing

@Suite("Provenance, a file for each scenario")
struct ProvenanceTests {
  private func named(_ name: String) throws -> String {
    try Scenarios.small("name: small", "name: \(name)")
  }

  @Test("Six runs at once into one directory, one of them killed, lose and tear nothing")
  func concurrent() throws {
    let directory = try Directory()
    let names = (1...6).map { "par\($0)" }
    for name in names { try directory.write(try named(name), to: "Scenarios/\(name).yaml") }
    let runs = try names.map {
      try Program.start(
        ["run", "Scenarios/\($0).yaml", "--quiet", "--jobs", "1"], in: directory)
    }
    let victim = try Program.start(
      ["run", "Scenarios/par1.yaml", "--quiet", "--set", "schedule.tests=90000"], in: directory)
    Thread.sleep(forTimeInterval: 0.3)
    kill(victim.process.processIdentifier, SIGKILL)
    _ = try victim.wait()
    for run in runs { #expect(try run.wait().status == 0) }
    for name in names {
      #expect(
        FileManager.default.fileExists(atPath: directory.path("Results/provenance/\(name).json")))
    }
    let ending = try Program.call("check", in: directory)
    #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
  }

  @Test("Damaged provenance is refused before anything runs, and stays as it is")
  func damaged() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    for text in ["", "{", "{\"scenarios\":{}}"] {
      try directory.write(text, to: "Results/provenance/small.json")
      let before = try directory.contents()
      let run = try Program.call("run", "Scenarios/small.yaml", in: directory)
      #expect(run.status == 66)
      #expect(run.output == "")
      #expect(
        run.errors.hasPrefix(
          "Results/provenance/small.json: error: this is not what 'consim run' writes"))
      #expect(try Program.call("check", in: directory).status == 66)
      #expect(try directory.contents() == before)
    }
  }

  @Test("A table that was altered, or has no provenance, is a difference")
  func tables() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    try directory.write("a,b\n1,2\n", to: "Results/claims.csv")
    #expect(try Program.call("check", in: directory).status == 0)
    try directory.write("a,b\n1,2\n", to: "Results/mine.csv")
    let foreign = try Program.call("check", in: directory)
    #expect(foreign.status == 2)
    let complaint = "Results/mine.csv: the table has no provenance in Results/provenance\n"
    #expect(foreign.output.contains("\n  " + complaint), "\(foreign.output)")
    // Told before anything runs, as hours may pass.
    #expect(foreign.errors.hasPrefix("Results/mine.csv: warning: "), "\(foreign.errors)")
    #expect(try Program.call("check", "Scenarios/small.yaml", in: directory).status == 0)
    try FileManager.default.removeItem(atPath: directory.path("Results/mine.csv"))
    let summary = try directory.text("Results/small-summary.csv")
    try directory.write(summary + "x\n", to: "Results/small-summary.csv")
    let altered = try Program.call("check", in: directory)
    #expect(altered.status == 2)
    #expect(
      altered.output.contains(
        "Results/small-summary.csv: the table is not the one that was written"))
    try directory.write(summary, to: "Results/small-summary.csv")
    try FileManager.default.removeItem(atPath: directory.path("Results/provenance/small.json"))
    let lost = try Program.call("check", in: directory)
    #expect(lost.status == 2)
    #expect(lost.output.contains("Results/small.csv: the table has no provenance"))
  }

  @Test("A table that is not kept is held against its SHA-256")
  func tablesNotKept() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    try FileManager.default.removeItem(atPath: directory.path("Results/small.csv"))
    let same = try Program.call("check", in: directory)
    #expect(same.status == 0)
    #expect(same.output.contains("\nsmall: 3 files, no difference (1 of them by SHA-256 alone"))
    let file = "Results/provenance/small.json"
    let entry = try directory.text(file)
    let mark = "\"small.csv\":\""
    let hash = try #require(entry.range(of: mark)).upperBound
    let digit = entry[hash] == "0" ? "1" : "0"
    let other = entry[..<hash] + digit + entry[hash...].dropFirst()
    try directory.write(String(other), to: file)
    let changed = try Program.call("check", in: directory)
    #expect(changed.status == 2)
    #expect(
      changed.output.contains("Results/small.csv: the SHA-256 of the table is another"))
    try directory.write(entry.replacingOccurrences(of: mark, with: "\"another.csv\":\""), to: file)
    let unknown = try Program.call("check", in: directory)
    #expect(unknown.status == 66)
    #expect(unknown.errors.contains("Results/small.csv: error: there is no such file"))
  }

  /// The version that the debug build, which does not know its own, takes for another model's.
  private static let otherModel = "\"model_version\":\"0123456789abcdef\""

  @Test("Another model version alone is named, is no difference, and leaves the entry as it is")
  func otherModel() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    let file = "Results/provenance/small.json"
    let own = "\"model_version\":\"\(Version.model)\""
    let entry = try directory.text(file)
    #expect(entry.contains(own))
    let other = entry.replacingOccurrences(of: own, with: Self.otherModel)
    try directory.write(other, to: file)
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    #expect(try directory.text(file) == other)
    let check = try Program.call("check", in: directory)
    #expect(check.status == 0)
    #expect(
      check.output == "1 checked: 1 equal, 0 within tolerance, 0 different\n"
        + "small: 3 files, no difference (the model version was 0123456789abcdef, now \(Version.model))\n"
    )
    #expect(try directory.text(file) == other)
  }

  @Test("An entry that differs in more than the model version, or names none, is replaced")
  func replaced() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    let file = "Results/provenance/small.json"
    let entry = try directory.text(file)
    let own = "\"model_version\":\"\(Version.model)\""
    let digest = try #require(
      entry.range(of: "\"digest\":\"[0-9a-f]{16}", options: .regularExpression))
    let others = [
      entry.replacingOccurrences(of: own, with: Self.otherModel)
        .replacingOccurrences(of: entry[digest], with: "\"digest\":\"0000000000000000"),
      entry.replacingOccurrences(of: own + ",", with: ""),
    ]
    for other in others {
      #expect(other != entry)
      try directory.write(other, to: file)
      #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
      #expect(try directory.text(file) == entry)
    }
  }

  @Test("Prices of a cost profile are part of what made a table, its remarks are not")
  func costs() throws {
    let directory = try Directory()
    let profile = try String(
      contentsOf: Program.root.appendingPathComponent("Scenarios/costs/python36-rsa2048.yaml"),
      encoding: .utf8)
    try directory.write(profile, to: "Scenarios/costs.yaml")
    try directory.write(Scenarios.small + "costs: costs.yaml\n", to: "Scenarios/small.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    try directory.write("# A remark.\n" + profile, to: "Scenarios/costs.yaml")
    #expect(try Program.call("check", in: directory).status == 0)
    try directory.write(
      profile.replacingOccurrences(
        of: "check-work: { cost: 10 us", with: "check-work: { cost: 11 us"),
      to: "Scenarios/costs.yaml")
    let check = try Program.call("check", in: directory)
    #expect(check.status == 2)
    #expect(
      check.output.contains("python36-rsa2048 of the digests of cost profiles was"),
      "\(check.output)")
  }

  @Test("Claims have provenance, and tables that are not there are read from elsewhere")
  func claims() throws {
    let directory = try Directory()
    try directory.write(
      """
      claims:
        - id: C1
          where: here
          says: it
          kind: emergent
          value: { file: table, column: number }
          at-least: 1

      """, to: "claims.yaml")
    try directory.write("number\n1\n", to: "Kept/table.csv")
    let missing = try Program.call("claims", "--claims", "claims.yaml", in: directory)
    #expect(missing.status == 66)
    let found = try Program.call(
      "claims", "--claims", "claims.yaml", "--fallback", "Kept", in: directory)
    #expect(found.status == 0, "\(found.errors)")
    let entry = try directory.text("Results/provenance/claims.json")
    #expect(entry.contains("\"claims_digest\":\"") && entry.contains("\"claims.csv\":\""))
    let table = try directory.text("Results/claims.csv")
    try directory.write(table + "x\n", to: "Results/claims.csv")
    let check = try Program.call("check", in: directory)
    #expect(check.output.contains("Results/claims.csv: the table is not the one that was written"))
  }

  @Test("--inputs runs nothing and finds another scenario, another claim and another table")
  func inputs() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    let claims = """
      claims:
        - id: C1
          where: here
          says: it
          kind: emergent
          value: { file: small-summary, column: tps_mean, rows: { test: all } }
          statistic: max
          at-least: 0

      """
    try directory.write(claims, to: "Scenarios/claims/paper.yaml")
    #expect(try Program.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    #expect(try Program.call("claims", in: directory).status == 0)
    let equal = try Program.call("check", "--inputs", in: directory)
    #expect(equal.status == 0, "\(equal.output)\(equal.errors)")

    try directory.write(
      claims.replacingOccurrences(of: "at-least: 0", with: "at-least: -1"),
      to: "Scenarios/claims/paper.yaml")
    let otherClaims = try Program.call("check", "--inputs", in: directory)
    #expect(otherClaims.status == 2)
    #expect(otherClaims.output.contains("the digest of the claims was"), "\(otherClaims.output)")
    try directory.write(claims, to: "Scenarios/claims/paper.yaml")

    // It would take hours to run.
    try directory.write(
      try Scenarios.small("tests: 2", "tests: 90000"), to: "Scenarios/small.yaml")
    let other = try Program.call("check", "--inputs", in: directory)
    #expect(other.status == 2)
    #expect(other.output.contains("scenario_digest of small"), "\(other.output)")
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")

    try directory.write(
      try directory.text("Results/small.csv") + "x\n", to: "Results/small.csv")
    #expect(try Program.call("check", "--inputs", in: directory).status == 2)
    let both = try Program.call("check", "--inputs", "--update-baseline", in: directory)
    #expect(both.status == 64)
  }

  @Test("The single file of former versions is named, with what to do")
  func former() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    try directory.write("{}", to: "Results/provenance.json")
    let run = try Program.call("run", "Scenarios/small.yaml", "--quiet", in: directory)
    #expect(run.status == 0)
    #expect(run.errors.contains("Results/provenance.json is not read any more: run the scenarios"))
    #expect(try directory.text("Results/provenance.json") == "{}")
    #expect(try Program.call("check", in: directory).errors.contains("not read any more"))
  }
}

@Suite("Results of runs that failed or were interrupted")
struct PartialResultTests {
  /// Points that take no time, and one that takes much.
  private static let slow = """
    name: slow
    measure: metrics
    series: [{ protocol: pbft }]
    variants: [{ name: quick }, { name: slow, with: { schedule.duration: 90000 s } }]
    network: { latency: 5 ms }
    clients: { connections: 2 }
    schedule: { duration: 1 s }

    """

  @Test("All scenarios are written even where a verdict fails", arguments: [false, true])
  func verdicts(isFirst: Bool) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "small.yaml")
    try directory.write(
      try Scenarios.small("name: small", "name: failing") + "expect: { P-1: violated }\n",
      to: "failing.yaml")
    let files = isFirst ? ["failing.yaml", "small.yaml"] : ["small.yaml", "failing.yaml"]
    let ending = try Program.start(["run"] + files + ["-o", "out"], in: directory).wait()
    #expect(ending.status == 2)
    #expect(ending.errors.contains("failing.yaml: PBFT"))
    for file in ["small.csv", "failing.csv", "provenance/small.json", "provenance/failing.json"] {
      #expect(FileManager.default.fileExists(atPath: directory.path("out/\(file)")), "\(file)")
    }
  }

  @Test("An interruption keeps the points that are done", arguments: [SIGINT, SIGTERM])
  func interruption(number: Int32) throws {
    let directory = try Directory()
    try directory.write(Self.slow, to: "Scenarios/slow.yaml")
    let running = try Program.start(["run", "Scenarios/slow.yaml", "-j", "1"], in: directory)
    Thread.sleep(forTimeInterval: 3)
    kill(running.process.processIdentifier, number)
    let ending = try running.wait()
    #expect(ending.status == 128 + number)
    #expect(ending.errors == "interrupted: 1 of 2 runs of slow are in Results/slow.partial.csv\n")
    let rows = try directory.text("Results/slow.partial.csv").split(separator: "\n")
    #expect(rows.count == 2)
    #expect(!FileManager.default.fileExists(atPath: directory.path("Results/slow.csv")))
    #expect(
      try directory.text("Results/provenance/slow.partial.json").contains(
        "\"complete\":\"1 of 2\""))
    try refusals(in: directory)
    try directory.write(
      Self.slow.replacingOccurrences(of: "90000 s", with: "1 s"), to: "Scenarios/slow.yaml")
    let complete = try Program.call("run", "Scenarios/slow.yaml", "-q", in: directory)
    #expect(complete.status == 0, "\(complete.errors)")
    let names = try directory.contents().keys.filter {
      $0.hasPrefix("Results") && $0.contains("partial")
    }
    #expect(names == [])
    #expect(try directory.text("Results/slow.csv").hasPrefix(rows.joined(separator: "\n")))
  }

  private func refusals(in directory: Directory) throws {
    for arguments in [["check"], ["check", "Scenarios/slow.yaml"]] {
      let check = try Program.start(arguments, in: directory).wait()
      #expect(check.status == 66)
      #expect(
        check.errors.hasPrefix(
          "Results/slow.partial.csv: error: this result is partial, 1 of 2 runs"))
    }
    for file in ["slow", "slow.partial"] {
      try directory.write(
        """
        claims:
          - id: 1
            where: here
            says: something
            kind: emergent
            value: { file: \(file), column: blocks }
            at-least: 1

        """, to: "claims.yaml")
      let claims = try Program.call("claims", "--claims", "claims.yaml", in: directory)
      #expect(claims.status == 66)
      #expect(claims.errors.contains("slow.partial.csv' is partial"), "\(claims.errors)")
    }
    for options in ["", "--y blocks"] {
      let drawn = try Program.shell(
        """
        mkdir -p Plot; touch Plot/figure8-summary.partial.csv
        $consim plot figure8 --results Plot \(options)
        """, in: directory)
      #expect(drawn.status == 66)
      #expect(
        drawn.errors.contains("Plot/figure8-summary.partial.csv: error: it is partial"),
        "\(drawn.errors)")
    }
  }

  @Test("Output that nobody can store costs no file", arguments: [">/dev/full", ">&-"])
  func filesFirst(redirection: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "small.yaml")
    try directory.write(try Scenarios.small("name: small", "name: other"), to: "other.yaml")
    let reference = try Program.shell(
      "exec $consim run small.yaml other.yaml --out reference", in: directory)
    #expect(reference.status == 0)
    let ending = try Program.shell(
      """
      $consim run small.yaml other.yaml --out out \(redirection); status=$?
      diff -r out reference >&2 || exit 1
      exit $status
      """, in: directory)
    #expect(ending.status == 74, "\(ending.errors)")
    let replay = try Program.shell(
      """
      $consim replay small.yaml --run 1 --out pictures \(redirection); status=$?
      test -s pictures/small.svg && test -s pictures/small.mmd || exit 1
      exit $status
      """, in: directory)
    #expect(replay.status == 74, "\(replay.errors)")
  }
}
