import Foundation
import Testing
import Yams

@testable import Notation
@testable import YAMLDocuments

@Suite struct YAMLSafetyTests {
  private func complaint(_ text: String) -> String {
    do throws(ScenarioError) {
      _ = try YAMLDocument.load(Array(text.utf8), named: "f")
      return "ok"
    } catch {
      return error.diagnostics.first?.message ?? "nothing"
    }
  }

  @Test("An alias bomb is refused before it grows")
  func aliasBomb() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let items = Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(items)]\n"
    }
    bomb += "? *a30\n: 1\n"
    #expect(complaint(bomb) == "a YAML anchor is not allowed in a scenario")
  }

  @Test(
    "Nesting is refused at 65 levels, however it is written",
    arguments: [
      String(repeating: "[", count: 500_000), String(repeating: "{", count: 500_000),
      String(repeating: "{a: ", count: 200_000), String(repeating: "- ", count: 500_000),
      String(repeating: "[a: ", count: 200_000),
      (0..<1_000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
    ])
  func depth(text: String) {
    #expect(complaint(text) == "nested more than 64 levels deep")
  }

  @Test("Sixty levels are accepted")
  func shallow() {
    let text = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
    #expect(complaint(text) == "ok")
  }

  @Test("Too many values and too many bytes are refused")
  func sizes() {
    #expect(
      complaint("[" + String(repeating: "a,", count: 150_000) + "]")
        == "more than 100000 values in one file")
    #expect(
      complaint(String(repeating: "#", count: (1 << 20) + 1))
        == "the file has 1048577 bytes, and a scenario may have 1048576 (1 MiB)")
  }

  @Test("A file is refused by its size, its kind or its absence before it is read")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "reading-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func read(_ name: String) -> String {
      do throws(ScenarioError) {
        return try YAMLDocument.readFile(folder.appendingPathComponent(name).path).line(1)
      } catch {
        return "\(error.cause): \(error.diagnostics.first?.message ?? "")"
      }
    }
    let huge = folder.appendingPathComponent("huge")
    _ = FileManager.default.createFile(atPath: huge.path, contents: nil)
    try FileHandle(forWritingTo: huge).truncate(atOffset: 1 << 40)
    try Data("name: x\n".utf8).write(to: folder.appendingPathComponent("good"))
    try Data().write(to: folder.appendingPathComponent("empty"))
    #expect(
      read("huge")
        == "invalid: the file has 1099511627776 bytes, and a scenario may have 1048576 (1 MiB)")
    #expect(read("gone") == "unreadable: there is no such file")
    #expect(read(".") == "unreadable: this is a directory")
    #expect(read("good") == "name: x")
    #expect(read("empty") == "")
  }

  @Test(
    "Bytes that are no text are refused with their place",
    arguments: [
      ([0x61, 0x0A, 0x62, 0xFF], "f:2:2: error: invalid UTF-8: the byte 0xFF is no character"),
      ([0xC0, 0x80], "f:1:1: error: invalid UTF-8: the byte 0xC0 is no character"),
      ([0xED, 0xA0, 0x80], "f:1:1: error: invalid UTF-8: the byte 0xED is no character"),
      ([0xF5, 0x80, 0x80, 0x80], "f:1:1: error: invalid UTF-8: the byte 0xF5 is no character"),
      ([0xE2, 0x82], "f:1:1: error: invalid UTF-8: the byte 0xE2 is no character"),
      ([0x61, 0x00], "f:1:2: error: a NUL byte: the file is not text"),
      ([0x61, 0x7F], "f:1:2: error: U+007F is a control character"),
      ([0x61, 0x0D, 0x62], "f:1:2: error: a carriage return without a line feed"),
      ([0x61, 0xE2, 0x80, 0xA8], "f:1:2: error: U+2028 is a line end to YAML only"),
      ([0x61, 0xE2, 0x80, 0xAE], "f:1:2: error: U+202E changes the direction of the text"),
      ([0xFF, 0xFE, 0x61, 0x00], "f: error: the file is UTF-16"),
    ] as [([UInt8], String)])
  func bytes(bytes: [UInt8], expected: String) {
    do throws(ScenarioError) {
      _ = try YAMLDocument.load(bytes, named: "f")
      Issue.record("accepted")
    } catch {
      #expect(error.description.split(separator: "\n").first.map(String.init) == expected)
    }
  }

  @Test(
    "Signs inside texts and comments are no anchors, aliases or tags",
    arguments: [
      "a: b & c * d ! e", "a: 'it''s &x *y !z'", "a: \"\\\" &x *y\"", "# &x *y !z\na: 1",
      "a: 1 # &x", "a: |\n  &x\n  *y\n\n  !z\nb: 1", "a: >-\n  *x", "a: b\n  &c\n  *d",
      "a: [b\n *c]",
      "a: b&c", "a: -1", "- - a\n  - b\n- c: d\n  e: f", "a:\n- b\n- c\nb: 1", "a: |2\n   &x\n  *y",
      "url: http://x/?a&b", "a: [x,y , 'z']\nb: {c: d}", "? x", "a: b: c",
    ])
  func innocent(text: String) {
    let message = complaint(text)
    #expect(!message.contains("anchor") && !message.contains("alias") && !message.contains("tag"))
  }
}
