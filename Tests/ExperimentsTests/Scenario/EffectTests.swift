import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans

func scenario(of text: String) throws(ScenarioError) -> Scenario {
  try Scenario(SourceFile(name: "t.yaml", text: text), directory: "", settings: [], seed: nil)
}

/// A small scenario with further lines.
func small(
  _ lines: String, subject: String = "pbft", measure: String = "metrics",
  schedule: String = "{ duration: 100 ms }"
) -> String {
  "name: t\nmeasure: \(measure)\nseries: [{ protocol: \(subject) }]\n"
    + "network: { latency: 5 ms }\nschedule: \(schedule)\n\(lines)\n"
}

@Suite("Settings without effect")
struct EffectTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let text: String
    let complaint: String
    var testDescription: String { complaint }
  }

  static let fileKeys: [Refusal] = [
    "seed", "repeat", "measure", "title", "name", "figure", "series.0.protocol", "variants",
    "sweep.replicas", "exclude", "replay.digest",
  ].flatMap { key in
    [
      Refusal(text: small("sweep: { \(key): [1, 2] }"), complaint: "'\(key)' belongs to the whole"),
      Refusal(
        text: small("variants: [{ name: v, with: { \(key): 1 } }]"),
        complaint: "'\(key)' belongs to the whole"),
      Refusal(
        text: small("").replacing("protocol: pbft", with: "protocol: pbft, with: { \(key): 1 }"),
        complaint: "'\(key)' belongs to the whole"),
    ]
  }

  static let idle: [Refusal] = [
    Refusal(text: small("raft: { batch: 2 }"), complaint: "'raft' has no effect"),
    Refusal(text: small("pow: { confirmations: 1 }"), complaint: "'pow' has no effect"),
    Refusal(text: small("chain: { common-prefix: true }"), complaint: "'chain' has no effect"),
    Refusal(text: small("sc-pbft: { strikes: 2 }"), complaint: "'sc-pbft' has no effect"),
    Refusal(
      text: small("pbft: { batch: 1 }", subject: "raft"), complaint: "'pbft' has no effect"),
    Refusal(
      text: small("clients: { timeout: 1 s }", subject: "pow"),
      complaint: "'clients.timeout' has no effect"),
    Refusal(
      text: small("sc-pbft: { aged-threshold: 3 }", subject: "sc-pbft"),
      complaint: "'sc-pbft.aged-threshold' has no effect"),
    Refusal(
      text: small("sc-pbft: { expire: true }", subject: "sc-pbft"), complaint: "expire"),
    Refusal(
      text: small("sc-pbft: { allow-shrink: true }", subject: "sc-pbft"),
      complaint: "allow-shrink"),
    Refusal(
      text: small("sc-pbft: { restart-cost: 1 s }", subject: "sc-pbft"),
      complaint: "restart-cost"),
    Refusal(text: small("pbft: { rotation: per-test }"), complaint: "rotation-delay"),
    Refusal(
      text: small("", schedule: "{ tests: 2, window: 1 s, rotation-delay: 1 ms }"),
      complaint: "'schedule.rotation-delay' has no effect"),
    Refusal(
      text: small("", schedule: "{ tests: 2, duration: 1 s }"),
      complaint: "'schedule.tests' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1], behaviour: silent, from: 100 ms }]"),
      complaint: "'faults.0' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1], behaviour: silent, arrival: convert }]"),
      complaint: "'faults.0.arrival' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1], behaviour: crash, recipients: [0] }]"),
      complaint: "'faults.0.recipients' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1], behaviour: pause, by: 1 ms, probability: 50 % }]"),
      complaint: "'faults.0.probability' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1], behaviour: crash, messages: [commit] }]"),
      complaint: "'faults.0.messages' has no effect"),
    Refusal(
      text: small("faults: [{ nodes: [1, 1], behaviour: silent }]"), complaint: "listed twice"),
    Refusal(text: small("sweep: { pbft.batch: [1, 1] }"), complaint: "swept over 1 twice"),
    Refusal(
      text: small("sweep: { pbft.batch: [1, 2] }\nexclude: [{ pbft.batch: 3 }]"),
      complaint: "leaves out nothing"),
    Refusal(
      text: small("sweep: { pbft.batch: [1, 2] }\nexclude: [{ pbft.batch: 1 }, { pbft.batch: 2 }]"),
      complaint: "is left out"),
    Refusal(
      text: small("variants: [{ name: v, with: { pbft.batch: 2 } }]").replacing(
        "protocol: pbft", with: "protocol: pbft, with: { pbft.batch: 3 }"),
      complaint: "always replaced"),
    Refusal(text: small("variants: [{ name: v }, { name: v }]"), complaint: "described twice"),
    Refusal(
      text: small("variants: [{ name: v, series: [PBFT] }]").replacing(
        "{ protocol: pbft }", with: "{ protocol: pbft }, { protocol: raft }"),
      complaint: "no variant runs the series 'Raft'"),
    Refusal(
      text: small("").replacing(
        "latency: 5 ms", with: "latency: 5 ms, events: [{ at: 1 s, cut: { from: [0], to: [1] } }]"),
      complaint: "'network.events.0' has no effect"),
    Refusal(
      text: small("").replacing(
        "latency: 5 ms", with: "latency: 5 ms, links: [{ from: [0], to: [0], latency: 1 ms }]"),
      complaint: "no link to itself"),
    Refusal(
      text: small("").replacing(
        "latency: 5 ms", with: "latency: 5 ms, events: [{ at: 0 s, partition: [[0, 1], [1, 2]] }]"),
      complaint: "on both sides"),
    Refusal(
      text: small("clients: { reply-quorum: strong }", subject: "raft"),
      complaint: "'reply-quorum: strong' waits for 3 replies"),
    Refusal(
      text: small("clients: { reply-quorum: weak }\nreplicas: 5", subject: "raft"),
      complaint: "'reply-quorum: weak' waits for 2 replies"),
  ]

  static let pointless: [Refusal] = [
    ("behaviour: twins, recipients: [1], from: 1 ms", "pbft", "from"),
    ("behaviour: twins, recipients: [1], as-primary: true", "pbft", "as-primary"),
    ("behaviour: twins, recipients: [1], sent: [1, 2]", "pbft", "sent"),
    ("behaviour: selfish, until: 5 ms", "pow", "until"),
    ("behaviour: withhold, after-rounds: 3", "pow", "after-rounds"),
    ("behaviour: empty-blocks, tests: [1, 1]", "pow", "tests"),
    ("behaviour: oversized-blocks, probability: 0.5", "pow", "probability"),
    ("behaviour: selfish, views: [1, 2]", "pow", "views"),
  ].map { rule, name, key in
    Refusal(
      text: small("faults: [{ nodes: [0], \(rule) }]", subject: name),
      complaint: "'faults.0.\(key)' has no effect")
  }

  static let senseless: [Refusal] = [
    Refusal(text: small("jitter: 5 %"), complaint: "'jitter' has no effect"),
    Refusal(
      text: small("nodes: [{ id: 0, service-time: 2 }, { id: 1 }, { id: 2 }, { id: 3 }]"),
      complaint: "'nodes.0.service-time' has no effect"),
    Refusal(
      text: small("", schedule: "{ first-requests: 5, pause: 1 ms }"),
      complaint: "'schedule.pause' has no effect"),
    Refusal(
      text: small("", schedule: "{ duration: 2 s, time-limit: 1 s }"),
      complaint: "before the schedule can be carried out"),
    Refusal(
      text: small("", schedule: "{ tests: 3, window: 1 s, interval: 2 s, time-limit: 4 s }"),
      complaint: "before the schedule can be carried out"),
    Refusal(
      text: small("clients: { retransmit-after: 2 s, timeout: 2 s }"),
      complaint: "'clients.retransmit-after' has no effect"),
    Refusal(
      text: small("clients: { deceit: bad-signatures }", subject: "raft"),
      complaint: "'clients.deceit' has no effect"),
    Refusal(
      text: small("clients: [{ connections: 0 }, { connections: 2 }]"),
      complaint: "'clients.0' has no effect"),
    Refusal(
      text: small("cost-overrides: { verify: 1 ms }\njitter: 0.0000004"),
      complaint: "more than six decimals"),
    Refusal(
      text: small(
        "cost-overrides: { verify: 1 ms }\n"
          + "nodes: [{ id: 0, service-time: 0.0010004 }, { id: 1 }, { id: 2 }, { id: 3 }]"),
      complaint: "more than six decimals"),
  ]

  @Test("A limit that nobody means to reach and a crash that passes are fine")
  func heeded() throws {
    for text in [
      small(
        "expect: { fulfilled: may-break }", schedule: "{ duration: 2 s, time-limit: 1 s }"),
      small(
        "faults: [{ nodes: [1], behaviour: crash, down-for: 5 ms }, "
          + "{ nodes: [1], behaviour: silent, from: 9 ms }]"),
      small("cost-overrides: { verify: 1 ms }\njitter: 0.000004"),
    ] {
      #expect(throws: Never.self) { try scenario(of: text) }
    }
  }

  @Test("What no run heeds is refused", arguments: fileKeys + idle + pointless + senseless)
  func refuses(_ refusal: Refusal) throws {
    let error = try #require(throws: ScenarioError.self) { try scenario(of: refusal.text) }
    #expect(error.cause == .invalid)
    #expect(error.description.contains(refusal.complaint), "\(error)")
    #expect(error.diagnostics.allSatisfy { $0.location != nil })
  }

  @Test("Raft's leader is one reply, which is enough where no replica may lie")
  func repliesOfRaft() throws {
    #expect(
      try scenario(
        of: small("clients: { reply-quorum: strong }\nreplicas: 3", subject: "raft")
      ).cells.count == 1)
    #expect(
      try scenario(of: small("clients: { reply-quorum: one }", subject: "raft")).cells.count
        == 1)
  }

  @Test("A key that one cell heeds is fine")
  func mixed() throws {
    let both = small("raft: { batch: 2 }\npbft: { batch: 2 }").replacing(
      "{ protocol: pbft }", with: "{ protocol: pbft }, { protocol: raft }")
    #expect(try scenario(of: both).cells.count == 2)
  }

  @Test("Only suspicion moves the lead where the rotation says so")
  func rotation() async throws {
    let loaded = try scenario(
      of: small(
        "clients: { connections: 1 }\nsweep: { pbft.rotation: [on-suspicion, per-test] }",
        schedule: "{ tests: 3, window: 100 ms, interval: 300 ms, rotation-delay: 50 ms }"))
    let results = await Runner(workers: 1).run(loaded) { _, _ in }
    #expect(results.map(\.counters.highestView) == [0, 3])
  }
}

@Suite("The bounds of each protocol")
struct FaultBoundTests {
  @Test(
    "What a protocol does not tolerate needs an expectation about that protocol",
    arguments: [
      ("raft", "replicas: 1", true), ("raft", "replicas: 3", true), ("pow", "replicas: 1", true),
      ("pbft", "replicas: 3", false), ("sc-pbft", "replicas: 3", false),
      ("pbft", "replicas: 3\nexpect: { P-1: may-break }", true),
      ("pbft", "replicas: 3\nexpect: { P-1: holds }", false),
      ("raft", "expect: { P-1: may-break }", false),
      ("pbft", "expect: { SC-1: may-break }", false),
      ("raft", "faults: [{ nodes: [0], behaviour: mutate }]", false),
      ("raft", "faults: [{ nodes: [0], behaviour: mutate }]\nexpect: { R-1: may-break }", true),
      ("raft", "faults: [{ nodes: [0, 1], behaviour: silent }]", true),
      ("raft", "faults: [{ nodes: [0, 1], behaviour: duplicate }]", true),
      ("pbft", "faults: [{ nodes: [0, 1], behaviour: silent }]", false),
      ("pow", "faults: [{ nodes: [0, 1], behaviour: empty-blocks }]", true),
      ("pow", "faults: [{ nodes: [2, 3], behaviour: empty-blocks }]", true),
      ("pow", "faults: [{ nodes: [0, 1, 2, 3], behaviour: silent }]", true),
      ("pow", "faults: [{ nodes: [2, 3], behaviour: delay, delay: 1 s }]", true),
      ("pow", "faults: [{ nodes: [2, 3], behaviour: tamper }]", false),
      ("pow", "faults: [{ nodes: [2, 3], behaviour: invalid-blocks }]", false),
      ("pow", "faults: [{ nodes: [2, 3], behaviour: withhold }]", false),
      ("pow", "faults: [{ random-honest: 2, behaviour: selfish }]", false),
      (
        "pow", "faults: [{ nodes: [2, 3], behaviour: selfish }]\nexpect: { W-1: may-break }", true
      ),
    ])
  func bounds(_ name: String, _ lines: String, _ isAccepted: Bool) {
    let found = try? scenario(of: small(lines, subject: name))
    #expect((found != nil) == isAccepted)
  }

  @Test("An expectation about one protocol excuses no other")
  func unlocks() {
    let text = small("replicas: 3\nexpect: { R-1: may-break }").replacing(
      "{ protocol: pbft }", with: "{ protocol: pbft }, { protocol: raft }")
    #expect(throws: ScenarioError.self) { try scenario(of: text) }
  }
}
