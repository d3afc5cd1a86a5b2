import ConsensusCore
import DiscreteEvents

// Clients: they issue requests, count replies, wait, and give up. Their CPUs are free.
extension Simulation {
  /// Creates the connections of closed loops and parties.
  mutating func createClients() {
    for machine in clients.machines.indices {
      switch clients.machines[machine].model.load {
      case .closed(let connections, _):
        for connection in 0..<connections {
          let client = addClient(to: machine)
          if connection == 0 { clients.machines[machine].first = client }
        }
      case .open:
        clients.machines[machine].first = ClientID(clients.states.count)
      case .submitted(let connections):
        createConnections(connections, of: machine)
      }
    }
  }

  /// Adds a client to a machine; the probe hears at once if it lies.
  mutating func addClient(to machine: Int) -> ClientID {
    let client = clients.add(to: machine, keys: keys)
    if P.isEnabled, clients.machines[machine].model.attack != nil { probe.distrust(client) }
    return client
  }

  /// Opens the clients for a test; what is outstanding from the last one is abandoned, but for what
  /// parties submitted, and unless the window touches the last one.
  mutating func openClients() {
    for client in clients.states.indices {
      let machine = clients.states[client].machine
      guard machine >= parties.count else { continue }
      let wasWaiting = clients.states[client].isWaiting
      if harness.windowsTouch, wasWaiting || clients.states[client].thinksUntil < .distantFuture {
        continue
      }
      clients.states[client].hasFailed = clients.states[client].hasFailed || wasWaiting
      if wasWaiting { meter.abandoned(clients.states[client].record, at: now) }
      clients.states[client].settle()
      clients.states[client].thinksUntil = .distantFuture
      if case .closed = clients.machines[machine].model.load {
        issue(ClientID(client))
      } else if wasWaiting {
        clients.machines[machine].idle.append(ClientID(client))
      }
    }
    for machine in clients.machines.indices {
      clients.machines[machine].nextArrival = .distantFuture
      schedulePoissonArrival(at: machine)
    }
    for party in 0..<parties.count { serveSubmissions(of: party) }
  }

  /// Schedules the next arrival of an open loop, unless one is scheduled or the test admits none.
  mutating func schedulePoissonArrival(at machine: Int) {
    guard case .open(let rate) = clients.machines[machine].model.load, rate > 0,
      clients.machines[machine].nextArrival == .distantFuture
    else { return }
    clients.machines[machine].arrivals += 1
    var draw = seed.draw(
      .arrival, UInt64(truncatingIfNeeded: machine), clients.machines[machine].arrivals)
    let mean = VirtualDuration(nanoseconds: Int64(min(1e9 / rate, 0x1p62) + 0.5))
    let gap = Distribution.exponential(minimum: .zero, mean: mean).sample(&draw)
    let instant = now + gap
    guard harness.admits(at: instant) else { return }
    clients.machines[machine].nextArrival = instant
    schedule(
      layout.control(.poisson, target: replicaCount + machine, argument: 0),
      at: instant)
  }

  mutating func onPoissonArrival(at node: Int) {
    let machine = node - replicaCount
    // An arrival of a test that closed meanwhile is none of this one.
    guard clients.machines[machine].nextArrival == now else { return }
    clients.machines[machine].nextArrival = .distantFuture
    guard harness.admits(at: now) else { return }
    if let client = clients.machines[machine].idle.popLast() {
      issue(client)
    } else if clients.states.count < Int(layout.indexMask >> 3) {
      issue(addClient(to: machine))
    } else {
      stopReason = .arenaFull
      return
    }
    schedulePoissonArrival(at: machine)
  }

  /// Issues the client's next request, if the test admits it.
  private mutating func issue(_ client: ClientID) {
    guard harness.admits(at: now) else { return }
    let state = clients.states[client.index]
    let attack = clients.machines[state.machine].model.attack
    let timestamp = Self.timestamp(after: state.request.timestamp, attack, at: now)
    var draw = seed.draw(
      .workload, UInt64(truncatingIfNeeded: client.index),
      attack == .repeatedTimestamps
        ? mix(timestamp, UInt64(bitPattern: now.nanoseconds)) : timestamp)
    issue(client, operation: draw.next(), bytes: 0)
  }

  // Rule: PBFT 4.1-1, Paper III-C-1
  /// Issues a request of a client that has none outstanding.
  mutating func issue(_ client: ClientID, operation: UInt64, bytes: UInt32) {
    let index = client.index
    let state = clients.states[index]
    let model = clients.machines[state.machine].model
    let timestamp = Self.timestamp(after: state.request.timestamp, model.attack, at: now)
    let request = Request(
      client: client, timestamp: timestamp, operation: operation, operationBytes: bytes,
      signedBy: state.signer)
    clients.states[index].isWaiting = true
    clients.states[index].request = request
    clients.states[index].issued = now
    clients.states[index].thinksUntil = .distantFuture
    clients.states[index].redirections = 0
    clients.states[index].declinesAt = due(after: model.timeout)
    clients.states[index].resendsAt = due(after: model.retransmission?.period)
    clients.states[index].record = meter.opened(
      request, test: harness.test, at: now, previous: state.record)
    harness.issued += 1
    if P.isEnabled { probe.clientIssued(request, at: now) }
    record(.issued(request), of: Endpoint(client))
    rearm(client)
    switch model.dispatch {
    case .multicast: send(request, of: client, to: nil)
    case .leader, .one, .member:
      send(request, of: client, to: server(for: client, model))
    }
  }

  /// The replica that a client which asks one at a time sends its next request to.
  ///
  /// "If the client's first choice crashes, client requests time out; clients then try again with
  /// randomly-chosen servers" (Raft §8).
  private mutating func server(for client: ClientID, _ model: ClientModel) -> Int {
    let index = client.index
    if case .member(let member) = model.dispatch { return member }
    if clients.states[index].hasFailed, model.afterDecline == .draw {
      var draw = seed.draw(
        .server, UInt64(truncatingIfNeeded: index), clients.states[index].request.timestamp)
      clients.states[index].server = Int(draw.below(UInt64(truncatingIfNeeded: replicaCount)))
    } else if model.dispatch == .leader {
      clients.states[index].server = clients.machines[clients.states[index].machine].leader
    }
    clients.states[index].hasFailed = false
    return clients.states[index].server
  }

  /// The timestamp of the next request: one more than the last unless the client lies.
  private static func timestamp(
    after last: UInt64, _ attack: ClientModel.Attack?, at now: VirtualTime
  ) -> UInt64 {
    switch attack {
    case .repeatedTimestamps: last &+ UInt64(bitPattern: now.nanoseconds) & 1
    case .hugeTimestamps: last == 0 ? .max - 3 : last &+ 1
    case .forkedRequests, .badSignatures, nil: last + 1
    }
  }

  private func due(after span: VirtualDuration?) -> VirtualTime {
    span.map { now + $0 } ?? .distantFuture
  }

  private mutating func rearm(_ client: ClientID) {
    let due = clients.states[client.index].nextDue
    guard due < .distantFuture else {
      clients.states[client.index].alarm.cancel()
      return
    }
    if clients.states[client.index].alarm.set(due) {
      scheduleAlarm(of: client, at: due)
    }
  }

  private mutating func scheduleAlarm(of client: ClientID, at instant: VirtualTime) {
    let node = replicaCount + clients.states[client.index].machine
    schedule(
      layout.control(.clientAlarm, target: node, argument: client.index), at: instant)
  }

  /// Sends a request to one replica, or to all.
  private mutating func send(_ request: Request, of client: ClientID, to target: Int?) {
    if let target { clients.states[client.index].target = target }
    let machine = clients.states[client.index].machine
    let node = replicaCount + machine
    if let attack = clients.machines[machine].model.attack {
      return sendAttack(with: request, attack, of: client, from: node, to: target)
    }
    guard
      let shipment = ship(
        .request(request), from: node, as: Endpoint(client),
        to: target.map { Endpoint(ReplicaID($0)) })
    else { return }
    if let target {
      launch(shipment, to: target, leaving: now, hold: .zero)
    } else {
      for replica in 0..<replicaCount { launch(shipment, to: replica, leaving: now, hold: .zero) }
    }
    finish(shipment)
  }

  /// Sends what a Byzantine client tells each replica.
  private mutating func sendAttack(
    with request: Request, _ attack: ClientModel.Attack, of client: ClientID, from node: Int,
    to target: Int?
  ) {
    for replica in 0..<replicaCount where target.map({ $0 == replica }) ?? true {
      var told = request
      switch attack {
      case .forkedRequests where replica % 2 == 1:
        told = Request(
          client: client, timestamp: request.timestamp, operation: request.operation ^ 1,
          operationBytes: request.operationBytes, signedBy: clients.states[client.index].signer)
      case .badSignatures where replica % 2 == 1:
        told.signature = Signature(tag: request.signature.tag ^ 1)
      case .forkedRequests, .badSignatures, .repeatedTimestamps, .hugeTimestamps:
        break
      }
      guard
        let shipment = ship(
          .request(told), from: node, as: Endpoint(client), to: Endpoint(ReplicaID(replica)))
      else { return }
      launch(shipment, to: replica, leaving: now, hold: .zero)
      finish(shipment)
    }
  }

  mutating func onClientAlarm(_ client: ClientID) {
    let index = client.index
    switch clients.states[index].alarm.fire(at: now) {
    case .stale:
      return
    case .rearm:
      scheduleAlarm(of: client, at: clients.states[index].alarm.nearest)
      return
    case .due:
      break
    }
    if clients.states[index].declinesAt <= now {
      decline(client)
    } else if clients.states[index].resendsAt <= now {
      resend(client)
    } else if clients.states[index].thinksUntil <= now {
      clients.states[index].thinksUntil = .distantFuture
      issue(client)
    }
    rearm(client)
  }

  // Rule: PBFT 4.1-3
  private mutating func resend(_ client: ClientID) {
    let state = clients.states[client.index]
    let model = clients.machines[state.machine].model
    if harness.settling.stage == .calm { harness.settling.hasAskedAgain = true }
    clients.states[client.index].resendsAt = due(after: model.retransmission?.period)
    clients.states[client.index].redirections = 0
    if case .member(let member) = model.dispatch {
      return send(state.request, of: client, to: member)
    }
    switch model.retransmission?.target ?? .next {
    case .all: send(state.request, of: client, to: nil)
    case .next: send(state.request, of: client, to: (state.target + 1) % replicaCount)
    }
  }

  private mutating func decline(_ client: ClientID) {
    let state = clients.states[client.index]
    meter.closed(state.record, as: .declined, result: nil, at: now, harness)
    record(.declined(state.request), of: Endpoint(client))
    clients.states[client.index].settle()
    clients.states[client.index].hasFailed = true
    noteDecline(inTest: meter.requests[Int(state.record)].test)
    proceed(client, result: nil)
  }

  /// The client is free: a closed loop goes on after a result and a think time, or after none at
  /// once; an open one puts the client aside, a party is told.
  private mutating func proceed(_ client: ClientID, result: Digest?) {
    let machine = clients.states[client.index].machine
    guard case .closed(_, let thinkTime) = clients.machines[machine].model.load else {
      if machine < parties.count {
        endSubmission(of: client, result: result)
      } else {
        clients.machines[machine].idle.append(client)
      }
      return
    }
    guard result != nil, let thinkTime else {
      issue(client)
      return
    }
    var draw = seed.draw(
      .thinkTime, UInt64(truncatingIfNeeded: client.index),
      clients.states[client.index].request.timestamp)
    clients.states[client.index].thinksUntil = now + thinkTime.sample(&draw)
    rearm(client)
  }

  // Rule: PBFT 4.1-2, Paper III-C-5
  /// A message reaches a client machine.
  mutating func onClientDelivery(of slot: Int, at node: Int) {
    let reply = arena.messages[slot].reply
    let sender = arena.slots[slot].from
    if T.isEnabled, let reply { recordDelivery(of: slot, to: Endpoint(reply.client)) }
    arena.release(slot)
    guard let reply, let replica = sender.replica, reply.replica == replica,
      clients.machine(of: reply.client.index) == node - replicaCount
    else { return }
    let index = reply.client.index
    guard clients.states[index].isWaiting,
      clients.states[index].request.timestamp == reply.timestamp
    else { return }
    guard reply.isExecuted else {
      if reply.leader == nil { onRejection(reply) } else { redirect(reply) }
      return
    }
    let quorum = clients.machines[node - replicaCount].replyQuorum
    if quorum > 1 {
      let votes = clients.states[index].count(reply.result, from: replica)
      guard votes >= quorum else { return }
    }
    if let leader = reply.leader, leader.index < replicaCount {
      clients.machines[node - replicaCount].leader = leader.index
    }
    accept(reply)
  }

  /// Follows a replica's hint to ask another one, at most n times before the next retransmission.
  ///
  /// "If the client's first choice is not the leader, that server will reject the client's request and
  /// supply information about the most recent leader" (Raft §8), whichever choice was first.
  private mutating func redirect(_ reply: Reply) {
    let state = clients.states[reply.client.index]
    guard clients.machines[state.machine].model.followsHints,
      reply.replica.index == state.target, let leader = reply.leader,
      leader.index < replicaCount, leader.index != state.target,
      state.redirections < replicaCount
    else { return }
    clients.states[reply.client.index].redirections += 1
    clients.machines[state.machine].leader = leader.index
    send(state.request, of: reply.client, to: leader.index)
  }

  /// The replica that was asked last gave the request up.
  private mutating func onRejection(_ reply: Reply) {
    let state = clients.states[reply.client.index]
    let model = clients.machines[state.machine].model
    guard model.dispatch != .multicast, reply.replica.index == state.target else { return }
    switch model.afterRejection {
    case .wait: return
    case .decline: decline(reply.client)
    case .retry(let pause): clients.states[reply.client.index].resendsAt = now + pause
    }
    rearm(reply.client)
  }

  private mutating func accept(_ reply: Reply) {
    let state = clients.states[reply.client.index]
    if P.isEnabled {
      probe.clientAccepted(
        state.request, result: reply.result, issued: state.issued, at: now)
    }
    record(.accepted(state.request, result: reply.result), of: Endpoint(reply.client))
    meter.closed(state.record, as: .accepted, result: reply.result, at: now, harness)
    clients.states[reply.client.index].settle()
    noteHealing(reply.client)
    noteAcceptance(inTest: meter.requests[Int(state.record)].test)
    proceed(reply.client, result: reply.result)
    rearm(reply.client)
  }
}
