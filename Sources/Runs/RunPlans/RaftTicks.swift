import ConsensusCore
import DiscreteEvents
import Notation
import Raft

extension Codec where Value == ReplicaID? {
  /// The number of a replica, or `none`.
  static var replicaOrNone: Self {
    let none = "none"
    return Codec(
      .either([
        .integer(0...ReplicaSet.capacity - 1), .choice([.init(none, "No replica.")]),
      ]),
      read: { $0.node?.scalarText == none ? nil : ReplicaID($0.integer()) },
      write: { .made($0.map { "\($0.index)" } ?? none) })
  }
}

extension RunPlan {
  /// Reports an initial leader that is no replica.
  func checkInitialLeader(_ reader: MappingReader) {
    guard reader.isSound("replicas", "raft"),
      let leader = self[RaftConfiguration.self].initialLeader, leader.index >= replicas
    else { return }
    reader.error(
      "'raft.initial-leader' is replica \(leader.index), and there are \(replicas) replicas",
      at: "raft",
      hint: "write a number from 0 to \(replicas - 1), or 'none'")
  }
}

extension RaftConfiguration {
  /// Reports periods and bounds that are no whole numbers of ticks.
  func checkTicks(_ reader: MappingReader) {
    guard let tick, reader.isSound("tick", "heartbeat", "election-timeout") else { return }
    check("heartbeat", [heartbeat], by: tick, reader)
    check("election-timeout", [shortestElectionTimeout, longestElectionTimeout], by: tick, reader)
  }

  private func check(
    _ key: String, _ spans: [VirtualDuration], by tick: VirtualDuration, _ reader: MappingReader
  ) {
    guard let span = spans.first(where: { $0.nanoseconds % tick.nanoseconds != 0 }) else { return }
    let text = { (span: VirtualDuration) in Quantity.duration.text(span.nanoseconds) }
    let whole = spans.map {
      text(tick * max(1, ($0.nanoseconds + tick.nanoseconds / 2) / tick.nanoseconds))
    }
    let value = spans.count == 1 ? whole[0] : "[\(whole.joined(separator: ", "))]"
    let complaint = span < tick ? "is shorter than a tick" : "is no whole number of ticks"
    reader.error(
      "\(text(span)) of '\(key)' \(complaint) of \(text(tick))",
      at: reader.has(key) ? key : "tick",
      hint: "write '\(key): \(value)', or a shorter tick")
  }
}
