import DiscreteEvents
import Faults
import Simulator
import Testing

@testable import Experiments
@testable import RunPlans
@testable import Notation

/// Behaviours by name: what a scenario names is what a node does.
@Suite("Names of behaviours")
struct BehaviourKindTests {
  /// Behaviours that are another one's deed.
  private static let acts: [Behaviour.Kind: Behaviour.Kind] = [
    .invalidBlocks: .tamper, .reorder: .delay,
  ]

  @Test(
    "Each name that a scenario may give is the behaviour that is carried out",
    arguments: Behaviour.Kind.allCases)
  func carriedOut(kind: Behaviour.Kind) throws {
    let subject = kind.subject == .miners ? "pow" : "pbft"
    var keys = ""
    for detail in kind.details where detail.isNeeded { keys += ", \(detail.rawValue): 1 ms" }
    if kind == .twins { keys = ", recipients: [0]" }
    let text = """
      name: named
      measure: metrics
      series: [{ protocol: \(subject) }]
      replicas: 4
      network: { latency: 1 ms }
      clients: { connections: 1 }
      schedule: { duration: 1 s }
      faults: [{ nodes: [3], behaviour: \(kind.rawValue)\(keys) }]
      """
    let scenario = try Scenario(
      SourceFile(name: "named.yaml", text: text), directory: "", settings: [], seed: nil)
    let run = CellRun(cell: scenario.cells[0], index: 0, seed: 1).run
    let fault = try #require(scenario.cells[0].settings.faults.first)
    #expect(fault.behaviour == kind)
    let rule = run.rule(fault, kinds: [])
    switch kind.agent {
    case .rule, .outage:
      #expect(rule.behaviour.kind == Self.acts[kind] ?? kind)
      #expect(rule.probability == 1 && !fault.isStrategy)
    case .replica:
      #expect(rule.probability == 0 && fault.isStrategy)
      #expect((fault.behaviour.strategy(fault.details) != nil) == (kind != .twins))
      #expect(run.hasTwins == (kind == .twins))
    }
  }

  @Test("Whatever miners alone do, or lie about, is told apart")
  func told() {
    let kinds = Behaviour.Kind.allCases
    #expect(Set(kinds.map(\.meaning)).count == kinds.count)
    #expect(kinds.filter { $0.subject == .miners }.allSatisfy { $0.meaning.hasPrefix("PoW") })
    #expect(kinds.allSatisfy { $0.agent != .outage || $0.harm == .omission })
  }
}
