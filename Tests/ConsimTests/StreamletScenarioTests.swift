import Foundation
import Testing

@Suite("Scenarios of Streamlet")
struct StreamletScenarioTests {
  private static let folder = Program.root.appendingPathComponent("Scenarios/streamlet")

  private static func run(_ text: String) throws -> (status: Int32, output: String, errors: String)
  {
    let directory = try Directory()
    try directory.write(text, to: "scenario.yaml")
    let ending = try FastProgram.call(
      "run", "scenario.yaml", "--out", "out", "--set", "repeat=1", in: directory)
    return (ending.status, ending.output, ending.errors)
  }

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  @Test(
    "Each ends as it says: what breaks beyond the bound breaks, and nothing else does",
    arguments: ["messages.yaml", "attacks/one-of-four.yaml", "attacks/two-of-four.yaml"])
  func ending(name: String) throws {
    let ending = try Self.run(try Self.text(name))
    #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
  }

  @Test("One liar more than is tolerated is refused unless the scenario expects what breaks")
  func bound() throws {
    let lines = try Self.text("attacks/two-of-four.yaml").split(
      separator: "\n", omittingEmptySubsequences: false)
    let text = lines.filter { !$0.hasPrefix("expect:") }.joined(separator: "\n")
    let ending = try Self.run(text)
    #expect(ending.status == 65)
    #expect(ending.errors.contains("'{ S-1: may-break }'"), "\(ending.errors)")
  }

  @Test("Every file in the folder is tested here")
  func complete() throws {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
    #expect(files.filter { $0.hasSuffix(".yaml") }.count == 3)
  }

  @Test("consim lists the invariants of Streamlet")
  func invariants() throws {
    let ending = try FastProgram.call("invariants", "--subject", "Streamlet", in: try Directory())
    #expect(ending.status == 0)
    #expect(ending.output.split(separator: "\n").count == 18)
    let wrong = try FastProgram.call("invariants", "--subject", "Paxos", in: try Directory())
    #expect(wrong.status == 64)
  }
}
