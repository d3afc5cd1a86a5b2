import Testing

@testable import Experiments
@testable import Notation

@Suite struct DiagnosticsTests {
  @Test("Problems are ordered by place, whatever the order of their discovery")
  func order() {
    let source = SourceFile(name: "f", text: "abc\ndef")
    let diagnostics = Diagnostics()
    for (line, column) in [(2, 1), (1, 3), (2, 1), (1, 1)] {
      diagnostics.error("m", at: Location(source: source, line: line, column: column))
    }
    let places = diagnostics.sorted.map { [$0.location?.line ?? 0, $0.location?.column ?? 0] }
    #expect(places == [[1, 1], [1, 3], [2, 1], [2, 1]])
  }

  @Test("Past fifty problems the rest is counted")
  func cap() throws {
    let keys = (0..<70).map { "unknown-\($0): 1\n" }.joined()
    let complaint = ToyScenario.complaint(adding: keys)
    #expect(complaint.hasSuffix("\nand 20 more"))
    #expect(complaint.split(separator: "\n").filter { $0.hasPrefix("toy.yaml:") }.count == 50)
  }

  @Test("Many thousand problems take bounded memory and time")
  func flood() {
    let keys = (0..<40_000).map { "u\($0): 1\n" }.joined()
    #expect(ToyScenario.complaint(adding: keys).hasSuffix("\nand 39950 more"))
  }

  @Test("A warning alone does not stop a run")
  func warning() throws {
    let diagnostics = Diagnostics()
    let source = SourceFile(name: "f", text: "abc")
    diagnostics.warning("slow", at: Location(source: source, line: 1, column: 1))
    try diagnostics.throwIfErrors()
    #expect(diagnostics.sorted.map(\.description) == ["f:1:1: warning: slow\n  abc\n  ^"])
  }
}
