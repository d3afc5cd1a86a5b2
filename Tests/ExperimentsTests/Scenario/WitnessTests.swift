import Foundation
import Testing

@testable import Experiments
@testable import Notation

/// For each key a small scenario and two values that make different runs.
@Suite("Witnesses of keys")
struct WitnessTests {
  static let all = KnownRecords.readable(
    Witness.sections + Witness.faultConditions + Witness.items + Witness.lawPlaces
      + Witness.circumstances + Witness.longRuns + Witness.chains + Witness.arrivals
      + Witness.ticks + Witness.sharers
      + Witness.contents + Witness.shares + Witness.means,
    \.key)

  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Scenarios").standardizedFileURL.path

  @Test("Two values of a key make different runs", arguments: all)
  func differs(_ witness: Witness) async throws {
    var found: [String] = []
    for value in witness.values {
      let text = small(
        witness.lines, subject: witness.name, measure: witness.measure,
        schedule: witness.schedule
      ).replacing("network: { latency: 5 ms }", with: witness.network)
      let loaded = try Scenario(
        SourceFile(name: "t.yaml", text: text), directory: Self.directory,
        settings: ["\(witness.path ?? witness.key)=\(value)"], seed: nil)
      found.append(await Self.outcome(loaded, witness.difference))
    }
    #expect(Set(found).count == witness.values.count)
  }

  private static func outcome(_ scenario: Scenario, _ difference: Witness.Difference) async
    -> String
  {
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    switch difference {
    case .run: return results.map { "\($0.digest) \($0.end)" }.joined()
    case .table:
      return Report(scenario, results).files.map {
        String(decoding: $0.table.csv, as: UTF8.self)
      }.joined() + "\(results.map(KnownRecords.realArtefacts))"
    case .legend:
      return scenario.cells.map {
        TraceLegend(scenario, $0, seed: 1, round: nil, kinds: []).text
      }.joined()
    case .verdict:
      let verdict = Verdict(scenario, results)
      return (verdict.unexpected + verdict.missing).map(\.detail).joined()
        + results.flatMap(\.violations).map(\.description).joined()
    }
  }

  @Test("Every key has a witness")
  func complete() {
    let witnessed = Set(Self.all.map(\.key))
    let missing = Set(
      SweptColumnTests.keys.map(\.key).filter { key in
        !witnessed.contains { $0.hasPrefix(key + ".") || $0 == key }
      })
    #expect(missing.isEmpty, "\(missing.sorted())")
  }
}
