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
      ("zip: { name: [a, b] }", "'name' belongs to the whole"),
    ])
  func refused(lines: String, complaint: String) {
    let error = #expect(throws: ScenarioError.self) { try scenario(of: small(lines)) }
    let text = error?.description ?? ""
    #expect(text.contains(complaint), "\(text)")
  }
}
