import Testing

@testable import Experiments

/// The least and the largest legal value of every key with a range, one at a time.
@Suite("Legal values at the ends of their ranges")
struct ExtremeValueTests {
  /// Every scalar key of a section with the ends of its range.
  static func ends(_ spec: MappingSpec, _ path: String) -> [(key: String, value: String)] {
    var found: [(String, String)] = []
    for key in spec.keys {
      let inner = path.isEmpty ? key.name : "\(path).\(key.name)"
      let kinds = if case .either(let several) = key.kind { several } else { [key.kind] }
      for kind in kinds {
        switch kind {
        case .integer(let range):
          found += [(inner, "\(range.lowerBound)"), (inner, "\(range.upperBound)")]
        case .quantity(let quantity, let range):
          found += [
            (inner, quantity.text(range.lowerBound)), (inner, quantity.text(range.upperBound)),
          ]
        case .probability: found += [(inner, "0"), (inner, "1")]
        case .rate: found += [(inner, "0.000000001 /s"), (inner, "1000000000 /s")]
        case .choice(let choices): found += choices.map { (inner, $0.name) }
        case .flag: found += [(inner, "true"), (inner, "false")]
        case .mapping(let nested) where nested.name != "records" && nested.name != "law":
          found += ends(nested, inner)
        default: break
        }
      }
    }
    return found
  }

  @Test(
    "No end of a range makes a file or a run trap or hang",
    arguments: ["pbft", "sc-pbft", "raft", "pow"])
  func survives(_ name: String) async throws {
    let all = Self.ends(ScenarioSpec.run, "")
    #expect(all.count > 100)
    var ran = 0
    for (key, value) in all {
      let source = SourceFile(
        name: "t.yaml", text: small("limits: { events: 300 }", protocolName: name))
      guard
        let loaded = try? Scenario(
          source, directory: "", settings: ["\(key)=\(value)"], seed: nil)
      else { continue }
      var first = loaded
      first.cells = Array(loaded.cells.prefix(1))
      first.cells[0].settings.eventLimit = min(first.cells[0].settings.eventLimit, 300)
      let results = await Runner(workers: 1).run(first) { _, _ in }
      _ = Report(first, results)
      ran += 1
    }
    #expect(ran > 60)
  }

  @Test("A seed at the end of its range has replicates, and columns for them")
  func seeds() throws {
    let loaded = try scenario(of: small("seed: 999999999999999999\nrepeat: 3"))
    #expect(loaded.cells[0].seeds.count == 3)
    #expect(Set(loaded.cells[0].seeds).count == 3)
  }
}
