@testable import Experiments

extension Witness {
  private static let regions =
    "nodes: [{ id: 0, group: a }, { id: 1, group: a }, "
    + "{ id: 2, group: b }, { id: 3 }]\n"
  private static let machines = "cost-overrides: { verify: 1 ms }\n"

  private static func nodes(_ first: String, _ others: String = "{ id: 1 }, { id: 2 }, { id: 3 }")
    -> String
  {
    "[{ \(first) }, \(others)]"
  }

  /// What only some circumstances bring out: machines, groups, verdicts, rare events of protocols.
  static let circumstances: [Witness] =
    [
      Witness(
        key: "costs", values: ["free", "costs/openssl-rsa2048.yaml"], lines: "replicas: 4"),
      Witness(
        key: "expect", values: ["{}", "{ fulfilled: violated }"], difference: .verdict),
      Witness(
        key: "promises", values: ["[]", "[calm]"], schedule: "{ duration: 3 s }",
        lines: quick + silent, difference: .verdict),
      Witness(
        key: "probes", values: ["true", "false"], schedule: "{ duration: 3 s }",
        lines: quick + silent + "promises: [calm]", difference: .verdict),
      Witness(key: "record.every", values: ["100 ms", "200 ms"], difference: .table),
      Witness(
        key: "record.latencies", values: ["false", "true"], lines: "record: { every: 1 s }",
        difference: .table),
      Witness(
        key: "nodes.0.id",
        values: [
          nodes("id: 0, service-time: 2"),
          nodes("id: 1, service-time: 2", "{ id: 0 }, { id: 2 }, { id: 3 }"),
        ], lines: machines, path: "nodes"),
      Witness(
        key: "nodes.0.name", values: [nodes("id: 0, name: a"), nodes("id: 0, name: b")],
        path: "nodes", difference: .legend),
      Witness(
        key: "nodes.0.service-time",
        values: [nodes("id: 0, service-time: 2"), nodes("id: 0, service-time: 3")],
        lines: machines, path: "nodes"),
      Witness(
        key: "nodes.0.drain",
        values: [nodes("id: 0, drain: false"), nodes("id: 0, drain: true")],
        lines: "cost-overrides: { receive: { fixed: 1 ms } }\n", path: "nodes"),
      Witness(
        key: "nodes.0.timer-scale",
        values: [nodes("id: 0, timer-scale: 1"), nodes("id: 0, timer-scale: 2")], name: "raft",
        schedule: "{ duration: 3 s }", path: "nodes"),
      Witness(
        key: "nodes.0.count",
        values: ["[{ count: 1, service-time: 2 }, {}]", "[{ count: 2, service-time: 2 }, {}]"],
        lines: machines, path: "nodes"),
      Witness(
        key: "nodes.0.group",
        values: [
          nodes("id: 0, group: a", "{ id: 1, group: a }, { id: 2 }, { id: 3 }"),
          nodes("id: 0", "{ id: 1, group: a }, { id: 2, group: a }, { id: 3 }"),
        ],
        lines: "variants: [{ name: v, with: { network.regions: "
          + "[{ between: [a, a], latency: 1 ms }] } }]", path: "nodes"),
    ]
    + [
      ("between", "between: [a, a], latency: 1 ms", "between: [a, b], latency: 1 ms"),
      ("latency", "between: [a, a], latency: 1 ms", "between: [a, a], latency: 2 ms"),
      (
        "loss", "between: [a, b], latency: 1 ms", "between: [a, b], latency: 1 ms, loss: 0.5"
      ),
    ].map { key, first, second in
      Witness(
        key: "network.regions.0.\(key)", values: ["[{ \(first) }]", "[{ \(second) }]"],
        lines: regions, path: "network.regions")
    }

  private static let lagging =
    "variants: [{ name: v, with: { network.events: [{ at: 2500 ms, until: 4 s, "
    + "partition: [[0, 1, 2, clients], [3]] }] } }]"
  private static let cutLeaders =
    "variants: [{ name: v, with: { network.events: [{ at: 2500 ms, until: 6 s, "
    + "partition: [[0, 1], [2, 3, clients]] }] } }]"
  private static let turning =
    "pbft: { rotation: every-blocks, view-timeout: 100 ms, retransmission: 50 ms }\n"
  /// Two nodes of ten that propose nothing.
  private static let eliminated =
    turning + "replicas: 10\n"
    + "faults: [{ nodes: [2, 5], behaviour: silent, messages: [pre-prepare] }]\n"

  /// What takes several turns, epochs or elections.
  static let longRuns: [Witness] = [
    Witness(
      key: "raft.entries", values: ["1", "64"], name: "raft",
      schedule: "{ duration: 4500 ms }",
      lines: lagging),
    Witness(
      key: "raft.check-quorum", values: ["true", "false"], name: "raft",
      schedule: "{ duration: 6 s }", lines: cutLeaders),
    Witness(
      key: "pow.retarget-every", values: ["2", "5"], name: "pow", schedule: "{ blocks: 12 }",
      lines: "pow: { target-interval: 5 s }", path: "pow.retarget-every"),
    Witness(
      key: "pow.target-interval", values: ["5 s", "50 s"], name: "pow", schedule: "{ blocks: 12 }",
      lines: "pow: { retarget-every: 2 }"),
    Witness(
      key: "sc-pbft.aged-threshold", values: ["1", "5"], name: "sc-pbft",
      schedule: "{ blocks: 60 }",
      lines: eliminated + "sc-pbft: { epoch-length: 1 n, strikes: 5 }"),
    Witness(
      key: "sc-pbft.allow-shrink", values: ["false", "true"], name: "sc-pbft",
      schedule: "{ blocks: 40 }",
      lines: turning + "faults: [{ nodes: [2], behaviour: silent, messages: [pre-prepare] }]\n"
        + "sc-pbft: { epoch-length: 1 n, strikes: 1 }"),
    Witness(
      key: "sc-pbft.expire", values: ["false", "true"], name: "sc-pbft",
      schedule: "{ blocks: 60 }",
      lines: eliminated + "sc-pbft: { epoch-length: 1 n, strikes: 1 }"),
    Witness(
      key: "sc-pbft.restart-cost", values: ["0 s", "100 ms"], name: "sc-pbft",
      schedule: "{ blocks: 60 }",
      lines: eliminated + "sc-pbft: { epoch-length: 1 n, strikes: 1 }"),
    // The turns pass over a malicious node anyway; the next view's own primary is what differs.
    Witness(
      key: "sc-pbft.exclusion", values: ["skip", "refuse"], name: "sc-pbft",
      schedule: "{ duration: 4 s }",
      lines: "pbft: { rotation: every-blocks, view-timeout: 300 ms, retransmission: 150 ms }\n"
        + "replicas: 7\nfaults: [{ nodes: [2], behaviour: tamper }, "
        + "{ nodes: [3], behaviour: silent, from: 1 s }]"),
    Witness(
      key: "schedule.within", values: ["100 ms", "200 ms"], schedule: "{ heal-at: 20 ms }",
      lines: "faults: [{ nodes: [0, 1], behaviour: silent }]\nexpect: { PL-1: may-break }"),
    Witness(
      key: "faults.0.hidden-blocks",
      values: [
        "[{ nodes: [3], behaviour: withhold, hidden-blocks: 2 }]",
        "[{ nodes: [3], behaviour: withhold, hidden-blocks: 6 }]",
      ], name: "pow", schedule: "{ blocks: 60 }",
      lines: "pow: { hash-rates: [2 MH/s, 2 MH/s, 2 MH/s, 4 MH/s] }", path: "faults"),
  ]

  private static let selfish =
    "pow: { hash-rates: [450 kH/s, 200 kH/s, 200 kH/s, 150 kH/s] }\n"
    + "faults: [{ nodes: [0], behaviour: selfish }]\n"

  /// What is promised of a chain.
  static let chains: [Witness] = [
    Witness(
      key: "chain.common-prefix", values: ["false", "true"], name: "pow",
      schedule: "{ blocks: 100 }", lines: selfish, difference: .verdict),
    Witness(
      key: "chain.quality.window", values: ["5", "1000"], name: "pow", schedule: "{ blocks: 100 }",
      lines: selfish + "chain: { quality: { share: 80 % } }", difference: .verdict),
    Witness(
      key: "chain.quality.share", values: ["0.1 %", "80 %"], name: "pow",
      schedule: "{ blocks: 100 }",
      lines: selfish + "chain: { quality: { window: 20 } }", difference: .verdict),
    Witness(
      key: "chain.interval", values: ["[1 s, 1 h]", "[1 s, 2 s]"], name: "pow",
      schedule: "{ blocks: 100 }", difference: .verdict),
  ]

  private static let arriving = "faults: [{ arrivals-every: 1 n, behaviour: silent }]\n"

  /// The slot model and the arrivals of Byzantine members.
  static let arrivals: [Witness] = [
    Witness(
      key: "model", values: ["messages", "slots"], name: "sc-pbft", schedule: "{ arrivals: 2 }",
      lines: arriving + "sc-pbft: { epoch-length: 1 n }", measure: "survival", network: ""),
    Witness(
      key: "faults.0.arrival",
      values: ["convert", "join"].map {
        "[{ arrivals-every: 1 n, behaviour: silent, arrival: \($0) }]"
      }, name: "sc-pbft", schedule: "{ arrivals: 6 }", lines: "model: slots", measure: "survival",
      network: "", path: "faults"),
    Witness(
      key: "schedule.arrivals", values: ["2", "3"], name: "sc-pbft", schedule: "{ arrivals: 2 }",
      lines: "model: slots\n" + arriving, measure: "survival", network: ""),
  ]
}
