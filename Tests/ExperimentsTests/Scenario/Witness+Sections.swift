@testable import Experiments

extension Witness {
  /// Keys of every section but faults and records.
  static let sections: [Witness] =
    [
      Witness(key: "replicas", values: ["4", "5"]),
      Witness(key: "jitter", values: ["0", "50 %"], lines: "cost-overrides: { verify: 1 ms }"),
      Witness(
        key: "jitter.law", values: ["{ law: exponential }", "{ law: log-normal, sigma: 1 }"],
        lines: "cost-overrides: { verify: 1 ms }", path: "jitter"),
      Witness(
        key: "jitter.sigma",
        values: ["{ law: log-normal, sigma: 1 }", "{ law: log-normal, sigma: 2 }"],
        lines: "cost-overrides: { verify: 1 ms }", path: "jitter"),
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
      Witness(
        key: "network.cloud", values: ["none", "aws"],
        lines: "nodes: [{ group: [us-east-1, us-east-2] }]\nclients: { group: us-east-1 }\n"
          + "cost-overrides: { verify: 1 ms }", network: "network: {}"),
      Witness(
        key: "hosts", values: ["[]", "[{ cores: 1, machines: [all] }]"],
        lines: "cost-overrides: { verify: 1 ms }"),
      Witness(
        key: "hosts.0.cores",
        values: ["[{ cores: 1, machines: [all] }]", "[{ cores: 2, machines: [all] }]"],
        lines: "cost-overrides: { verify: 1 ms }", path: "hosts"),
      Witness(
        key: "hosts.0.machines",
        values: ["[{ cores: 1, machines: [0, 1] }]", "[{ cores: 1, machines: [0, 1, 2] }]"],
        lines: "cost-overrides: { verify: 1 ms }", path: "hosts"),
      Witness(key: "clients.work", values: ["0 s", "3 ms"]),
      Witness(key: "clients.count", values: ["1", "2"]),
      Witness(
        key: "clients.group", values: ["a", "b"],
        lines: "nodes: [{ group: a, count: 2 }, { group: b }]\n"
          + "variants: [{ name: v, with: { network.regions: [{ between: [a, b], latency: 9 ms }] } }]"
      ),
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
      Witness(
        key: "clients.member", values: ["0", "1"], name: "raft",
        lines: "raft: { requests: forward }"),
      Witness(
        key: "clients.retry-after", values: ["5 ms", "20 ms"], name: "raft",
        lines: "raft: { request-timeout: 20 ms }\n"
          + "faults: [{ nodes: [1, 2, 3], behaviour: crash }]"),
      Witness(
        key: "raft.requests", values: ["redirect", "forward"], name: "raft",
        lines: "clients: { dispatch: one }"),
      Witness(
        key: "raft.request-timeout", values: ["20 ms", "50 ms"], name: "raft",
        lines: "faults: [{ nodes: [1, 2, 3], behaviour: crash }]"),
      Witness(key: "clients.deceit", values: ["none", "bad-signatures"]),
      Witness(key: "pbft.view-timeout", values: ["50 ms", "90 ms"], lines: silent),
      Witness(
        key: "pbft.retransmission", values: ["30 ms", "70 ms"], lines: silent),
      Witness(key: "pbft.rotation", values: ["on-suspicion", "every-blocks"]),
      Witness(
        key: "pbft.batch", values: ["1", "8"],
        lines: "clients: { rate: 2000 /s }\npbft: { checkpoint-interval: 1, window: 2 }"),
      Witness(
        key: "pbft.batch-bytes", values: ["1600 B", "16 kB"],
        lines: "clients: { rate: 2000 /s }\npbft: { batch: 8, in-flight: 1 }"),
      Witness(
        key: "pbft.batch-delay", values: ["1 ms", "9 ms"],
        lines: "clients: { rate: 2000 /s }\npbft: { batch: 100 }"),
      Witness(
        key: "pbft.in-flight", values: ["1", "4"], lines: "clients: { rate: 2000 /s }"),
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
        key: "raft.batch-bytes", values: ["1600 B", "16 kB"], name: "raft",
        schedule: "{ duration: 3 s }",
        lines: "clients: { rate: 900 /s }\nraft: { batch: 8, in-flight: 1 }"),
      Witness(
        key: "raft.batch-delay", values: ["1 ms", "9 ms"], name: "raft",
        schedule: "{ duration: 3 s }", lines: "clients: { rate: 900 /s }\nraft: { batch: 100 }"),
      Witness(
        key: "raft.in-flight", values: ["1", "4"], name: "raft", schedule: "{ duration: 3 s }",
        lines: "clients: { rate: 900 /s }"),
      Witness(
        key: "raft.commit", values: ["with-next", "at-once"], name: "raft",
        schedule: "{ duration: 3 s }"),
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
        key: "raft.no-op", values: ["if-uncommitted", "always"], name: "raft",
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
      Witness(
        key: "schedule.time-limit", values: ["50 ms", "70 ms"],
        lines: "expect: { fulfilled: may-break }"),
      Witness(
        key: "schedule.rotate-every", values: ["500 ms", "700 ms"], name: "raft",
        schedule: "{ heal-at: 4 s }"),
      Witness(
        key: "schedule.settle-within", values: ["1 ms", "10 s"], schedule: "{ heal-at: 20 ms }",
        lines: silent),
      Witness(key: "application", values: ["none", "history"]),
      Witness(
        key: "pow.peers", values: ["2", "4"], name: "pow", schedule: "{ blocks: 6 }",
        lines: "replicas: 7"),
      Witness(key: "limits.events", values: ["50", "70"]),
    ]
}
