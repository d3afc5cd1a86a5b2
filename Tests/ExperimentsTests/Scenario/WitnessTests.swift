import Testing

@testable import Experiments

/// For each key a small scenario and two values that make different runs.
@Suite("Witnesses of keys")
struct WitnessTests {
  struct Witness: Sendable, CustomTestStringConvertible {
    let key: String
    let values: [String]
    var name = "pbft"
    var schedule = "{ duration: 300 ms }"
    var lines = ""
    /// The key that is set, with the witnessed one inside its values, where that is another.
    var path: String?
    var testDescription: String { key }
  }

  private static let clients = "clients: { connections: 3 }"
  private static let silent = "faults: [{ nodes: [0], behaviour: silent }]\n"
  private static let quick = "pbft: { view-timeout: 50 ms, retransmission: 30 ms }\n"
  private static let tests = "{ tests: 2, window: 100 ms, interval: 200 ms, rotation-delay: 20 ms }"

  static let witnesses: [Witness] =
    [
      Witness(key: "replicas", values: ["4", "5"]),
      Witness(key: "jitter", values: ["0", "50 %"], lines: "cost-overrides: { verify: 1 ms }"),
      Witness(key: "cost-overrides.verify", values: ["0 s", "1 ms"]),
      Witness(key: "network.latency", values: ["1 ms", "2 ms"]),
      Witness(key: "network.loss", values: ["0", "0.2"]),
      Witness(key: "network.duplication", values: ["0", "0.5"]),
      Witness(
        key: "network.fifo", values: ["false", "true"],
        lines:
          "variants: [{ name: v, with: { network.latency: { law: uniform, from: 1 ms, to: 9 ms } } }]"
      ),
      Witness(key: "network.uplink", values: ["1 Mbit/s", "2 Mbit/s"]),
      Witness(key: "network.downlink", values: ["1 Mbit/s", "2 Mbit/s"]),
      Witness(
        key: "network.message-size", values: ["600 B", "900 B"],
        lines: "variants: [{ name: v, with: { network.uplink: 1 Mbit/s } }]"),
      Witness(
        key: "network.transaction-size", values: ["600 B", "900 B"],
        lines: "variants: [{ name: v, with: { network.uplink: 1 Mbit/s } }]"),
      Witness(
        key: "network.regions", values: ["[]", "[{ between: [a, a], latency: 1 ms }]"],
        lines: "nodes: [{ id: 0, group: a }, { id: 1, group: a }, { id: 2 }, { id: 3 }]"),
      Witness(
        key: "network.links", values: ["[]", "[{ from: [0], to: [1], latency: 9 ms }]"]),
      Witness(
        key: "network.events",
        values: ["[]", "[{ at: 10 ms, slow: { from: [0], to: [1], by: 9 ms } }]"]),
      Witness(
        key: "nodes",
        values: [
          "[]", "[{ id: 0, service-time: 2 }, { id: 1 }, { id: 2 }, { id: 3 }]",
        ], lines: "cost-overrides: { verify: 1 ms }"),
      Witness(key: "clients.connections", values: ["1", "2"]),
      Witness(key: "clients.think-time", values: ["1 ms", "2 ms"]),
      Witness(key: "clients.rate", values: ["50 /s", "90 /s"]),
      Witness(key: "clients.dispatch", values: ["multicast", "one"]),
      Witness(
        key: "clients.reply-quorum", values: ["strong", "one"],
        lines:
          "variants: [{ name: v, with: { network.links: [{ from: [2, 3], to: [clients], latency: 20 ms }] } }]"
      ),
      Witness(key: "clients.timeout", values: ["10 ms", "50 ms"]),
      Witness(
        key: "clients.after-decline", values: ["draw", "same"],
        lines: "variants: [{ name: v, with: { clients.dispatch: one, clients.timeout: 20 ms, "
          + "faults: [{ nodes: [0], behaviour: hold }] } }]"),
      Witness(key: "clients.retransmit-after", values: ["7 ms", "100 ms"]),
      Witness(key: "clients.deceit", values: ["none", "bad-signatures"]),
      Witness(key: "pbft.view-timeout", values: ["50 ms", "90 ms"], lines: silent),
      Witness(
        key: "pbft.retransmission", values: ["30 ms", "70 ms"], lines: silent),
      Witness(key: "pbft.rotation", values: ["on-suspicion", "every-blocks"]),
      Witness(
        key: "pbft.batch", values: ["1", "8"],
        lines: "clients: { rate: 2000 /s }\npbft: { checkpoint-interval: 1, window: 2 }"),
      Witness(key: "pbft.checkpoint-interval", values: ["1", "4"]),
      Witness(
        key: "pbft.window", values: ["2", "64"],
        lines: "clients: { rate: 2000 /s }\npbft: { checkpoint-interval: 1 }"),
      Witness(
        key: "pbft.blocks-per-turn", values: ["1", "3"], lines: "pbft: { rotation: every-blocks }"),
      Witness(
        key: "sc-pbft.strikes", values: ["1", "5"], name: "sc-pbft", schedule: "{ duration: 3 s }",
        lines: quick + silent),
      Witness(
        key: "sc-pbft.marking", values: ["certified", "literal"], name: "sc-pbft",
        schedule: "{ duration: 3 s }", lines: quick + silent),
      Witness(
        key: "sc-pbft.epoch-length", values: ["2", "5"], name: "sc-pbft",
        schedule: "{ duration: 3 s }",
        lines: quick + silent + "sc-pbft: { strikes: 1 }\nreplicas: 7"),
      Witness(
        key: "raft.heartbeat", values: ["10 ms", "20 ms"], name: "raft",
        schedule: "{ duration: 3 s }"),
      Witness(
        key: "raft.election-timeout", values: ["[200 ms, 300 ms]", "[400 ms, 500 ms]"],
        name: "raft",
        schedule: "{ duration: 3 s }"),
      Witness(
        key: "raft.batch", values: ["1", "8"], name: "raft", schedule: "{ duration: 3 s }",
        lines: "clients: { rate: 900 /s }"),
      Witness(
        key: "raft.snapshot-every", values: ["2", "100000"], name: "raft",
        schedule: "{ duration: 3 s }",
        lines:
          "variants: [{ name: v, with: { network.events: [{ at: 100 ms, until: 2 s, partition: [[0, 1, 2, clients], [3]] }] } }]"
      ),
      Witness(
        key: "raft.pre-vote", values: ["true", "false"], name: "raft",
        schedule: "{ duration: 6 s }",
        lines:
          "faults: [{ nodes: [0, 1, 2, 3], behaviour: crash, as-primary: true, from: 1 s, until: 1001 ms }]"
      ),
      Witness(
        key: "pow.hash-rates", values: ["[100 kH/s]", "[200 kH/s]"], name: "pow",
        schedule: "{ blocks: 2 }"),
      Witness(
        key: "pow.difficulty-bits", values: ["10", "12"], name: "pow",
        schedule: "{ blocks: 2 }"),
      Witness(
        key: "pow.confirmations", values: ["1", "3"], name: "pow",
        schedule: "{ blocks: 6 }"),
      Witness(
        key: "pow.block-capacity", values: ["1", "9"], name: "pow",
        schedule: "{ blocks: 6 }"),
      Witness(
        key: "pow.announce-every", values: ["1 s", "2 s"], name: "pow",
        schedule: "{ blocks: 3 }"),
      Witness(
        key: "pow.relay-transactions", values: ["false", "true"], name: "pow",
        schedule: "{ blocks: 3 }"),
      Witness(
        key: "schedule.tests", values: ["2", "3"], schedule: tests,
        lines: "pbft: { rotation: per-test }"),
      Witness(
        key: "schedule.window", values: ["100 ms", "110 ms"], schedule: tests,
        lines: "pbft: { rotation: per-test }"),
      Witness(
        key: "schedule.interval", values: ["200 ms", "210 ms"], schedule: tests,
        lines: "pbft: { rotation: per-test }"),
      Witness(
        key: "schedule.rotation-delay", values: ["20 ms", "30 ms"], schedule: tests,
        lines: "pbft: { rotation: per-test }"),
      Witness(key: "schedule.warmup", values: ["0 s", "10 ms"]),
      Witness(key: "schedule.duration", values: ["100 ms", "110 ms"]),
      Witness(key: "schedule.blocks", values: ["2", "3"], schedule: "{ blocks: 2 }"),
      Witness(
        key: "schedule.first-requests", values: ["2", "3"],
        schedule: "{ tests: 2, first-requests: 2, pause: 1 ms }"),
      Witness(
        key: "schedule.pause", values: ["2 ms", "3 ms"],
        schedule: "{ tests: 2, first-requests: 2, pause: 1 ms }"),
      Witness(key: "schedule.heal-at", values: ["20 ms", "90 ms"], schedule: "{ heal-at: 20 ms }"),
      Witness(key: "schedule.requests", values: ["1", "30"], schedule: "{ heal-at: 20 ms }"),
      Witness(key: "schedule.time-limit", values: ["50 ms", "70 ms"]),
      Witness(key: "limits.events", values: ["50", "70"]),
    ]
    + [
      ("behaviour", ["silent", "tamper"], ""), ("from", ["0 s", "50 ms"], ""),
      ("until", ["50 ms", "90 ms"], ""), ("after-rounds", ["0", "2"], ""),
      ("as-primary", ["false", "true"], "nodes: [1], "),
      ("messages", ["[commit]", "[prepare]"], ""),
      ("recipients", ["[1]", "[2]"], ""), ("probability", ["0.2", "0.9"], ""),
      ("nodes", ["[0]", "[1]"], ""), ("sent", ["[1, 2]", "[3, 9]"], ""),
      ("views", ["[0, 0]", "[5, 9]"], ""), ("tests", ["[1, 1]", "[2, 3]"], ""),
      ("alternate", ["false", "true"], "nodes: [1], "),
    ].map { key, values, nodes in
      Witness(
        key: "faults.0.\(key)", values: values,
        lines: "faults: [{ \(nodes.isEmpty ? "nodes: [0], " : nodes)behaviour: silent }]\n"
          + "clients: { rate: 200 /s }")
    }
    + [
      ("law", "law: uniform, from: 1 ms, to: 2 ms", "law: exponential, mean: 1 ms"),
      (
        "mean", "law: normal, mean: 5 ms, deviation: 1 ms",
        "law: normal, mean: 6 ms, deviation: 1 ms"
      ),
      (
        "deviation", "law: normal, mean: 5 ms, deviation: 1 ms",
        "law: normal, mean: 5 ms, deviation: 2 ms"
      ),
      ("from", "law: uniform, from: 1 ms, to: 9 ms", "law: uniform, from: 2 ms, to: 9 ms"),
      ("to", "law: uniform, from: 1 ms, to: 9 ms", "law: uniform, from: 1 ms, to: 8 ms"),
      (
        "median", "law: log-normal, median: 1 ms, sigma: 1",
        "law: log-normal, median: 2 ms, sigma: 1"
      ),
      (
        "sigma", "law: log-normal, median: 1 ms, sigma: 1",
        "law: log-normal, median: 1 ms, sigma: 2"
      ),
      ("minimum", "law: pareto, minimum: 1 ms, shape: 3", "law: pareto, minimum: 2 ms, shape: 3"),
      ("shape", "law: pareto, minimum: 1 ms, shape: 3", "law: pareto, minimum: 1 ms, shape: 2"),
    ].map { key, first, second in
      Witness(
        key: "network.latency.\(key)", values: ["{ \(first) }", "{ \(second) }"],
        path: "network.latency")
    }
    + [
      (
        "network.events.0.at", "at: 10 ms, cut: { from: [0], to: [1] }",
        "at: 50 ms, cut: { from: [0], to: [1] }"
      ),
      (
        "network.events.0.until", "at: 0 s, until: 50 ms, cut: { from: [0], to: [1] }",
        "at: 0 s, until: 90 ms, cut: { from: [0], to: [1] }"
      ),
      (
        "network.events.0.cut.from", "at: 0 s, cut: { from: [0], to: [1] }",
        "at: 0 s, cut: { from: [2], to: [1] }"
      ),
      (
        "network.events.0.cut.to", "at: 0 s, cut: { from: [0], to: [1] }",
        "at: 0 s, cut: { from: [0], to: [2] }"
      ),
      (
        "network.events.0.partition", "at: 0 s, partition: [[0], [1]]",
        "at: 0 s, partition: [[0], [2]]"
      ),
      (
        "network.events.0.slow.by", "at: 0 s, slow: { from: [0], to: [1], by: 1 ms }",
        "at: 0 s, slow: { from: [0], to: [1], by: 2 ms }"
      ),
      (
        "network.events.0.slow.from", "at: 0 s, slow: { from: [0], to: [1], by: 1 ms }",
        "at: 0 s, slow: { from: [2], to: [1], by: 1 ms }"
      ),
      (
        "network.events.0.slow.to", "at: 0 s, slow: { from: [0], to: [1], by: 1 ms }",
        "at: 0 s, slow: { from: [0], to: [2], by: 1 ms }"
      ),
      (
        "network.events.0.lose.from", "at: 0 s, lose: { from: [0], to: [1], probability: 0.5 }",
        "at: 0 s, lose: { from: [2], to: [1], probability: 0.5 }"
      ),
      (
        "network.events.0.lose.to", "at: 0 s, lose: { from: [0], to: [1], probability: 0.5 }",
        "at: 0 s, lose: { from: [0], to: [2], probability: 0.5 }"
      ),
      (
        "network.events.0.lose.probability",
        "at: 0 s, lose: { from: [0], to: [1], probability: 0.5 }",
        "at: 0 s, lose: { from: [0], to: [1], probability: 0.1 }"
      ),
      (
        "network.links.0.from", "from: [0], to: [1], latency: 9 ms",
        "from: [2], to: [1], latency: 9 ms"
      ),
      (
        "network.links.0.to", "from: [0], to: [1], latency: 9 ms",
        "from: [0], to: [2], latency: 9 ms"
      ),
      (
        "network.links.0.latency", "from: [0], to: [1], latency: 9 ms",
        "from: [0], to: [1], latency: 8 ms"
      ),
      (
        "network.links.0.loss", "from: [0], to: [1], latency: 9 ms",
        "from: [0], to: [1], latency: 9 ms, loss: 0.5"
      ),
      (
        "faults.0.delay", "nodes: [0], behaviour: delay, delay: 1 ms",
        "nodes: [0], behaviour: delay, delay: 2 ms"
      ),
      (
        "faults.0.by", "nodes: [0], behaviour: slow, by: 1 ms",
        "nodes: [0], behaviour: slow, by: 2 ms"
      ),
      (
        "faults.0.copies", "nodes: [0], behaviour: duplicate, copies: 1",
        "nodes: [0], behaviour: duplicate, copies: 2"
      ),
      (
        "faults.0.down-for", "nodes: [0], behaviour: crash, down-for: 10 ms",
        "nodes: [0], behaviour: crash, down-for: 50 ms"
      ),
      (
        "faults.0.disk", "nodes: [0], behaviour: crash, from: 50 ms, down-for: 10 ms",
        "nodes: [0], behaviour: crash, from: 50 ms, down-for: 10 ms, disk: lost"
      ),
      (
        "faults.0.after-writes", "nodes: [0], behaviour: crash, disk: torn, after-writes: 3",
        "nodes: [0], behaviour: crash, disk: torn, after-writes: 9"
      ),
      (
        "faults.0.arrivals-every", "arrivals-every: 2, behaviour: silent",
        "arrivals-every: 9, behaviour: silent"
      ),
      (
        "faults.0.random-honest", "random-honest: 1, behaviour: silent",
        "nodes: [0], behaviour: silent"
      ),
    ].map { key, first, second in
      let list = key.split(separator: ".0.")[0]
      return Witness(
        key: key, values: ["[{ \(first) }]", "[{ \(second) }]"], path: String(list))
    }

  @Test("Two values of a key make different runs", arguments: witnesses)
  func differs(_ witness: Witness) async throws {
    var digests: [String] = []
    for value in witness.values {
      let text = small(witness.lines, protocolName: witness.name, schedule: witness.schedule)
      let loaded = try Scenario(
        SourceFile(name: "t.yaml", text: text), directory: "",
        settings: ["\(witness.path ?? witness.key)=\(value)"], seed: nil)
      let results = await Runner(workers: 1).run(loaded) { _, _ in }
      digests.append(results.map { "\($0.digest) \($0.end)" }.joined())
    }
    #expect(Set(digests).count == witness.values.count)
  }

  /// Keys that have no witness yet; a new key is none of them.
  static let open: Set<String> = [
    "costs", "expect", "faults.0.arrival", "faults.0.hidden-blocks", "model",
    "network.regions.0.between", "network.regions.0.latency", "network.regions.0.loss",
    "nodes.0.group", "nodes.0.id", "nodes.0.name", "nodes.0.service-time", "nodes.0.timer-scale",
    "pow.retarget-every", "pow.target-interval", "probes", "promises", "raft.append-limit",
    "raft.check-quorum", "sc-pbft.aged-threshold", "sc-pbft.allow-shrink", "sc-pbft.exclusion",
    "sc-pbft.expire", "sc-pbft.restart-cost", "schedule.arrivals", "schedule.within",
  ]

  /// The sharing of records has tests of its own; a law is the same law under every key.
  private static func isElsewhere(_ key: String) -> Bool {
    key == "records" || key.hasPrefix("records.")
      || ["clients.think-time.", "faults.0.delay.", ".links.0.latency.", ".regions.0.latency."]
        .contains { key.contains($0) }
  }

  @Test("Every key has a witness")
  func complete() {
    let witnessed = Set(Self.witnesses.map(\.key))
    let keys = Set(
      SweptColumnTests.keys.map(\.key).filter { key in
        !Self.isElsewhere(key) && !witnessed.contains { $0.hasPrefix(key + ".") || $0 == key }
      })
    #expect(keys == Self.open, "\(keys.symmetricDifference(Self.open).sorted())")
  }
}
