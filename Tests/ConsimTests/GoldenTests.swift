import Experiments
import Foundation
import RecordExperiments
import Testing

/// Texts that are kept in the repository; `UPDATE_GOLDEN=1` writes them anew.
func expectGolden(_ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation)
  throws
{
  let file = Program.root.appendingPathComponent(path)
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try Data(text.utf8).write(to: file)
    return
  }
  let kept = String(decoding: try Data(contentsOf: file), as: UTF8.self)
  #expect(
    text == kept, "\(path) is out of date; UPDATE_GOLDEN=1 rewrites it",
    sourceLocation: sourceLocation)
}

@Suite("Texts kept in the repository")
struct GoldenTests {
  @Test(
    "Help is the same as in its golden file",
    arguments: [
      "", "run", "validate", "claims", "judge", "check", "trace", "schema", "bench", "calibrate",
      "crypto",
      "crypto bench", "crypto costs", "crypto demo", "selftest", "invariants", "fuzz", "shrink",
      "replay", "plan", "status", "merge", "submit", "init", "plot", "report", "manual",
    ])
  func help(command: String) throws {
    let directory = try Directory()
    let words = command.split(separator: " ").map(String.init)
    let arguments = command.isEmpty ? ["--help"] : ["help"] + words
    let ending = try Program.start(arguments, in: directory).wait()
    #expect(ending.status == 0)
    #expect(ending.errors == "")
    #expect(
      ending.output.split(separator: "\n").allSatisfy { $0.hasPrefix("USAGE") || $0.count <= 80 })
    let name = command.isEmpty ? "consim" : words.joined(separator: "-")
    try expectGolden(ending.output, "Tests/ConsimTests/Golden/\(name).txt")
  }

  @Test("No subcommand prints the help, --version the version")
  func bare() throws {
    let directory = try Directory()
    let help = try Program.call("--help", in: directory)
    let bare = try Program.call(in: directory)
    #expect(bare.status == 0)
    #expect(bare.output == help.output)
    let version = try Program.call("--version", in: directory).output
    let pattern =
      "^consim \(Version.text) \\([0-9a-z -]+, Swift 6\\.[0-9]+, model ([0-9a-f]{16}|unknown)\\)\n$"
    #expect(version.range(of: pattern, options: .regularExpression) != nil, "\(version)")
  }

  @Test(
    "The schemas in the repository are what 'consim schema' prints",
    arguments: [
      ("scenario", "Scenarios/scenario.schema.json"),
      ("costs", "Scenarios/costs/costs.schema.json"),
      ("crypto-costs", "Scenarios/costs/crypto-costs.schema.json"),
      ("claims", "Scenarios/claims/claims.schema.json"),
      ("judge", "Scenarios/claims/judge.schema.json"),
      ("tolerance", "Scenarios/baseline.schema.json"),
    ])
  func schema(_ kind: String, _ path: String) throws {
    let ending = try Program.call("schema", kind, in: try Directory())
    #expect(ending.status == 0)
    try expectGolden(ending.output, path)
    RecordsKind.register()
    #expect(ScenarioSpec.file.flaws == [])
  }

  /// What is generated follows this line.
  private static let mark = "<!-- From here on: the output of 'consim schema --markdown'. -->\n\n"

  @Test("The table of keys in Scenarios/README.md is what 'consim schema --markdown' prints")
  func keys() throws {
    let path = "Scenarios/README.md"
    let ending = try Program.call("schema", "--markdown", in: try Directory())
    let kept = try String(
      contentsOf: Program.root.appendingPathComponent(path), encoding: .utf8)
    let introduction = try #require(kept.range(of: Self.mark))
    try expectGolden(kept[..<introduction.upperBound] + ending.output, path)
  }

  @Test(
    "A complete example in Scenarios/README.md runs",
    arguments: ["# yaml-language-server", "name: three-regions"])
  func example(_ firstLine: String) throws {
    let directory = try Directory()
    let text = try String(
      contentsOf: Program.root.appendingPathComponent("Scenarios/README.md"), encoding: .utf8)
    let begin = try #require(text.range(of: "```yaml\n\(firstLine)"))
    let rest = text[text.index(begin.lowerBound, offsetBy: 8)...]
    let end = try #require(rest.range(of: "```"))
    try directory.write(String(rest[..<end.lowerBound]), to: "example.yaml")
    let ending = try Program.call("run", "example.yaml", "--out", "out", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
  }

  @Test("Every scenario in the repository is valid and named like its file")
  func scenarios() throws {
    let directory = Program.root.appendingPathComponent("Scenarios")
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      .filter { $0.hasSuffix(".yaml") }.sorted()
    try #require(!files.isEmpty)
    for file in files {
      let scenario = try Scenario(
        path: directory.appendingPathComponent(file).path, settings: [], seed: nil)
      #expect(scenario.name + ".yaml" == file)
      #expect(!scenario.title.isEmpty && !scenario.cells.isEmpty)
    }
  }
}
