import Foundation
import Testing

@testable import Experiments

@Suite("Input files")
struct InputFileTests {
  @Test("A pipe, a directory, a device and a huge file are not read as results")
  func refuses() throws {
    let directory =
      FileManager.default.temporaryDirectory.path + "/input-files-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/provenance.json"
    func complaint() -> String {
      do throws(BaselineError) {
        return "read as \(try Baseline(directory: directory).scenarioNames())"
      } catch {
        return error.description
      }
    }
    #expect(complaint() == "\(path): error: there is no such file")
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

  @Test("Provenance whose entries are of any other form is replaced, not a trap")
  func replacesProvenance() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/provenance-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/provenance.json"
    let scenario = try ExtentTests.read(ExtentTests.scenario(""))
    let entries = [
      "5", "null", "\"x\"", "true", "[]", "[[[1e400]]]", "{\"cells\": 7}", "-0", "1e308",
    ]
    for entry in entries {
      let text =
        "{\"scenarios\": {\"other\": \(entry), \"extent\": \(entry)}, \"tables\": \(entry)}"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      try Provenance(directory: directory).record(scenario, [])
      #expect(try Baseline(directory: directory).scenarioNames().contains("extent"), "\(entry)")
    }
  }
}
