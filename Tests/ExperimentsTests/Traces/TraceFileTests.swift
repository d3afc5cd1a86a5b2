import Foundation
import Testing

@testable import Experiments

/// Traces of small runs, kept as text for readers; `UPDATE_GOLDEN=1` writes them anew.
@Suite("Text traces")
struct TraceFileTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Traces")

  static let files: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted()
  }()

  /// Whether the files are to be rewritten: on demand, and never by continuous integration.
  static func isUpdating(_ environment: [String: String]) -> Bool {
    environment["UPDATE_GOLDEN"] == "1" && environment["CI"] != "true"
  }

  @Test("The commands of a trace print what its file says", arguments: files)
  func trace(name: String) throws {
    let file = Self.directory.appendingPathComponent(name)
    let kept = try String(contentsOf: file, encoding: .utf8)
    let text = try TraceFile(kept).renewed()
    if Self.isUpdating(ProcessInfo.processInfo.environment) {
      try Data(text.utf8).write(to: file)
      return
    }
    let (old, new) = (TraceFile(kept).blocks, TraceFile(text).blocks)
    for (old, new) in zip(old, new) where old.expected != new.expected {
      let first = zip(old.expected, new.expected).first { $0 != $1 }
      Issue.record(
        """
        Tests/Traces/\(name) is out of date after '\(old.command[0])'; UPDATE_GOLDEN=1 rewrites it.
        The file has \(old.expected.count) lines and the run \(new.expected.count). They differ at
        \(first?.0 ?? old.expected.last ?? "")
        \(first?.1 ?? new.expected.last ?? "")
        """)
    }
    #expect(kept == text)
  }

  @Test("There are traces, each begins with a remark and each trace is short", arguments: files)
  func form(name: String) throws {
    let file = Self.directory.appendingPathComponent(name)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.hasPrefix("# "))
    #expect(text.hasSuffix("\n"))
    let blocks = TraceFile(text).blocks
    #expect(blocks.count >= 2)
    #expect(blocks.allSatisfy { (1...60).contains($0.expected.count) })
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  @Test("Nothing rewrites a trace where CI is true")
  func updating() {
    #expect(Self.isUpdating(["UPDATE_GOLDEN": "1"]))
    #expect(Self.isUpdating(["UPDATE_GOLDEN": "1", "CI": "false"]))
    #expect(!Self.isUpdating(["UPDATE_GOLDEN": "1", "CI": "true"]))
    #expect(!Self.isUpdating([:]))
    #expect(Self.files.count >= 6)
  }

  @Test("A block ends with a blank line, and remarks stand between blocks")
  func parts() {
    let file = TraceFile("# A\n\nscenario\n  x: 1\n----\none\ntwo\n\n# B\nshow\n----\nthree\n")
    #expect(file.blocks.map(\.command) == [["scenario", "  x: 1"], ["show"]])
    #expect(file.blocks.map(\.expected) == [["one", "two"], ["three"]])
  }

  @Test(
    "Sixteen hexadecimal digits become a mark and four",
    arguments: [
      ("executed n1 e89ac6fcf57c3b67", "executed n1 #e89a"),
      ("ledger=3a5a1571451e955b executed=1", "ledger=#3a5a executed=1"),
      ("e89ac6fcf57c3b6", "e89ac6fcf57c3b6"), ("decade", "decade"), ("", ""),
    ])
  func digits(text: String, short: String) { #expect(TextTrace.shortened(text) == short) }
}
