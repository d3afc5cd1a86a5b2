import Foundation
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite("Input files")
struct InputFileTests {
  @Test("A pipe, a directory, a device and a huge file are not read as results")
  func refuses() throws {
    let directory =
      FileManager.default.temporaryDirectory.path + "/input-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/provenance/x.json"
    try FileManager.default.createDirectory(
      atPath: directory + "/provenance", withIntermediateDirectories: true)
    func complaint() -> String {
      do throws(BaselineError) {
        try Provenance(directory: directory).requireSound(["x"])
        return "absent or sound"
      } catch {
        return error.description
      }
    }
    #expect(complaint() == "absent or sound")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(complaint() == "\(path): error: this is no regular file")
    unlink(path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(complaint() == "\(path): error: this is a directory")
    rmdir(path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
    #expect(complaint() == "\(path): error: this is no regular file")
    unlink(path)
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(truncate(path, off_t(InputFile.tableSizeAtMost) + 1) == 0)
    #expect(complaint().contains("at most 67108864 (64 MiB) are read"))
  }

  @Test("Provenance of any other form is refused, never replaced, and is no trap")
  func refusesProvenance() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/provenance-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/provenance/extent.json"
    try FileManager.default.createDirectory(
      atPath: directory + "/provenance", withIntermediateDirectories: true)
    let texts = [
      "", "{", "5", "null", "\"x\"", "true", "[]", "[[[1e400]]]", "{\"cells\": 7}", "-0", "1e308",
      "{\"version\":\"1\",\"cells\":[],\"scenario_digest\":\"a\"}",
      "{\"version\":\"1\",\"cells\":[5],\"scenario_digest\":\"a\",\"tables\":{}}",
    ]
    for text in texts {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: BaselineError.self, "\(text)") {
        try Provenance(directory: directory).requireSound(["extent"])
      }
      #expect(throws: BaselineError.self, "\(text)") {
        try Baseline(directory: directory).scenarioNames()
      }
    }
    #expect(throws: Never.self) { try Provenance(directory: directory).requireSound(["other"]) }
  }
}
