import Foundation
import Testing

@testable import Experiments
@testable import Notation

/// The least and the largest legal value of every key with a range, one at a time.
@Suite("Legal values at the ends of their ranges")
struct ExtremeValueTests {
  struct End: Sendable {
    var key: String
    var value: String
  }

  static let protocols = ["pbft", "sc-pbft", "raft", "pow"]

  static let all = KnownRecords.readable(ends(ScenarioSpec.run, "")) { $0.key }

  /// Every scalar key of a section with the ends of its range.
  static func ends(_ spec: MappingSpec, _ path: String) -> [End] {
    var found: [End] = []
    for key in spec.keys {
      let inner = path.isEmpty ? key.name : "\(path).\(key.name)"
      let kinds = if case .either(let several) = key.kind { several } else { [key.kind] }
      for kind in kinds {
        switch kind {
        case .mapping(let nested) where nested.name != "records" && nested.name != "law":
          found += ends(nested, inner)
        default: found += values(kind).map { End(key: inner, value: $0) }
        }
      }
    }
    return found
  }

  private static func values(_ kind: ValueKind) -> [String] {
    switch kind {
    case .integer(let range): ["\(range.lowerBound)", "\(range.upperBound)"]
    case .quantity(let quantity, let range):
      [quantity.text(range.lowerBound), quantity.text(range.upperBound)]
    case .probability: ["0", "1"]
    case .rate: ["0.000000001 /s", "1000000000 /s"]
    case .choice(let choices): choices.map(\.name)
    case .flag: ["true", "false"]
    default: []
    }
  }

  /// Runs the first cell for some events, if the file is accepted.
  static func survives(_ end: End, _ name: String) async -> Bool {
    let source = SourceFile(
      name: "t.yaml", text: small("limits: { events: 300 }", subject: name))
    guard
      let loaded = try? Scenario(
        source, directory: "", settings: ["\(end.key)=\(end.value)"], seed: nil)
    else { return false }
    var first = loaded
    first.cells = Array(loaded.cells.prefix(1))
    first.cells[0].settings.eventLimit = min(first.cells[0].settings.eventLimit, 300)
    let results = await Runner(workers: 1).run(first) { _, _ in }
    _ = Report(first, results)
    return true
  }

  /// The protocols whose runs may depend on the key; others share the code that reads it.
  static func concerned(_ end: End, _ index: Int) -> [String] {
    let section = end.key.split(separator: ".").first.map(String.init) ?? ""
    if section == "pbft" { return ["pbft"] }
    return protocols.contains(section) ? [section] : [protocols[index % protocols.count]]
  }

  @Test("No end of a range makes a file or a run trap or hang")
  func survives() async {
    #expect(Self.all.count > 100)
    var ran = 0
    for (index, end) in Self.all.enumerated() {
      for name in Self.concerned(end, index) where await Self.survives(end, name) { ran += 1 }
    }
    #expect(ran > 60)
  }

  @Test(
    "No end of a range makes a run of any protocol trap or hang",
    .enabled(if: ProcessInfo.processInfo.environment["CONSIM_NIGHTLY"] != nil),
    arguments: protocols)
  func crosses(_ name: String) async {
    var ran = 0
    for end in Self.all where await Self.survives(end, name) { ran += 1 }
    #expect(ran > 60)
  }

  @Test("A seed at the end of its range has replicates, and columns for them")
  func seeds() throws {
    let loaded = try scenario(of: small("seed: 999999999999999999\nrepeat: 3"))
    #expect(loaded.cells[0].seeds.count == 3)
    #expect(Set(loaded.cells[0].seeds).count == 3)
  }
}
