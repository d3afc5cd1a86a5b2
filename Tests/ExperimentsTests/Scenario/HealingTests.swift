import Invariants
import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans

/// What a schedule with `heal-at` demands, and of whom it cannot demand anything.
@Suite("Demands after healing")
struct HealingTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    var subject = "pbft"
    let lines: String
    var schedule = "{ heal-at: 1 s, within: 20 s, settle-within: 5 s }"
    let complaint: String
    var testDescription: String { name }
    var text: String { small(lines, subject: subject, schedule: schedule) }
  }

  private static let plain = "{ heal-at: 1 s, within: 20 s }"

  private static func strategy(
    _ name: String, _ subject: String, _ lines: String = ""
  ) -> Refusal {
    Refusal(
      name: "\(name) under \(subject)", subject: subject,
      lines: "faults:\n  - { nodes: [0], behaviour: pause, by: 1 ms }\n"
        + "  - { nodes: [1], behaviour: \(name)\(lines) }",
      complaint: "t.yaml:8:5: error: '\(name)' is built into a replica, which never follows")
  }

  static let strategies: [Refusal] = [
    strategy("twins", "pbft", ", recipients: [0, 2]"),
    strategy("twins", "sc-pbft", ", recipients: [0, 2]"),
    strategy("empty-blocks", "pow"), strategy("oversized-blocks", "pow"),
    strategy("withhold", "pow"), strategy("selfish", "pow"),
  ]

  static let clients: [Refusal] = [
    Refusal(
      name: "an open loop alone", lines: "clients: { rate: 5 /s }", schedule: plain,
      complaint: "t.yaml:6:10: error: 'rate' is an open loop, of whose clients 'heal-at' demands"),
    Refusal(
      name: "an open loop beside a closed one", subject: "raft",
      lines: "clients:\n  - { connections: 1 }\n  - { rate: 5 /s }", schedule: plain,
      complaint: "t.yaml:8:5: error: 'rate' is an open loop, of whose clients 'heal-at' demands"),
    Refusal(
      name: "liars alone", lines: "clients: { connections: 1, deceit: bad-signatures }",
      schedule: plain, complaint: "no honest client asks for anything"),
    Refusal(
      name: "an honest client that never asks",
      lines: "clients:\n  - { connections: 0 }\n  - { rate: 1 /s, deceit: bad-signatures }",
      schedule: plain, complaint: "no honest client asks for anything"),
  ]

  @Test(
    "A demand that would be switched off, or never met, is refused with its place",
    arguments: strategies + clients)
  func refused(_ refusal: Refusal) throws {
    let error = try #require(throws: ScenarioError.self) { try scenario(of: refusal.text) }
    #expect(error.description.contains(refusal.complaint), "\(error.description)")
  }

  @Test("What can follow the protocol in the end is accepted")
  func accepted() throws {
    for refusal in Self.strategies {
      _ = try scenario(
        of: small(refusal.lines, subject: refusal.subject, schedule: Self.plain))
    }
    for lines in [
      "faults: [{ nodes: [1], behaviour: equivocate }]",
      "clients: [{ connections: 1 }, { rate: 5 /s, deceit: bad-signatures }]",
    ] {
      _ = try scenario(
        of: small(lines, schedule: "{ heal-at: 1 s, within: 20 s, settle-within: 5 s }"))
    }
  }

  @Test("A client of an open loop has no connections")
  func connections() throws {
    let error = try #require(throws: ScenarioError.self) {
      try scenario(of: small("clients: [{ connections: 1 }, { rate: 5 /s, connections: 2 }]"))
    }
    #expect(
      error.description.contains("'connections' cannot stand beside 'rate'"), "\(error.description)"
    )
  }

  @Test(
    "What a run after healing can break is no matter of tests", arguments: Subjects.all)
  func catalogue(name: Subject) throws {
    for invariant in [name.traits.progressInvariant, name.traits.restInvariant] {
      let description = try #require(InvariantCatalog.description(of: invariant))
      #expect(description.watch == .probeIfPromised, "\(invariant)")
    }
  }
}
