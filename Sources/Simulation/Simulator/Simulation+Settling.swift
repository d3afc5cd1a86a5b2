import ConsensusCore
import DiscreteEvents

/// Where a run is in its last phase.
struct Settling {
  /// The parts of the phase, in order.
  enum Stage: Hashable {
    case notBegun
    /// The group is to come to rest.
    case comingToRest
    /// It was at rest, and one request is under way.
    case calm
    /// It was at rest again.
    case over
  }

  /// What is compared of a replica between two looks.
  struct Picture: Hashable {
    var node: Int
    var view: UInt64
    var executed: UInt64
    var leads: Bool
    var unfinished: Int
    var isAgreeing: Bool
  }

  var stage = Stage.notBegun
  /// When the present stage must be over.
  var deadline = VirtualTime.distantFuture
  /// Until when messages of the time before are on their way; a liar's may take hours, and is not
  /// waited for beyond half of the time that the group has.
  var stragglersUntil = VirtualTime.zero
  /// Whether the calm request was sent again.
  var hasAskedAgain = false
  /// What the last look saw.
  var picture: [Picture] = []
}

// The last phase of a run: everybody follows the protocol, and the group comes to rest.
extension Simulation {
  /// Ends every fault: liars start again from their disks, nodes that are down come back, links are
  /// as they were before anything changed them, and lying clients stop.
  mutating func beginSettling(_ plan: SettlingPlan) {
    harness.settling.stage = .comingToRest
    harness.settling.deadline = now + plan.within
    harness.settling.stragglersUntil = min(
      latestArrival, now + VirtualDuration(nanoseconds: plan.within.nanoseconds / 2))
    harness.windowEnd = now
    stopLyingClients()
    network.heal()
    for node in 0..<replicaCount {
      injector.pardon(node)
      // What a liar made too large to send must not fill its link for hours.
      nodes[node].uplink.clear(at: now)
      nodes[node].downlink.clear(at: now)
      guard nodes[node].isDown || injector.nodes[node].isByzantine else { continue }
      if !nodes[node].isDown { stop(node) }
      restart(node, disk: .kept)
    }
    scheduleHarness(.look, at: now + plan.pause)
  }

  private mutating func stopLyingClients() {
    for client in clients.states.indices
    where clients.machines[clients.states[client].machine].model.attack != nil {
      clients.states[client].settle()
      clients.states[client].thinksUntil = .distantFuture
      clients.states[client].alarm.cancel()
    }
  }

  /// Looks whether the group is at rest; then one calm request follows, then the end.
  mutating func lookAtGroup() {
    guard case .healing(let plan) = configuration.schedule, let settling = plan.settling,
      stopReason == nil
    else { return }
    let picture = self.picture()
    let isSame = picture == harness.settling.picture
    let isQuiet = isAtRest(picture) && !isAgreeing(picture)
    harness.settling.picture = picture
    if R.comesToRest ? isSame && isQuiet : now >= harness.settling.deadline {
      return R.comesToRest && harness.settling.stage == .comingToRest
        ? beginCalm(settling) : endCalm()
    }
    if now < harness.settling.deadline, !isQuiet, harness.settling.stage == .comingToRest {
      stir()
    } else if now >= harness.settling.deadline {
      harness.violations.append(
        Violation(
          invariant: settling.invariant, replica: nil, time: now,
          detail:
            "\(settling.within.inMilliseconds) after the last fault the group is not at rest: "
            + complaint(about: picture)))
      stopReason = .scheduleEnded
      return
    }
    scheduleHarness(.look, at: now + settling.pause)
  }

  /// The first client that does not lie.
  private var honestClient: Int? {
    clients.states.indices.first {
      clients.machines[clients.states[$0].machine].model.attack == nil
    }
  }

  /// Asks for something while the group is not at rest, unless an answer is still awaited.
  private mutating func stir() {
    guard R.comesToRest, !isAnyClientWaiting, let client = honestClient else { return }
    ask(client)
  }

  private mutating func ask(_ client: Int) {
    var draw = seed.draw(
      .workload, UInt64(truncatingIfNeeded: client),
      clients.states[client].request.timestamp &+ 1)
    issue(ClientID(client), operation: draw.next(), bytes: 0)
  }

  private mutating func beginCalm(_ plan: SettlingPlan) {
    guard let calm = honestClient else { return endCalm() }
    harness.settling.stage = .calm
    harness.settling.deadline = now + plan.within
    harness.settling.picture = []
    let isComplete = Set(picture().map(\.view)).count == 1
    if P.isEnabled {
      probe.calmBegan(isComplete: isComplete, at: now)
    }
    ask(calm)
    scheduleHarness(.look, at: now + plan.pause)
  }

  private mutating func endCalm() {
    if P.isEnabled {
      probe.calmEnded(
        wasPlain: !harness.settling.hasAskedAgain, at: now)
    }
    harness.settling.stage = .over
    stopReason = .scheduleEnded
  }

  private func picture() -> [Settling.Picture] {
    (0..<replicaCount).filter { meter.isMember[$0] }.map { node in
      let standing = replicas[node].standing
      return Settling.Picture(
        node: node, view: standing.view, executed: standing.executed, leads: standing.leads,
        unfinished: replicas[node].unfinished, isAgreeing: replicas[node].isAgreeing)
    }
  }

  /// Whether all members agree, nothing is unfinished, and no client waits.
  ///
  /// A few may wait alone for a later view, which they must not leave (PBFT §4.4): too few for others
  /// to join them.
  private func isAtRest(_ picture: [Settling.Picture]) -> Bool {
    guard let last = picture.map(\.executed).max(), !isAnyClientWaiting,
      now > harness.settling.stragglersUntil
    else { return false }
    let view = picture.map(\.view).sorted()[picture.count / 2]
    let faults = Quorum(replicas: picture.count).faults
    // What a liar asked of a few replicas alone may have them wait alone for ever. A leader has no
    // timer, and holds what it proposed in vain before it lost its disk.
    let someLie = clients.machines.contains { $0.model.attack != nil }
    return picture.allSatisfy {
      $0.executed == last && $0.view >= view
        && ($0.unfinished == 0 || someLie && ($0.view > view || $0.leads))
    }
      && picture.count { $0.view > view } <= faults
  }

  /// Whether a member that is to come to rest still has to agree on what comes next.
  ///
  /// A liar may have kept its last proposal from everybody. The calm request would have to wait until
  /// they agree on it. A lie of old times that comes out after the calm request is nobody's concern.
  private func isAgreeing(_ picture: [Settling.Picture]) -> Bool {
    harness.settling.stage == .comingToRest && picture.contains { $0.isAgreeing }
  }

  private var isAnyClientWaiting: Bool { clients.states.contains { $0.isWaiting } }

  private func complaint(about picture: [Settling.Picture]) -> String {
    let replicas = picture.map {
      "r\($0.node) in \($0.view) at \($0.executed)"
        + ($0.unfinished > 0 ? " with \($0.unfinished) unfinished" : "")
        + ($0.isAgreeing ? " with a proposal" : "")
    }
    let waiting = clients.states.indices.filter { clients.states[$0].isWaiting }.map { "c\($0)" }
    return (replicas + (waiting.isEmpty ? [] : [waiting.joined(separator: ", ") + " waiting"]))
      .joined(separator: "; ")
  }
}
