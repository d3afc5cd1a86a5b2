import ConsensusCore
import DiscreteEvents
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite struct MappingReaderTests {
  @Test("A complete scenario is read to the value it describes")
  func complete() throws {
    let scenario = try ToyScenario(
      yaml: """
        # A comment with *stars*, &ands and !marks.
        name: "quoted: text"
        protocol: 'raft'
        n: 5
        network:
          latency: { from: 1 ms, to: 2.5 ms }
          bandwidth: "100 Mbit/s"
          loss: 5 %
        faults:
        - node: 1
          behaviour: delay
          by: 3 ms
        - { node: 2, from: 10 s, behaviour: silent }
        seeds: [3,
          4]
        payload: 1 KiB
        load: 12.5 /s
        speed: 1.5 kH/s
        factor: 0
        trace: true
        """)
    #expect(scenario.name == "quoted: text")
    #expect(scenario.agreement == .raft)
    #expect(scenario.replicas == 5)
    #expect(
      scenario.network
        == .init(
          latency: VirtualDuration(
            nanoseconds: 1_000_000)...VirtualDuration(nanoseconds: 2_500_000),
          bandwidth: 100_000_000, loss: 0.05))
    #expect(
      scenario.faults == [
        .init(node: 1, from: .zero, behaviour: .delay, by: .milliseconds(3)),
        .init(node: 2, from: .seconds(10), behaviour: .silent, by: nil),
      ])
    #expect(scenario.seeds == [3, 4])
    #expect(scenario.payload == ByteCount(1_024))
    #expect(scenario.load == 12.5)
    #expect(scenario.speed == 1_500)
    #expect(scenario.factor == 0)
    #expect(scenario.isTraced)
  }

  @Test("Keys that are not written get their defaults, in nested mappings too")
  func defaults() throws {
    let scenario = try ToyScenario(yaml: "name: toy\nprotocol: pbft\nn: 4\n")
    #expect(scenario.network.latency == .microseconds(250)...(.microseconds(250)))
    #expect(scenario.network.bandwidth == 1_000_000_000)
    #expect(scenario.network.loss == 0)
    #expect(scenario.faults.isEmpty)
    #expect(scenario.seeds == [1, 2])
    #expect(scenario.payload == ByteCount(800))
    #expect(scenario.load == nil)
    #expect(scenario.factor == 1.5)
    #expect(!scenario.isTraced)
  }

  @Test("A byte order mark and CR LF line ends are accepted")
  func windowsText() throws {
    let text = "\u{FEFF}name: toy\r\nprotocol: pbft\r\nn: 4\r\n"
    #expect(try ToyScenario(yaml: text) == ToyScenario(yaml: "name: toy\nprotocol: pbft\nn: 4\n"))
  }

  @Test("All problems of a file are reported at once, in the order of the text")
  func together() throws {
    let complaint = ToyScenario.complaint(
      """
      protocol: rafft
      n: 300
      network: { latency: 10, los: 1 }
      trace: yes
      """)
    let heads = complaint.split(separator: "\n").filter { $0.hasPrefix("toy.yaml:") }
    #expect(
      heads == [
        "toy.yaml:1:1: error: the file lacks the key 'name': a text",
        "toy.yaml:1:11: error: 'protocol' must be one of 'pbft', 'raft' or 'pow', found 'rafft'",
        "toy.yaml:2:4: error: 'n' must be a whole number from 1 to 256, found '300' (too large)",
        "toy.yaml:3:21: error: 'network.latency' must be a duration such as '250 us', "
          + "or a mapping, found '10' (no unit)",
        "toy.yaml:3:25: error: unknown key 'los' in 'network'",
        "toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found 'yes'",
      ])
  }

  @Test("Asking for a key that is not declared, or as another kind, stops the program")
  func programmerMistakes() async {
    await #expect(processExitsWith: .failure) {
      let root = try YAMLDocument.load(Array("from: 1 s\nto: 2 s".utf8), named: "f")
      _ = try root.decoded(as: ToyScenario.range) { $0["form"].duration() }
    }
    await #expect(processExitsWith: .failure) {
      let root = try YAMLDocument.load(Array("from: 1 s\nto: 2 s".utf8), named: "f")
      _ = try root.decoded(as: ToyScenario.range) { $0["from"].integer() }
    }
  }

  @Test("A decoder can be tested for reading every key it declares")
  func unreadKeys() throws {
    let root = try YAMLDocument.load(Array("from: 1 s\nto: 2 s".utf8), named: "f")
    let diagnostics = Diagnostics()
    let unread = root.decoded(as: ToyScenario.range, into: diagnostics) { m in
      _ = m["to"].duration()
      return m.unreadKeys
    }
    #expect(unread == ["from"])
    #expect(diagnostics.sorted.map(\.message) == ["'from' has no effect here"])
  }
}

@Suite struct MappingSpecTests {
  @Test("The toy declaration has no flaws")
  func sound() { #expect(ToyScenario.keys.flaws == []) }

  @Test("Flaws of a declaration are found")
  func flaws() {
    let inner = MappingSpec("a", "Other keys.", keys: [.optional("x", .flag, "A flag.")])
    let spec = MappingSpec(
      "a", "no sentence",
      keys: [
        .optional("Upper", .flag, "A flag."), .optional("twice", .flag, "A flag."),
        .optional("twice", .flag, ""), .key("late", .duration, default: "10", "A time."),
        .optional("inner", .mapping(inner), "A mapping."),
        .key("list", .list(of: .flag), default: "[true, no]", "A list."),
      ], rules: [.exactlyOne(["twice", "gone"])])
    #expect(
      spec.flaws == [
        "'a': the doc is no sentence", "'a.Upper': not kebab-case", "'a.twice': declared twice",
        "'a.twice': the doc is no sentence",
        "'a.late': default '10': 'late' must be a duration such as '250 us', found '10' (no unit)",
        "two different mappings are called 'a'",
        "'a.list': default '[true, no]': 'list.1' must be 'true' or 'false', found 'no'",
        "'a': a rule names the unknown key 'gone'",
      ])
  }
}
