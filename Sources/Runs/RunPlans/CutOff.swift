import ConsensusCore
import DiscreteEvents
import Notation
import Simulator

extension RunPlan {
  /// By replica, when cuts of the network leave it fewer than the others of a quorum to exchange
  /// messages with in both directions.
  func cutOff() -> [[IsolationClock.Span]] {
    let cuts = network.changes.filter { $0.effect == .cut }
    var spans = [[IsolationClock.Span]](repeating: [], count: replicas)
    guard !cuts.isEmpty else { return spans }
    let quorum = Quorum(replicas: replicas).certificate
    let instants = Set(cuts.flatMap { [$0.at, $0.until ?? .distantFuture] }).sorted()
    for (start, end) in zip(instants, instants.dropFirst()) {
      let holding = cuts.filter { $0.at <= start && ($0.until ?? .distantFuture) > start }
      for replica in 0..<replicas {
        let reached = (0..<replicas).count { other in
          other != replica
            && !holding.contains {
              $0.parts(replica, from: other, groups: nodes)
                || $0.parts(other, from: replica, groups: nodes)
            }
        }
        guard reached + 1 < quorum else { continue }
        let span = IsolationClock.Span(start: start.nanoseconds, end: end.nanoseconds)
        if let last = spans[replica].last, last.end == span.start {
          spans[replica][spans[replica].count - 1].end = span.end
        } else {
          spans[replica].append(span)
        }
      }
    }
    return spans
  }
}

extension NetworkChange {
  /// Whether the change is about messages of one node to another.
  fileprivate func parts(_ sender: Int, from receiver: Int, groups nodes: [NodeModel]) -> Bool {
    from.holds(sender, among: nodes) && to.holds(receiver, among: nodes)
  }
}

extension NodeSelector {
  fileprivate func holds(_ node: Int, among nodes: [NodeModel]) -> Bool {
    switch self {
    case .all: true
    case .nodes(let listed): listed.contains(NodeID(node))
    case .groups(let groups, and: let listed):
      groups.contains(nodes[node].group) || listed.contains(NodeID(node))
    }
  }
}
