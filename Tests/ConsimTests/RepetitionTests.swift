import Foundation
import Testing

@Suite("The same scenario gives the same bytes")
struct RepetitionTests {
  /// The files that a run of `text` writes.
  private func results(
    _ text: String, _ arguments: [String] = [], in place: String = "."
  ) throws -> [String: Data] {
    let directory = try Directory()
    try directory.write(text, to: "scenario.yaml")
    try FileManager.default.createDirectory(
      atPath: directory.path(place), withIntermediateDirectories: true)
    let out = directory.path("out")
    let ending = try FastProgram.shell(
      "cd \(place) && $consim run '\(directory.path("scenario.yaml"))' --out '\(out)' "
        + arguments.joined(separator: " "), in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    let found = try directory.contents().filter { $0.key.hasPrefix("out/") }
    #expect(
      found.keys.sorted() == [
        "out/provenance", "out/provenance/small.json", "out/small-summary.csv", "out/small.csv",
      ])
    return found
  }

  @Test("Again, with other numbers of jobs, and from another directory")
  func repetition() throws {
    let first = try results(Scenarios.small)
    #expect(try results(Scenarios.small, ["--jobs", "1"]) == first)
    #expect(try results(Scenarios.small, ["--jobs", "4"], in: "a/b") == first)
    #expect(try results(Scenarios.small, ["--seed", "7"]) != first)
  }

  @Test("With the nodes in another order")
  func nodeOrder() throws {
    let nodes = (0..<4).map { "  - { id: \($0), service-time: 1.\($0) }\n" }
    func files(_ nodes: [String]) throws -> [String: Data] {
      // The digest of the file is part of its provenance.
      try results(Scenarios.small + "cost-overrides: { verify: 1 us }\nnodes:\n" + nodes.joined())
        .filter { $0.key.hasSuffix(".csv") }
    }
    #expect(try files(nodes) == files(nodes.reversed()))
  }
}

@Suite("consim check")
struct CheckTests {
  private func written() throws -> Directory {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    let ending = try FastProgram.call("run", "Scenarios/small.yaml", "--quiet", in: directory)
    #expect(ending.status == 0)
    #expect(ending.output == "")
    return directory
  }

  @Test("Equal results end with 0, with and without scenarios")
  func equal() throws {
    let directory = try written()
    let before = try directory.contents()
    for arguments in [["check"], ["check", "Scenarios/small.yaml", "--jobs", "1"]] {
      let ending = try FastProgram.start(arguments, in: directory).wait()
      #expect(ending.status == 0)
      #expect(
        ending.output == "1 checked: 1 equal, 0 within tolerance, 0 different\n"
          + "small: 3 files, no difference\n")
    }
    #expect(try directory.contents() == before)
  }

  @Test("Each cell that differs is told with its change, and an update writes it")
  func different() throws {
    let directory = try written()
    let before = try directory.contents()
    var lines = try directory.text("Results/small.csv").split(separator: "\n").map(String.init)
    let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let tps = try #require(Double(fields[6]))
    lines[1] = (fields[..<6] + ["\(tps * 2)00"] + fields[7...]).joined(separator: ",")
    lines[2] = lines[2].replacingOccurrences(of: ",0,0.000", with: ",9,0.000")
    try directory.write(lines.joined(separator: "\n") + "\n", to: "Results/small.csv")
    let ending = try FastProgram.call("check", in: directory)
    #expect(ending.status == 2)
    #expect(
      ending.output.contains(
        "Results/small.csv: tps of figure=-, protocol=PBFT, variant=default, seed=1, test=1 was "
          + "\(tps * 2)00, now \(fields[6]) (-50.00 %, worse)\n"), "\(ending.output)")
    #expect(ending.output.contains("seed=1, test=2 was 9, now 0 (-100.00 %)\n"))
    #expect(ending.output.contains("consim run Scenarios/small.yaml --out New"))
    #expect(try FastProgram.call("check", "--update-baseline", in: directory).status == 0)
    #expect(try directory.contents() == before)
  }

  @Test("Other settings are told from the provenance even if no table shows them")
  func otherSettings() throws {
    let directory = try written()
    try directory.write(Scenarios.small + "# a remark\n", to: "Scenarios/small.yaml")
    let ending = try FastProgram.call("check", in: directory)
    #expect(ending.status == 2)
    #expect(ending.output.contains("provenance/small.json: scenario_digest of small"))
  }

  @Test("Rows that came or went, other columns and spoilt files are told")
  func otherForms() throws {
    let directory = try written()
    let old = try directory.text("Results/small.csv")
    let lines = old.split(separator: "\n").map(String.init)
    let forms = [
      (lines.dropFirst(2), "seed=1, test=1 is new"),
      (lines[1...] + ["-,Zyzzyva,default,1,1,0,1.000,1,0,0.000,1,1,0,0,0,0,fulfilled"], "Zyzzyva"),
    ]
    for (rows, complaint) in forms {
      try directory.write(
        ([lines[0]] + rows).joined(separator: "\n") + "\n", to: "Results/small.csv")
      let ending = try FastProgram.call("check", in: directory)
      #expect(ending.status == 2)
      #expect(ending.output.contains(complaint), "\(ending.output)")
    }
    for (text, complaint) in [
      (old.replacingOccurrences(of: "tps", with: "tpm"), "the columns were"),
      (old.replacingOccurrences(of: "\n", with: "\r\n"), "line ends"), ("", "the file is empty"),
    ] {
      try directory.write(text, to: "Results/small.csv")
      let ending = try FastProgram.call("check", in: directory)
      #expect(ending.status == 2)
      #expect(ending.output.contains(complaint), "\(ending.output)")
    }
  }

  @Test("Results that name nothing to check end with 66")
  func nothing() throws {
    let directory = try Directory()
    try FileManager.default.createDirectory(
      atPath: directory.path("Results"), withIntermediateDirectories: true)
    let ending = try FastProgram.call("check", in: directory)
    #expect(ending.status == 66)
    #expect(ending.errors.contains("names nothing that could be checked"), "\(ending.errors)")
  }

  @Test(
    "A missing baseline ends with 66 and says how to make it",
    arguments: ["Results/provenance/small.json", "Scenarios/small.yaml"])
  func missing(file: String) throws {
    let directory = try written()
    try FileManager.default.removeItem(atPath: directory.path(file))
    let named = file.hasPrefix("Results") ? ["Scenarios/small.yaml"] : []
    let ending = try FastProgram.start(["check"] + named, in: directory).wait()
    #expect(ending.status == 66)
    #expect(ending.errors.contains("\(file): error: there is no such file"))
    if file.hasPrefix("Results") { #expect(ending.errors.contains("make it with: consim run ")) }
  }
}
