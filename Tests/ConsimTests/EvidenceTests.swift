import Foundation
import Tables
import Testing

@Suite("The evidence for Table 2 of the paper")
struct EvidenceTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("Every tick names tests and scenarios that exist")
  func names() throws {
    let page = try String(
      contentsOf: Self.root.appending(path: "Documentation/Evidence.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("yes") }
    #expect(rows.count == 5, "Paper Table 2 ticks five functions")
    let tests = try Self.testNames()
    for row in rows {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 5, "\(row)")
      let named = cells[4].split(separator: ";").map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " \""))
      }
      #expect(named.count >= 3, "\(cells[0])")
      for test in named { #expect(tests.contains(test), "no test is called '\(test)'") }
      for scenario in cells[3].split(separator: "`") where scenario.hasSuffix(".yaml") {
        #expect(Self.isScenario(String(scenario)), "there is no \(scenario)")
      }
    }
  }

  /// The sentences that name tests, read from their sources.
  private static func testNames() throws -> Set<String> {
    var names: Set<String> = []
    let folder = root.appending(path: "Tests")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let source = try String(contentsOf: file, encoding: .utf8)
      for part in source.components(separatedBy: "@Test(").dropFirst() {
        let text = part.drop { $0 == "\n" || $0 == " " }
        guard text.first == "\"" else { continue }
        names.insert(String(text.dropFirst().prefix { $0 != "\"" }))
      }
    }
    return names
  }

  private static func isScenario(_ name: String) -> Bool {
    let base = root.appending(path: "Scenarios")
    return [name, "../" + name, "records/" + name, "records/attacks/" + name].contains {
      FileManager.default.fileExists(atPath: base.appending(path: $0).path)
    }
  }
}
