/// Small scenarios in which nearly every key is written, for values to be replaced by extreme ones.
enum Extremes {
  static let scenarios: [[UInt8]] =
    (protocols + schedules).map { Array($0.utf8) }
    + faults.map { Array((scenario($0.0, faults: $0.1)).utf8) }

  private static let schedules = [
    scenario(
      "pbft", schedule: "{ tests: 2, window: 50 ms, rotation-delay: 5 ms, interval: 60 ms }"),
    scenario("sc-pbft", schedule: "{ tests: 3, first-requests: 2, pause: 10 ms }"),
    scenario("raft", schedule: "{ warmup: 10 ms, duration: 100 ms }"),
    scenario("pow", schedule: "{ blocks: 2, time-limit: 10 h }"),
    scenario("raft", schedule: "{ heal-at: 100 ms, within: 10 s, requests: 2 }"),
    scenario("pow", schedule: "{ heal-at: 100 ms, within: 10 s, requests: 2 }"),
  ]

  private static let protocols =
    ["pbft", "sc-pbft", "raft", "pow"].flatMap { name in
      [
        scenario(name),
        scenario(name, clients: "[{ rate: 200 /s }, { connections: 2, deceit: huge-timestamps }]"),
        scenario(name, clients: "[{ rate: 100 /s, dispatch: one, timeout: 1 ms }]"),
      ]
    } + [slots]

  private static let slots = """
    name: slots
    measure: survival
    model: slots
    series: [{ protocol: pbft }, { protocol: sc-pbft }]
    replicas: 8
    schedule: { arrivals: 20 }
    faults: [{ arrivals-every: 2 n, behaviour: silent, arrival: join }]
    sc-pbft: { strikes: 2, epoch-length: 4 n, aged-threshold: 5 }
    sweep: { replicas: [4, 8, 16] }

    """

  private static let faults: [(String, String)] = [
    (
      "pbft", "{ nodes: [0], behaviour: slow, by: 9 ms }, { nodes: [0], behaviour: slow, by: 5 ms }"
    ),
    ("pbft", "{ nodes: [1], behaviour: twins, recipients: [2] }"),
    ("sc-pbft", "{ nodes: [0], behaviour: duplicate, copies: 2, views: [0, 3], tests: [1, 2] }"),
    ("sc-pbft", "{ arrivals-every: 2 n, behaviour: tamper, as-primary: true, alternate: true }"),
    ("raft", "{ nodes: [0], behaviour: crash, down-for: 20 ms, disk: torn, after-writes: 3 }"),
    ("pow", "{ nodes: [0], behaviour: crash, down-for: 20 ms, disk: unsynced }"),
    ("raft", "{ nodes: [0], behaviour: pause, by: 20 ms, from: 5 ms, until: 40 ms }"),
    (
      "raft",
      "{ random-honest: 1, behaviour: delay, delay: { law: pareto, minimum: 1 ms, shape: 2 } }"
    ),
    ("pow", "{ nodes: [0], behaviour: withhold, hidden-blocks: 2, after-rounds: 1 }"),
    ("pow", "{ nodes: [0], behaviour: selfish }, { nodes: [0], behaviour: replay, sent: [1, 5] }"),
    ("pbft", "{ nodes: [0], behaviour: invent, probability: 50 % }"),
    (
      "pbft",
      "{ nodes: [0], behaviour: delay, delay: 3 ms }, { nodes: [0], behaviour: delay, delay: 9 h }"
    ),
  ]

  private static func scenario(
    _ name: String, schedule: String = "{ duration: 200 ms }",
    clients: String =
      "[{ connections: 3, think-time: 1 ms, timeout: 1 s, retransmit-after: 100 ms }]",
    faults: String = ""
  ) -> String {
    """
    name: extremes
    measure: metrics
    seed: 7
    repeat: 1
    series: [{ protocol: \(name) }]
    replicas: 4
    nodes:
      - { id: 0, service-time: 1, timer-scale: 1, group: east }
      - { id: 1, service-time: 2, timer-scale: 1 }
      - { id: 2, service-time: 1, timer-scale: 3, group: west }
      - { id: 3, service-time: 1 }
    network:
      latency: { law: uniform, from: 1 ms, to: 2 ms }
      loss: 1 %
      duplication: 1 %
      fifo: true
      uplink: 10 Mbit/s
      downlink: 10 Mbit/s
      message-size: 600 B
      transaction-size: 800 B
      regions: [{ between: [east, west], latency: { law: log-normal, median: 3 ms, sigma: 1 } }]
      links: [{ from: [0], to: [1, clients], latency: { law: normal, mean: 2 ms, deviation: 1 ms } }]
      events:
        - { at: 10 ms, until: 20 ms, partition: [[0], [1, 2]] }
        - { at: 5 ms, slow: { from: [all], to: [3], by: 2 ms } }
        - { at: 5 ms, slow: { from: [1], to: [3], by: 3 ms } }
        - { at: 7 ms, slow: { from: [1], to: [3], by: 1 ms } }
        - { at: 30 ms, lose: { from: [2], to: [0], probability: 10 % } }
    costs: free
    cost-overrides: { receive: 1 us, send: 2 us, sign: 3 us, verify: 4 us, execute: 5 us, hash: 1 us }
    jitter: 5 %
    clients: \(clients)
    schedule: \(schedule)
    limits: { events: 3000 }
    \(sections(name))
    faults: [\(faults)]

    """
  }

  /// The keys of a protocol; those of another would be refused, since they have no effect.
  private static func sections(_ name: String) -> String {
    switch name {
    case "raft":
      """
      raft: { heartbeat: 10 ms, election-timeout: [100 ms, 200 ms], batch: 3 }
      expect: { R-1: may-break }
      """
    case "pow":
      """
      pow:
        { hash-rates: [100 kH/s, 200 kH/s], difficulty-bits: 12, confirmations: 2, block-capacity: 5,
          retarget-every: 3, target-interval: 20 ms, announce-every: 50 ms }
      expect: { W-1: may-break }
      """
    default:
      """
      pbft:
        { view-timeout: 50 ms, retransmission: 20 ms, batch: 3, checkpoint-interval: 4, window: 8,
          rotation: every-blocks, blocks-per-turn: 2 }
      \(name == "sc-pbft" ? checked : "")
      expect: { P-1: may-break, PL-1: may-break }
      """
    }
  }

  private static let checked =
    "sc-pbft: { strikes: 2, aged-threshold: 5, epoch-length: 8, restart-cost: 1 ms }"
}
