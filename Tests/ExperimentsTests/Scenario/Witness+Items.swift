@testable import Experiments

extension Witness {
  /// When and whom a fault strikes.
  static let faultConditions: [Witness] =
    [
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

  /// Keys of items of lists.
  static let items: [Witness] =
    [
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
        "faults.0.disk", "nodes: [0], behaviour: crash, from: 50 ms, down-for: 10 ms, disk: lost",
        "nodes: [0], behaviour: crash, from: 50 ms, down-for: 10 ms, disk: unsynced"
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

  /// Each law with each of its parameters: the key, and two mappings.
  private static let laws: [(key: String, first: String, second: String)] = [
    ("law", "law: uniform, from: 1 ms, to: 2 ms", "law: exponential, mean: 1 ms"),
    ("mean", "law: constant, mean: 1 ms", "law: constant, mean: 2 ms"),
    (
      "mean", "law: normal, mean: 5 ms, deviation: 1 ms",
      "law: normal, mean: 6 ms, deviation: 1 ms"
    ),
    ("mean", "law: exponential, mean: 1 ms", "law: exponential, mean: 2 ms"),
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
    ("sigma", "law: log-normal, median: 1 ms, sigma: 1", "law: log-normal, median: 1 ms, sigma: 2"),
    ("minimum", "law: pareto, minimum: 1 ms, shape: 3", "law: pareto, minimum: 2 ms, shape: 3"),
    (
      "minimum", "law: exponential, mean: 1 ms",
      "law: exponential, minimum: 1 ms, mean: 1 ms"
    ),
    ("shape", "law: pareto, minimum: 1 ms, shape: 3", "law: pareto, minimum: 1 ms, shape: 2"),
  ]

  /// Every law at every key that takes one.
  static let lawPlaces: [Witness] = [
    ("network.latency", "network.latency", "", ""),
    ("clients.think-time", "clients.think-time", "", ""),
    ("records.load.think-time", "records.load.think-time", "", ""),
    ("network.links.0.latency", "network.links", "[{ from: [0], to: [1], latency: ", " }]"),
    ("network.regions.0.latency", "network.regions", "[{ between: [a, a], latency: ", " }]"),
    ("faults.0.delay", "faults", "[{ nodes: [0], behaviour: delay, delay: ", " }]"),
  ].flatMap { key, path, before, after in
    laws.map { law in
      Witness(
        key: "\(key).\(law.key)",
        values: [law.first, law.second].map { "\(before){ \($0) }\(after)" },
        schedule: key.hasPrefix("records") ? "{ duration: 200 ms }" : "{ duration: 60 ms }",
        lines: Self.setting(of: key), path: path)
    }
  }

  private static func setting(of key: String) -> String {
    if key.hasPrefix("records") {
      return records.replacing("slots: 3", with: "enrolment: done, mix: { upload: 1 }, slots: 3")
    }
    return key.contains("regions")
      ? "nodes: [{ id: 0, group: a }, { id: 1, group: a }, { id: 2 }, { id: 3 }]" : ""
  }
}
