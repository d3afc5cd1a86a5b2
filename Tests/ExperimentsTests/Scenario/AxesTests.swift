import Notation
import Testing

@testable import Experiments

/// What the points of a scenario sweep, as texts.
private func points(_ lines: String) throws -> [[String]] {
  try scenario(of: small(lines)).cells.map(\.parameters)
}

@Suite("Grids, ranges and zipped lists")
struct AxesTests {
  @Test(
    "A range stands for its numbers: the last is the greatest that is not above its end",
    arguments: [
      ("{ from: 4, to: 10, step: 3 }", ["4", "7", "10"]),
      ("{ from: 4, to: 12, step: 3 }", ["4", "7", "10"]),
      ("{ from: 4, to: 6 }", ["4", "5", "6"]), ("{ from: 5, to: 5 }", ["5"]),
    ])
  func range(text: String, values: [String]) throws {
    #expect(try points("sweep: { replicas: \(text) }") == values.map { [$0] })
  }

  @Test("Zipped lists go together place by place, at every point of the sweep")
  func zipped() throws {
    let lines = """
      sweep: { pbft.window: [256, 512] }
      zip: { replicas: { from: 4, to: 7, step: 3 }, pbft.batch: [1, 3] }
      """
    #expect(
      try points(lines) == [
        ["256", "4", "1"], ["256", "7", "3"], ["512", "4", "1"], ["512", "7", "3"],
      ])
  }

  @Test("A zipped list may have a value twice; the points may not be equal")
  func repeatedValues() throws {
    #expect(
      try points("zip: { replicas: [4, 7], pbft.batch: [3, 3] }") == [["4", "3"], ["7", "3"]])
  }

  @Test("A variant replaces the sweep, the zipped lists, or both")
  func variants() throws {
    let lines = """
      sweep: { pbft.window: [256, 512] }
      zip: { replicas: [4, 7], pbft.batch: [1, 3] }
      variants:
        - { name: all }
        - { name: grid, sweep: { pbft.window: [1024] } }
        - { name: zipped, zip: { replicas: [10], pbft.batch: [5] } }
      """
    let cells = try scenario(of: small(lines)).cells
    #expect(
      cells.map(\.variant) == Array(repeating: "all", count: 4) + [
        "grid", "grid", "zipped", "zipped",
      ])
    #expect(
      cells[4...].map(\.parameters) == [
        ["1024", "4", "1"], ["1024", "7", "3"], ["256", "10", "5"], ["512", "10", "5"],
      ])
  }

  @Test("An exclusion names a zipped value like any other")
  func excluded() throws {
    let lines = """
      sweep: { pbft.window: [256, 512] }
      zip: { replicas: [4, 7], pbft.batch: [1, 3] }
      exclude: [{ replicas: 7, pbft.window: 256 }]
      """
    #expect(try points(lines) == [["256", "4", "1"], ["512", "4", "1"], ["512", "7", "3"]])
  }

  @Test("What a series sweeps is swept for it alone, and its key is empty in the others")
  func series() throws {
    let text = """
      name: s
      measure: metrics
      series:
        - { protocol: pbft, sweep: { pbft.batch: [1, 10] } }
        - { protocol: raft }
      sweep: { replicas: [4, 7] }
      replicas: 4
      network: { latency: 1 ms }
      clients: { connections: 1, timeout: 1 s }
      schedule: { tests: 1, window: 30 ms }

      """
    let read = try scenario(of: text)
    #expect(read.sweptKeys == ["replicas", "pbft.batch"])
    #expect(
      read.cells.map { [$0.series] + $0.parameters } == [
        ["PBFT", "4", "1"], ["PBFT", "4", "10"], ["Raft", "4", ""],
        ["PBFT", "7", "1"], ["PBFT", "7", "10"], ["Raft", "7", ""],
      ])
    #expect(read.points(of: Array(0..<6)) == [[0, 1, 2], [3, 4, 5]])
    let excluded = try scenario(of: text + "exclude: [{ replicas: 7, pbft.batch: 10 }]\n")
    #expect(excluded.cells.count == 5)
  }

  @Test("Tables call a named value by its name, and other values of its axis as they are written")
  func named() throws {
    let read = try scenario(
      of: small(
        """
        sweep:
          network.latency:
            - { name: lan, value: { law: uniform, from: 1 ms, to: 2 ms } }
            - 20 ms
        """))
    #expect(read.cells.map(\.parameters) == [["lan"], ["20 ms"]])
    #expect(read.cells.map(\.values) == [["lan"], ["20 ms"]])
    #expect(read.sweptColumns == ["network_latency"])
  }

  @Test(
    "The command line fixes what is swept, in grids, zipped lists, variants and series",
    arguments: [
      ("sweep: { replicas: [4, 7] }", "replicas=10", [["10"]]),
      (
        "sweep: { pbft.window: [256, 512] }\nzip: { replicas: [4, 7], pbft.batch: [1, 3] }",
        "replicas=10",
        [["256", "10", "1"], ["256", "10", "3"], ["512", "10", "1"], ["512", "10", "3"]]
      ),
      (
        "sweep: { pbft.window: [256] }\nvariants: [{ name: a, zip: { replicas: [4], pbft.batch: [1] } }, { name: b }]",
        "replicas=10", [["256", "10", "1"], ["256", "", ""]]
      ),
      (
        "sweep: { network.latency: [{ name: lan, value: 1 ms }, { name: wan, value: 9 ms }] }",
        "network.latency=wan", [["wan"]]
      ),
    ])
  func fixed(lines: String, setting: String, expected: [[String]]) throws {
    let read = try Scenario(
      SourceFile(name: "s.yaml", text: small(lines)), directory: "", settings: [setting], seed: nil)
    #expect(Set(read.cells.map { $0.parameters.sorted() }) == Set(expected.map { $0.sorted() }))
    #expect(read.cells.count == expected.count)
  }

  @Test(
    "The command line sweeps a key beside those of the file, or instead",
    arguments: [
      ("replicas=4,7", [["256", "4"], ["256", "7"], ["512", "4"], ["512", "7"]]),
      ("replicas=[4, 7]", [["256", "4"], ["256", "7"], ["512", "4"], ["512", "7"]]),
      (
        "replicas={ from: 4, to: 7, step: 3 }",
        [["256", "4"], ["256", "7"], ["512", "4"], ["512", "7"]]
      ),
      ("pbft.window=300, 400", [["300"], ["400"]]),
    ])
  func swept(argument: String, expected: [[String]]) throws {
    let read = try Scenario(
      SourceFile(name: "s.yaml", text: small("sweep: { pbft.window: [256, 512] }")), directory: "",
      settings: [], sweeps: [argument], seed: nil)
    #expect(read.cells.map(\.parameters) == expected)
  }

  @Test(
    "A wrong argument of --sweep is shown where it is wrong",
    arguments: [
      ("replicas", "no '=' in 'replicas'"), ("replicas=4,x", "--sweep:1:12"),
      ("replicas=4,4", "'replicas' is swept over 4 twice"),
      ("replicsa=4", "did you mean 'replicas'?"),
      ("replicas=4,", "found nothing"), ("name=a,b", "'name' belongs to the whole"),
    ])
  func wrongSweep(argument: String, complaint: String) {
    let error = #expect(throws: ScenarioError.self) {
      try Scenario(
        SourceFile(name: "s.yaml", text: small("")), directory: "", settings: [],
        sweeps: [argument],
        seed: nil)
    }
    let text = error?.description ?? ""
    #expect(text.contains(complaint), "\(text)")
  }

  @Test(
    "What cannot be meant is refused where it is written",
    arguments: [
      ("sweep: { replicas: { from: 7, to: 4 } }", "the range ends before it begins: 7 to 4"),
      ("sweep: { replicas: { from: 1, to: 5000 } }", "the range has 5000 values"),
      ("sweep: { replicas: { from: 4, to: 7, step: 0 } }", "from 1 to"),
      ("sweep: { replicas: { from: 4 } }", "'sweep.replicas' lacks the key 'to'"),
      (
        "zip: { replicas: [4, 7], pbft.batch: [1, 2, 3] }",
        "'pbft.batch' has 3 values and 'replicas' has 2"
      ),
      ("zip: { replicas: [4, 4], pbft.batch: [3, 3] }", "the values 4, 3 are zipped twice"),
      (
        "sweep: { replicas: [4] }\nzip: { replicas: [7] }",
        "'replicas' is swept in 'sweep' and in 'zip'"
      ),
      (
        "zip: { replicas: [4, 7], pbft.batch: [1, 3] }\nexclude: [{ replicas: 7 }]",
        "every point with 'replicas' of 7 is left out"
      ),
      (
        "zip: { replicas: [4, 7], pbft.batch: [1, 3] }\nexclude: [{ replicas: 7, pbft.batch: 1 }]",
        "this exclusion leaves out nothing"
      ),
      ("zip: { name: [a, b] }", "'name' belongs to the whole"),
    ])
  func refused(lines: String, complaint: String) {
    let error = #expect(throws: ScenarioError.self) { try scenario(of: small(lines)) }
    let text = error?.description ?? ""
    #expect(text.contains(complaint), "\(text)")
  }
}
