import Testing

@testable import Experiments
@testable import Notation

@Suite("Columns of swept keys")
struct SweptColumnTests {
  /// Every key of a scenario that a sweep may name, with two values.
  static let keys: [(key: String, values: String)] = {
    _ = KnownRecords.areThere
    var found: [(String, String)] = []
    func visit(_ spec: MappingSpec, _ path: String, _ depth: Int) {
      for key in spec.keys {
        let inner = path.isEmpty ? key.name : "\(path).\(key.name)"
        found.append((inner, "[1, 2]"))
        switch key.kind {
        case .mapping(let nested): visit(nested, inner, depth + 1)
        case .list(.mapping(let nested), _): visit(nested, inner + ".0", depth + 1)
        case .either(let kinds):
          for case .mapping(let nested) in kinds { visit(nested, inner, depth + 1) }
        default: break
        }
      }
    }
    visit(ScenarioSpec.run, "", 0)
    return KnownRecords.readable(found) { $0.0 }
  }()

  @Test(
    "Every measure crossed with every key has different columns",
    arguments: Scenario.Measure.allCases)
  func crosses(_ measure: Scenario.Measure) throws {
    #expect(Self.keys.count > 150)
    var base = try scenario(of: small("sweep: { pbft.batch: [1, 2] }"))
    base.measure = measure
    base.cells = []
    base.sweptKeys = []
    base.sweptColumns = []
    let fixed = Set(Report(base, []).files.flatMap(\.table.columns))
    for (key, _) in Self.keys {
      let column = SweptColumn(key: key, values: [])
      var crossed = base
      crossed.sweptKeys = [key]
      crossed.sweptColumns = [column.name]
      // What has a column of its own is refused when the file is read.
      if fixed.contains(column.name), key != "replicas", !crossed.tellsItself(key) { continue }
      let files = Report(crossed, []).files
      #expect(files.allSatisfy { Set($0.table.columns).count == $0.table.columns.count })
      #expect(files.allSatisfy { $0.keys.allSatisfy($0.table.columns.contains) })
    }
  }

  @Test("No two keys have one column")
  func differ() {
    let names = Self.keys.map { SweptColumn(key: $0.key, values: []).name }
    #expect(Set(names).count == Set(Self.keys.map(\.key)).count)
  }

  @Test("Two names of one item are refused")
  func items() {
    let text = small(
      "faults: [{ nodes: [1], behaviour: silent }]\nsweep: { faults.00.from: [1 ms, 2 ms] }")
    #expect(throws: ScenarioError.self) { try scenario(of: text) }
  }

  @Test(
    "Values are numbers, with the unit in the name of the column",
    arguments: [
      ("clients.rate", "[50 /s, 2.5 per s]", "clients_rate_per_s", ["50", "2.5"]),
      (
        "pbft.view-timeout", "[500 ms, 2 s, 1500 us]", "pbft_view_timeout_s",
        ["0.5", "2", "0.0015"]
      ),
      ("network.uplink", "[1 Gbit/s, 1 kB/s]", "network_uplink_bit_per_s", ["1000000000", "8000"]),
      ("network.message-size", "[1 KiB, 1 kB]", "network_message_size_bytes", ["1024", "1000"]),
      ("network.loss", "[5 %, 0.1]", "network_loss", ["0.05", "0.1"]),
      ("network.latency", "[1 ms, 2 ms]", "network_latency_s", ["0.001", "0.002"]),
      (
        "network.latency", "[1 ms, { law: uniform, to: 200 us, from: 150 us }]", "network_latency",
        ["1 ms", "uniform 150 us..200 us"]
      ),
      ("pbft.batch", "[1, 2]", "pbft_batch", ["1", "2"]),
    ])
  func cells(_ key: String, _ values: String, _ column: String, _ cells: [String]) throws {
    let loaded = try scenario(of: small("sweep: { \(key): \(values) }"))
    #expect(loaded.sweptColumns == [column])
    #expect(loaded.cells.map(\.values) == cells.map { [$0] })
    // What replays the cell is what '--set' takes.
    for cell in loaded.cells {
      let set = ["\(key)=\(cell.parameters[0])"]
      let source = SourceFile(name: "t.yaml", text: small(""))
      let again = try Scenario(source, directory: "", settings: set, seed: nil)
      #expect("\(again.cells[0].settings.network)" == "\(cell.settings.network)")
    }
  }

  @Test("The tables of survival have a column for what they do not tell anyway")
  func survival() throws {
    let loaded = try scenario(
      of: small(
        "faults: [{ arrivals-every: 1 n, behaviour: silent }]\n"
          + "sweep: { faults.0.arrivals-every: [1 n, 2 n], pbft.view-timeout: [1 s, 2 s] }",
        measure: "survival", schedule: "{ arrivals: 2 }"))
    let columns = Report(loaded, []).files.map(\.table.columns)
    #expect(columns.allSatisfy { $0.contains("pbft_view_timeout_s") && $0.contains("arrival_n") })
  }
}
