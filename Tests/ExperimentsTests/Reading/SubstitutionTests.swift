import DiscreteEvents
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite struct SubstitutionTests {
  private let yaml = """
    name: toy
    protocol: pbft
    n: 4
    faults:
      - { node: 1, behaviour: delay, by: 1 ms }
      - { node: 2, behaviour: silent }
    """

  /// The scenario after some `--set` arguments, or what the user sees.
  private func outcome(_ arguments: [String], yaml: String? = nil) throws -> Result<
    ToyScenario, ScenarioError
  > {
    let root = try YAMLDocument.load(Array((yaml ?? self.yaml).utf8), named: "toy.yaml")
    let diagnostics = Diagnostics()
    let substitutions = arguments.compactMap { Substitution(argument: $0, into: diagnostics) }
    let tree = root.substituting(substitutions, in: ToyScenario.keys, into: diagnostics)
    let scenario = tree.decoded(as: ToyScenario.keys, into: diagnostics) { ToyScenario($0) }
    return diagnostics.hasErrors ? .failure(ScenarioError(diagnostics)) : .success(scenario)
  }

  @Test("A value is replaced, a missing key is added with the mappings around it")
  func replaces() throws {
    let scenario = try outcome([
      "n=7", "network.latency = 1 ms", "faults.0.by=2 ms", "faults.1.from=3 s", "name=a=b",
      "network.bandwidth=2 Gbit/s",
    ]).get()
    #expect(scenario.replicas == 7)
    #expect(scenario.name == "a=b")
    #expect(scenario.network.latency == .milliseconds(1)...(.milliseconds(1)))
    #expect(scenario.network.bandwidth == 2_000_000_000)
    #expect(scenario.faults[0].by == .milliseconds(2))
    #expect(scenario.faults[1].from == .seconds(3))
  }

  @Test("The later of two arguments wins")
  func order() throws { #expect(try outcome(["n=7", "n=8"]).get().replicas == 8) }

  @Test("A scalar alternative gives way to the mapping that a path leads into")
  func alternatives() throws {
    let arguments = ["network.latency=1 s", "network.latency.from=1 ms", "network.latency.to=2 ms"]
    let network = try outcome(arguments).get().network
    #expect(network.latency == .milliseconds(1)...(.milliseconds(2)))
  }

  @Test(
    "A wrong argument is explained at its own column",
    arguments: [
      (
        "netwrk.latency=1 ms",
        "--set:1:1: error: unknown key 'netwrk' at the top level\n"
          + "  netwrk.latency=1 ms\n  ^ did you mean 'network'?"
      ),
      (
        "network.latncy=1 ms",
        "--set:1:9: error: unknown key 'latncy' in 'network'\n"
          + "  network.latncy=1 ms\n          ^ did you mean 'latency'?"
      ),
      (
        "faults.2.from=1 s",
        "--set:1:8: error: no item '2' in the list 'faults': items are 0 to 1\n"
          + "  faults.2.from=1 s\n         ^"
      ),
      (
        "faults.x.from=1 s",
        "--set:1:8: error: no item 'x' in the list 'faults': items are 0 to 1\n"
          + "  faults.x.from=1 s\n         ^"
      ),
      (
        "n.x=1",
        "--set:1:3: error: 'n' is a whole number from 1 to 256, and has no key\n"
          + "  n.x=1\n    ^ write 'n=...'"
      ),
      (
        "n=  010",
        "--set:1:5: error: 'n' must be a whole number from 1 to 256, found '010' (leading zero)\n"
          + "  n=  010\n      ^ write '10'"
      ),
      (
        "n", "--set:1:1: error: no '=' in 'n'\n  n\n  ^ write --set key.path=value"
      ),
      (
        "n=", "--set:1:1: error: no value behind '='\n  n=\n  ^ write --set key.path=value"
      ),
      (
        "network..x=1",
        "--set:1:1: error: an empty step in the key path\n"
          + "  network..x=1\n  ^ write --set key.path=value"
      ),
      (
        "=1",
        "--set:1:1: error: an empty step in the key path\n  =1\n  ^ write --set key.path=value"
      ),
      (
        "faults.1.by=1 s",
        "--set:1:10: error: 'faults.1.by' has no effect here\n"
          + "  faults.1.by=1 s\n           ^ remove it, or change what makes it pointless"
      ),
      (
        "faults=1",
        "--set:1:8: error: 'faults' must be a list, each a mapping, found '1'\n"
          + "  faults=1\n         ^ write '[1]'"
      ),
    ])
  func explains(argument: String, expected: String) throws {
    guard case .failure(let error) = try outcome([argument]) else {
      Issue.record("'\(argument)' was accepted")
      return
    }
    #expect(error.description == expected)
  }

  @Test("A sweep's value keeps its own place and may be a collection")
  func sweeps() throws {
    let file = try YAMLDocument.load(Array("values: [[1, 2, x], 5]".utf8), named: "sweep.yaml")
    guard case .sequence(let values)? = file["values"]?.content else {
      Issue.record("no list")
      return
    }
    let root = try YAMLDocument.load(Array(yaml.utf8), named: "toy.yaml")
    let diagnostics = Diagnostics()
    let seeds = Substitution(path: "seeds", at: file.location, value: values[0])
    let tree = root.substituting([seeds], in: ToyScenario.keys, into: diagnostics)
    _ = tree.decoded(as: ToyScenario.keys, into: diagnostics) { ToyScenario($0) }
    #expect(
      diagnostics.sorted.map(\.description) == [
        "sweep.yaml:1:17: error: 'seeds.2' must be a whole number of at least 0, found 'x' "
          + "(not a number)\n  values: [[1, 2, x], 5]\n                  ^"
      ])
  }

  @Test("A broken value in the file is not hidden by a path through it")
  func keepsBrokenValues() throws {
    let broken = "name: toy\nprotocol: pbft\nn: 4\nnetwork: 5"
    guard case .failure(let error) = try outcome(["network.loss=0.5"], yaml: broken) else {
      Issue.record("accepted")
      return
    }
    #expect(error.diagnostics.map(\.message) == ["'network' must be a mapping, found '5'"])
  }
}
