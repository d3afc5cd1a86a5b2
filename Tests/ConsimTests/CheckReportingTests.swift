import Foundation
import Testing

@Suite("Checks for continuous integration")
struct CheckReportingTests {
  /// Results of the small scenario whose first throughput was doubled, as if another model had made
  /// them; the table has no hash, so that only its cells differ.
  private func changed() throws -> Directory {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try FastProgram.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    var lines = try directory.text("Results/small.csv").split(separator: "\n").map(String.init)
    var fields = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    fields[6] = "\(try #require(Double(fields[6])) * 2)00"
    lines[1] = fields.joined(separator: ",")
    try directory.write(lines.joined(separator: "\n") + "\n", to: "Results/small.csv")
    let entry = try directory.text("Results/provenance/small.json")
    try directory.write(
      entry.replacingOccurrences(of: "\"small.csv\":\"", with: "\"another.csv\":\""),
      to: "Results/provenance/small.json")
    return directory
  }

  private func check(_ arguments: String..., in directory: Directory) throws -> Ending {
    try FastProgram.start(["check", "Scenarios/small.yaml"] + arguments, in: directory).wait()
  }

  @Test("A reviewed difference ends with 4, one beyond it with 2, a wrong file with 65")
  func tolerances() throws {
    let directory = try changed()
    #expect(try check(in: directory).status == 2)
    func tolerate(_ keys: String, in file: String) throws {
      try directory.write("tolerances: [{ reason: a new model, \(keys) }]\n", to: file)
    }
    try tolerate("metric: tps, percent: 50", in: "mine.yaml")
    let within = try check("--tolerance", "mine.yaml", in: directory)
    #expect(within.status == 4, "\(within.output)")
    #expect(within.output.contains("within tolerance: a new model)"), "\(within.output)")
    try tolerate("metric: tps, percent: 49.9", in: "mine.yaml")
    #expect(try check("--tolerance", "mine.yaml", in: directory).status == 2)
    try tolerate("metric: tps, percent: 50, direction: up", in: "mine.yaml")
    #expect(try check("--tolerance", "mine.yaml", in: directory).status == 2)
    try tolerate("metric: tsp, percent: 50", in: "mine.yaml")
    let wrong = try check("--tolerance", "mine.yaml", in: directory)
    #expect(wrong.status == 65)
    #expect(wrong.output == "")
    #expect(wrong.errors.contains("mine.yaml:1:") && wrong.errors.contains("'tps'?"))
    #expect(try check("--tolerance", "none.yaml", in: directory).status == 66)
    try tolerate("metric: tps, percent: 50", in: "Results/baseline.yaml")
    #expect(try check(in: directory).status == 4)
    #expect(try check("--tolerance", "none.yaml", in: directory).status == 66)
  }

  @Test("The summary comes first, then the cause, then the worst change of each series")
  func order() throws {
    let ending = try check(in: try changed())
    #expect(ending.status == 2)
    let lines = ending.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "1 checked: 0 equal, 0 within tolerance, 1 different")
    #expect(lines[1] == "small: different, 1 of 3 files")
    #expect(lines[2].hasPrefix("  cause: none of the inputs changed"), "\(lines[2])")
    #expect(lines[3] == "  PBFT, default: 1 cell differs, 1 worse")
    #expect(lines[4].hasSuffix("(-50.00 %, worse)"))
    #expect(lines[5] == "  see for yourself: consim run Scenarios/small.yaml --out New")
  }

  @Test(
    "The cause is what changed",
    arguments: [
      ("repeat: 2", "repeat: 3", "the scenario's file or settings changed; the seeds changed"),
      ("- { protocol: raft }", "", "file or settings changed; the number of points changed"),
    ])
  func causes(_ old: String, _ new: String, _ cause: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try FastProgram.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    let text = try Scenarios.small(old, new).split(separator: "\n").filter { $0 != "  " }
    try directory.write(text.joined(separator: "\n") + "\n", to: "Scenarios/small.yaml")
    let ending = try check(in: directory)
    #expect(ending.status == 2)
    #expect(ending.output.contains(cause), "\(ending.output)")
  }

  @Test("Only the results that are named are compared, and a misspelt name is refused")
  func only() throws {
    let directory = try Directory()
    for name in ["small", "large"] {
      try directory.write(
        try Scenarios.small("name: small", "name: \(name)"), to: "Scenarios/\(name).yaml")
      let run = try FastProgram.call("run", "Scenarios/\(name).yaml", "-q", in: directory)
      #expect(run.status == 0)
    }
    // It would be a difference, if it were looked at.
    try directory.write("a\n", to: "Results/large.csv")
    let ending = try FastProgram.call("check", "--only", "small", in: directory)
    #expect(ending.status == 0, "\(ending.output)")
    #expect(ending.output.hasPrefix("1 checked: 1 equal"))
    let both = try FastProgram.call("check", "--only", "small", "--only", "large", in: directory)
    #expect(both.status == 2)
    #expect(both.output.hasPrefix("2 checked: 1 equal, 0 within tolerance, 1 different"))
    let wrong = try FastProgram.call("check", "--only", "smal", in: directory)
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("did you mean 'small'?"), "\(wrong.errors)")
    let files = try FastProgram.call(
      "check", "Scenarios/small.yaml", "--only", "small", in: directory)
    #expect(files.status == 64)
  }

  @Test(
    "Each form goes to a file, whole, with the text beside it; the exit code is the same",
    arguments: [
      ("text", "1 checked: "), ("json", "{\n  \"format\": 1,"),
      ("junit", "<?xml version=\"1.0\""), ("github-benchmark", "[\n  {\n    \"name\": \"small-"),
    ])
  func forms(_ format: String, _ beginning: String) throws {
    let directory = try changed()
    let printed = try check("--format", format, in: directory)
    #expect(printed.status == 2)
    #expect(printed.output.hasPrefix(beginning), "\(printed.output.prefix(200))")
    let written = try check("--format", format, "--out", "report", in: directory)
    #expect(written.status == 2)
    #expect(written.output.hasPrefix("1 checked: "))
    #expect(try directory.text("report") == printed.output)
    let nowhere = try check("--format", format, "--out", "none/report", in: directory)
    #expect(nowhere.status == 73)
    #expect(nowhere.output == "")
  }

  @Test("Commands for GitHub go to the log, and the summary of the job is added to")
  func github() throws {
    let directory = try changed()
    try directory.write("before\n", to: "summary.md")
    let ending = try FastProgram.shell(
      "export GITHUB_STEP_SUMMARY=summary.md; exec $consim check Scenarios/small.yaml "
        + "--format github", in: directory)
    #expect(ending.status == 2)
    let lines = ending.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].hasPrefix(
        "::error file=Results/small.csv,title=small%3A different%3A none of the inputs changed"))
    #expect(try directory.text("summary.md").hasPrefix("before\n### consim check\n"))
    #expect(try check("--format", "github", "--out", "x", in: directory).status == 64)
  }

  @Test("Equal results print nothing where quiet is asked for")
  func quiet() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(try FastProgram.call("run", "Scenarios/small.yaml", "-q", in: directory).status == 0)
    for arguments in [["--quiet"], ["--quiet", "--inputs"]] {
      let ending = try FastProgram.start(["check"] + arguments, in: directory).wait()
      #expect(ending.status == 0)
      #expect(ending.output == "")
    }
  }

  @Test(
    "What cannot go together is wrong usage",
    arguments: [
      ["--inputs", "--tolerance", "a.yaml"], ["--inputs", "--format", "github-benchmark"],
      ["--sense", "smaller"], ["--update-baseline", "--format", "json"], ["--only", ""],
      ["--format", "xml"], ["--out", "-"],
    ])
  func usage(_ arguments: [String]) throws {
    let ending = try FastProgram.start(["check"] + arguments, in: try Directory()).wait()
    #expect(ending.status == 64, "\(ending.errors)")
  }
}

@Suite("Judging any table")
struct JudgeTests {
  private static let file = """
    claims:
      - id: J1
        value: { file: out/times.csv, column: ms }
        at-most: 10

    """

  @Test("A number as expected ends with 0, another with 2, and nothing is written")
  func codes() throws {
    let directory = try Directory()
    try directory.write(Self.file, to: "ci/judge.yaml")
    try directory.write("run,ms\n1,9\n2,11\n", to: "ci/out/times.csv")
    let before = try directory.contents()
    let holds = try FastProgram.call("judge", "ci/judge.yaml", in: directory)
    #expect(holds.status == 0, "\(holds.errors)")
    #expect(holds.output.contains("J1     10.000  <= 10.000  holds\n"), "\(holds.output)")
    #expect(try directory.contents() == before)
    try directory.write("run,ms\n1,9\n2,12\n", to: "ci/out/times.csv")
    let fails = try FastProgram.call("judge", "ci/judge.yaml", in: directory)
    #expect(fails.status == 2)
    #expect(fails.output.contains("does not hold (unexpected)"))
    let junit = try FastProgram.call(
      "judge", "ci/judge.yaml", "--format", "junit", "--out", "j.xml", in: directory)
    #expect(junit.status == 2)
    #expect(try directory.text("j.xml").contains("failures=\"1\""))
    #expect(try FastProgram.call("judge", "none.yaml", in: directory).status == 66)
    try directory.write(
      Self.file.replacingOccurrences(of: "column: ms", with: "column: mss"), to: "ci/judge.yaml")
    let wrong = try FastProgram.call("judge", "ci/judge.yaml", in: directory)
    #expect(wrong.status == 65)
    #expect(wrong.errors.contains("did you mean 'ms'?"), "\(wrong.errors)")
  }

  @Test("A file of the paper's claims is a file for judge too")
  func paper() throws {
    let directory = try Directory()
    let root = Program.root
    let ending = try FastProgram.call(
      "judge", root.appendingPathComponent("Scenarios/claims/paper.yaml").path, "--results",
      root.appendingPathComponent("Results").path, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("; all as expected\n"))
  }
}
