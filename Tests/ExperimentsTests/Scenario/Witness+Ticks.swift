@testable import Experiments

extension Witness {
  private static let leaderDies =
    "faults: [{ nodes: [0], behaviour: crash, from: 1 s }]\nreplicas: 3\n"

  /// Raft's clock, and who leads first.
  static let ticks: [Witness] = [
    Witness(
      key: "raft.tick", values: ["50 ms", "100 ms"], name: "raft", schedule: "{ duration: 5 s }",
      lines: leaderDies),
    Witness(
      key: "raft.tick-phase", values: ["random", "together"], name: "raft",
      schedule: "{ duration: 5 s }", lines: leaderDies + "raft: { tick: 100 ms }"),
    Witness(
      key: "raft.initial-leader", values: ["0", "2", "none"], name: "raft",
      schedule: "{ duration: 3 s }"),
  ]
}
