import ConsensusCore

// Whether the members that are left can still make progress.
extension Simulation {
  /// Ends the time in which clients had to be served.
  ///
  /// Who was served in time went on to the last phase, which has an end of its own. A stranded group
  /// owes nobody progress before everybody is back: it goes on to that phase, too.
  mutating func endHealing() {
    guard harness.settling.stage == .notBegun else { return }
    guard case .healing(let plan) = configuration.schedule, isStranded() else {
      stopReason = .scheduleEnded
      return
    }
    harness.isStranded = true
    if let settling = plan.settling { beginSettling(settling) } else { stopReason = .stranded }
  }

  /// Whether members were removed, and too few are left that are up, follow the protocol and reach
  /// each other.
  ///
  /// The schedule keeps a quorum of all replicas in touch. Quorums of those left are smaller, but the
  /// group may have removed just the replicas that were well: it tolerates f' of n' members then, and
  /// more of them are away (PBFT §3).
  private mutating func isStranded() -> Bool {
    let members = (0..<replicaCount).filter { meter.isMember[$0] }
    guard members.count < replicaCount else { return false }
    let quorum = Quorum(replicas: members.count).certificate
    var able = members.filter { !nodes[$0].isDown && !injector.nodes[$0].isByzantine }
    // A member that reaches fewer than a quorum cannot help the others.
    while true {
      var useful: [Int] = []
      for node in able {
        var reached = 0
        for other in able where areInTouch(node, other) { reached += 1 }
        if reached >= quorum { useful.append(node) }
      }
      if useful.count == able.count { return able.count < quorum }
      able = useful
    }
  }

  private mutating func areInTouch(_ node: Int, _ other: Int) -> Bool {
    node == other
      || !isCut(from: node, to: other) && !isCut(from: other, to: node)
  }
}
